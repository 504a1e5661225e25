"""Give old checkpoints the names of the scheme, discard those that no rule keeps, and lose nothing.

`make_plan` is pure: it makes a `Plan` from a `Listing` and a `Policy`. `observe` lists a disk, `read_objects` lists an
object store. `apply` carries a plan out, `undo` reverses an operation, and `trash` lists the discarded files. A
`Session` holds one lock for several of these calls.

Examples:
    >>> from ckpt_scheme.migration import make_plan, read_objects
    >>> listing = read_objects(["gs://runs/a/checkpoints/epoch=3-step=1200.ckpt"], now_ns=0)
    >>> for item in make_plan(listing).items:
    ...     print(item.do, item.path, item.new)
    rename gs://runs/a/checkpoints/epoch=3-step=1200.ckpt gs://runs/a/checkpoints/epoch-03_step-001200.ckpt
"""

from __future__ import annotations

from ckpt_scheme.migration._acts import Progress
from ckpt_scheme.migration._disk import observe
from ckpt_scheme.migration._execute import Report, Session, apply, check, has_state, operations, trash, undo
from ckpt_scheme.migration._listing import Entry, Listing, read_objects
from ckpt_scheme.migration._model import (
    Act,
    Conflict,
    Discard,
    Failure,
    Item,
    Keep,
    Note,
    Operation,
    Plan,
    Relink,
    Rename,
)
from ckpt_scheme.migration._names import MIGRATED
from ckpt_scheme.migration._plan import make_plan
from ckpt_scheme.migration._policy import GUARDS, KeepBest, Mode, Policy, read_age
from ckpt_scheme.migration._recover import Check, Trashed

__all__ = [
    "GUARDS",
    "MIGRATED",
    "Act",
    "Check",
    "Conflict",
    "Discard",
    "Entry",
    "Failure",
    "Item",
    "Keep",
    "KeepBest",
    "Listing",
    "Mode",
    "Note",
    "Operation",
    "Plan",
    "Policy",
    "Progress",
    "Relink",
    "Rename",
    "Report",
    "Session",
    "Trashed",
    "apply",
    "check",
    "has_state",
    "make_plan",
    "observe",
    "operations",
    "read_age",
    "read_objects",
    "trash",
    "undo",
]
