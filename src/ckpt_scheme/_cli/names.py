"""The command ``parse``: the fields of canonical names."""

from __future__ import annotations

import shlex

import click

from ckpt_scheme._cli import output, shared, streams, values
from ckpt_scheme.errors import SchemeError

_SHOWN = 3  # formats


@click.command(
    epilog=shared.examples(
        "ckpt-scheme parse epoch-22_step-001932_hmean-0.8756.ckpt",
        "ckpt-scheme parse --json outputs/ocr-dbnet_training_20251015_120000",
        "ls checkpoints | ckpt-scheme parse -",
    )
)
@click.argument("names", metavar="NAME...", nargs=-1, required=True, shell_complete=shared.complete_path)
@shared.json_option
def parse(*, names: tuple[str, ...], as_json: bool) -> None:
    """Print the fields of each NAME of the scheme.

    A NAME with "/" in it is the path of a checkpoint if its last part holds ".ckpt", else of a run directory. Without
    "/" it is the name of a checkpoint or a run id by the same rule. A NAME of another framework is refused with the
    formats that read it; decode prints its fields. Exits with 1 if a NAME is refused.
    """
    printer = streams.Printer()
    for text in streams.texts(names):
        record: dict[str, object] = {"text": text}
        refused: SchemeError | None = None
        formats: list[str] = []
        try:
            fields = values.fields(values.read(text))
        except SchemeError as error:
            refused = error
            formats = _formats(text)
            record["formats"] = formats
        else:
            record.update(fields)
            if not as_json:
                printer.line(f"{output.escaped(text)}: {fields.pop('kind')} {output.words(fields)}\n")
        shared.answer(printer, record, refused, as_json=as_json)
        if formats and not as_json:
            printer.complain(_advice(text, formats))
    shared.close(printer)


def _formats(text: str) -> list[str]:
    """Return the formats that read a name that is not canonical."""
    found = shared.registry().readings(text)
    return [f"{reading.framework}/{reading.format}" for reading in found if reading.prior != "rare"]


def _advice(text: str, formats: list[str]) -> str:
    verb = "reads" if len(formats) == 1 else "read"
    name = output.escaped(shlex.quote(text))
    return f"{output.few(formats[:_SHOWN], len(formats))} {verb} this name: run 'ckpt-scheme decode {name}'"
