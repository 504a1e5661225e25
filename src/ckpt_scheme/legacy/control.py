"""The names of reinforcement learning, of robots, of tuners and of boosted trees."""

from __future__ import annotations

from functools import partial
from typing import Final

from ckpt_scheme.legacy.formats import LegacyFormat

# Stable-Baselines3 sums the steps of all its environments, and puts what a file is between prefix and number.
_sb3 = partial(
    LegacyFormat,
    framework="stable-baselines3",
    source="DLR-RM/stable-baselines3:stable_baselines3/common/callbacks.py",
    counts="environment steps",
)
_zoo = partial(_sb3, source="DLR-RM/rl-baselines3-zoo:rl_zoo3/exp_manager.py", counts=None)

_STABLE_BASELINES: Final = (
    _sb3(
        format="step",
        kind="step",
        template="{prefix:name}_{step:plain}_steps.zip",
        steps_behind=0,
        examples=("rl_model_10000_steps.zip", "rl_model_200_steps.zip"),
    ),
    _sb3(
        format="replay-buffer",
        kind="aux",
        template="{prefix:name}_replay_buffer_{step:plain}_steps.pkl",
        steps_behind=0,
        extras={"role": "replay_buffer"},
        examples=("rl_model_replay_buffer_10000_steps.pkl",),
    ),
    _sb3(
        format="normalization",
        kind="aux",
        template="{prefix:name}_vecnormalize_{step:plain}_steps.pkl",
        steps_behind=0,
        extras={"role": "vecnormalize"},
        examples=("rl_model_vecnormalize_10000_steps.pkl",),
    ),
    _sb3(format="best", kind="best", template="best_model.zip", counts=None, examples=("best_model.zip",)),
    _sb3(format="evaluations", kind="sidecar", template="evaluations.npz", counts=None, examples=("evaluations.npz",)),
    _zoo(
        format="final-replay-buffer",
        kind="aux",
        template="replay_buffer.pkl",
        extras={"role": "replay_buffer"},
        examples=("replay_buffer.pkl",),
    ),
    _zoo(
        format="final-normalization",
        kind="aux",
        template="vecnormalize.pkl",
        extras={"role": "vecnormalize"},
        examples=("vecnormalize.pkl",),
    ),
)

# Isaac Lab trains with the libraries beside it. Its script for Stable-Baselines3 has a prefix of its own.
_isaaclab = partial(
    LegacyFormat,
    framework="isaaclab",
    source="isaac-sim/IsaacLab:scripts/reinforcement_learning/sb3/train.py",
    counts="environment steps",
)
_rsl_rl = partial(LegacyFormat, framework="rsl_rl", source="leggedrobotics/rsl_rl:rsl_rl/runners/on_policy_runner.py")
_rl_games = partial(
    LegacyFormat,
    framework="rl_games",
    source="Denys88/rl_games:rl_games/common/a2c_common.py",
    counts="epochs",
    metrics=("rew",),
)
_lerobot = partial(LegacyFormat, framework="lerobot", source="huggingface/lerobot:src/lerobot/utils/train_utils.py")

