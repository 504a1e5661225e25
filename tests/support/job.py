"""The script that the processes of `test_processes` run, written and launched as by users.

``python job.py <folder> <scenario>...`` trains once for each scenario, in a folder of its own, and each process writes
a record of its own state.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any, Final

from training import LATER, STAMP, Scripted, pair, trainer

EPOCHS: Final = {"last": 3}


def _rank() -> int:
    return int(os.environ.get("LOCAL_RANK", "0"))


def run(folder: Path, scenario: str) -> dict[str, Any]:
    """Train, test with the best checkpoint, and return the state of this process."""
    # The processes differ in their clocks, and in the time at which they get here.
    time.sleep(1.3 * _rank())
    stamp = "20251015_140000" if scenario == "last" else LATER if _rank() else STAMP
    best, epoch = pair(folder / "outputs", timestamp=stamp)
    apart = _rank() / 10 if scenario == "unsynchronised" else 0.0
    scores = [score + apart for score in (0.5, 0.6, 0.7)[: EPOCHS.get(scenario, 2)]]
    module = Scripted(scores, synchronised=not apart and scenario != "unsynchronised")
    options: dict[str, Any] = {
        "devices": 2,
        "max_epochs": len(scores),
        "strategy": "ddp_spawn" if scenario == "spawn" else "ddp",
    }
    training = trainer(folder, best, epoch, **options)
    training.fit(module, ckpt_path="last" if scenario == "last" else None)
    training.test(module, ckpt_path="best")
    return {
        "best": best.best_model_path,
        "there": Path(best.best_model_path).is_file(),
        "resumed": training.ckpt_path,
        "run": best.run_dir,
        "run of the other": epoch.run_dir,
    }


def main(home: Path, *scenarios: str) -> None:
    """Run each scenario; ``last`` goes on where ``plain`` has ended."""
    for scenario in scenarios:
        folder = home / ("plain" if scenario == "last" else scenario)
        folder.mkdir(parents=True, exist_ok=True)
        believed = run(folder, scenario)
        (home / f"{scenario}-{_rank()}.json").write_text(json.dumps(believed), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
