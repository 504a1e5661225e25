"""The fields of values as members of JSON objects, for the catalog and the command line."""

from __future__ import annotations

from ckpt_scheme.run_id import RunId


def run_fields(run: RunId | None) -> dict[str, object]:
    """Return the fields of a run id as members of a JSON object, all None if *run* is None."""
    if run is None:
        return {"tag": None, "architecture": None, "encoder": None, "phase": None, "timestamp": None}
    return {
        "tag": run.tag,
        "architecture": run.architecture,
        "encoder": run.encoder,
        "phase": run.phase,
        "timestamp": run.timestamp.isoformat(),
    }
