"""One checkpoint of each run: the answers of ``ls --latest`` and ``ls --best``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from ckpt_scheme._cli import output, streams
from ckpt_scheme.catalog import Checkpoint, Choice, Run, WarningKind
from ckpt_scheme.catalog._json import checkpoint_to_json
from ckpt_scheme.selection import Mode

_SENTENCES: Final[Mapping[WarningKind, str]] = {
    "latest_is_empty": "the latest checkpoint is empty",
    "latest_is_dead_link": "the latest checkpoint is a dead link",
    "latest_is_older": "the latest checkpoint is older than",
    "latest_is_uncertain": "the latest checkpoint may be older or newer than",
    "best_is_empty": "the best checkpoint is empty",
    "unfinished_checkpoints": "unfinished",
    "unread_names": "no known format reads",
    "unreadable_folder": "cannot read",
}
_OF_LATEST: Final = (
    "latest_is_empty",
    "latest_is_older",
    "latest_is_uncertain",
    "unfinished_checkpoints",
    "unread_names",
)
_OF_BEST: Final = ("best_is_empty", "unread_names")


def print_latest(runs: Iterable[Run], printer: streams.Printer, *, as_json: bool) -> None:
    for run in runs:
        for kind in ("latest_is_dead_link", "unreadable_folder"):
            _warn(run, (kind,), printer.complain)
        _warn(run, _OF_LATEST, printer.note)
        if run.latest.checkpoint is not None:
            _print_path(run.latest.checkpoint, printer, as_json=as_json)
        elif len(run.checkpoints) or run.unread:
            reason = run.latest.reason or "no checkpoint is known to be the latest"
            printer.complain(f"{output.escaped(run.path)}: {reason}")


def print_best(runs: Iterable[Run], printer: streams.Printer, metric: str, mode: Mode, *, as_json: bool) -> None:
    chosen: Checkpoint | None = None
    for run in runs:
        _warn(run, ("unreadable_folder",), printer.complain)
        _warn(run, _OF_BEST, printer.note)
        for found in run.metrics:
            if found.metric == metric:
                rival = found.highest if mode == "max" else found.lowest
                if rival.reason is not None:
                    printer.complain(f"{output.escaped(run.path)}: {rival.reason}")
                chosen = _better(chosen, rival, metric, mode)
    if chosen is None:
        printer.complain(f"no name states a value of {output.escaped(metric)}")
    else:
        _print_path(chosen, printer, as_json=as_json)


def _better(chosen: Checkpoint | None, rival: Choice, metric: str, mode: Mode) -> Checkpoint | None:
    """Return the better of two checkpoints, or the first if they are equal."""
    if chosen is None or rival.checkpoint is None:
        return rival.checkpoint if chosen is None else chosen
    ours, theirs = (_value(one, metric) for one in (chosen, rival.checkpoint))
    return rival.checkpoint if (theirs > ours if mode == "max" else theirs < ours) else chosen


def _value(checkpoint: Checkpoint, metric: str) -> float:
    return next(reading.metrics[metric] for reading in checkpoint.readings if metric in reading.metrics)


def _print_path(checkpoint: Checkpoint, printer: streams.Printer, *, as_json: bool) -> None:
    if as_json:
        printer.line(output.json_line(checkpoint_to_json(checkpoint)))
    else:
        printer.line(f"{output.shown(checkpoint.path, streams.encoding())}\n")
    printer.flush()


def _warn(run: Run, kinds: Sequence[str], write: Callable[[str], None]) -> None:
    for warning in run.warnings:
        if warning.kind in kinds:
            names = output.few(list(map(output.escaped, warning.paths)), warning.count)
            write(f"{output.escaped(run.path)}: {_SENTENCES[warning.kind]}: {names}")
