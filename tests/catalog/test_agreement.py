"""The library and the command line give one answer for every name of all corpora."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

from ckpt_scheme import catalog, legacy, migration
from ckpt_scheme.catalog import Checkpoint, Listing
from ckpt_scheme.errors import AmbiguousNameError, SchemeError, UnknownFormatError
from ckpt_scheme.legacy import CANONICAL, CHECKPOINT_KINDS
from ckpt_scheme.legacy._reading import fitting
from ckpt_scheme.migration import Entry, Policy, make_plan
from cli_runner import invoke, records

DATA: Final = Path(__file__).parents[1] / "data"


def _names() -> list[str]:
    """Return every name of the corpora and of the examples of all formats, each once; a directory's ends in ``/``."""
    found: list[str] = []
    for file in ("foreign_names", "held_out_names", "negative_names", "overlaps"):
        facts: list[dict[str, Any]] = json.loads((DATA / f"{file}.json").read_text(encoding="utf-8"))
        for fact in facts:
            is_directory = fact.get("extras", {}).get("is_dir") is True
            found.append(fact["name"] + ("/" if is_directory and not fact["name"].endswith("/") else ""))
    for case in json.loads((DATA / "selection_cases.json").read_text(encoding="utf-8")):
        found += case["names"]
    for declared in legacy.REGISTRY.formats:
        found += [f"{name}/" if declared.entry == "directory" else name for name in declared.examples]
    found += ["last.ckpt", "best-hmean-0.8920.ckpt", "epoch-22_step-001932_hmean-0.8756_v1.ckpt", "notes.txt"]
    return list(dict.fromkeys(found))


NAMES: Final = _names()


def status(name: str) -> str:
    """Return the status of a name, as `legacy.decode` gives it."""
    try:
        return "canonical" if legacy.decode(name).framework == CANONICAL else "legacy"
    except AmbiguousNameError:
        return "ambiguous"
    except UnknownFormatError:
        return "unknown"


def canonical_name(name: str) -> str | None:
    """Return the canonical name for the one certain reading of a name."""
    try:
        reading = legacy.decode(name)
        return None if reading.framework == CANONICAL else str(legacy.upgrade(reading))
    except SchemeError:
        return None


def test_corpora_are_there() -> None:
    assert len(NAMES) > 2500


def test_decode_of_the_command_line_is_that_of_the_library() -> None:
    alone = [name for name in NAMES if "/" not in name.rstrip("/") and "\n" not in name]

    printed = records(invoke("decode", "--json", "-", stdin="".join(f"{name}\n" for name in alone)))

    assert len(printed) == len(alone)
    for name, record in zip(alone, printed, strict=True):
        readings = legacy.readings(name)
        assert (record["text"], record["status"]) == (name, status(name))
        assert [(one["framework"], one["format"], one["epoch"], one["step"]) for one in record["readings"]] == [
            (one.framework, one.format, one.epoch, one.step) for one in readings
        ]


@pytest.fixture(scope="module")
def listed() -> dict[str, list[Checkpoint]]:
    """The checkpoint of each name, from a listing with a folder for each name."""
    alone = [name for name in NAMES if "/" not in name.rstrip("/")]
    found: dict[str, list[Checkpoint]] = {name: [] for name in alone}
    paths = {f"run{place}": name for place, name in enumerate(alone)}
    for run in catalog.scan(Listing.from_names(f"{folder}/{name}" for folder, name in paths.items())):
        for checkpoint in run.checkpoints:
            found[paths[checkpoint.path.partition("/")[0]]].append(checkpoint)
    return found


def test_scan_reads_each_name_as_the_library_does(listed: dict[str, list[Checkpoint]]) -> None:
    for name, checkpoints in listed.items():
        for checkpoint in checkpoints:
            readings = fitting(legacy.readings(name), is_directory=name.endswith("/"))
            expected = readings if not name.lower().rstrip("/").endswith(".ckpt") else legacy.readings(name.rstrip("/"))
            assert set(map(_format, checkpoint.readings)) <= set(map(_format, expected)), name
            if len(readings) == len(legacy.readings(name)) == len(checkpoint.readings):
                assert (checkpoint.status, checkpoint.readings) == (status(name), _texts(readings, checkpoint)), name
            if checkpoint.status == status(name) == "legacy":
                assert checkpoint.canonical_name == canonical_name(name), name


def test_scan_lists_each_name_that_is_certainly_a_checkpoint(listed: dict[str, list[Checkpoint]]) -> None:
    for name, checkpoints in listed.items():
        if name.endswith("/"):
            continue  # a folder with a plain name needs evidence
        readings = fitting(legacy.readings(name), is_directory=False)
        is_certain = len(readings) == 1 and not readings[0].shared and readings[0].kind in CHECKPOINT_KINDS
        assert len(checkpoints) == 1 or not is_certain, name


