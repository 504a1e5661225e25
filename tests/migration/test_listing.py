"""`Entry` and `Listing`: order and digest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckpt_scheme.errors import FieldError
from ckpt_scheme.migration import Entry, Listing
from listing_strategies import listings


@pytest.mark.parametrize(
    ("path", "directory", "name"),
    [("a/b/c.ckpt", "a/b", "c.ckpt"), ("c.ckpt", "", "c.ckpt"), ("a/c.ckpt", "a", "c.ckpt"), ("", "", "")],
)
def test_entry_splits_path_into_directory_and_name(path: str, directory: str, name: str) -> None:
    entry = Entry(path=path, kind="file")

    assert (entry.directory, entry.name) == (directory, name)


def test_entry_has_neutral_defaults() -> None:
    entry = Entry(path="a", kind="file")

    assert attrs.astuple(entry) == ("a", "file", 0, 0, 0, 0, 1, False, None, (), None)


def test_listing_sorts_entries_by_path() -> None:
    entries = [Entry(path=path, kind="file") for path in ("b", "a/b", "a-b", "a")]

    listing = Listing(root="", entries=entries, now_ns=0)

    assert [entry.path for entry in listing.entries] == ["a", "a-b", "a/b", "b"]
    assert listing == Listing(root="", entries=reversed(entries), now_ns=0)


@pytest.mark.parametrize("others", [[], ["0"], ["b"], ["0", "b"]])
def test_listing_refuses_duplicate_path(others: Sequence[str]) -> None:
    entries = [Entry(path=path, kind="file") for path in ("a", *others)]

    with pytest.raises(FieldError) as caught:
        Listing(root="", entries=[*entries, Entry(path="a", kind="link", size=3)], now_ns=0)

    assert (caught.value.kind, caught.value.text, caught.value.expected) == ("listing", "a", "each path once")


ENTRY: Final = Entry(path="a", kind="file", size=1, mtime_ns=2, inode=3, links=4, text="b")


@pytest.mark.parametrize(
    "changes",
    [
        {"path": "aa"},
        {"kind": "other"},
        {"size": 2},
        {"mtime_ns": 3},
        {"inode": 4},
        {"links": 5},
        {"text": "c"},
        {"text": None},
        {"path": "\udcff"},
    ],
    ids=str,
)
def test_digest_changes_with_every_fact(changes: dict[str, Any]) -> None:
    before, after = (
        Listing(root="", entries=[entry, Entry(path="z", kind="file")], now_ns=0)
        for entry in (ENTRY, attrs.evolve(ENTRY, **changes))
    )

    assert before.digest() != after.digest()


def test_digest_changes_with_new_entry() -> None:
    one, other = (Listing(root="", entries=[ENTRY] * count, now_ns=0) for count in (0, 1))

    assert one.digest() != other.digest()
    assert {*one.digest(), *other.digest()} <= {*"0123456789abcdef"}
    assert len(one.digest()) == 64


def test_digest_ignores_observer_and_time() -> None:
    one = Listing(root="", entries=[ENTRY], now_ns=0)
    entry = attrs.evolve(ENTRY, written=True, passes=("x",), leads_to="x")

    other = Listing(root="/data", entries=[entry], now_ns=1, unreadable=(("x", "gone"),))

    assert one.digest() == other.digest()
    assert one != other


@given(listing=listings(), data=st.data())
def test_digest_ignores_order_of_entries(listing: Listing, data: st.DataObject) -> None:
    shuffled = Listing(root="", entries=data.draw(st.permutations(listing.entries)), now_ns=0)

    assert shuffled.digest() == listing.digest()
    if listing.entries:
        assert attrs.evolve(listing, entries=listing.entries[1:]).digest() != listing.digest()


# More entries than are packed at a time.
MANY: Final = tuple(Entry(path=f"run{n % 3}/checkpoints/{n:06}.ckpt", kind="file", size=n) for n in range(20_001))


def test_many_entries_of_folders_in_turn_are_sorted() -> None:
    listing = Listing(root="", entries=reversed(MANY), now_ns=0)

    assert listing.entries == tuple(sorted(MANY, key=lambda entry: entry.path))
    assert len(listing.entries) == len(MANY)
    assert listing.entries[-1] == MANY[-1]
    assert listing == Listing(root="", entries=MANY, now_ns=0)


def test_listing_refuses_duplicate_path_far_apart() -> None:
    with pytest.raises(FieldError, match="each path once"):
        Listing(root="", entries=[*MANY, MANY[0]], now_ns=0)


def test_entries_behave_as_tuple_of_them() -> None:
    entries = Listing(root="", entries=MANY[:2], now_ns=0).entries

    assert entries == MANY[:2]
    assert entries != MANY[:1]
    assert entries != MANY[1:3]
    assert entries != [*MANY[:2]]
    assert (hash(entries), repr(entries)) == (hash(MANY[:2]), repr(MANY[:2]))
