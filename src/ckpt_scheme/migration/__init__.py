"""Old checkpoints get the names of the scheme, early ones go, and nothing is lost.

`make_plan` is pure: from a `Listing` and a `Policy` to a `Plan`. `observe` makes the listing of a disk, `read_objects`
that of an object store. Only `execute` has anything changed, by `work`: `apply` carries a plan out, and a `Session`
does that, puts earlier runs back, and holds the trash.

Examples:
    >>> from ckpt_scheme.migration import make_plan, read_objects
    >>> listing = read_objects(["gs://runs/a/checkpoints/epoch=3-step=1200.ckpt"], now_ns=0)
    >>> for item in make_plan(listing).items:
    ...     print(item.do, item.path, item.new)
    rename gs://runs/a/checkpoints/epoch=3-step=1200.ckpt gs://runs/a/checkpoints/epoch-03_step-001200.ckpt
"""

from __future__ import annotations

from ckpt_scheme.migration._actions import Conflict, Discard, Item, Keep, Note, Plan, Relink, Rename
from ckpt_scheme.migration._disk import observe
from ckpt_scheme.migration._execute import Report, Session, Trashed, apply, has_state, runs, trash
from ckpt_scheme.migration._journal import Act, Journal
from ckpt_scheme.migration._listing import Entry, Listing, read_objects
from ckpt_scheme.migration._naming import MIGRATED
from ckpt_scheme.migration._plan import make_plan
from ckpt_scheme.migration._policy import KeepBest, Mode, Policy, read_age
from ckpt_scheme.migration._work import Failure, Progress

__all__ = [
    "MIGRATED",
    "Act",
    "Conflict",
    "Discard",
    "Entry",
    "Failure",
    "Item",
    "Journal",
    "Keep",
    "KeepBest",
    "Listing",
    "Mode",
    "Note",
    "Plan",
    "Policy",
    "Progress",
    "Relink",
    "Rename",
    "Report",
    "Session",
    "Trashed",
    "apply",
    "has_state",
    "make_plan",
    "observe",
    "read_age",
    "read_objects",
    "runs",
    "trash",
]
