"""Trainings that take some hundredths of a second, and the files that they leave on the disk.

A training has 8 samples in batches of 2, so 4 steps an epoch; its validation logs scripted values, and each checkpoint
holds the logged values, so that its name can be compared with its content. No code here depends on the adapter's own.

The environment variable CKPT_SCHEME_LIGHTNING says which namespace is tested, ``lightning.pytorch`` (the default) or
``pytorch_lightning``; which release is up to PYTHONPATH. With CKPT_SCHEME_WITHOUT_PRIVATE=1 the adapter is tested as
it is on a Lightning that has dropped the private names in `PRIVATE_NAMES`.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import attrs
import torch
from torch.utils.data import DataLoader, TensorDataset

from ckpt_scheme import BestCheckpoint, CheckpointPath, EpochCheckpoint, FieldError, Metric, NameSyntaxError

NAMESPACE: Final = os.environ.get("CKPT_SCHEME_LIGHTNING", "lightning.pytorch")
WITHOUT_PRIVATE: Final = os.environ.get("CKPT_SCHEME_WITHOUT_PRIVATE") == "1"
ADAPTERS: Final = {"lightning.pytorch": "ckpt_scheme.lightning", "pytorch_lightning": "ckpt_scheme.pytorch_lightning"}

# The names of Lightning that the adapter overrides although they begin with an underscore. Each only adds safety.
PRIVATE_NAMES: Final = ("_find_last_checkpoints", "_save_checkpoint", "_monitor_candidates")

if TYPE_CHECKING:
    import lightning.pytorch as pl
    import lightning.pytorch.plugins.io as plugins
    from lightning.pytorch.callbacks import ModelCheckpoint
    from lightning.pytorch.loggers import CSVLogger

    from ckpt_scheme.lightning import SchemeCheckpoint, scheme_checkpoints
else:
    pl = importlib.import_module(NAMESPACE)
    plugins = importlib.import_module(f"{NAMESPACE}.plugins.io")
    ModelCheckpoint, CSVLogger = pl.callbacks.ModelCheckpoint, pl.loggers.CSVLogger
    adapter = importlib.import_module(ADAPTERS[NAMESPACE])
    SchemeCheckpoint, scheme_checkpoints = adapter.SchemeCheckpoint, adapter.scheme_checkpoints

    if WITHOUT_PRIVATE:
        # A release that has dropped a name never calls it: the same as a call of Lightning's own method.
        stock = {name: getattr(ModelCheckpoint, name) for name in PRIVATE_NAMES}
        SchemeCheckpoint = type("SchemeCheckpoint", (adapter.SchemeCheckpoint,), {**stock, "__module__": __name__})

__all__ = [
    "ADAPTERS",
    "LATER",
    "LATER_RUN",
    "MODEL",
    "NAMESPACE",
    "PRIVATE_NAMES",
    "RUN",
    "STAMP",
    "STEPS",
    "TAG",
    "WITHOUT_PRIVATE",
    "CSVLogger",
    "CrashError",
    "Lab",
    "ModelCheckpoint",
    "SchemeCheckpoint",
    "Score",
    "Scripted",
    "callback",
    "complaints",
    "held",
    "pair",
    "pl",
    "plugins",
    "scheme_checkpoints",
    "trainer",
    "tree",
]

Score: TypeAlias = float | torch.Tensor | None

TAG: Final = "matrix_tag"
MODEL: Final = "net-small"
STAMP: Final = "20251015_120000"
RUN: Final = f"{TAG}-{MODEL}_training_{STAMP}"
LATER: Final = "20251015_120001"
LATER_RUN: Final = f"{TAG}-{MODEL}_training_{LATER}"
STEPS: Final = 4


class CrashError(Exception):
    """The error by which a test ends a training."""


class Scripted(pl.LightningModule):
    """A module that logs scripted values.

    Args:
        scores: The values that the validation logs at the end of epoch 0, 1 and so on; None for no value.
        key: The key of these values.
        crash_at: The step at which the training dies, after that many steps.
        synchronised: Whether several processes agree on the logged values.
    """

    def __init__(
        self,
        scores: Sequence[Score] = (),
        *,
        key: str = "val/hmean",
        crash_at: int | None = None,
        synchronised: bool = True,
    ) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(4, 1)
        self.scores = scores
        self.key = key
        self.crash_at = crash_at
        self.synchronised = synchronised
        self.held: dict[str, float] = {}

    def training_step(self, batch: list[torch.Tensor], _: int) -> torch.Tensor:
        if self.global_step == self.crash_at:
            raise CrashError
        loss: torch.Tensor = self.layer(batch[0]).sum()
        return loss

    def validation_step(self, *_: object) -> None:
        """Validate nothing: the scores are scripted."""

    def test_step(self, *_: object) -> None:
        """Test nothing."""

    def predict_step(self, *_: object) -> torch.Tensor:
        return torch.zeros(1)

    def on_validation_epoch_end(self) -> None:
        score = self.scores[self.current_epoch] if self.scores and not self.trainer.sanity_checking else None
        if score is not None:
            self.tell(self.key, score)

    def tell(self, key: str, score: float | torch.Tensor) -> None:
        """Log a value and remember it for the checkpoints, as Lightning passes it on: in single precision."""
        self.log(key, score, sync_dist=self.synchronised)
        self.held[key] = torch.as_tensor(score, dtype=torch.float32).item()

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["held"] = dict(self.held)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)

    def train_dataloader(self) -> DataLoader[Any]:
        return DataLoader(TensorDataset(torch.ones(2 * STEPS, 4)), batch_size=2)

    val_dataloader = test_dataloader = predict_dataloader = train_dataloader


def trainer(home: Path, *callbacks: pl.Callback, **options: Any) -> pl.Trainer:
    """Return a Trainer that is quick and silent and writes to *home*, unless *options* say otherwise."""
    quick: dict[str, Any] = {
        "accelerator": "cpu",
        "devices": 1,
        "default_root_dir": home,
        "enable_model_summary": False,
        "enable_progress_bar": False,
        "log_every_n_steps": 1,
        "logger": False,
        "num_sanity_val_steps": 0,
    }
    return pl.Trainer(callbacks=list(callbacks), **(quick | options))


def callback(outputs: Path, **options: Any) -> SchemeCheckpoint:
    """Return the adapter's callback, with the usual run unless *options* say otherwise."""
    usual: dict[str, Any] = {"root": outputs, "experiment_tag": TAG, "model": MODEL, "timestamp": STAMP}
    return SchemeCheckpoint(**(usual | options))


