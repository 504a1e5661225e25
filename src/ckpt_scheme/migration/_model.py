"""The values of a migration: `Plan` with its items, and `Operation` with its acts. Plain data, to JSON and back."""

from __future__ import annotations

import functools
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from types import NoneType
from typing import Any, ClassVar, Final, Literal, TypeAlias, TypeVar, cast, final, get_args, get_origin

import attrs

from ckpt_scheme.catalog._folder import STATE
from ckpt_scheme.errors import FieldError, SchemeError
from ckpt_scheme.migration._listing import Entry, EntryKind, Packed
from ckpt_scheme.migration._policy import Policy

Action: TypeAlias = Literal["migrate", "prune", "undo"]

TRASH: Final = f"{STATE}/trash"
JOURNAL: Final = f"{STATE}/journal"
LOCK: Final = f"{STATE}/lock"

_T = TypeVar("_T")
_VERSION: Final = 2
LARGEST: Final = 2**96  # of a size, a time and an inode: more than any disk can report


def _size(_instance: object, _attribute: object, value: object) -> None:
    if type(value) is not int or not 0 <= value < LARGEST:
        raise FieldError("size", value, f"a number of bytes below {LARGEST}")


@final
@attrs.frozen
class Relink:
    """A symlink that gets a new target, so that it still leads to a renamed entry.

    Attributes:
        path: The path of the symlink.
        old: Its target, as it is stored.
        new: Its new target.
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
        reason: The format of its name and, if a rule keeps it from being discarded, the rule.
        links: The symlinks that lead to it.
        sidecars: The files that belong to it and are renamed with it.
        kind: ``"file"`` or ``"directory"``.
        losses: The fields of the old name that the new name does not hold, such as ``"timestamp"``.
    """

    do: ClassVar = "rename"

    path: str
    new: str
    reason: str
    links: tuple[Relink, ...] = ()
    sidecars: tuple[Rename, ...] = ()
    kind: EntryKind = attrs.field(default="file", kw_only=True)
    losses: tuple[str, ...] = attrs.field(default=(), kw_only=True)


