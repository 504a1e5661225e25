"""The command ``decode``: the readings of names of any framework."""

from __future__ import annotations

import click

from ckpt_scheme._cli import output, shared, streams
from ckpt_scheme.catalog import _judge
from ckpt_scheme.catalog._json import reading_to_json


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
    """Print every reading of each NAME, its source, and its canonical name.

    A NAME may be a path: its last part is read, together with those before it where a format has a "/" there. A NAME
    that ends in "/" is a directory's. Exits with 1 if a NAME is unknown, has several usual readings, or has a spelling
    that many programs share. The error says how to decide.
    """
    printer = streams.Printer()
    registry = shared.registry()
    for text in streams.texts(names):
        directory, slash, name = text.rstrip("/").rpartition("/")
        ending = text[len(directory) + len(slash) + len(name) :]
        decoded = _judge.decode(name + ending[:1], directory, registry)
        if framework is not None:
            decoded = _judge.read_by(framework, decoded)
        readings: list[dict[str, object]] = []
        for reading in decoded.readings:
            canonical_name, error = _judge.upgraded(reading)
            fields = {**reading_to_json(reading), "would_be_called": canonical_name}
            readings.append({**fields, "reason": error and str(error)})
            if not as_json:
                source = fields.pop("source")
                for known in ("text", "framework", "format", "entry", "recency", "shared", "prior"):
                    del fields[known]
                words = f"{reading.framework}/{reading.format} {output.words({**fields, 'source': source})}"
                note = "" if error is None else f" (expected {error.expected})"
                printer.line(f"{output.escaped(text)}: {words}{note}\n")
        record = {"text": text, "status": decoded.status, "readings": readings}
        refused = _judge.refusal(lambda name: registry.decode(name, framework), decoded.text)
        shared.answer(printer, record, refused, as_json=as_json)
    shared.close(printer)
