"""Names for the tests of columns: valid and mutated ones, and the fields that `parse` reads in them."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any, Final, Literal, TypeAlias

from ckpt_scheme import (
    AnyCheckpoint,
    BestCheckpoint,
    CheckpointName,
    CheckpointPath,
    EpochCheckpoint,
    LastCheckpoint,
    Metric,
    NameSyntaxError,
    RunId,
)
from edits import NASTY, edits_at

RecordName: TypeAlias = Literal["run_id", "checkpoint_name", "checkpoint_path"]
Value: TypeAlias = str | int | float | datetime | None

RECORDS: Final[tuple[RecordName, ...]] = ("run_id", "checkpoint_name", "checkpoint_path")


def functions(module: ModuleType, prefix: str = "") -> dict[RecordName, Callable[..., Any]]:
    """Return the functions of a module that read each record or, with the prefix ``is_``, check it."""
    return {record: getattr(module, f"{prefix}{record}") for record in RECORDS}


_HEADS: Final = "09AZaz"
_TAILS: Final = "09AZaz__"
_SPAN: Final = (datetime(9999, 12, 31, 23, 59, 59) - datetime(1, 1, 1)) // timedelta(seconds=1)
_ROOTS: Final = (
    *(
        "",
        "outputs",
        "s3://team/outputs",
        "/",
        "//",
        ".",
        "a\nb",
        " ",
        "caf\u00e9/\U0001f642",
        "x" * 300,
        "checkpoints",
    ),
    *("a-b_c_20251015_120000/checkpoints", "last.ckpt", "\\", "%2F", "\u2028"),
)
_NUMBERS: Final = (0, 1, 7, 22, 99, 100, 1932, 999_999, 1_000_000, 2**53 + 1, 10**18 - 1)
_VALUES: Final = (0.0, -0.0001, 0.892, -1.5, 1e-4, 99_999_999_999.9999, -99_999_999_999.9999, 0.1, 123.4567)

EDGES: Final[dict[RecordName, tuple[str | None, ...]]] = {
    "run_id": (
        *(None, "", "\0", "a-b_c_20251015_120000\0", "a-b_c_20251015_120000\n", " a-b_c_20251015_120000"),
        *("a-b_c_00010101_000000", "a-b_c_00000101_000000", "a-b_c_99991231_235959", "a-b_c_20240229_000000"),
        *("a-b_c_20230229_000000", "a-b_c_20000229_000000", "a-b_c_19000229_000000", "a-b_c_15000229_000000"),
        *("a-b_c_20251015_240000", "a-b_c_20251015_235960", "a-b_c_20250631_120000", "a-b--c_d_20251015_120000"),
        *("a-b-c-_-__d-_20251015_120000", "a-b-c_d-e_20251015_120000", "a-b_c_d_e_20251015_120000"),
        *("\u0430-b_c_20251015_120000", "a-b_c_2025101\u0665_120000", "a\u2010b_c_20251015_120000"),
        *("a-b_c_20251015_120000" * 50_000, "a" * 2**20, "a-" + "b_" * 2**19 + "c_20251015_120000"),
    ),
    "checkpoint_name": (
        *(None, "", "\0", "last.ckpt\0", "last.ckpt\n", "last.ckpt\r\n", "LAST.ckpt", "last_v1.ckpt", "last.ckpt "),
        *("best.ckpt", "best_v1.ckpt", "best_v0.ckpt", "best_v01.ckpt", "best_V2.ckpt", "best-_v1.ckpt"),
        *("best-a_v2-0.1000.ckpt", "best-a_v2-0.1000_v3.ckpt", "best-a_v-0.1000.ckpt", "best-v1-1.0000_v1.ckpt"),
        *("best-x--0.0000.ckpt", "best-x-0.0000.ckpt", "best-x--0.0001.ckpt", "best-x--99999999999.9999.ckpt"),
        *("best-x-123456789012.0000.ckpt", "best-x-0.89.ckpt", "best-x-nan.ckpt", "best-x-inf.ckpt", "best-x-1e5.ckpt"),
        *("epoch-22_step-001932.ckpt", "epoch-022_step-001932.ckpt", "epoch-22_step-01932.ckpt"),
        *(f"epoch-{'9' * 18}_step-{'9' * 18}_v{'9' * 18}.ckpt", f"epoch-1{'0' * 18}_step-000001.ckpt"),
        *("epoch-00_step-000000_step-0.1000.ckpt", "epoch-00_step-000000_epoch_v1-0.1000_v1.ckpt"),
        *("epoch-00_step-000000_best--0.5000.ckpt", "b\u0435st.ckpt", "best\uff0eckpt", "last.c\u212apt"),
        *("best-" + "a" * 2**20 + "-0.1000.ckpt", "best" * 2**18, "best-x-" + "1" * 2**20),
    ),
    "checkpoint_path": (
        *(None, "", "\0", "/", "a-b_c_20251015_120000/checkpoints/last.ckpt"),
        *("/a-b_c_20251015_120000/checkpoints/last.ckpt", "//a-b_c_20251015_120000/checkpoints/last.ckpt"),
        *("./a-b_c_20251015_120000/checkpoints/last.ckpt", "r/a-b_c_20251015_120000/checkpoints/last.ckpt/"),
        *("r/a-b_c_20251015_120000//checkpoints/last.ckpt", "r/a-b_c_20251015_120000/Checkpoints/last.ckpt"),
        *("r\0/a-b_c_20251015_120000/checkpoints/last.ckpt", "r/a-b_c_20251015_120000/checkpoints/best-x-0.1000.ckpt"),
        *("r\\a-b_c_20251015_120000\\checkpoints\\last.ckpt", "\n/a-b_c_20251015_120000/checkpoints/last.ckpt"),
        *("x" * 2**20 + "/a-b_c_20251015_120000/checkpoints/last.ckpt", "x/" * 2**19 + "last.ckpt"),
        "a-b_c_20251015_120000/checkpoints/" * 30_000 + "last.ckpt",
    ),
}
"""The texts on which engines may differ, and null."""


def expected(record: RecordName, text: str | None) -> tuple[Value, ...] | None:
    """Return the fields that `parse` reads in *text*, in the order of the columns; None if it refuses *text*."""
    try:
        return None if text is None else _READERS[record](text)
    except NameSyntaxError:
        return None


def _run_fields(run: RunId) -> tuple[Value, ...]:
    return run.tag, run.architecture, run.encoder, run.phase, run.timestamp


def _name_fields(name: AnyCheckpoint) -> tuple[Value, ...]:
    kind = type(name).__name__.removesuffix("Checkpoint").lower()
    metric, value = (None, None) if name.metric is None else (name.metric.name, name.metric.value)
    return kind, name.epoch, name.step, metric, value, name.version


def _path_fields(text: str) -> tuple[Value, ...]:
    path = CheckpointPath.parse(text)
    return path.root, *_run_fields(path.run), *_name_fields(path.name)


_READERS: Final[dict[RecordName, Callable[[str], tuple[Value, ...]]]] = {
    "run_id": lambda text: _run_fields(RunId.parse(text)),
    "checkpoint_name": lambda text: _name_fields(CheckpointName.parse(text)),
    "checkpoint_path": _path_fields,
}


def count() -> int:
    """Return the number of names to compare for a record: `.ci/columns` compares more than a run of the tests."""
    return int(os.environ.get("CKPT_SCHEME_COLUMN_NAMES", "6000")) // len(RECORDS)


def names(record: RecordName, number: int, seed: int = 0) -> list[str]:
    """Return *number* names, the same for the same *seed*: half of them valid, the others one edit away."""
    source = random.Random(seed)  # noqa: S311 - not for secrets
    make = _MAKERS[record]
    return [make(source) if place % 2 else _mutated(source, make(source)) for place in range(number)]


def runs_of_names(number: int, seed: int = 0) -> list[list[str]]:
    """Return *number* directories of checkpoint paths, in which few epochs, steps, values and versions meet often."""
    source = random.Random(seed)  # noqa: S311 - not for secrets
    found: list[list[str]] = []
    for _ in range(number):
        run, root = _run(source), source.choice(_ROOTS) or None
        found.append([str(CheckpointPath(root, run, _near_name(source))) for _ in range(source.randint(1, 12))])
    return found


def _near_name(source: random.Random) -> AnyCheckpoint:
    metric = source.choice((None, Metric(source.choice(("loss", "Loss", "a")), source.choice((-1, -0.5, 0, 0.5, 10)))))
    version = source.choice((None, 2, 10))
    if source.random() < 0.05:
        return LastCheckpoint()
    if source.random() < 0.3:
        return BestCheckpoint(metric=metric, version=version)
    return EpochCheckpoint(
        epoch=source.choice((9, 10, 100)), step=source.choice((7, 700, 10**6)), metric=metric, version=version
    )


def _mutated(source: random.Random, text: str) -> str:
    return source.choice(edits_at(text, source.randint(0, len(text)), source.choice(NASTY)))


def _label(source: random.Random, tails: str = _TAILS, longest: int = 64) -> str:
    length = source.choice((1, 2, 5, source.randint(1, longest), longest))
    return source.choice(_HEADS) + "".join(source.choices(tails, k=length - 1))


def _run(source: random.Random) -> RunId:
    encoder = None if source.random() < 0.4 else _label(source, _TAILS + "--")
    moment = datetime(1, 1, 1) + timedelta(seconds=source.randint(0, _SPAN))
    if source.random() < 0.1:
        moment = moment.replace(year=source.choice((4, 400, 1600, 2000, 2024)), month=2, day=29)
    phase = _label(source, "09AZaz--", 32)
    return RunId(tag=_label(source), architecture=_label(source), encoder=encoder, phase=phase, timestamp=moment)


def _name(source: random.Random) -> AnyCheckpoint:
    def number() -> int:
        return source.choice((source.choice(_NUMBERS), source.randint(0, 10 ** source.randint(1, 18) - 1)))

    version = source.choice((None, max(1, number())))
    metric = None
    if source.random() < 0.6:
        label = source.choice((_label(source), "val_loss", "a_v2", "v1", "step", "best", "epoch"))
        metric = Metric(label, source.choice((source.choice(_VALUES), source.uniform(-(10.0**4), 10.0**10))))
    form = source.randrange(10)
    if form == 0:
        return LastCheckpoint()
    if form < 4:
        return BestCheckpoint(metric=metric, version=version)
    return EpochCheckpoint(epoch=number(), step=number(), metric=metric, version=version)


def _path(source: random.Random) -> str:
    root = source.choice(_ROOTS)
    return str(CheckpointPath(root or None, _run(source), _name(source)))


_MAKERS: Final[dict[RecordName, Callable[[random.Random], str]]] = {
    "run_id": lambda source: str(_run(source)),
    "checkpoint_name": lambda source: str(_name(source)),
    "checkpoint_path": _path,
}


def differences(
    record: RecordName, texts: Sequence[str | None], rows: Sequence[tuple[Value, ...] | None]
) -> list[tuple[str | None, object, object]]:
    """Return each of *texts* whose row differs from `expected`, with both."""
    pairs = ((text, expected(record, text), row) for text, row in zip(texts, rows, strict=True))
    return [(text, right, row) for text, right, row in pairs if right != row]
