"""The names of reinforcement learning and of robots."""

from __future__ import annotations

from functools import partial
from typing import Final

from ckpt_scheme.legacy._format import Format

# Stable-Baselines3 sums the steps of all its environments, and puts what a file is between prefix and number.
_sb3 = partial(
    Format,
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
    Format,
    framework="isaaclab",
    source="isaac-sim/IsaacLab:scripts/reinforcement_learning/sb3/train.py",
    counts="environment steps",
)
_rsl_rl = partial(Format, framework="rsl_rl", source="leggedrobotics/rsl_rl:rsl_rl/runners/on_policy_runner.py")
_rl_games = partial(
    Format,
    framework="rl_games",
    source="Denys88/rl_games:rl_games/common/a2c_common.py",
    counts="epochs",
    metrics=("rew",),
)
_lerobot = partial(Format, framework="lerobot", source="huggingface/lerobot:src/lerobot/utils/train_utils.py")

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

FORMATS: Final = (*_STABLE_BASELINES, *_ROBOTS)
