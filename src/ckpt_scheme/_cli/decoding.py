"""The command ``decode``: the readings of names of any framework."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, TypeAlias, final

import attrs
import click

from ckpt_scheme._cli import columns, output, shared, streams, table
from ckpt_scheme._cli.columns import Column
from ckpt_scheme.catalog import _judge
from ckpt_scheme.catalog._json import reading_to_json
from ckpt_scheme.legacy import upgrade_losses

if TYPE_CHECKING:
    from ckpt_scheme.errors import SchemeError
    from ckpt_scheme.legacy import Reading, Registry

_HEADS: Final = (
    *("NAME", "STATUS", "FORMAT", "KIND", "EPOCH", "STEP", "METRICS", "OTHER", "CANONICAL NAME", "REASON", "SOURCE"),
)
_LAYOUT: Final = (Column(""), Column("", easy=30, least=10), Column("", easy=30, least=10))

_Upgrade: TypeAlias = tuple[str | None, "SchemeError | None"]


@final
@attrs.frozen
class _Answer:
    """The readings of one NAME."""

    text: str
    decoded: _judge.Decoded
    upgrades: tuple[_Upgrade, ...]
    refused: SchemeError | None

    @property
    def rows(self) -> Iterator[tuple[Reading, _Upgrade]]:
        return zip(self.decoded.readings, self.upgrades, strict=True)


@click.command(
    epilog=shared.examples(
        "ckpt-scheme decode epoch=22-step=1932-v1.ckpt",
        "ckpt-scheme decode --framework huggingface-trainer checkpoint-500/",
        "ckpt-scheme decode --json val/hmean=0.8920-best.ckpt",
        "ls old-checkpoints | ckpt-scheme decode -",
    )
)
@click.argument("names", metavar="NAME...", nargs=-1, required=True, shell_complete=shared.complete_path)
@click.option("--no-header", is_flag=True, help="Leave out the heads of the columns in piped output.")
@shared.framework_option
@shared.json_option
def decode(*, names: tuple[str, ...], no_header: bool, framework: str | None, as_json: bool) -> None:
    """Print the readings of each NAME and its canonical name.

    Each reading is one row: the format that reads the NAME, and the values that the NAME states. Rare readings come
    last; they count only if no other format reads the NAME. A NAME may be a path: its last part is read, together with
    the folder before it if a format reads both. A NAME that ends in "/" is a directory. Piped output has tabs between
    the columns and also shows the source of each format.

    Exits with 1 if a NAME is unknown or ambiguous. A name is ambiguous if it has several usual readings, or a spelling
    that many programs share. The error says how to decide.
    """
    printer = streams.Printer()
    registry = shared.registry()
    answers = (_answer(text, framework, registry) for text in streams.texts(names))
    if as_json:
        for answer in answers:
            shared.answer(printer, _record(answer), answer.refused, as_json=True)
    elif streams.is_terminal(sys.stdout):
        _print_table(answers, printer)
    else:
        _print_rows(answers, printer, is_headed=not no_header)
    shared.close(printer)


def _answer(text: str, framework: str | None, registry: Registry) -> _Answer:
    directory, slash, name = text.rstrip("/").rpartition("/")
    ending = text[len(directory) + len(slash) + len(name) :]
    decoded = _judge.decode(name + ending[:1], directory, registry)
    if framework is not None:
        decoded = _judge.read_by(framework, decoded)
    refused = _judge.refusal(lambda name: registry.decode(name, framework), decoded.text)
    return _Answer(text, decoded, tuple(map(_judge.upgraded, decoded.readings)), refused)


def _record(answer: _Answer) -> dict[str, object]:
    readings = [
        {
            **reading_to_json(reading),
            "canonical_name": name,
            "reason": error and str(error),
            "losses": [] if name is None else list(upgrade_losses(reading)),
        }
        for reading, (name, error) in answer.rows
    ]
    return {
        "text": answer.text,
        "status": answer.decoded.status,
        "canonical_name": answer.decoded.canonical_name,
        "readings": readings,
    }


def _print_rows(answers: Iterable[_Answer], printer: streams.Printer, *, is_headed: bool) -> None:
    """Print rows for programs: complete, with tabs between the columns."""
    encoding = streams.encoding()

    def row(cells: Iterable[str]) -> None:
        printer.line(output.row(cells, encoding))

    if is_headed:
        row(_HEADS)
    for answer in answers:
        for reading, (name, error) in answer.rows:
            row(
                (
                    answer.text,
                    answer.decoded.status,
                    *_values(reading),
                    _others(reading),
                    name or "",
                    "" if error is None else error.expected,
                    reading.source or "",
                )
            )
        if not answer.decoded.readings:
            row((answer.text, answer.decoded.status, *[""] * (len(_HEADS) - 2)))
        if answer.refused is not None:
            printer.refuse(answer.refused)


def _print_table(answers: Iterator[_Answer], printer: streams.Printer) -> None:
    """Print each name with its canonical name, and below it its readings in columns, in colours."""
    from ckpt_scheme._cli import terminal  # noqa: PLC0415 - only terminals need rich, which takes time to load

    encoding = streams.encoding()
    paint = terminal.Paint()
    first = list(itertools.islice(answers, columns.FIRST))
    rows = [[text for text, _ in row] for answer in first for row in _cells(answer, encoding)] or [["", "", ""]]
    width = terminal.width()
    layout = columns.Layout(_LAYOUT, width, rows, terminal.length)
    for answer in itertools.chain(first, answers):
        name, outcome = output.shown(answer.text, encoding), _outcome(answer)
        gap = "\n    " if terminal.length(f"{name} {outcome}") > width else " " if outcome else ""
        printer.line(f"{paint(table.MEANINGS[answer.decoded.status], name)}{gap}{paint('faint', outcome)}\n")
        for row in _cells(answer, encoding):
            printer.line(f"{layout.line(row, paint)}\n")
        if answer.refused is not None:
            printer.refuse(answer.refused)


def _outcome(answer: _Answer) -> str:
    """Return the canonical name, or the reason why there is none, to follow a name."""
    decoded = answer.decoded
    if decoded.canonical_name is not None:
        losses = () if decoded.reading is None else upgrade_losses(decoded.reading)
        return f"-> {decoded.canonical_name}" + (f" (drops {', '.join(losses)})" if losses else "")
    if decoded.status == "legacy" and decoded.error is not None:
        return f"(no canonical name: expected {decoded.error.expected})"
    return ""


def _cells(answer: _Answer, encoding: str) -> Iterator[list[columns.Cell]]:
    for reading, (name, _) in answer.rows:
        meaning: columns.Meaning = "faint" if reading.prior == "rare" else "plain"
        own = f" -> {name}" if name is not None and answer.decoded.canonical_name is None else ""
        texts = ("", f"{reading.framework}/{reading.format}", f"{_states(reading)}{own}")
        yield [(output.shown(text, encoding), meaning) for text in texts]


def _states(reading: Reading) -> str:
    """Return the values that a name states, for people."""
    numbers = {"epoch": reading.epoch, "step": reading.step}
    stated = [f"{word} {number}" for word, number in numbers.items() if number is not None]
    kind = [] if reading.kind in numbers else [reading.kind]
    return ", ".join([*kind, *stated, *filter(None, (_metrics(reading), _others(reading)))])


def _values(reading: Reading) -> tuple[str, ...]:
    """Return the cells FORMAT to METRICS of a reading."""
    return (
        f"{reading.framework}/{reading.format}",
        reading.kind,
        "" if reading.epoch is None else str(reading.epoch),
        "" if reading.step is None else str(reading.step),
        _metrics(reading),
    )


def _metrics(reading: Reading) -> str:
    return " ".join(f"{name}={value!r}" for name, value in reading.metrics.items())


def _others(reading: Reading) -> str:
    """Return the other values that a name states."""
    stated = {
        "version": reading.version,
        "timestamp": reading.timestamp and reading.timestamp.isoformat(),
        "architecture": reading.architecture,
        "encoder": reading.encoder,
        **reading.extras,
    }
    return " ".join(f"{name}={value}" for name, value in stated.items() if value is not None)
