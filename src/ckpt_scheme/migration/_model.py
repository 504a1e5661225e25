"""The values of a migration: `Listing`, `Plan`, and the items of a plan. Plain data; a plan goes to JSON and back."""

from __future__ import annotations

import functools
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable
from types import NoneType
from typing import Any, ClassVar, Final, Literal, TypeAlias, cast, final, get_args, get_origin

import attrs

from ckpt_scheme.errors import FieldError, SchemeError
from ckpt_scheme.migration._policy import Policy

EntryKind: TypeAlias = Literal["file", "directory", "link", "other"]

_VERSION: Final = 2


@final
@attrs.frozen(kw_only=True)
class Entry:
    """A checkpoint, a neighbour of one, or a symlink anywhere below the root.

    Attributes:
        path: Its path below the root, with ``/`` between the parts.
        kind: Its type; a symlink is a ``"link"`` wherever it leads.
        size: Bytes; of a directory checkpoint, of all files in it.
        mtime_ns: The last write in nanoseconds since 1970, of a directory checkpoint that of anything in it; 0 if
            unknown.
        ctime_ns: The last change of the file or its name, in the same form; 0 if unknown.
        inode: The number of the file on its file system; 0 if unknown.
        links: The number of its hard links; of a directory checkpoint, the highest of any file in it.
        written: Whether a process on this machine has it, or a file in it, open for writing.
        text: The text of a symlink.
        passes: The paths below the root that the text of a symlink goes through.
        leads_to: The path below the root at which a symlink ends, or None.
    """

    path: str
    kind: EntryKind
    size: int = 0
    mtime_ns: int = 0
    ctime_ns: int = 0
    inode: int = 0
    links: int = 1
    written: bool = False
    text: str | None = None
    passes: tuple[str, ...] = ()
    leads_to: str | None = None

    @property
    def directory(self) -> str:
        """The path of the folder that it is in."""
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]


def _by_path(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda entry: entry.path))


@final
@attrs.frozen(kw_only=True)
class Listing:
    """All facts that a plan is made from.

    Attributes:
        root: The directory that the paths are below, as the user knows it; empty if the paths are whole.
        entries: The entries, sorted by path.
        now_ns: The time of the listing in nanoseconds since 1970.
        unreadable: Each path that could not be listed, with the reason.
        recursive: Whether checkpoints in any folder count, not only those in ``RUN/checkpoints``.
        elsewhere: Each folder with checkpoints that do not count, with their number.
    """

    root: str
    entries: tuple[Entry, ...] = attrs.field(converter=_by_path)
    now_ns: int
    unreadable: tuple[tuple[str, str], ...] = ()
    recursive: bool = False
    elsewhere: tuple[tuple[str, int], ...] = ()

    def __attrs_post_init__(self) -> None:
        for one, other in zip(self.entries, self.entries[1:], strict=False):
            if one.path == other.path:
                raise FieldError("listing", one.path, "each path once")

    def digest(self) -> str:
        """Return a hash of all entries, which changes if one of them is written to, replaced, added or removed.

        Open files, change times and the time of the listing do not count.
        """
        found = hashlib.sha256()
        for entry in self.entries:
            facts = (entry.path, entry.kind, entry.size, entry.mtime_ns, entry.inode, entry.links, entry.text)
            found.update(json.dumps(facts).encode("ascii"))
        return found.hexdigest()


@final
@attrs.frozen
class Relink:
    """A symlink that gets another text, so that it leads where it led before.

    Attributes:
        path: The path of the symlink.
        old: Its text.
        new: Its new text.
    """

    path: str
    old: str
    new: str


@final
@attrs.frozen
class Rename:
    """A file or directory that gets a canonical name, in the same directory.

    Attributes:
        path: Its path.
        new: Its new path.
        reason: The format of its name and, where a rule spared it from being discarded, the rule.
        links: The symlinks that lead to it.
        sidecars: The files that belong to it and are renamed with it.
    """

    do: ClassVar = "rename"

    path: str
    new: str
    reason: str
    links: tuple[Relink, ...] = ()
    sidecars: tuple[Rename, ...] = ()


@final
@attrs.frozen
class Discard:
    """A checkpoint that goes to the trash.

    Attributes:
        path: Its path.
        reason: The reason why no rule keeps it.
        sidecars: The paths of the files that belong to it and go with it.
        size: The bytes of it and its sidecars.
    """

    do: ClassVar = "discard"

    path: str
    reason: str
    sidecars: tuple[str, ...] = ()
    size: int = 0


@final
@attrs.frozen
class Keep:
    """A checkpoint that stays as it is.

    Attributes:
        path: Its path.
        reason: The reason.
    """

    do: ClassVar = "keep"

    path: str
    reason: str


@final
@attrs.frozen
class Conflict:
    """A checkpoint that stays as it is because its new name cannot be decided.

    Attributes:
        path: Its path.
        reason: The reason.
        advice: The step that decides it.
    """

    do: ClassVar = "conflict"

    path: str
    reason: str
    advice: str


