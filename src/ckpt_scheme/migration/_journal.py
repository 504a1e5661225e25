"""Journals: one file for each operation, which lists all of its acts before the first of them is done.

The first line holds the facts of the operation. A line for each act and a line with the end follow. Each line begins
with a checksum of its text and the operation's number. Files of format 1 have no checksums; they are read as well.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final, cast

import attrs

from ckpt_scheme.catalog._folder import STATE
from ckpt_scheme.errors import BusyError, OperationError
from ckpt_scheme.migration._model import JOURNAL, LARGEST, TRASH, Act, Action, Operation, Relink, as_object, reader
from ckpt_scheme.migration._policy import RECENT_NS
from ckpt_scheme.migration._tree import Tree, check_path

_VERSION: Final = 2
_FIRST_VERSION: Final = 1
_LAST_NUMBER: Final = 999_999_999
_MOST_BYTES: Final = 2**31  # of one journal: millions of acts
_ENDS: Final = ("done", "left", "failed", "settled", "recovered")
_DIGITS: Final = 16  # of a checksum
_BROKEN: Final = (KeyError, TypeError, ValueError, OverflowError, RecursionError)

_file: Final = re.compile(r"([0-9]{6}|[1-9][0-9]{6,8})\.jsonl")
_part: Final = re.compile(r"[0-9]{6,9}\.jsonl\.[0-9]+\.[0-9a-f]{8}\.part")
_in_trash: Final = re.compile(re.escape(TRASH) + r"/([0-9]{6,9})/(.+)", re.DOTALL)


@attrs.frozen(kw_only=True)
class _Header:
    journal: int
    action: Action
    time: str
    undoes: int | None
    continues: int | None
    acts: int


# --------------------------------------------------------------------------------------------------------------------
# Writing.


def check(acts: Iterable[Act]) -> None:
    """Raise `OperationError` if a disk reports a number for one of *acts* that the reader of a journal refuses."""
    for act in acts:
        if not _has_possible_numbers(act):
            raise OperationError(f"no journal can hold the size or the time of {act.old!a}, so nothing was done")


def begin(tree: Tree, operation: Operation) -> None:
    """Write the journal of *operation* to the disk, where it survives a loss of power.

    Raises:
        BusyError: If another machine has taken its number: the disk does not share locks between machines.
        OperationError: If no number is left.
        OSError: If it cannot be written.
    """
    number = operation.number
    if number > _LAST_NUMBER:
        raise OperationError(f"there is no number after {_LAST_NUMBER} for another operation below {tree.root!a}")
    header = _Header(
        journal=_VERSION,
        action=operation.action,
        time=operation.time.isoformat(),
        undoes=operation.undoes,
        continues=operation.continues,
        acts=len(operation.acts),
    )
    folder = tree.directory(JOURNAL, create=True)
    # A name that no other process takes: two machines may believe that they hold the lock.
    part = f"{name_of(number)}.{os.getpid()}.{os.urandom(4).hex()}.part"
    records: tuple[attrs.AttrsInstance, ...] = (header, *operation.acts)
    lines = "".join(_line(number, attrs.asdict(record)) for record in records)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    source, target = f"{JOURNAL}/{part}", f"{JOURNAL}/{name_of(number)}"
    try:
        _write(tree.open_state(source, flags), lines)
        tree.rename_noreplace(source, target, "file")
    except OSError as error:
        # A network disk may report a failure though it has done the rename: the entries decide.
        ours, there = tree.stat(source), tree.stat(target)
        with contextlib.suppress(OSError):
            os.unlink(part, dir_fd=folder)
        if there is None or (ours is not None and ours.inode != there.inode):
            if there is None or not isinstance(error, FileExistsError):
                with tree.naming(target):
                    raise
            message = f"another machine began operation {number} below {tree.root!a}; its disk does not share locks"
            raise BusyError(message) from None
    with contextlib.suppress(FileNotFoundError):
        os.unlink(part, dir_fd=folder)
    tree.flush(JOURNAL)


def finish(tree: Tree, number: int, end: str) -> None:
    """Append the end of an operation to its journal."""
    *_, last = lines = _lines(tree, number)
    handle = tree.open_state(f"{JOURNAL}/{name_of(number)}", os.O_RDWR | os.O_APPEND)
    has_sums = not lines[0].startswith("{")
    if last and has_sums and _is_cut_end(number, last):
        os.ftruncate(handle, os.fstat(handle).st_size - len(last))
    record = {"end": end}
    # A line feed first, because the last line may be incomplete.
    with tree.naming(f"{JOURNAL}/{name_of(number)}"):
        _write(handle, "\n" + (_line(number, record) if has_sums else f"{_json(record)}\n"))


def _is_cut_end(number: int, line: str) -> bool:
    """Return whether *line* is an incomplete line with an end, because the power failed while it was written."""
    return any(_line(number, {"end": end}).startswith(line) for end in _ENDS)


def name_of(number: int) -> str:
    """Return the name of the journal of an operation."""
    return f"{number:06}.jsonl"


def now() -> datetime:
    """Return the time, to the second, for a journal."""
    return datetime.now(UTC).replace(microsecond=0)


def _json(record: object) -> str:
    return json.dumps(_recoded(record, _stored), separators=(",", ":"))


def _recoded(value: object, recode: Callable[[str], str]) -> Any:  # noqa: ANN401 - any JSON
    """Return a value of JSON with all texts in it changed by *recode*."""
    if isinstance(value, str):
        return value if value.isascii() else recode(value)
    if isinstance(value, dict):
        return {key: _recoded(each, recode) for key, each in cast("dict[str, object]", value).items()}
    if isinstance(value, (list, tuple)):
        return [_recoded(each, recode) for each in cast("Sequence[object]", value)]
    return value


def _stored(path: str) -> str:
    """Return a path as UTF-8 text, the same in every locale."""
    return os.fsencode(path).decode("utf-8", "surrogateescape")


def _read_back(path: str) -> str:
    """Return the path that `_stored` wrote, in the encoding of this locale."""
    return os.fsdecode(path.encode("utf-8", "surrogateescape"))


def _line(number: int, record: object) -> str:
    text = _json(record)
    return f"{_sum(number, text)} {text}\n"


def _sum(number: int, text: str) -> str:
    return hashlib.sha256(f"{number} {text}".encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def _write(handle: int, text: str) -> None:
    with open(handle, "w", encoding="ascii", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(handle)


# --------------------------------------------------------------------------------------------------------------------
# Reading.


def read_all(tree: Tree) -> list[Operation]:
    """Return all operations below the root, the oldest first.

    Raises:
        OperationError: If a journal has no readable first line, or is not to be trusted.
    """
    found = [read(tree, name) for name in files(tree) if is_journal(name)]
    return sorted(found, key=lambda operation: operation.number)


def files(tree: Tree) -> list[str]:
    """Return the names of all files in the directory of the journals, sorted."""
    try:
        return sorted(os.listdir(tree.directory(JOURNAL)))
    except FileNotFoundError:
        return []


def is_journal(name: str) -> bool:
    """Return whether a file of this name is, or should be, a journal."""
    return name.endswith(".jsonl")


def is_part(name: str) -> bool:
    """Return whether *name* is that of a journal whose writing was interrupted."""
    return _part.fullmatch(name) is not None


def sweep(tree: Tree) -> None:
    """Remove incomplete journals: their operations were stopped before the first act.

    A recent file stays: another machine may be writing it, on a disk that does not share locks.
    """
    for path in (f"{JOURNAL}/{name}" for name in files(tree) if is_part(name)):
        with contextlib.suppress(OSError):
            entry = tree.stat(path)
            if entry is not None and time.time_ns() - entry.mtime_ns >= RECENT_NS:
                tree.unlink(path)


def read(tree: Tree, name: str) -> Operation:
    """Return the operation of a journal.

    Raises:
        OperationError: If the journal has no readable first line, or is not to be trusted.
    """
    match = _file.fullmatch(name)
    if match is None or int(match[1]) == 0:
        raise _damaged(name)
    return _read(tree, int(match[1]))


def _damaged(name: str) -> OperationError:
    return OperationError(
        f"{JOURNAL}/{name} is not a journal of version {_FIRST_VERSION} or {_VERSION}."
        " If it is damaged, move it out of the way."
    )


def _lines(tree: Tree, number: int) -> list[str]:
    handle = tree.open_state(f"{JOURNAL}/{name_of(number)}", os.O_RDONLY)
    with open(handle, encoding="ascii", errors="replace", newline="\n") as file:
        if os.fstat(handle).st_size > _MOST_BYTES:
            raise _damaged(name_of(number))
        return file.read().split("\n")


def _read(tree: Tree, number: int) -> Operation:
    first, *rest = _lines(tree, number)
    version = _FIRST_VERSION if first.startswith("{") else _VERSION
    try:
        operation, count = _header(number, version, _record(number, version, first))
    except _BROKEN as error:
        raise _damaged(name_of(number)) from error
    acts: list[Act] = []
    end: str | None = None
    is_damaged = False
    if rest and _is_cut_end(number, rest[-1]):
        del rest[-1]
    for line in filter(None, rest):
        try:
            record = _record(number, version, line)
            if "end" in record:
                end = reader(str)(record["end"])
            else:
                acts.append(_act(record))
        except _BROKEN:
            # The other lines still count: no line depends on another.
            is_damaged = True
    return attrs.evolve(
        operation, acts=tuple(acts), end=end, is_damaged=is_damaged or not len(acts) == len(set(acts)) == count
    )


def _record(number: int, version: int, line: str) -> dict[str, Any]:
    text = line if version == _FIRST_VERSION else line[_DIGITS + 1 :]
    if version != _FIRST_VERSION and line[: _DIGITS + 1] != f"{_sum(number, text)} ":
        raise ValueError(line[: _DIGITS + 1])
    return as_object(_recoded(json.loads(text), _read_back))


def _header(number: int, version: int, record: dict[str, Any]) -> tuple[Operation, int]:
    """Return the facts in the first line of a journal, and the number of acts that follow."""
    header: _Header = reader(_Header)(record)
    began = datetime.fromisoformat(header.time)
    is_valid = header.journal == version and began.tzinfo is not None and header.acts >= 0
    if not is_valid or any(not 0 < other < number for other in (header.undoes, header.continues) if other is not None):
        raise ValueError(header)
    began.astimezone(UTC).timestamp()  # raises for a time outside of the years 1 to 9999
    operation = Operation(
        number=number, action=header.action, time=began, undoes=header.undoes, continues=header.continues
    )
    return operation, header.acts


def _act(record: dict[str, Any]) -> Act:
    act: Act = reader(Act)(record)
    if not _has_possible_numbers(act):
        raise ValueError(act)
    for path in (act.old, act.new, *(link.path for link in act.links)):
        check_path(path)
    homes = {_home(path) for path in (act.old, act.new, act.owner) if path is not None}
    is_trashing = act.is_discard or act.reversed().is_discard
    if len(homes) > 1 or act.old == act.new or (is_trashing and _trashed(act.old) != _trashed(act.new)):
        raise ValueError(act)  # only the trash and the way back out of it change the folder of a file
    for link in act.links:
        _check_link(act, link)
    return act


def _has_possible_numbers(act: Act) -> bool:
    return 0 <= act.size < LARGEST and 0 <= act.inode < LARGEST and abs(act.mtime_ns) < LARGEST


def _trashed(path: str) -> str:
    """Return the path that an entry in the trash had before; return any other path as it is."""
    match = _in_trash.fullmatch(path)
    return path if match is None else match[2]


def _home(path: str) -> str:
    """Return the folder of an entry; for an entry in the trash, the folder that it came from."""
    own = _trashed(path)
    check_path(own)
    if own.partition("/")[0] == STATE:
        raise ValueError(path)
    return own.rpartition("/")[0]


def _check_link(act: Act, link: Relink) -> None:
    """Raise unless the two targets of a link differ in the name of the entry alone."""
    old, new = link.old.rstrip("/"), link.new.rstrip("/")
    heads = [text.removesuffix(path.rpartition("/")[2]) for text, path in ((old, act.old), (new, act.new))]
    is_state = link.path.partition("/")[0] == STATE
    if is_state or heads[0] != heads[1] or old == heads[0] or new == heads[1]:
        raise ValueError(link)
    if "\0" in os.fsdecode(os.fsencode(link.old) + os.fsencode(link.new)):
        raise ValueError(link)
