"""A plan and the result of carrying it out: the acts folder by folder, the notes and the totals; or JSON."""

from __future__ import annotations

import itertools
import shlex
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, final

import attrs

import ckpt_scheme
from ckpt_scheme._cli import columns, output, reports, streams, table
from ckpt_scheme._cli.columns import Meaning, Paint
from ckpt_scheme.catalog._folder import STATE

if TYPE_CHECKING:
    from ckpt_scheme.migration import Discard, Item, Plan, Report

_WIDEST: Final = 56  # columns of the names in a pipe, so that most reasons begin below each other
_MEANINGS: Final[Mapping[str, Meaning]] = {
    "rename": "good",
    "restore": "good",
    "discard": "bad",
    "keep": "faint",
    "conflict": "doubt",
}


@final
@attrs.frozen(kw_only=True)
class View:
    """The form in which a plan is printed."""

    is_verbose: bool
    is_summary: bool
    as_json: bool

    def show(self, printer: streams.Printer, plan: Plan) -> None:
        """Print the preview of a plan."""
        if self.as_json:
            from ckpt_scheme.migration._model import json_pieces  # noqa: PLC0415 - `ls` does not need it

            for piece in json_pieces(plan):
                printer.line(piece)
            printer.line("\n")
            return
        if not self.is_summary:
            self._print_acts(printer, plan)
        counts, size = plan.counts(), _size(_freed(_discards(plan)))
        parts = [f"{counts['rename']} to rename"] if plan.policy.rename else []
        printer.line(_summary(plan, counts, [*parts, f"{counts['discard']} to discard{size}"]))

    def show_result(self, printer: streams.Printer, plan: Plan, report: Report) -> None:
        """Print the result of a plan that was carried out, and complain of the acts that were not done."""
        done = {old for old, _ in report.done}
        counts, freed = plan.counts(), _freed(_discards(plan), done)
        changed = Counter(item.do for item in plan.items if item.path in done)
        if self.as_json:
            numbers = {"counts": counts, "renamed": changed["rename"], "discarded": changed["discard"], "size": freed}
            printer.line(output.json_line({**numbers, **reports.fields(report), **_remarks(plan)}))
        else:
            if not self.is_summary:
                self._print_acts(printer, plan)
            parts = [f"{changed['rename']} renamed"] if plan.policy.rename else []
            discarded = f"{changed['discard']} discarded{_size(freed)}"
            printer.line(_summary(plan, counts, [*parts, discarded, f"{len(report.failed)} failed"]))
            if report.done:
                root = output.visible(shlex.quote(plan.root))
                printer.line(f"to put it back: ckpt-scheme undo {root} {report.number}\n")
        reports.complain(printer, report)

    def _print_acts(self, printer: streams.Printer, plan: Plan) -> None:
        form = _OnTerminal() if streams.is_terminal(sys.stdout) else _InPipe()
        shown = (item for item in plan.items if self.is_verbose or item.do != "keep")
        for directory, items in _by_folder(shown):
            size = _freed(item for item in items if isinstance(item, ckpt_scheme.migration.Discard))
            freed = f"({table.size(size)} to discard)" if size else ""
            _print(printer, form.head(streams.shown(directory or "."), freed))
            _print(printer, form.rows([_row(item) for item in items]))
        for note in plan.notes:
            where = f"{streams.shown(note.path)}: " if note.path else ""
            _print(printer, form.note(f"{where}{output.visible(note.text)}"))


def _by_folder(items: Iterable[Item]) -> Iterator[tuple[str, list[Item]]]:
    """Yield each folder with all of its items, which are sorted by path; a folder in another comes before that."""
    waiting: dict[str, list[Item]] = {}
    for item in items:
        for folder in [folder for folder in waiting if folder and not item.path.startswith(f"{folder}/")]:
            yield folder, waiting.pop(folder)
        waiting.setdefault(item.path.rpartition("/")[0], []).append(item)
    yield from sorted(waiting.items(), reverse=True)


def show_put_back(printer: streams.Printer, report: Report) -> None:
    """Print the entries that an undo has renamed, folder by folder on a terminal."""
    if not streams.is_terminal(sys.stdout):
        _print(printer, (f"{streams.shown(old)} -> {streams.shown(new)}" for old, new in report.done))
        return
    form = _OnTerminal()
    for directory, moves in itertools.groupby(report.done, key=_folder):
        _print(printer, form.head(streams.shown(directory or "."), ""))
        _print(printer, form.rows(_row_back(*move) for move in moves))


def put_back_counts(report: Report) -> str:
    """Return the number of entries that an undo has put back, and of those that it has discarded once more."""
    again = sum(_is_trash(new) for _, new in report.done)
    text = f"{len(report.done) - again} put back"
    return f"{text}, {again} discarded again" if again else text


