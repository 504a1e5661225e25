"""`render` makes the HTML page about runs."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import cast, final

import attrs
from jinja2 import BaseLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ckpt_scheme._cli import table
from ckpt_scheme._cli.page import plots, pruning
from ckpt_scheme._cli.page.plots import Plot
from ckpt_scheme._cli.page.rows import Row, row, shown, words
from ckpt_scheme.catalog import Run


@final
@attrs.frozen(kw_only=True)
class Limits:
    """The most that one page shows of each kind, so that a browser can show the page of any tree.

    Attributes:
        rows: Runs in the table.
        bars: Runs among the bars.
        plots: Plots.
        pruned: Runs with candidates for ``prune``.
        judged: Checkpoints of each of these runs.
        noted: Runs with warnings.
        names: Unread names of one run, and paths that cannot be read.
    """

    rows: int = 10_000
    bars: int = 20
    plots: int = 24
    pruned: int = 50
    judged: int = 100
    noted: int = 200
    names: int = 20


@final
@attrs.frozen(kw_only=True)
class _Totals:
    """The sums over all runs, as ``ls`` counts them."""

    runs: int
    checkpoints: int
    size: int
    unread: int
    candidates: int
    freed: int
    warned: int


@final
@attrs.frozen
class _Bar:
    """The size of a run beside the largest: the shares, in percent, of its candidates and of the rest."""

    row: Row
    kept: float
    freed: float


def render(
    runs: Iterable[Run],
    *,
    root: str,
    made_at: datetime,
    unreadable: Sequence[str] = (),
    limits: Limits | None = None,
) -> str:
    """Return the page about *runs* as HTML. The same arguments give the same page.

    Args:
        runs: The runs of a scan.
        root: The root of the scan.
        made_at: The time of the scan, with a time zone.
        unreadable: A message about each path that cannot be read.
        limits: The most that the page shows; `Limits` by default. The page states all that it leaves out.
    """
    limits = limits or Limits()
    rows = [row(run, made_at) for run in runs]
    listed = [one for one in rows if len(one.run.checkpoints) or one.run.run is not None]
    newest = sorted(listed, key=lambda one: -(one.age.value or 0.0))
    pruned = sorted((one for one in rows if one.freed.count), key=lambda one: -one.freed.size)
    noted = [one for one in rows if one.run.warnings]
    drawn = list(islice(_drawn(newest), limits.plots))
    environment = _environment()
    style, script = (_source(environment, name) for name in ("style.css", "script.js"))
    return environment.get_template("page.html.j2").render(
        bars=_bars(listed, limits.bars),
        bars_left=len(listed) - limits.bars,
        drawn=drawn,
        drawn_left=sum(bool(one.run.metrics) for one in listed) - len({one.run.path for one, _ in drawn}),
        keep_last=pruning.KEEP_LAST,
        limits=limits,
        listed=sorted(newest[: limits.rows], key=lambda one: one.run.path),
        made_at=made_at.astimezone(UTC),
        noted=noted,
        policy=_policy(style, script),
        pruned=[(one, pruning.judged(one.run, made_at)) for one in pruned[: limits.pruned]],
        pruned_count=len(pruned),
        root=shown(root),
        script=Markup(script),  # noqa: S704 - a file of this package
        style=Markup(style),  # noqa: S704 - as above
        height=plots.HEIGHT,
        width=plots.WIDTH,
        totals=_Totals(
            runs=len(listed),
            checkpoints=sum(len(one.run.checkpoints) for one in rows),
            size=sum(one.run.size for one in rows),
            unread=sum(len(one.run.unread) for one in rows),
            candidates=sum(one.freed.count for one in rows),
            freed=sum(one.freed.size for one in rows),
            warned=len(noted),
        ),
        unreadable=unreadable,
    )


def _bars(rows: Sequence[Row], count: int) -> list[_Bar]:
    """Return the bars of the largest runs."""
    largest = sorted((one for one in rows if one.run.size), key=lambda one: -one.run.size)[:count]
    return [
        _Bar(
            one,
            round(100 * (one.run.size - one.freed.size) / largest[0].run.size, 2),
            round(100 * one.freed.size / largest[0].run.size, 2),
        )
        for one in largest
    ]


def _drawn(rows: Iterable[Row]) -> Iterator[tuple[Row, Plot]]:
    """Yield the plots of the runs."""
    for one in rows:
        for plot in plots.plots(one.run):
            yield one, plot


def _policy(style: str, script: str) -> str:
    """Return the content security policy: nothing is loaded, and only this style and this script run."""
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii") for text in (style, script)]
    return (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}';"
        " base-uri 'none'; form-action 'none'"
    )


def _wraps(name: str) -> Markup:
    """Return *name* as HTML that may wrap behind each slash and underscore."""
    return Markup("<wbr>").join(re.split("(?<=[/_])", name))


def _source(environment: Environment, name: str) -> str:
    """Return the text of a file of this package."""
    text, _, _ = cast("BaseLoader", environment.loader).get_source(environment, name)
    return text.strip()


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        loader=PackageLoader("ckpt_scheme._cli.page", ""),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters.update(size=table.size, shown=shown, words=words, wraps=_wraps)
    return environment
