"""A grid of trainings: numbers of kept checkpoints, cadences, monitors and logged values.

`expected` computes the files from the documented rules: a save happens at its cadence, the best are kept, a best value
is finite, and each name is used once.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeAlias

import pytest

from ckpt_scheme import BestCheckpoint, EpochCheckpoint, Metric
from training import STEPS, Lab, SchemeCheckpoint

SCORES: Final = {
    "finite": (0.5, 0.7, 0.7, 0.6),
    "not finite": (math.nan, 0.6, math.inf, -math.inf),
}
CADENCES: Final[dict[str, dict[str, Any]]] = {
    "epoch": {},
    "end of epoch": {"save_on_train_epoch_end": True},
    "second epoch": {"every_n_epochs": 2},
    "second step": {"every_n_train_steps": 2},
}
LASTS: Final = (None, True, "link")
KEPT: Final = (0, 1, 2, -1)

# A save: the epoch, the steps done, and the value that the monitor has; None without a monitor.
Save: TypeAlias = tuple[int, int, float | None]


def _grid() -> Iterator[Any]:
    for kind, scores, last, kept, cadence in itertools.product(
        ("best", "epoch"), (None, *SCORES), LASTS, KEPT, CADENCES
    ):
        # Lightning refuses to keep the best two without a score, and kind "best" needs a score.
        if scores is None and (kind == "best" or kept == 2):
            continue
        marks = [pytest.mark.since("links")] if last == "link" else []
        yield pytest.param(kind, scores, last, kept, cadence, marks=marks)


def _saves(scores: Sequence[float] | None, cadence: str) -> Iterator[Save]:
    for epoch in range(4):
        score = None if scores is None else scores[epoch]
        if cadence == "second step":
            yield epoch, STEPS * epoch + 2, None
        if cadence != "second epoch" or epoch % 2 == 1:
            yield epoch, STEPS * epoch + STEPS, score


def _rank(value: float) -> float:
    # Lightning takes nan for the worst value, where more is better.
    return -math.inf if math.isnan(value) else value


def _name(kind: str, save: Save, taken: set[str]) -> str:
    epoch, step, score = save
    metric = None if score is None or not math.isfinite(score) else Metric("hmean", score)
    for version in (None, *range(1, 9)):
        name = (
            BestCheckpoint(metric=metric, version=version)
            if kind == "best"
            else EpochCheckpoint(epoch=epoch, step=step, metric=metric, version=version)
        )
        if str(name) not in taken:
            return str(name)
    raise AssertionError(taken)


def expected(kind: str, saves: Sequence[Save], kept: int) -> set[str]:
    """Return the names of the remaining checkpoints without ``last.ckpt``."""
    remaining: dict[str, float] = {}
    for save in saves:
        score = save[2]
        if kept == 0 or (kind == "best" and not math.isfinite(score or 0)):
            continue
        # Without a monitor the newest is the best.
        value = save[1] if score is None else _rank(score)
        if len(remaining) == kept:
            worst = min(remaining, key=remaining.__getitem__)
            if score is not None and value <= remaining[worst]:
                continue
            # Lightning writes the new file before it removes the old file, so the old name is taken.
            remaining[_name(kind, save, set(remaining))] = value
            del remaining[worst]
        else:
            remaining[_name(kind, save, set(remaining))] = value
    return set(remaining)


def _callback(lab: Lab, kind: str, scores: str | None, last: bool | str | None, kept: int, cadence: str) -> Any:
    options = {"monitor": "val/hmean", "mode": "max"} if scores else {}
    return lab.callback(kind=kind, save_last=last, save_top_k=kept, **options, **CADENCES[cadence])


@pytest.mark.filterwarnings("ignore:.*save_last")
@pytest.mark.parametrize(("kind", "scores", "last", "kept", "cadence"), list(_grid()))
def test_training_keeps_the_expected_names_for_each_combination(
    lab: Lab, kind: str, scores: str | None, last: bool | str | None, kept: int, cadence: str
) -> None:
    callback = _callback(lab, kind, scores, last, kept, cadence)
    logged = [0.0] * 4 if scores is None else SCORES[scores]
    lab.fit(callback, scores=logged)

    names = set(lab.names())

    assert ("last.ckpt" in names) == bool(last)
    names.discard("last.ckpt")
    # Between validations, releases differ in the saves and in the values.
    if scores is None or cadence != "second step":
        assert names == expected(kind, list(_saves(None if scores is None else SCORES[scores], cadence)), kept)
    assert len(names) <= kept or kept < 0
    _believes(lab, callback, names)


def _believes(lab: Lab, callback: SchemeCheckpoint, names: set[str]) -> None:
    """Fail unless the callback records the checkpoints that exist."""
    tracked = {str(lab.path(name)) for name in names}
    assert set(callback.best_k_models) <= tracked
    assert callback.best_model_path in {*tracked, ""}
    assert callback.last_model_path in {*tracked, str(lab.path("last.ckpt")), ""}
    assert bool(callback.best_model_path) == bool(names)
    if callback.monitor is not None and callback.save_top_k != 0:
        assert set(callback.best_k_models) == tracked
