"""Answers of the library to the name explorer. A web worker of the page runs this module in Pyodide."""

from __future__ import annotations

import json
import re
import warnings

from ckpt_scheme import (
    CheckpointName,
    CheckpointPath,
    RunArchive,
    RunDirectory,
    RunId,
    SchemeError,
    SelectionWarning,
    catalog,
    legacy,
)

_RUN_ENDS = re.compile(r"_[0-9]{8}_[0-9]{6}\Z")
_MOST_RUNS = 200
"""A browser shows no more runs at once."""


def answer(text: str) -> str:
    """Return an answer as JSON: the explanation of each name in *text*, or for a listing the runs in it.

    Lines that are empty or hold only blanks are passed over. Several lines are a listing if a checkpoint is in it.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    listing = _listing(lines)
    return json.dumps({"names": [_name(line) for line in lines]} if listing is None else listing)


def _listing(lines: list[str]) -> dict[str, object] | None:
    """Return the runs in a listing, and its unread names; None if it holds neither runs nor an error."""
    if len(lines) < 2:  # noqa: PLR2004 - one name is no listing
        return None
    try:
        listing = catalog.Listing.from_lines(lines)
    except SchemeError as error:
        return {"names": [_name(line) for line in lines], "listing_error": str(error)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SelectionWarning)  # the runs hold their warnings
        runs = [catalog.to_json(run) for run in catalog.scan(listing)]
    if not runs:
        return None
    return {"runs": runs[:_MOST_RUNS], "run_count": len(runs)}


def _name(text: str) -> dict[str, object]:
    readings = [
        {
            "format": f"{reading.framework}/{reading.format}",
            "kind": reading.kind,
            "epoch": reading.epoch,
            "step": reading.step,
            "metrics": dict(reading.metrics),
            "prior": reading.prior,
            "shared": reading.shared,
            "source": reading.source,
        }
        for reading in legacy.readings(text)
    ]
    return {"text": text, "error": _syntax_error(text), "readings": readings, **_upgrade(text)}


def _syntax_error(text: str) -> dict[str, object] | None:
    """Return where and why *text* is not canonical, or None if it is."""
    try:
        _kind(text).parse(text)
    except SchemeError as error:
        return {
            "message": str(error),
            "kind": error.kind,
            "expected": error.expected,
            "position": error.position,
            "requirement": error.requirement,
            "suggestion": error.suggestion,
        }
    return None


def _kind(
    text: str,
) -> type[CheckpointName | CheckpointPath | RunArchive | RunDirectory | RunId]:
    """Return the class that *text* is most likely meant for: by its slashes and by its end."""
    name = text.rpartition("/")[2]
    if ".tar" in name:
        return RunArchive
    is_run = _RUN_ENDS.search(name) is not None and ".ckpt" not in name
    if "/" in text:
        return RunDirectory if is_run else CheckpointPath
    return RunId if is_run else CheckpointName


def _upgrade(text: str) -> dict[str, object]:
    """Return the canonical name of a name of another framework, or the reason why there is none."""
    try:
        reading = legacy.decode(text)
        if reading.framework == legacy.CANONICAL:
            return {}
        return {"canonical_name": str(legacy.upgrade(reading)), "losses": list(legacy.upgrade_losses(reading))}
    except SchemeError as error:
        return {"reason": str(error)}
