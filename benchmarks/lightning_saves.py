"""Time that naming adds to a save of Lightning: ``python benchmarks/lightning_saves.py [--quick] [--json FILE]``.

Each row is one save by one callback within a real fit, from the logged values to the call that would write the file,
which does nothing here. The stock callback has the template that comes nearest to the names of the scheme. A wrong
name, or a hook of the adapter that runs at steps, fails the run; a time never does.
"""

from __future__ import annotations

import argparse
import json
import logging
import platform
import sys
import tempfile
import warnings
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, Final

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint
from measure import Row, Timing, time_rows
from report import Table, at_most

from ckpt_scheme import CheckpointName
from ckpt_scheme.lightning import SchemeCheckpoint

_MONITOR: Final = "val/hmean"
_BAR_MICROSECONDS: Final = 20.0
_AT_STEPS: Final = ("on_train_batch_start", "on_train_batch_end", "on_before_zero_grad", "on_before_optimizer_step")

_EPOCH: Final = "epoch-{epoch:02d}_step-{step:06d}"
_VALUE: Final = f"hmean-{{{_MONITOR}:.4f}}"

# The saves: arguments for both callbacks, for the adapter, and for the stock callback.
_SAVES: Final[dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]] = {
    "best": (
        {"monitor": _MONITOR, "mode": "max"},
        {"kind": "best"},
        {"filename": f"best-{_VALUE}", "auto_insert_metric_name": False},
    ),
    "epoch with metric": (
        {"monitor": _MONITOR, "mode": "max"},
        {"kind": "epoch"},
        {"filename": f"{_EPOCH}_{_VALUE}", "auto_insert_metric_name": False},
    ),
    "epoch": ({}, {"kind": "epoch"}, {"filename": _EPOCH, "auto_insert_metric_name": False}),
    "last": ({"save_top_k": 0, "save_last": True}, {"kind": "epoch"}, {}),
}


class _Net(LightningModule):
    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)

    def training_step(self, batch: torch.Tensor, _index: int) -> torch.Tensor:
        loss: torch.Tensor = self.layer(batch).sum()
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), 0.1)


class _Bench(Callback):
    """Measures at the end of the only epoch, where checkpoints are saved."""

    def __init__(self, pairs: dict[str, tuple[SchemeCheckpoint, ModelCheckpoint]], saves: int, rounds: int) -> None:
        self.pairs = pairs
        self.saves = saves
        self.rounds = rounds
        self.written: dict[str, str] = {}
        self.timings: dict[str, tuple[Timing, Timing, float]] = {}

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        del pl_module
        written: list[str] = []
        trainer.save_checkpoint = lambda path, *_: written.append(str(path))  # type: ignore[method-assign]
        for what, (ours, stock) in self.pairs.items():
            scores = [torch.tensor(0.5 + 0.4 * place / self.saves) for place in range(self.saves)]
            rows = [
                Row(who, _save(what, callback, trainer), scores) for who, callback in (("stock", stock), ("ours", ours))
            ]
            timings = time_rows(rows, rows[0], self.rounds)
            both = timings["ours"].by_round, timings["stock"].by_round
            added = median(mine - its for mine, its in zip(*both, strict=True)) / 1e3
            self.timings[what] = timings["ours"], timings["stock"], added
            written.clear()
            rows[1].call(torch.tensor(0.99))
            self.written[what] = Path(written[-1]).name
        del trainer.save_checkpoint


def _save(what: str, callback: ModelCheckpoint, trainer: Trainer) -> Callable[[torch.Tensor], None]:
    def save(score: torch.Tensor) -> None:
        metrics = {**callback._monitor_candidates(trainer), _MONITOR: score}
        if what == "last":
            callback._save_last_checkpoint(trainer, metrics)
        else:
            callback.best_k_models.clear()  # so that every value is a best one, in every round
            callback._save_topk_checkpoint(trainer, metrics)

    return save


def measure(saves: int, rounds: int) -> tuple[Table, list[str]]:
    """Return the figures and the faults."""
    with tempfile.TemporaryDirectory() as name, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pairs = {
            what: (
                SchemeCheckpoint(root=f"{name}/{place}", model="net", every_n_epochs=9, **both, **ours),
                ModelCheckpoint(dirpath=f"{name}/{place}/stock", every_n_epochs=9, **both, **stock),
            )
            for place, (what, (both, ours, stock)) in enumerate(_SAVES.items())
        }
        bench = _Bench(pairs, saves, rounds)
        for what, (
            ours,
            stock,
        ) in pairs.items():  # a Trainer each, for two callbacks of one state key do not go together
            bench.pairs = {what: (ours, stock)}
            trainer = Trainer(
                max_epochs=1,
                callbacks=[bench, ours, stock],
                accelerator="cpu",
                logger=False,
                enable_progress_bar=False,
                enable_model_summary=False,
            )
            trainer.fit(_Net(), torch.utils.data.DataLoader(torch.ones(4, 1)))  # type: ignore[arg-type]
    rows: list[Sequence[str]] = []
    goals = []
    for what, (mine, its, added) in bench.timings.items():
        rows.append((f"`{bench.written[what]}`", *(f"{one.median / 1e3:.1f}" for one in (its, mine)), f"{added:.1f}"))
        goals.append(at_most(f"added to a save of kind {what}", added, _BAR_MICROSECONDS, "us"))
    note = (
        f"Microseconds of CPU a save, medians of {rounds} rounds of {saves}; added: median of the paired differences."
    )
    wrong = [f"{text!r} is no name" for text in bench.written.values() if not CheckpointName.is_valid(text)]
    wrong += [
        f"the adapter has a {hook} of its own"
        for hook in _AT_STEPS
        if getattr(SchemeCheckpoint, hook) is not getattr(ModelCheckpoint, hook)
    ]
    return Table("A save of Lightning", note, ("save", "stock", "ours", "added"), rows, goals), wrong


def main() -> int:
    """Measure, and return 1 if there are faults."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="show that it works; the figures are not to be quoted")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    arguments = parser.parse_args()
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    table, wrong = measure(*((20, 3) if arguments.quick else (500, 31)))
    print(table.markdown())
    print(f"CPython {platform.python_version()}, lightning {version('lightning')}, torch {version('torch')}")
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(table.data(), indent=2), encoding="utf-8")
    for what in wrong:
        print(f"WRONG: {what}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
