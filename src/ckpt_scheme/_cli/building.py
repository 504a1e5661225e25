"""The commands ``format`` and ``glob``: names, and patterns of names, from their fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Literal, TypeVar

import click

import ckpt_scheme
from ckpt_scheme._cli import output, shared, streams, values
from ckpt_scheme.checkpoint_name import BestCheckpoint, EpochCheckpoint, LastCheckpoint, Metric
from ckpt_scheme.errors import SchemeError
from ckpt_scheme.run_id import RunId

if TYPE_CHECKING:
    from ckpt_scheme.patterns import CheckpointPattern, Open, PathPattern, RunPattern

_T = TypeVar("_T")


@click.group(
    "format",
    no_args_is_help=False,
    epilog=shared.examples(
        "ckpt-scheme format epoch --epoch 22 --step 1932 --metric hmean=0.8756",
        "ckpt-scheme format run --tag ocr --architecture dbnet --phase training --timestamp 20251015_120000",
        "ckpt-scheme parse --json NAME | ckpt-scheme format -",
    ),
)
def format_() -> None:
    """Print the name for the given values, the inverse of parse.

    Exits with 1 if a value cannot be in a name.
    """


@format_.command(
    "run",
    epilog=shared.examples(
        "ckpt-scheme format run --tag ocr --architecture dbnet --encoder resnet18 \\",
        "    --phase training --timestamp 2025-10-15T12:00:00",
    ),
)
@click.option("--tag", required=True)
@click.option("--architecture", required=True)
@click.option("--encoder")
@click.option("--phase", required=True)
@click.option("--timestamp", required=True, help="As 2025-10-15T12:00:00 or 20251015_120000.")
@shared.json_option
def format_run(*, tag: str, architecture: str, encoder: str | None, phase: str, timestamp: str, as_json: bool) -> None:
    """Print a run id."""
    _print_name(
        lambda: RunId(
            tag=tag, architecture=architecture, encoder=encoder, phase=phase, timestamp=values.timestamp(timestamp)
        ),
        as_json=as_json,
    )


def _read_metric(_context: click.Context, _parameter: click.Parameter, text: str | None) -> tuple[str, float] | None:
    if text is None:
        return None
    name, _, value = text.rpartition("=")
    try:
        return name, float(value)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not NAME=VALUE with a number as its value") from error


_metric_option: Final = click.option(
    "--metric", metavar="NAME=VALUE", callback=_read_metric, help="The metric; its value is rounded to four decimals."
)
_version_option: Final = click.option(
    "--version-number", type=int, metavar="N", help="The version, 1 or more, if the name without it is taken."
)


@format_.command(
    "epoch",
    epilog=shared.examples(
        "ckpt-scheme format epoch --epoch 22 --step 1932",
        "ckpt-scheme format epoch --epoch 22 --step 1932 --metric hmean=0.8756",
    ),
)
@click.option("--epoch", type=int, required=True)
@click.option("--step", type=int, required=True)
@_metric_option
@_version_option
@shared.json_option
def format_epoch(
    *, epoch: int, step: int, metric: tuple[str, float] | None, version_number: int | None, as_json: bool
) -> None:
    """Print the name of the checkpoint of an epoch and a step."""
    _print_name(
        lambda: EpochCheckpoint(epoch=epoch, step=step, metric=_metric(metric), version=version_number),
        as_json=as_json,
    )


@format_.command(
    "best",
    epilog=shared.examples("ckpt-scheme format best", "ckpt-scheme format best --metric hmean=0.8920"),
)
@_metric_option
@_version_option
@shared.json_option
def format_best(*, metric: tuple[str, float] | None, version_number: int | None, as_json: bool) -> None:
    """Print the name of the best checkpoint so far."""
    _print_name(lambda: BestCheckpoint(metric=_metric(metric), version=version_number), as_json=as_json)


@format_.command("last", epilog=shared.examples("ckpt-scheme format last"))
@shared.json_option
def format_last(*, as_json: bool) -> None:
    """Print the name of the most recent checkpoint."""
    _print_name(LastCheckpoint, as_json=as_json)


@format_.command(
    "-",
    epilog=shared.examples(
        "ckpt-scheme parse --json NAME | ckpt-scheme format -",
        """echo '{"kind": "checkpoint", "form": "last"}' | ckpt-scheme format -""",
    ),
)
@shared.json_option
def format_stdin(*, as_json: bool) -> None:
    """Print a name for each line of stdin, as parse --json writes them.

    With --json, each name is the "text" of an object. Exits with 1 if a line is refused.
    """
    printer = streams.Printer()
    for line in streams.texts(["-"]):
        text: str | None = None
        refused: SchemeError | None = None
        try:
            text = values.load(line).format()
        except SchemeError as error:
            refused = error
        else:
            if not as_json:
                printer.line(f"{output.escaped(text)}\n")
        shared.answer(printer, {"text": text}, refused, as_json=as_json)
    shared.close(printer)


def _metric(parts: tuple[str, float] | None) -> Metric | None:
    return None if parts is None else Metric(*parts)


def _print_name(make: Callable[[], values.Value], *, as_json: bool) -> None:
    printer = streams.Printer()
    text = shared.or_exit(make).format()
    printer.line(output.json_line({"text": text}) if as_json else f"{text}\n")
    shared.close(printer)


@click.command(
    epilog=shared.examples(
        "ckpt-scheme glob --kind best --metric hmean",
        "ckpt-scheme glob --paths --root outputs --tag ocr --kind last",
        "ckpt-scheme glob --regex --kind epoch --no-metric --no-version",
        "ckpt-scheme glob --exact --width 6 --kind epoch --no-metric --no-version",
    )
)
@click.option("--runs", is_flag=True, help="Print the glob of run ids, not of checkpoint names.")
@click.option("--paths", is_flag=True, help="Print the glob of whole paths, not of checkpoint names.")
@click.option("--root", help="With --paths, the folder of the run directories.")
@click.option("--tag", help="This and the next five options need --runs or --paths.")
@click.option("--architecture")
@click.option("--encoder")
@click.option("--no-encoder", is_flag=True, help="Only models without an encoder.")
@click.option("--phase")
@click.option("--timestamp", help="As 2025-10-15T12:00:00 or 20251015_120000.")
@click.option("--kind", type=click.Choice(["epoch", "best", "last"]))
@click.option("--epoch", type=int)
@click.option("--step", type=int)
@click.option("--metric", help="The name of a metric.")
@click.option("--no-metric", is_flag=True, help="Only names without a metric.")
@click.option("--value", type=float, help="The value of the metric.")
@click.option("--version-number", type=int)
@click.option("--no-version", is_flag=True, help="Only names without a version.")
@click.option("--regex", is_flag=True, help="Print the regular expression, which is exact in a full match.")
@click.option("--exact", is_flag=True, help="Print a set of globs that is exact up to a width, one a line.")
@click.option("--width", type=int, help="With --exact, the greatest width of an open field.  [default: 8]")
@shared.json_option
def glob(
    *,
    runs: bool,
    paths: bool,
    root: str | None,
    tag: str | None,
    architecture: str | None,
    encoder: str | None,
    no_encoder: bool,
    phase: str | None,
    timestamp: str | None,
    kind: Literal["epoch", "best", "last"] | None,
    epoch: int | None,
    step: int | None,
    metric: str | None,
    no_metric: bool,
    value: float | None,
    version_number: int | None,
    no_version: bool,
    regex: bool,
    exact: bool,
    width: int | None,
    as_json: bool,
) -> None:
    """Print the glob of checkpoint names with the given fields.

    Fields that are not given are open. One glob never misses a name, but may match other files: --regex and --exact
    do not. With --json, one object holds the glob, the regular expression and, with --exact, the set of globs.

    Exits with 1 if no name can hold all of the values.
    """
    of_runs = {
        "--tag": tag,
        "--architecture": architecture,
        "--encoder": encoder,
        "--no-encoder": no_encoder,
        "--phase": phase,
        "--timestamp": timestamp,
    }
    of_names = {
        "--kind": kind,
        "--epoch": epoch,
        "--step": step,
        "--metric": metric,
        "--no-metric": no_metric,
        "--value": value,
        "--version-number": version_number,
        "--no-version": no_version,
    }
    shared.exclusive({"--runs": runs, "--paths": paths})
    shared.exclusive({"--encoder": encoder, "--no-encoder": no_encoder})
    shared.exclusive({"--metric": metric, "--no-metric": no_metric})
    shared.exclusive({"--version-number": version_number, "--no-version": no_version})
    shared.exclusive({"--regex": regex, "--exact": exact})
    shared.exclusive({"--regex": regex, "--json": as_json})
    if width is not None and not exact:
        raise click.UsageError("--width is for --exact")
    if not paths:
        misplaced = shared.given({"--root": root, **(of_names if runs else of_runs)})
        if misplaced:
            needed = "--paths" if runs or misplaced[0] == "--root" else "--runs or --paths"
            raise click.UsageError(f"{misplaced[0]} needs {needed}")

    def pattern() -> CheckpointPattern | RunPattern | PathPattern:
        names = ckpt_scheme.CheckpointPattern(
            kind=_open(kind),
            epoch=_open(epoch),
            step=_open(step),
            metric=None if no_metric else _open(metric),
            value=_open(value),
            version=None if no_version else _open(version_number),
        )
        directories = ckpt_scheme.RunPattern(
            tag=_open(tag),
            architecture=_open(architecture),
            encoder=None if no_encoder else _open(encoder),
            phase=_open(phase),
            timestamp=_open(timestamp if timestamp is None else values.timestamp(timestamp)),
        )
        if paths:
            return ckpt_scheme.PathPattern(root, directories, names)
        return directories if runs else names

    made = shared.or_exit(pattern)
    printer = streams.Printer()
    globs = shared.or_exit(made.globs if width is None else lambda: made.globs(width)) if exact else None
    if as_json:
        record = {"glob": shared.or_exit(made.glob), "regex": made.regex(), "globs": globs}
        printer.line(output.json_line(record))
    elif regex:
        printer.line(f"{output.visible(made.regex())}\n")
    else:
        for text in shared.or_exit(lambda: [made.glob()]) if globs is None else globs:
            printer.line(f"{output.visible(text)}\n")
    shared.close(printer)


def _open(value: _T | None) -> Open[_T]:
    return ckpt_scheme.ANY if value is None else value
