"""The commands ``parse`` and ``decode``: what names say."""

from __future__ import annotations

import click

from ckpt_scheme.cli import output, rows, shared, streams, values
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


@click.command(
    epilog=shared.examples(
        "ckpt-scheme decode epoch=22-step=1932-v1.ckpt",
        "ckpt-scheme decode --json val/hmean=0.8920-best.ckpt",
        "ls old-checkpoints | ckpt-scheme decode -",
    )
)
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@shared.json_option
def decode(*, names: tuple[str, ...], as_json: bool) -> None:
    """Print every reading of each NAME, and what it would be called in the scheme.

    A NAME may be a path: its last part is read, together with the one before it where the "/" in the name of a metric
    made a directory. Exits with 1 if a NAME is unknown or has several readings: nothing is guessed.
    """
    printer = streams.Printer()
    registry = shared.registry()
    for text in streams.texts(names):
        directory, _, name = text.rpartition("/")
        decoded = rows.decode(name, directory.rpartition("/")[2], registry)
        readings: list[dict[str, object]] = []
        for reading in decoded.readings:
            canonical_name, error = rows.upgraded(reading)
            fields = {**values.reading_fields(reading), "would_be_called": canonical_name}
            readings.append({**fields, "reason": error and str(error)})
            if not as_json:
                del fields["text"], fields["framework"], fields["format"]
                words = f"{reading.framework}/{reading.format} {output.words(fields)}"
                note = "" if error is None else f" (expected {error.expected})"
                printer.line(f"{output.escaped(text)}: {words}{note}\n")
        record = {"text": text, "status": decoded.status, "readings": readings}
        shared.answer(printer, record, rows.refusal(registry.decode, decoded.text), as_json=as_json)
    shared.close(printer)