@final
@attrs.frozen
class Discard:
    """A checkpoint that goes to the trash.

    Attributes:
        path: Its path.
        reason: The reason why no rule keeps it.
        sidecars: The paths of the files that belong to it and go with it.
        size: The bytes of the checkpoint and its sidecars.
    """

    do: ClassVar = "discard"

    path: str
    reason: str
    sidecars: tuple[str, ...] = ()
    size: int = attrs.field(default=0, validator=_size)


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
        advice: The next step for the user.
    """

    do: ClassVar = "conflict"

    path: str
    reason: str
    advice: str


Item: TypeAlias = Rename | Discard | Keep | Conflict
_ItemT = TypeVar("_ItemT", Rename, Discard, Keep, Conflict)
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


def _packed(items: Iterable[Item]) -> Packed[Item]:
    return items if isinstance(items, Packed) else Packed(items)


@final
@attrs.frozen(kw_only=True)
class Plan:
    """The act for each checkpoint below a root.

    Attributes:
        root: The directory that the paths are below; empty if the paths are complete.
        listing: The hash of the listing that the plan was made from.
        policy: The policy that it was made by.
        items: One item for each checkpoint, sorted by path.
        notes: Facts to know before it is applied.
        unreadable: The paths that could not be listed and so are not in the plan.
    """

    root: str
    listing: str
    policy: Policy
    items: Packed[Item] = attrs.field(converter=_packed)
    notes: tuple[Note, ...] = ()
    unreadable: tuple[Note, ...] = ()

    @property
    def renames(self) -> tuple[Rename, ...]:
        """The checkpoints that get a new name."""
        return tuple(self._of(Rename))

    @property
    def discards(self) -> tuple[Discard, ...]:
        """The checkpoints that go to the trash."""
        return tuple(self._of(Discard))

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """The checkpoints whose new name cannot be decided."""
        return tuple(self._of(Conflict))

    def _of(self, sort: type[_ItemT]) -> Iterator[_ItemT]:
        return (item for item in self.items if isinstance(item, sort))

    def counts(self) -> dict[str, int]:
        """Return the number of items of each sort."""
        found = Counter(item.do for item in self.items)
        return {do: found[do] for do in _SORTS}

    def to_json(self) -> str:
        """Return the plan as JSON of printable ASCII, the inverse of `from_json`. Equal plans have equal texts."""
        return "".join(json_pieces(self))

    @classmethod
    def from_json(cls, text: str | bytes) -> Plan:
        """Return the plan that `to_json` wrote.

        Raises:
            FieldError: If *text* is not a plan, or a plan of another version of this program.
        """
        try:
            record = dict(as_object(json.loads(text)))
        except (ValueError, TypeError, RecursionError) as error:
            shown = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
            raise FieldError("plan", shown, "the JSON of a plan") from error
        version = record.pop("plan", None)
        if type(version) is not int or version != _VERSION:
            raise FieldError("plan", version, f"a plan of version {_VERSION}")
        try:
            items = Packed(map(_item, _as_list(record["items"])))
            plan: Plan = reader(cls)({**record, "items": items})
        except SchemeError:
            raise
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            # The error may hold a value that is nested too deep for a repr.
            raise FieldError("plan", text, "the JSON of a plan, whole and with values of the right types") from error
        return plan


def json_pieces(plan: Plan) -> Iterator[str]:
    """Yield the text of `Plan.to_json` in pieces, one for each item, because a plan may have a million of them."""
    rest = attrs.asdict(plan, filter=lambda field, _: field.name != "items")
    head = json.dumps({"plan": _VERSION, **rest}, indent=1).removesuffix("\n}")
    yield f'{head},\n "items": ['
    for place, item in enumerate(plan.items):
        text = json.dumps({"do": item.do, **attrs.asdict(item)}, indent=1).replace("\n", "\n  ")
        yield f"{',' if place else ''}\n  {text}"
    yield "\n ]\n}" if plan.items else "]\n}"


def _item(value: object) -> Item:
    record = dict(as_object(value))
    item: Item = reader(_SORTS[expect(str, record.pop("do"))])(record)
    return item


@final
@attrs.frozen(kw_only=True)
class Act:
    """A file or directory that gets another name.

    Attributes:
        old: Its path.
        new: Its new path.
        kind: Its type.
        size: As in the listing.
        mtime_ns: As in the listing.
        inode: As in the listing; 0 if it does not count.
        links: The links that lead to it.
        owner: Of a sidecar, the old path of the checkpoint that it belongs to.
    """

    old: str
    new: str
    kind: EntryKind
    size: int
    mtime_ns: int
    inode: int = 0
    links: tuple[Relink, ...] = ()
    owner: str | None = None

    def is_of(self, entry: Entry | None) -> bool:
        """Return whether *entry* is the entry of this act, and not another that has taken its place."""
        return (
            entry is not None
            and (entry.kind, entry.size, entry.mtime_ns) == (self.kind, self.size, self.mtime_ns)
            and self.inode in (0, entry.inode)
        )

    @property
    def is_discard(self) -> bool:
        """Whether it goes to the trash."""
        return self.new.startswith(f"{TRASH}/")

    def reversed(self) -> Act:
        """Return the act that puts it back, without its links: other links may lead to it by then."""
        # Some network disks number their files anew with each mount, and an undo may come months later.
        return attrs.evolve(self, old=self.new, new=self.old, links=(), inode=0)


@final
@attrs.frozen(kw_only=True)
class Operation:
    """One execution of migrate, prune or undo, as its journal records it.

    Attributes:
        number: The number of the operation below this root, from 1.
        action: ``"migrate"``, ``"prune"`` or ``"undo"``.
        time: The time when it began.
        undoes: The number of the operation that it undoes, or None.
        continues: The number of the stopped operation that it continues, or None.
        acts: Its acts, in their order.
        end: ``"done"``; ``"left"`` if an entry could not be put back; ``"failed"``; ``"settled"`` if it failed and a
            later operation has finished its half-done acts; ``"recovered"`` if it was stopped and a later operation has
            finished its half-done acts; None if it has no end.
        is_damaged: Whether lines of its journal cannot be read.
    """

    number: int
    action: Action
    time: datetime
    undoes: int | None = None
    continues: int | None = None
    acts: tuple[Act, ...] = ()
    end: str | None = None
    is_damaged: bool = False


@final
@attrs.frozen
class Failure:
    """An act that was not done.

    Attributes:
        path: The path of the file or directory.
        reason: The reason.
    """

    path: str
    reason: str


# --------------------------------------------------------------------------------------------------------------------
# From JSON.


def expect(kind: type[_T], value: object) -> _T:
    """Return *value* if it is exactly a *kind*, else raise `TypeError`."""
    if type(value) is not kind:
        raise TypeError(value)
    return value


def as_object(value: object) -> dict[str, Any]:
    """Return *value* if it is a JSON object, else raise `TypeError`."""
    return cast("dict[str, Any]", expect(dict, value))


def _as_list(value: object) -> list[Any]:
    expect(list, value)
    return cast("list[Any]", value)


def reader(kind: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - a type or a type expression
    """Return the function that makes a value of the type *kind* from its JSON, which holds each field and no other.

    It raises `TypeError` or `ValueError` for any other JSON, and the errors of the constructor.
    """
    return _reader(kind)


@functools.cache
def _reader(kind: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - as above
    origin, parts = get_origin(kind), get_args(kind)
    if attrs.has(kind):
        fields = attrs.fields_dict(attrs.resolve_types(kind))
        return lambda value: _made(kind, fields, as_object(value))
    if origin is tuple:
        return lambda value: tuple(map(reader(parts[0]), _as_list(value)))
    if origin is Packed:
        return functools.partial(expect, Packed)
    if NoneType in parts:
        return lambda value: None if value is None else reader(parts[0])(value)
    if origin is Literal:
        return lambda value: parts[parts.index(expect(str, value))]
    return functools.partial(expect, kind)


def _made(kind: Any, fields: dict[str, attrs.Attribute[Any]], record: dict[str, Any]) -> Any:  # noqa: ANN401 - as above
    if record.keys() != fields.keys():
        raise TypeError(record.keys())
    return kind(**{name: reader(field.type)(record[name]) for name, field in fields.items()})
