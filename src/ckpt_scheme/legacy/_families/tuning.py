"""The names of Ray, which counts what was reported, and of RLlib, which counts the iterations of its algorithm."""

from __future__ import annotations

from functools import partial
from typing import Final

from ckpt_scheme.legacy._format import Format

_ray = partial(
    Format, framework="ray", source="ray-project/ray:python/ray/train/_internal/storage.py", entry="directory"
)
_ray_v2 = partial(_ray, source="ray-project/ray:python/ray/train/v2/_internal/execution/storage.py")
_tune = partial(_ray, kind="sidecar", source="ray-project/ray:python/ray/air/constants.py", entry="file")
_rllib = partial(Format, framework="rllib", source="ray-project/ray:rllib/algorithms/algorithm.py")
_rllib_state = partial(_rllib, folders=("checkpoint_{save_index:padded6}/",), counts="iterations")
_rllib_before = partial(_rllib, source="ray-project/ray:rllib/agents/trainer.py at ray-1.0.0", counts="iterations")

FORMATS: Final = (
    _ray(
        format="report",
        kind="index",
        template="checkpoint_{save_index:padded6}",
        counts="reports",
        examples=("checkpoint_000100",),
    ),
    _ray_v2(
        format="time",
        kind="index",
        template="checkpoint_{timestamp:ray_time}",
        examples=("checkpoint_2024-01-02_03-04-05.678901",),
    ),
    _ray(
        format="unfinished",
        kind="temp",
        template="checkpoint_tmp{suffix:hex6}",
        source="ray-project/ray:python/ray/tune/trainable/function_trainable.py",
        extras={"incomplete": True},
        examples=("checkpoint_tmp1a2b3c",),
    ),
    _ray(
        format="marker",
        kind="pointer",
        template=".is_checkpoint",
        source="ray-project/ray:python/ray/tune/trainable/util.py",
        entry="file",
        examples=(".is_checkpoint",),
    ),
    _ray(
        format="metadata",
        kind="sidecar",
        template=".tune_metadata",
        source="ray-project/ray:python/ray/tune/trainable/util.py",
        entry="file",
        examples=(".tune_metadata",),
    ),
    _ray_v2(
        format="manager",
        kind="pointer",
        template="checkpoint_manager_snapshot.json",
        entry="file",
        examples=("checkpoint_manager_snapshot.json",),
    ),
    _tune(
        format="experiment",
        template="experiment_state-{timestamp:ray_second}.json",
        examples=("experiment_state-2024-01-02_03-04-05.json",),
    ),
    _tune(format="parameters", template="params.pkl", examples=("params.pkl",)),
    _tune(format="progress", template="progress.csv", examples=("progress.csv",)),
    _rllib(
        format="report",
        kind="index",
        template="checkpoint_{save_index:padded6}",
        entry="directory",
        counts="iterations",
        examples=("checkpoint_000005",),
    ),
    _rllib_before(
        format="before-2-file",
        kind="index",
        template="checkpoint-{save_index:plain}",
        folders=("checkpoint_{unsaid:unsaid}/",),
        examples=("checkpoint-5", "checkpoint_000005/checkpoint-5", "checkpoint_5/checkpoint-5"),
    ),
    _rllib_before(
        format="before-2-metadata",
        kind="sidecar",
        template="checkpoint-{save_index:plain}.tune_metadata",
        examples=("checkpoint-5.tune_metadata",),
    ),
    _rllib_state(
        format="algorithm-state",
        kind="aux",
        template="algorithm_state.pkl",
        examples=("algorithm_state.pkl", "checkpoint_000005/algorithm_state.pkl"),
    ),
    _rllib_state(
        format="policy-state",
        kind="aux",
        template="policy_state.pkl",
        source="ray-project/ray:rllib/policy/policy.py",
        examples=("policy_state.pkl",),
    ),
    _rllib_state(
        format="checkpoint-metadata",
        kind="sidecar",
        template="rllib_checkpoint.json",
        examples=("rllib_checkpoint.json",),
    ),
)
