"""The command ``parse``: the fields of canonical names."""

from __future__ import annotations

import click

from ckpt_scheme._cli import output, shared, streams, values
from ckpt_scheme.errors import SchemeError


@click.command(
    epilog=shared.examples(
        "ckpt-scheme parse epoch-22_step-001932_hmean-0.8756.ckpt",
        "ckpt-scheme parse --json outputs/ocr-dbnet_training_20251015_120000/checkpoints/last.ckpt",
        "ls checkpoints | ckpt-scheme parse -",
    )
)
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@shared.json_option
def parse(*, names: tuple[str, ...], as_json: bool) -> None:
    """Print what each NAME says in the scheme.

    A NAME with "/" in it is the path of a checkpoint if its last part holds ".ckpt", and else of a run directory.
    Without "/" it is, in the same way, the name of a checkpoint or a run id. Exits with 1 if a NAME is refused.
    """
    printer = streams.Printer()
    for text in streams.texts(names):
        record: dict[str, object] = {"text": text}
        refused: SchemeError | None = None
        try:
            fields = values.fields(values.read(text))
        except SchemeError as error:
            refused = error
        else:
            record.update(fields)
            if not as_json:
                printer.line(f"{output.escaped(text)}: {fields.pop('kind')} {output.words(fields)}\n")
        shared.answer(printer, record, refused, as_json=as_json)
    shared.close(printer)
