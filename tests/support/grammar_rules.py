"""The rules of the grammar: their patterns in the library, and texts near to each rule's limits."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Final

from abnf_sentences import RULES
from ckpt_scheme import CheckpointName, CheckpointPath, RunId, _grammar
from edits import neighbours

CONSTANTS: Final = {rule: rule.upper().replace("-", "_") for rule in RULES}
PATTERNS: Final = {rule: str(getattr(_grammar, constant)) for rule, constant in CONSTANTS.items()}
matches: Final = {rule: re.compile(pattern).fullmatch for rule, pattern in PATTERNS.items()}

DOORS: Final[dict[str, Callable[[str], bool]]] = {
    "run-id": RunId.is_valid,
    "checkpoint-name": CheckpointName.is_valid,
    "checkpoint-path": CheckpointPath.is_valid,
}

SEEDS: Final = {
    "run-id": ["a-b_c_00010101_000000", "a_1-b_2-c_3-4_d-5_20240229_235959"],
    "checkpoint-name": ["last.ckpt", "best-a_b--0.0001_v1.ckpt", "epoch-22_step-001932_a-0.8756.ckpt"],
    "checkpoint-path": ["a/b\n/a-b_c_20240229_235959/checkpoints/last.ckpt"],
    "value": ["-0.0001", "12345678901.0000"],
    "encoder": ["a" * 64],
}


@functools.cache
def near_texts(rule: str) -> list[str]:
    """Return texts of a rule and all texts one edit away, with foreign digits, line ends and NUL among them."""
    return sorted({*SEEDS[rule]}.union(*map(neighbours, SEEDS[rule])))
