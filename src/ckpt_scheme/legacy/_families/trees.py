"""The names of boosted trees. LightGBM hangs its number behind the extension; XGBoost counts from 0."""

from __future__ import annotations

from functools import partial
from typing import Final

from ckpt_scheme.legacy._format import Format

_lightgbm = partial(
    Format,
    framework="lightgbm",
    source="microsoft/LightGBM:src/boosting/gbdt.cpp",
    counts="iterations",
    steps_behind=0,
    extras={"step_base": 1},
)
_xgboost = partial(
    Format,
    framework="xgboost",
    source="dmlc/xgboost:python-package/xgboost/callback.py",
    counts="rounds",
    steps_behind=1,
    extras={"step_base": 0},
)
_xgboost_r = partial(
    _xgboost,
    source="dmlc/xgboost:R-package/R/callbacks.R",
    steps_behind=None,
    extras={},
)

FORMATS: Final = (
    _lightgbm(
        format="snapshot",
        kind="step",
        template="{prefix:name}.snapshot_iter_{step:plain}",
        examples=("LightGBM_model.txt.snapshot_iter_100", "model.txt.snapshot_iter_10"),
    ),
    # Any name is possible, but "metrics_5.json" is no model.
    _xgboost(
        format="round",
        kind="step",
        template="{prefix:booster}_{step:plain}",
        extensions=(".json", ".ubj", ".pkl", ".deserialized"),
        examples=("model_0.json", "xgb_model_10.ubj"),
    ),
    _xgboost_r(
        format="saved-round",
        kind="step",
        template="{prefix:booster}_{step:digits4}.model",
        examples=("xgboost_0050.model",),
    ),
    _xgboost_r(
        format="command-line-round",
        kind="step",
        template="{step:digits4}.model",
        source="dmlc/xgboost:src/cli_main.cc",
        steps_behind=0,
        examples=("0003.model",),
    ),
)