def _folder(move: tuple[str, str]) -> str:
    """Return the folder of checkpoints that an undo puts an entry back to, or takes it from again."""
    old, new = move
    return (old if _is_trash(new) else new).rpartition("/")[0]


def _row_back(old: str, new: str) -> _Row:
    if _is_trash(old):
        return _Row("restore", _name(new), None, "from the trash")
    if _is_trash(new):
        return _Row("discard", _name(old), None, "to the trash again")
    return _Row("rename", _name(old), _name(new), "")


def _is_trash(path: str) -> bool:
    return path.partition("/")[0] == STATE


def _print(printer: streams.Printer, lines: Iterable[str]) -> None:
    for line in lines:
        printer.line(f"{line}\n")


@final
@attrs.frozen
class _Row:
    do: str
    old: str
    new: str | None
    reason: str

    @property
    def names(self) -> str:
        return self.old if self.new is None else f"{self.old} -> {self.new}"


def _row(item: Item) -> _Row:
    new = _name(item.new) if isinstance(item, ckpt_scheme.migration.Rename) else None
    reason = item.reason
    if isinstance(item, ckpt_scheme.migration.Conflict):
        reason = f"{reason}: {item.advice}"
    elif not isinstance(item, ckpt_scheme.migration.Keep) and item.sidecars:
        reason = f"{reason}; sidecars: {len(item.sidecars)}"
    if isinstance(item, ckpt_scheme.migration.Rename) and item.losses:
        reason = f"{reason}; drops {', '.join(item.losses)}"
    return _Row(item.do, _name(item.path), new, output.visible(reason))


def _name(path: str) -> str:
    return streams.shown(path.rpartition("/")[2])


@final
class _InPipe:
    """One line for each act and each note."""

    def head(self, directory: str, size: str) -> Iterator[str]:
        yield f"{directory} {size}".rstrip()

    def rows(self, rows: Iterable[_Row]) -> Iterator[str]:
        found = list(rows)
        width = min(max(len(row.names) for row in found), _WIDEST)
        return (f"  {row.do:<8}  {row.names:<{width}}  {row.reason}" for row in found)

    def note(self, text: str) -> Iterator[str]:
        yield f"note: {text}"


@final
class _OnTerminal:
    """Lines that fit the terminal, in colours. Only a name that is wider than the terminal makes a longer line."""

    def __init__(self) -> None:
        from ckpt_scheme._cli import terminal  # noqa: PLC0415 - only terminals need rich, which takes time to load

        self._width = terminal.width()
        self._length = terminal.length
        self._paint: Paint = terminal.Paint()

    def head(self, directory: str, size: str) -> Iterator[str]:
        return columns.folded(directory, [size], self._width, indent=2, length=self._length)

    def rows(self, rows: Iterable[_Row]) -> Iterator[str]:
        for row in rows:
            new = [] if row.new is None else [f"-> {row.new}"]
            pieces = [*new, "", *row.reason.split(" ")]
            first, *rest = columns.folded(
                f"  {row.do:<8}  {row.old}", pieces, self._width, indent=12, length=self._length
            )
            yield first.replace(row.do, self._paint(_MEANINGS[row.do], row.do), 1)
            yield from rest

    def note(self, text: str) -> Iterator[str]:
        return columns.folded("note:", text.split(" "), self._width, indent=6, length=self._length)


def _remarks(plan: Plan) -> dict[str, object]:
    """Return the conflicts and the notes of a plan for JSON."""
    return {
        "conflicts": [attrs.asdict(conflict) for conflict in plan.conflicts],
        "notes": [attrs.asdict(note) for note in plan.notes],
    }


def _discards(plan: Plan) -> Iterator[Discard]:
    return (item for item in plan.items if isinstance(item, ckpt_scheme.migration.Discard))


def _freed(discards: Iterable[Discard], done: Collection[str] | None = None) -> int:
    """Return the bytes of all checkpoints that go to the trash, or only of those in *done*."""
    return sum(item.size for item in discards if done is None or item.path in done)


def _size(size: int) -> str:
    return f" ({table.size(size)})" if size else ""


def _summary(plan: Plan, counts: Mapping[str, int], parts: list[str]) -> str:
    conflicts = [f"{counts['conflict']} in conflict"] if plan.policy.rename else []
    text = ", ".join([*parts, *conflicts, f"{counts['keep']} left as they are"])
    if not plan.policy.rename:
        from ckpt_scheme.migration._plan import NOT_CANONICAL  # noqa: PLC0415 - `ls` does not need it, nor wait for it

        old = sum(item.do == "keep" and item.reason == NOT_CANONICAL for item in plan.items)
        text += f" ({old} of them not in the scheme; see migrate)" if old else ""
    return f"{text}\n"
