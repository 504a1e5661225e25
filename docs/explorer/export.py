"""Write the files that the name explorer loads besides its own: the patterns, and the list of its wheels."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ckpt_scheme import ANY, CheckpointPattern, PathPattern, RunArchivePattern, RunPattern


def patterns() -> dict[str, str]:
    """Return a regular expression for each kind of name; the page tries them in this order."""
    path = PathPattern(root=ANY).regex(groups=True)
    run = RunPattern().regex(groups=True)
    root = path.partition(run)[0]
    return {
        "checkpoint path": path,
        "run id": run,
        "run archive": RunArchivePattern().regex(groups=True),
        "checkpoint name": CheckpointPattern().regex(groups=True),
        "run directory": f"{root}{run}",
    }


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    (folder / "patterns.json").write_text(json.dumps(patterns()), encoding="utf-8")
    wheels = sorted(path.name for path in folder.glob("wheels/*.whl"))
    (folder / "wheels.json").write_text(json.dumps(wheels), encoding="utf-8")
