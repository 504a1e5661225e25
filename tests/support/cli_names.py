"""Names and formats that several tests of the command line share."""

from __future__ import annotations

from typing import Any, Final

from ckpt_scheme import legacy
from cli_runner import invoke, records

EPOCH: Final = "epoch-22_step-001932_hmean-0.8756.ckpt"
BAD: Final = "epoch-8_step-1845.ckpt"  # too few digits, and the parser suggests the right name

# No format reads this name, because no checkpoint name holds this character.
FOREIGN: Final = "\u2603.ckpt"

LIGHTNING: Final = "Lightning-AI/pytorch-lightning:src/lightning/pytorch/callbacks/model_checkpoint.py"

TWO_READERS: Final = legacy.Registry(
    (
        *legacy.REGISTRY.formats,
        *(
            legacy.Format(
                framework="other",
                format=format_,
                kind="epoch",
                template=template,
                source="other/project:train.py",
                examples=("~3~12.ckpt",),
            )
            for format_, template in (
                ("epoch-first", "~{epoch:count}~{step:count}.ckpt"),
                ("step-first", "~{step:count}~{epoch:count}.ckpt"),
            )
        ),
    )
)
"""The formats of the library, and two more that read the same names differently."""


def listed(*arguments: str, obj: object = None) -> list[dict[str, Any]]:
    result = invoke("ls", "--json", *arguments, obj=obj)
    assert (result.exit_code, result.stderr) == (0, "")
    return records(result)


HF: Final = "huggingface-trainer"