def pair(outputs: Path, *, best: dict[str, Any] | None = None, **options: Any) -> list[SchemeCheckpoint]:
    """Return the usual two callbacks: the best one, with the options *best* on top, and each epoch with the last."""
    monitored = {"kind": "best", "monitor": "val/hmean", "mode": "max", "save_top_k": 2}
    return [
        callback(outputs, **(monitored | options | (best or {}))),
        callback(outputs, kind="epoch", save_top_k=-1, save_last=True, **options),
    ]


@attrs.frozen
class Lab:
    """A directory with room for a few trainings.

    Attributes:
        home: The directory. `check` inspects its content when a test ends.
        foreign: The paths in *home* that the adapter does not own.
    """

    home: Path
    foreign: list[str] = attrs.field(factory=list)

    @property
    def outputs(self) -> Path:
        """The directory of the runs."""
        return self.home / "outputs"

    def callback(self, **options: Any) -> SchemeCheckpoint:
        """Return a callback that writes below `outputs`."""
        return callback(self.outputs, **options)

    def pair(self, **options: Any) -> list[SchemeCheckpoint]:
        """Return the usual two callbacks, writing below `outputs`."""
        return pair(self.outputs, **options)

    def fit(
        self,
        *callbacks: pl.Callback,
        scores: Sequence[Score] = (),
        epochs: int | None = None,
        module: Scripted | None = None,
        resume: str | os.PathLike[str] | None = None,
        **options: Any,
    ) -> pl.Trainer:
        """Train for *epochs*, or as long as there are *scores*, from a checkpoint if there is one to *resume* from."""
        module = Scripted(scores) if module is None else module
        epochs = len(module.scores) if epochs is None else epochs
        training = trainer(self.home, *callbacks, **{"max_epochs": epochs, **options})
        training.fit(module, ckpt_path=None if resume is None else str(resume))
        return training

    def tree(self) -> list[str]:
        """Return the paths in `home`, as `tree` does."""
        return tree(self.home)

    def runs(self) -> list[str]:
        """Return the runs that left anything, and fail if they left anything elsewhere."""
        found = [path for path in self.tree() if path not in (*self.foreign, "outputs/")]
        assert [path for path in found if not path.startswith("outputs/")] == []
        return sorted({path.split("/")[1] for path in found})

    def names(self, run: str = RUN) -> list[str]:
        """Return the checkpoints of a run, and fail if anything else is in `home`."""
        folder = f"outputs/{run}/checkpoints/"
        found = [path for path in self.tree() if path not in (*self.foreign, "outputs/")]
        assert [path for path in found if not path.startswith(folder)] == []
        return [path.removeprefix(folder) for path in found]

    def path(self, name: str, run: str = RUN) -> Path:
        """Return the path of a checkpoint."""
        return self.outputs / run / "checkpoints" / name

    def held(self, name: str, run: str = RUN) -> Held:
        """Return the content of a checkpoint."""
        return held(self.path(name, run))

    def check(self) -> None:
        """Fail if a name in `home` is not of the scheme, or contradicts the content of its file."""
        assert list(complaints(self.home, self.foreign)) == []


