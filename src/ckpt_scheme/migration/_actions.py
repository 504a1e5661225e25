"""`Plan` and what it consists of: `Rename`, `Discard`, `Keep` and `Conflict`; plain data, to JSON and back."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, ClassVar, Final, TypeAlias, cast, final

import attrs

from ckpt_scheme.errors import FieldError, SchemeError
from ckpt_scheme.migration._policy import KeepBest, Policy

_VERSION: Final = 1


@final
@attrs.frozen
class Relink:
    """A link that gets another text, so that it leads where it led before.

    Attributes:
        path: Where the link is, from the root on.
        old: What it says.
        new: What it will say.
    """

    path: str
    old: str
    new: str


@final
@attrs.frozen
class Rename:
    """A file or directory that gets a canonical name, in the same directory.

    Attributes:
        path: Where it is, from the root on.
        new: Where it will be, from the root on.
        reason: Which format its name is in and, where the policy would have discarded it, why it stays.
        links: The links that lead to it.
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
        path: Where it is, from the root on.
        reason: Why no rule keeps it.
        sidecars: The paths of the files that belong to it and go with it.
    """

    do: ClassVar = "discard"

    path: str
    reason: str
    sidecars: tuple[str, ...] = ()


@final
@attrs.frozen
class Keep:
    """A checkpoint that is left as it is.

    Attributes:
        path: Where it is, from the root on.
        reason: Why.
    """

    do: ClassVar = "keep"

    path: str
    reason: str


@final
@attrs.frozen
class Conflict:
    """A checkpoint that is left as it is because nobody can tell what it should become.

    Attributes:
        path: Where it is, from the root on.
        reason: Why.
        advice: What somebody can do about it.
    """

    do: ClassVar = "conflict"

    path: str
    reason: str
    advice: str


Item: TypeAlias = Rename | Discard | Keep | Conflict
_SORTS: Final = (Rename.do, Discard.do, Keep.do, Conflict.do)


@final
@attrs.frozen
class Note:
    """Something that people should know before a plan is carried out.

    Attributes:
        path: What it is about, from the root on; empty for all.
        text: What it is.
    """

    path: str
    text: str


@final
@attrs.frozen(kw_only=True)
class Plan:
    """What to do with each checkpoint below a root.

    Attributes:
        root: What the paths begin below; empty where they are whole.
        listing: The hash of the listing that it was made from.
        policy: The policy that it was made by.
        items: One for each checkpoint, in the order of their paths.
        notes: What people should know before it is carried out.
        unreadable: What could not be listed, and so is not in the plan.
    """

    root: str
    listing: str
    policy: Policy
    items: tuple[Item, ...]
    notes: tuple[Note, ...] = ()
    unreadable: tuple[Note, ...] = ()

    @property
    def renames(self) -> tuple[Rename, ...]:
        """What gets a new name."""
        return tuple(item for item in self.items if isinstance(item, Rename))

    @property
    def discards(self) -> tuple[Discard, ...]:
        """What goes to the trash."""
        return tuple(item for item in self.items if isinstance(item, Discard))

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """What somebody has to decide."""
        return tuple(item for item in self.items if isinstance(item, Conflict))

    def counts(self) -> dict[str, int]:
        """Return how many items there are of each sort, by what they do."""
        found = Counter(item.do for item in self.items)
        return {do: found[do] for do in _SORTS}

    def to_json(self) -> str:
        """Return the plan as JSON of printable ASCII, the inverse of `from_json`; the same plan, the same text."""
        record = {
            "plan": _VERSION,
            "root": self.root,
            "listing": self.listing,
            "policy": attrs.asdict(self.policy),
            "items": [_fields(item) for item in self.items],
            "notes": [attrs.asdict(note) for note in self.notes],
            "unreadable": [attrs.asdict(note) for note in self.unreadable],
        }
        return json.dumps(record, indent=1)

    @classmethod
    def from_json(cls, text: str | bytes) -> Plan:
        """Return the plan that `to_json` wrote.

        Raises:
            FieldError: If *text* is no plan, or one of another version of this program.
        """
        try:
            record = _dict(json.loads(text))
        except (ValueError, TypeError, RecursionError) as error:
            raise FieldError("plan", text, "the JSON of a plan") from error
        if type(record.get("plan")) is not int or record["plan"] != _VERSION:
            raise FieldError("plan", record.get("plan"), f"a plan of version {_VERSION}")
        try:
            return cls(
                root=_text(record["root"]),
                listing=_text(record["listing"]),
                policy=_policy(_dict(record["policy"])),
                items=tuple(map(_item, _list(record["items"]))),
                notes=tuple(map(_note, _list(record["notes"]))),
                unreadable=tuple(map(_note, _list(record["unreadable"]))),
            )
        except SchemeError:
            raise
        except (KeyError, TypeError) as error:
            # The error may hold a value that is nested too deep for a repr.
            raise FieldError("plan", text, "the JSON of a plan, whole and with values of the right types") from error


def _fields(item: Item) -> dict[str, object]:
    return {"do": item.do, **attrs.asdict(item)}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(value)
    return cast("list[object]", value)


def _dict(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(value)
    return cast("dict[str, Any]", value)


def _texts(value: object) -> dict[str, str]:
    return {key: _text(each) for key, each in _dict(value).items()}


def _item(value: object) -> Item:
    fields = dict(_dict(value))
    do = fields.pop("do")
    if do == Rename.do:
        return _rename(fields)
    if do == Discard.do:
        sidecars = tuple(map(_text, _list(fields.pop("sidecars"))))
        return Discard(**_texts(fields), sidecars=sidecars)
    if do == Keep.do:
        return Keep(**_texts(fields))
    if do == Conflict.do:
        return Conflict(**_texts(fields))
    raise TypeError(do)


def _note(value: object) -> Note:
    return Note(**_texts(value))


def _rename(value: object) -> Rename:
    fields = dict(_dict(value))
    links = tuple(Relink(**_texts(link)) for link in _list(fields.pop("links")))
    sidecars = tuple(map(_sidecar, _list(fields.pop("sidecars"))))
    return Rename(**_texts(fields), links=links, sidecars=sidecars)


def _sidecar(value: object) -> Rename:
    # A sidecar has none of its own. Refusing one here, and not after reading it, bounds the recursion.
    if _list(_dict(value)["sidecars"]):
        raise TypeError
    return _rename(value)


def _policy(record: Mapping[str, Any]) -> Policy:
    fields: dict[str, Any] = dict(record)
    if fields["keep_best"] is not None:
        fields["keep_best"] = KeepBest(**_dict(fields["keep_best"]))
    return Policy(**fields)
