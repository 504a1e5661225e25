r"""The one table of patterns, cuts and fields that the columns of every engine are made from.

A `Record` says which texts are in the grammar (`Record.pattern`) and how their fields are cut out (`Record.cuts`).
Capturing groups would cost more than a loop in Python, because RE2 and Rust then leave their fastest automaton. So a
pattern without groups decides whether a text is valid, and cuts at separators take it apart.

An engine tests a text with the anchored pattern, replaces a text that does not match by null, and applies the cuts in
their order. All cuts return null for null. Then it converts each field to its type.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final, Literal, NamedTuple, TypeAlias

from ckpt_scheme import _grammar
from ckpt_scheme.errors import FieldError

Operation: TypeAlias = Literal[
    "before_first",
    "after_first",
    "before_last",
    "after_last",
    "after_prefix",
    "drop_end",
    "keep_end",
    "version",
    "without_version",
    "or_else",
]
"""A cut of a text, with its argument:

=================== ======================================================================= ======================
operation           result                                                                  argument
=================== ======================================================================= ======================
``before_first``    the text before the first separator; the whole text without a separator the separator
``after_first``     the text after the first separator; null without a separator            the separator
``before_last``     the text before the last separator; null without a separator            the separator
``after_last``      the text after the last separator; the whole text without a separator   the separator
``after_prefix``    the text after the prefix; null if the text begins otherwise             the prefix
``drop_end``        the text without its last characters                                    a count, as digits
``keep_end``        the last characters of the text                                         a count, as digits
``version``         the digits at the end, if the marker stands before them; else null      the marker, ``_v``
``without_version`` the text without marker and digits; the whole text without a version    the marker, ``_v``
``or_else``         the text; another cut where it is null                                  the name of that cut
=================== ======================================================================= ======================
"""

Type: TypeAlias = Literal["text", "integer", "real", "local_time", "kind"]
"""The type of a field: a text, an integer of 64 bits, a double, a time without a zone, or one of `KINDS`.

A time is written as `TIME`.
"""

TIME: Final = "%Y%m%d_%H%M%S"
"""How a run id spells its time, in the directives of ``strptime``."""

KINDS: Final = ("best", "epoch", "last")
"""The forms of a checkpoint name, in the order of CKS-040. Text order gives the same order."""

FULL_MATCH: Final = r"\A(?:{})\z"
"""The anchors around a pattern in RE2, Rust, Java, Go and ClickHouse. `FULL_MATCH_POSTGRES` is for PostgreSQL."""

FULL_MATCH_POSTGRES: Final = r"\A(?:{})\Z"


class Cut(NamedTuple):
    """A step that takes a text apart.

    Attributes:
        name: The name of the result. A field has the value of the cut with its name.
        operation: See `Operation`.
        source: The name of an earlier cut, or of the record's text.
        argument: See `Operation`.
    """

    name: str
    operation: Operation
    source: str
    argument: str


class Record(NamedTuple):
    """The fields of a run id, a checkpoint name or a checkpoint path.

    Attributes:
        text: The name of the text, which the first cuts have as their source.
        pattern: An exact regular expression without anchors and groups.
        cuts: The cuts, each after its sources.
        fields: The type of each field, in the order of the columns.
    """

    text: str
    pattern: str
    cuts: tuple[Cut, ...]
    fields: Mapping[str, Type]


RUN_ID: Final = Record(
    "run_id",
    _grammar.RUN_ID,
    (
        Cut("timestamp", "keep_end", "run_id", "15"),
        Cut("head", "drop_end", "run_id", "16"),
        Cut("phase", "after_last", "head", "_"),
        Cut("labels", "before_last", "head", "_"),
        Cut("tag", "before_first", "labels", "-"),
        Cut("model", "after_first", "labels", "-"),
        Cut("architecture", "before_first", "model", "-"),
        Cut("encoder", "after_first", "model", "-"),
    ),
    {"tag": "text", "architecture": "text", "encoder": "text", "phase": "text", "timestamp": "local_time"},
)

CHECKPOINT_NAME: Final = Record(
    "checkpoint_name",
    _grammar.CHECKPOINT_NAME,
    (
        Cut("stem", "drop_end", "checkpoint_name", "5"),
        Cut("version", "version", "stem", "_v"),
        Cut("body", "without_version", "stem", "_v"),
        Cut("kind", "before_first", "body", "-"),
        Cut("numbers", "after_prefix", "body", "epoch-"),
        Cut("epoch", "before_first", "numbers", "_step-"),
        Cut("step_and_metric", "after_first", "numbers", "_step-"),
        Cut("step", "before_first", "step_and_metric", "_"),
        Cut("epoch_metric", "after_first", "step_and_metric", "_"),
        Cut("best_metric", "after_prefix", "body", "best-"),
        Cut("measured", "or_else", "epoch_metric", "best_metric"),
        Cut("metric", "before_first", "measured", "-"),
        Cut("value", "after_first", "measured", "-"),
    ),
    {"kind": "kind", "epoch": "integer", "step": "integer", "metric": "text", "value": "real", "version": "integer"},
)

CHECKPOINT_PATH: Final = Record(
    "checkpoint_path",
    _grammar.CHECKPOINT_PATH,
    (
        Cut("checkpoint_name", "after_last", "checkpoint_path", "/"),
        Cut("folder", "before_last", "checkpoint_path", "/"),
        Cut("directory", "drop_end", "folder", "12"),
        Cut("run_id", "after_last", "directory", "/"),
        Cut("root", "before_last", "directory", "/"),
        *RUN_ID.cuts,
        *CHECKPOINT_NAME.cuts,
    ),
    {"root": "text", **RUN_ID.fields, **CHECKPOINT_NAME.fields},
)


def refuse_taken(new: Iterable[str], known: Collection[str]) -> None:
    """Refuse new columns with the names of known columns.

    Raises:
        FieldError: If *known* holds a name in *new*.
    """
    taken = ", ".join(name for name in new if name in known)
    if taken:
        raise FieldError("columns", taken, "columns with other names than the new ones; rename them")


def levels(record: Record) -> list[list[Cut]]:
    """Return the cuts of *record* in groups, each of which reads only the text and the groups before it."""
    level = {record.text: -1}
    groups: list[list[Cut]] = []
    for cut in record.cuts:
        level[cut.name] = 1 + max(level[cut.source], level.get(cut.argument, -1))
        groups.extend([] for _ in range(len(groups), level[cut.name] + 1))
        groups[level[cut.name]].append(cut)
    return groups