def tree(top: Path) -> list[str]:
    """Return the paths of all files and checkpoints in *top*, sorted, and of directories with nothing in them."""
    found: list[str] = []
    for folder, folders, files in os.walk(top):
        checkpoints = [name for name in folders if name.endswith(".ckpt")]
        folders[:] = [name for name in folders if name not in checkpoints]
        here = Path(folder).relative_to(top)
        found += [(here / name).as_posix() for name in (*files, *checkpoints)]
        if not (folders or files or checkpoints) and folder != str(top):
            found.append(f"{here.as_posix()}/")
    return sorted(found)


@attrs.frozen
class Held:
    """The content of a checkpoint: the counters of its trainer, and the values that were logged before."""

    epoch: int
    step: int
    logged: dict[str, float]

    def metrics(self) -> list[Metric]:
        """Return the logged values that a name can hold."""
        found: list[Metric] = []
        for key, value in self.logged.items():
            try:
                found.append(Metric.from_logged(key, value))
            except FieldError:
                continue
        return found


def held(path: Path) -> Held:
    """Read a checkpoint, a file or a directory, without trust in its content."""
    state = torch.load(path / "state.pt" if path.is_dir() else path, weights_only=True)
    return Held(state["epoch"], state["global_step"], state["held"])


def complaints(top: Path, foreign: Sequence[str] = ()) -> Iterator[str]:
    """Yield the faults in *top*: names that are not of the scheme, and names that contradict their content."""
    for path in tree(top):
        # The directory of all runs may be there before the first of them.
        if path in (*foreign, "outputs/"):
            continue
        try:
            name = CheckpointPath.parse(path).name
        except NameSyntaxError as error:
            yield str(error)
            continue
        found = held(top / path)
        if isinstance(name, EpochCheckpoint) and (name.epoch, name.step) != (found.epoch, found.step):
            yield f"{path} holds epoch {found.epoch}, step {found.step}"
        if isinstance(name, (BestCheckpoint, EpochCheckpoint)) and name.metric not in (None, *found.metrics()):
            yield f"{path} holds {found.logged}"
        if isinstance(name, BestCheckpoint) and name.metric is None and found.metrics():
            yield f"{path} does not say {found.logged}"
