"""Every way in which Python duplicates a value."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Final


def _pickled(protocol: int) -> Callable[[object], object]:
    return lambda value: pickle.loads(pickle.dumps(value, protocol))


DUPLICATES: Final[list[Callable[[object], object]]] = [
    copy.copy,
    copy.deepcopy,
    *map(_pickled, range(pickle.HIGHEST_PROTOCOL + 1)),
]
