"""The parsers that the library is measured against, each behind one small interface.

Each peer is written in its favour. It has one template if one is enough, or else tries the commonest form first. The
model of a run id is split outside the time. Widths are left out: to `parse` and trollsift ``{epoch:02d}`` is an upper
bound, so such a template would refuse the names that it writes from epoch 100 on.
"""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias

import attrs
from corpus import CheckpointFields, PathFields, RunFields

from ckpt_scheme import CheckpointName, CheckpointPath, EpochCheckpoint, LastCheckpoint, RunId, _grammar, _match
from ckpt_scheme.checkpoint_name import AnyCheckpoint

Fields: TypeAlias = RunFields | CheckpointFields | PathFields


@attrs.frozen
class Peer:
    """One way to read a text.

    Args:
        label: The first column of the tables.
        parse: The call that is timed. It refuses by raising or by returning None.
        fields: Makes plain fields of its result, to compare them; not timed.
    """

    label: str
    parse: Callable[[str], Any]
    fields: Callable[[Any], Fields] = lambda fields: fields

    def read(self, text: str) -> Fields | None:
        """Return the fields of *text*, or None if the peer refuses it."""
        result = swallowed(self.parse)(text)
        return None if result is None else self.fields(result)


def swallowed(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return a function that returns None for each text that *parse* refuses."""

    def refuse(text: str) -> Any:  # noqa: ANN401 - the result of any peer
        try:
            return parse(text)
        except Exception:  # noqa: BLE001 - a peer may refuse by any error
            return None

    return refuse


def available(makers: Iterable[Callable[[], list[Peer]]]) -> list[Peer]:
    """Return the peers of all makers, and print a line for each package that is not installed."""
    peers: list[Peer] = []
    for maker in makers:
        try:
            peers += maker()
        except ModuleNotFoundError as error:
            _report_missing(error.name)
    return peers


@functools.cache  # several tables may want one package
def _report_missing(package: str | None) -> None:
    print(f"skipped: {package} is not installed", file=sys.stderr)


def _module(name: str) -> Any:  # noqa: ANN401 - these packages have no types
    return importlib.import_module(name)


# --------------------------------------------------------------------------------------------------------------------
# The library, and the floor: its own patterns with a plain tuple, the least that a strict parser in Python costs.


def _own_run(run: RunId) -> RunFields:
    return run.tag, run.architecture, run.encoder, run.phase, run.timestamp


def _own_checkpoint(name: AnyCheckpoint) -> CheckpointFields:
    if isinstance(name, LastCheckpoint):
        return _LAST
    metric, value = (None, None) if name.metric is None else (name.metric.name, name.metric.value)
    if isinstance(name, EpochCheckpoint):
        return "epoch", name.epoch, name.step, metric, value, name.version
    return "best", None, None, metric, value, name.version


def _own_path(path: CheckpointPath) -> PathFields:
    return path.root, _own_run(path.run), _own_checkpoint(path.name)


_from_iso: Final = datetime.fromisoformat
_MAX_LABEL: Final = _grammar.MAX_LABEL
_LAST: Final[CheckpointFields] = ("last", None, None, None, None, None)


def _floor_run(text: str) -> RunFields | None:
    match = _match.run_id(text, 0, _match.RUN_ID_END)
    if match is None:
        return None
    tag, architecture, encoder, phase, stamp = match.groups()
    if len(architecture) > _MAX_LABEL or (encoder is not None and len(encoder) > _MAX_LABEL):
        return None
    return tag, architecture, encoder, phase, _from_iso(stamp)


def _floor_checkpoint(text: str) -> CheckpointFields | None:
    match = _match.checkpoint_name(text)
    if match is None:
        return None
    epoch, step, metric, value, version = match.groups()
    number = None if value is None else float(value)
    last = None if version is None else int(version)
    if epoch is not None:
        return "epoch", int(epoch), int(step), metric, number, last
    if text.startswith("best"):
        return "best", None, None, metric, number, last
    return _LAST


def _floor_path(text: str) -> PathFields | None:
    head, _, last = text.rpartition("/")
    directory, _, folder = head.rpartition("/")
    root, slash, run = directory.rpartition("/")
    if folder != _grammar.CHECKPOINTS or (slash and (not root or "\0" in root)):
        return None
    run_fields, name_fields = _floor_run(run), _floor_checkpoint(last)
    return None if run_fields is None or name_fields is None else (root or None, run_fields, name_fields)


# --------------------------------------------------------------------------------------------------------------------
# `parse` with plain fields, `parse` with a pattern for each field, and trollsift.

_PLAIN_RUN: Final = "{tag}-{model}_{phase}_{timestamp:%Y%m%d_%H%M%S}"
_TYPED_RUN: Final = "{tag:word}-{model:model}_{phase:phase}_{timestamp:stamp}"
_PLAIN_NAMES: Final = (
    "epoch-{epoch:d}_step-{step:d}.ckpt",
    "epoch-{epoch:d}_step-{step:d}_{metric}-{value:f}.ckpt",
    "best-{metric}-{value:f}.ckpt",
    "epoch-{epoch:d}_step-{step:d}_v{version:d}.ckpt",
    "epoch-{epoch:d}_step-{step:d}_{metric}-{value:f}_v{version:d}.ckpt",
    "best-{metric}-{value:f}_v{version:d}.ckpt",
)
_TYPED_NAMES: Final = tuple(
    template.replace("{epoch:d}", "{epoch:epoch}")
    .replace("{step:d}", "{step:step}")
    .replace("{metric}", "{metric:word}")
    .replace("{value:f}", "{value:value}")
    .replace("{version:d}", "{version:version}")
    for template in _PLAIN_NAMES
)


def _split_model(text: str) -> tuple[str, str | None]:
    architecture, dash, encoder = text.partition("-")
    return architecture, encoder if dash else None


def _types() -> dict[str, Callable[[str], Any]]:
    """Return the typed fields that make `parse` strict."""
    with_pattern = _module("parse").with_pattern
    fields: dict[str, tuple[str, Callable[[str], Any]]] = {
        "word": (_grammar.WORD, str),
        "model": (_grammar.MODEL, _split_model),
        "phase": (_grammar.PHASE, str),
        "stamp": (rf"[0-9]{{8}}_{_grammar.TIME}", _from_iso),
        "epoch": (_grammar.EPOCH, int),
        "step": (_grammar.STEP, int),
        "value": (_grammar.VALUE, float),
        "version": (_grammar.VERSION, int),
        "component": (r"[^/]+", str),
    }
    # `with_pattern` sets an attribute, which a built-in function does not take.
    return {name: with_pattern(pattern)(functools.partial(convert)) for name, (pattern, convert) in fields.items()}


def _run_of(result: Any) -> RunFields:  # noqa: ANN401 - a result of `parse`, or a dictionary
    model = result["model"]
    architecture, encoder = _split_model(model) if isinstance(model, str) else model
    return result["tag"], architecture, encoder, result["phase"], result["timestamp"]


def _checkpoint_of(named: Mapping[str, Any]) -> CheckpointFields:
    kind = "epoch" if "epoch" in named else "best" if "metric" in named else "last"
    epoch, step, metric, value, version = (named.get(key) for key in ("epoch", "step", "metric", "value", "version"))
    return kind, epoch, step, metric, value, version


def _path_of(result: Any) -> PathFields:  # noqa: ANN401 - a result of `parse`, or a dictionary
    return result["root"], _run_of(result), _floor_checkpoint(result["name"])


def _first(parsers: list[Callable[[str], Any]]) -> Callable[[str], Any]:
    """Return a function that tries several parsers, the commonest form first."""

    def parse(text: str) -> Any:  # noqa: ANN401 - a result of an untyped package
        if text == "last.ckpt":
            return {}
        for parser in parsers:
            result = parser(text)
            if result is not None:
                return result
        return None

    return parse


def _peers(kind: str) -> list[Callable[[], list[Peer]]]:
    """Return a maker for each peer that reads *kind*: "run", "name" or "path"."""

    def of_templates(
        label: str, reader: Callable[[str], Callable[[str], Any]], run: str, names: tuple[str, ...], name: str
    ) -> list[Peer]:
        if kind == "run":
            return [Peer(label, reader(run), _run_of)]
        if kind == "path":
            return [Peer(f"{label}, name as text", reader(f"{{root}}/{run}/checkpoints/{name}"), _path_of)]
        parse = _first([reader(template) for template in names])
        return [Peer(label, parse, lambda result: _checkpoint_of(getattr(result, "named", result)))]

    def plain() -> list[Peer]:
        compiled = functools.partial(_module("parse").compile, case_sensitive=True)
        return of_templates(
            "`parse`, plain fields", lambda text: compiled(text).parse, _PLAIN_RUN, _PLAIN_NAMES, "{name}"
        )

    def typed() -> list[Peer]:
        compiled = functools.partial(_module("parse").compile, extra_types=_types(), case_sensitive=True)
        return of_templates(
            "`parse`, typed fields", lambda text: compiled(text).parse, _TYPED_RUN, _TYPED_NAMES, "{name:component}"
        )

    def trollsift() -> list[Peer]:
        parser = _module("trollsift").Parser
        return of_templates("trollsift", lambda text: swallowed(parser(text).parse), _PLAIN_RUN, _PLAIN_NAMES, "{name}")

    return [plain, typed, trollsift]


def run_ids() -> list[Peer]:
    """Return the parsers of run ids: the library, the floor, the peers."""
    own = [Peer("`RunId.parse`", RunId.parse, _own_run), Peer("floor: typed tuple", _floor_run)]
    return [*own, *available(_peers("run"))]


def checkpoint_names() -> list[Peer]:
    """Return the parsers of checkpoint names: the library, the floor, the peers."""
    own = Peer("`CheckpointName.parse`", CheckpointName.parse, _own_checkpoint)
    return [own, Peer("floor: typed tuple", _floor_checkpoint), *available(_peers("name"))]


def paths() -> list[Peer]:
    """Return the parsers of paths: the library, the floor, the peers."""
    own = Peer("`CheckpointPath.parse`", CheckpointPath.parse, _own_path)
    return [own, Peer("floor: typed tuples", _floor_path), *available(_peers("path"))]