_ROBOTS: Final = (
    _isaaclab(
        format="step",
        kind="step",
        template="model_{step:plain}_steps.zip",
        steps_behind=0,
        examples=("model_2048000_steps.zip",),
    ),
    _isaaclab(format="final", kind="final", template="model.zip", counts=None, examples=("model.zip",)),
    _isaaclab(
        format="normalization",
        kind="aux",
        template="model_vecnormalize_{step:plain}_steps.pkl",
        steps_behind=0,
        extras={"role": "vecnormalize"},
        examples=("model_vecnormalize_2048000_steps.pkl",),
    ),
    _isaaclab(
        format="final-normalization",
        kind="aux",
        template="model_vecnormalize.pkl",
        counts=None,
        extras={"role": "vecnormalize"},
        examples=("model_vecnormalize.pkl",),
    ),
    _rsl_rl(
        format="iteration",
        kind="step",
        template="model_{step:plain}.pt",
        counts="iterations",
        examples=("model_500.pt", "model_0.pt"),
    ),
    # The reward is printed in full; before numbers were taken out of their array, in its brackets.
    _rl_games(
        format="last",
        kind="last",
        template="last_{prefix:name}_ep_{epoch:plain}_rew_{rew:number}.pth",
        examples=("last_Ant_ep_500_rew_12.5.pth", "last_Humanoid_ep_200_rew_-3.25.pth"),
    ),
    _rl_games(
        format="last-bracketed",
        kind="last",
        template="last_{prefix:name}_ep_{epoch:plain}_rew_[{rew:number}].pth",
        examples=("last_Ant_ep_500_rew_[12.5].pth",),
    ),
    # Isaac Lab makes every bracket an underscore.
    _rl_games(
        format="last-underscored",
        kind="last",
        template="last_{prefix:name}_ep_{epoch:plain}_rew__{rew:number}_.pth",
        source="isaac-sim/IsaacLab:source/isaaclab_rl/isaaclab_rl/rl_games.py",
        examples=("last_cartpole_ep_150_rew__4.6873245_.pth",),
    ),
    _rl_games(
        format="last-glued",
        kind="last",
        template="last_{prefix:name}ep{epoch:plain}rew[{rew:number}].pth",
        examples=("last_Cartpoleep200rew[493.47].pth",),
    ),
    _rl_games(
        format="last-glued-unbracketed",
        kind="last",
        template="last_{prefix:name}ep{epoch:plain}rew{rew:number}.pth",
        examples=("last_Cartpoleep200rew493.47.pth",),
    ),
    _rl_games(
        format="best",
        kind="best",
        template="{prefix:rl_games_name}_ep_{epoch:plain}_rew_{rew:number}.pth",
        examples=("Ant_ep_500_rew_12.5.pth",),
    ),
    # The width depends on how long the run is planned, six digits at least.
    _lerobot(
        format="step",
        kind="step",
        template="{step:digits6to9}",
        entry="directory",
        counts="steps",
        steps_behind=0,
        extras={"bare_number": True},
        examples=("020000", "0900000"),
    ),
    _lerobot(format="last-link", kind="last", template="last", entry="directory", examples=("last",)),
    _lerobot(
        format="step-weights",
        kind="step",
        template="{step:digits6to9}/pretrained_model",
        entry="directory",
        counts="steps",
        steps_behind=0,
        examples=("020000/pretrained_model",),
    ),
    _lerobot(
        format="last-weights",
        kind="last",
        template="last/pretrained_model",
        entry="directory",
        examples=("last/pretrained_model",),
    ),
    _lerobot(
        format="weights",
        kind="fixed",
        template="pretrained_model",
        entry="directory",
        examples=("pretrained_model",),
    ),
    _lerobot(
        format="training-state",
        kind="aux",
        template="training_state",
        folders=("{step:digits6to9}/", "last/"),
        entry="directory",
        counts="steps",
        steps_behind=0,
        examples=("training_state", "020000/training_state"),
    ),
    _lerobot(
        format="training-step",
        kind="sidecar",
        template="training_step.json",
        examples=("training_step.json",),
    ),
    _lerobot(
        format="optimizer-state",
        kind="aux",
        template="optimizer_state.safetensors",
        source="huggingface/lerobot:src/lerobot/constants.py",
        extras={"role": "optimizer"},
        examples=("optimizer_state.safetensors",),
    ),
    _lerobot(
        format="random-state",
        kind="aux",
        template="rng_state.safetensors",
        source="huggingface/lerobot:src/lerobot/constants.py",
        extras={"role": "rng"},
        examples=("rng_state.safetensors",),
    ),
)

# Ray counts what was reported, RLlib the iterations of its algorithm.
_ray = partial(
    LegacyFormat, framework="ray", source="ray-project/ray:python/ray/train/_internal/storage.py", entry="directory"
)
_ray_v2 = partial(_ray, source="ray-project/ray:python/ray/train/v2/_internal/execution/storage.py")
_tune = partial(_ray, kind="sidecar", source="ray-project/ray:python/ray/air/constants.py", entry="file")
_rllib = partial(LegacyFormat, framework="rllib", source="ray-project/ray:rllib/algorithms/algorithm.py")
_rllib_state = partial(_rllib, folders=("checkpoint_{save_index:padded6}/",), counts="iterations")
_rllib_before = partial(_rllib, source="ray-project/ray:rllib/agents/trainer.py at ray-1.0.0", counts="iterations")

_RAY: Final = (
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

# LightGBM hangs its number behind the extension. XGBoost counts from 0.
_lightgbm = partial(
    LegacyFormat,
    framework="lightgbm",
    source="microsoft/LightGBM:src/boosting/gbdt.cpp",
    counts="iterations",
    steps_behind=0,
    extras={"step_base": 1},
)
_xgboost = partial(
    LegacyFormat,
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

_TREES: Final = (
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

FORMATS: Final = (*_STABLE_BASELINES, *_ROBOTS, *_RAY, *_TREES)