def test_scan_leaves_out_names_that_the_library_reads_as_no_checkpoint(listed: dict[str, list[Checkpoint]]) -> None:
    for name, checkpoints in listed.items():
        if not name.lower().rstrip("/").endswith(".ckpt"):
            kinds = {reading.kind for reading in legacy.readings(name)}
            assert not checkpoints or kinds & CHECKPOINT_KINDS, name


def test_json_of_ls_is_that_of_the_catalog_for_all_names() -> None:
    # A folder of some names each, for the time of a folder grows with its names times its metrics.
    lines = [f"{place // 40}/{name}" for place, name in enumerate(NAMES) if not {"\n", "\\"} & set(name)]

    result = invoke("ls", "--json", "--listing", "-", stdin="".join(f"{line}\n" for line in lines))

    expected = [catalog.to_json(run) for run in catalog.scan(Listing.from_lines(lines))]
    assert records(result) == json.loads(json.dumps(expected))


def _format(reading: legacy.Reading) -> tuple[str, str]:
    return reading.framework, reading.format


def _texts(readings: tuple[legacy.Reading, ...], checkpoint: Checkpoint) -> tuple[legacy.Reading, ...]:
    """Return *readings* as those of a name without a closing ``/``."""
    return tuple(one for one in checkpoint.readings if _format(one) in set(map(_format, readings)))


def test_migrate_agrees_with_the_other_commands(listed: dict[str, list[Checkpoint]]) -> None:
    # A folder name that no format knows, so that the name alone decides.
    names = [name for name in listed if name.lower().endswith(".ckpt") and "/" not in name]
    entries = [
        Entry(path=f"r{place}/checkpoints/{name}", kind="file", size=7, mtime_ns=1) for place, name in enumerate(names)
    ]
    plan = make_plan(migration.Listing(root="", entries=entries, now_ns=10**18))

    items = {item.path.partition("/checkpoints/")[2]: item for item in plan.items}
    kinds: Counter[str] = Counter()

    for name in names:
        item, (checkpoint,) = items[name], listed[name]
        kinds[item.do] += 1
        match item:
            case migration.Keep():
                assert checkpoint.status == "canonical", name
            case migration.Rename():
                assert item.new.rpartition("/")[2] == checkpoint.canonical_name, name
                assert set(checkpoint.losses) <= {"timestamp"}, name
                assert not any(reading.shared for reading in checkpoint.readings), name
            case migration.Discard():
                pytest.fail(name)
            case migration.Conflict():
                assert ("no known format" in item.reason) == (checkpoint.status == "unknown"), name
                if "no place for its" in item.reason and checkpoint.losses:
                    lost = item.reason.partition("no place for its ")[2].split(", ")
                    assert set(lost) <= set(legacy.upgrade_losses(checkpoint.readings[0])), name
                if "no canonical name is possible" in item.reason:
                    assert checkpoint.canonical_name is None, name
                if checkpoint.status == "unknown" and checkpoint.canonical_name is not None:
                    assert checkpoint.canonical_name in item.advice, name

    assert kinds["rename"] > 40
    assert kinds["conflict"] > 50


def _advised(advice: str) -> list[Policy]:
    """Return the policies of the options that the advice of a conflict names."""
    options = re.sub(r" \(.*?\)", "", advice.partition(" with ")[2]).partition(", or rename")[0]
    ways, _, drops = options.partition(", with ")
    return [
        Policy(
            frameworks=tuple(re.findall(r"--framework (\S+)", way)),
            formats=tuple(re.findall(r"--format (\S+)", way)),
            drop=tuple(re.findall(r"--drop (\S+)", f"{way} {drops}")),
        )
        for way in ways.split(" or ")
    ]


def test_options_in_each_advice_rename_the_checkpoint() -> None:
    names = [name for name in NAMES if name.endswith(".ckpt") and "/" not in name]
    names += [f"{name.rpartition('.')[0]}.ckpt" for name in NAMES if "." in name and "/" not in name]
    followed: Counter[str] = Counter()

    for name in dict.fromkeys(names):
        entries = [Entry(path=f"r/checkpoints/{name}", kind="file", size=7, mtime_ns=1)]
        listing = migration.Listing(root="", entries=entries, now_ns=10**18)
        for conflict in make_plan(listing).conflicts:
            if " with --" not in conflict.advice:
                continue
            for policy in _advised(conflict.advice):
                (item,) = make_plan(listing, policy).items
                assert item.do == "rename", (name, conflict, policy, item)
                followed[conflict.advice.partition(" with ")[0]] += 1

    assert followed["rename it all the same"] > 50
    assert followed["name its writer"] > 50
    assert followed["drop the fields that are not needed"] > 10
