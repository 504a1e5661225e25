"""The commands ``parse`` and ``decode``: what names say."""

from __future__ import annotations

import click

from ckpt_scheme._cli import decoding, output, shared, streams, values
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
        "ckpt-scheme decode --framework huggingface-trainer checkpoint-500/",
        "ckpt-scheme decode --json val/hmean=0.8920-best.ckpt",
        "ls old-checkpoints | ckpt-scheme decode -",
    )
)
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@shared.framework_option
@shared.json_option
def decode(*, names: tuple[str, ...], framework: str | None, as_json: bool) -> None:
    """Print every reading of each NAME, where it was read, and what it would be called in the scheme.

    A NAME may be a path: its last part is read, together with those before it where a format has a "/" there. A NAME
    that ends in "/" is a directory's. Exits with 1 if a NAME is unknown, has several usual readings, or has a spelling
    that many programs share. The error says how to decide.
    """
    printer = streams.Printer()
    registry = shared.registry()
    for text in streams.texts(names):
        directory, slash, name = text.rstrip("/").rpartition("/")
        ending = text[len(directory) + len(slash) + len(name) :]
        decoded = decoding.decode(name + ending[:1], directory, registry)
        if framework is not None:
            decoded = decoding.told(decoded, framework)
        readings: list[dict[str, object]] = []
        for reading in decoded.readings:
            canonical_name, error = decoding.upgraded(reading)
            fields = {**values.reading_fields(reading), "would_be_called": canonical_name}
            readings.append({**fields, "reason": error and str(error)})
            if not as_json:
                source = fields.pop("source")
                del fields["text"], fields["framework"], fields["format"], fields["entry"]
                words = f"{reading.framework}/{reading.format} {output.words({**fields, 'source': source})}"
                note = "" if error is None else f" (expected {error.expected})"
                printer.line(f"{output.escaped(text)}: {words}{note}\n")
        record = {"text": text, "status": decoded.status, "readings": readings}
        refused = decoding.refusal(lambda name: registry.decode(name, framework), decoded.text)
        shared.answer(printer, record, refused, as_json=as_json)
    shared.close(printer)