Item: TypeAlias = Rename | Discard | Keep | Conflict
_SORTS: Final[dict[str, type[Item]]] = {sort.do: sort for sort in get_args(Item)}


@final
@attrs.frozen
class Note:
    """A fact to know before a plan is applied.

    Attributes:
        path: The path that it is about; empty for the whole plan.
        text: The fact.
    """

    path: str
    text: str


@final
@attrs.frozen(kw_only=True)
class Plan:
    """The act for each checkpoint below a root.

    Attributes:
        root: The directory that the paths are below; empty if they are whole.
        listing: The hash of the listing that the plan was made from.
        policy: The policy that it was made by.
        items: One item for each checkpoint, sorted by path.
        notes: Facts to know before it is applied.
        unreadable: The paths that could not be listed and so are not in the plan.
    """

    root: str
    listing: str
    policy: Policy
    items: tuple[Item, ...]
    notes: tuple[Note, ...] = ()
    unreadable: tuple[Note, ...] = ()

    @property
    def renames(self) -> tuple[Rename, ...]:
        """The checkpoints that get a new name."""
        return tuple(item for item in self.items if isinstance(item, Rename))

    @property
    def discards(self) -> tuple[Discard, ...]:
        """The checkpoints that go to the trash."""
        return tuple(item for item in self.items if isinstance(item, Discard))

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """The checkpoints whose new name cannot be decided."""
        return tuple(item for item in self.items if isinstance(item, Conflict))

    def counts(self) -> dict[str, int]:
        """Return the number of items of each sort."""
        found = Counter(item.do for item in self.items)
        return {do: found[do] for do in _SORTS}

    def to_json(self) -> str:
        """Return the plan as JSON of printable ASCII, the inverse of `from_json`; the same plan, the same text."""
        items = [{"do": item.do, **attrs.asdict(item)} for item in self.items]
        rest = attrs.asdict(self, filter=lambda field, _: field.name != "items")
        return json.dumps({"plan": _VERSION, **rest, "items": items}, indent=1)

    @classmethod
    def from_json(cls, text: str | bytes) -> Plan:
        """Return the plan that `to_json` wrote.

        Raises:
            FieldError: If *text* is not a plan, or one of another version of this program.
        """
        try:
            record = dict(as_object(json.loads(text)))
        except (ValueError, TypeError, RecursionError) as error:
            raise FieldError("plan", text, "the JSON of a plan") from error
        version = record.pop("plan", None)
        if type(version) is not int or version != _VERSION:
            raise FieldError("plan", version, f"a plan of version {_VERSION}")
        try:
            record["items"], items = [], tuple(map(_item, _list(record["items"])))
            plan: Plan = attrs.evolve(reader(cls)(record), items=items)
        except SchemeError:
            raise
        except (KeyError, TypeError, RecursionError) as error:
            # The error may hold a value that is nested too deep for a repr.
            raise FieldError("plan", text, "the JSON of a plan, whole and with values of the right types") from error
        return plan


def _item(value: object) -> Item:
    record = dict(as_object(value))
    sort = record.pop("do")
    if not isinstance(sort, str):
        raise TypeError(sort)
    item: Item = reader(_SORTS[sort])(record)
    return item


# --------------------------------------------------------------------------------------------------------------------
# From JSON.


def as_object(value: object) -> dict[str, Any]:
    """Return *value* if it is a JSON object, else raise `TypeError`."""
    if not isinstance(value, dict):
        raise TypeError(value)
    return cast("dict[str, Any]", value)


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(value)
    return cast("list[object]", value)


def reader(kind: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - a type or a type expression
    """Return the function that makes a value of the type *kind* of the JSON of one, with every field and no other.

    It raises `TypeError` for JSON of another type, and the errors of the constructor.
    """
    return _reader(kind)


@functools.cache
def _reader(kind: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - as above
    origin, parts = get_origin(kind), get_args(kind)
    if attrs.has(kind):
        fields = attrs.fields_dict(attrs.resolve_types(kind))
        return lambda value: _made(kind, fields, as_object(value))
    if origin is tuple:
        read = reader(parts[0])
        return lambda value: tuple(map(read, _list(value)))
    if NoneType in parts:
        present = reader(parts[0])
        return lambda value: None if value is None else present(value)
    accepted = parts if origin is Literal else None
    return lambda value: _checked(kind, accepted, value)


def _made(kind: Any, fields: dict[str, attrs.Attribute[Any]], record: dict[str, Any]) -> Any:  # noqa: ANN401
    if record.keys() != fields.keys():
        raise TypeError(record.keys())
    return kind(**{name: reader(field.type)(record[name]) for name, field in fields.items()})


def _checked(kind: Any, accepted: tuple[Any, ...] | None, value: object) -> object:  # noqa: ANN401
    if type(value) is not (kind if accepted is None else str) or (accepted is not None and value not in accepted):
        raise TypeError(value)
    return value
