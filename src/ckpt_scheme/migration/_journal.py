"""`Journal`: the file that says, before a run begins, all that it may do."""

from __future__ import annotations

import contextlib
import json
import os
import re
from datetime import UTC, datetime
from typing import Any, Final, Literal, TypeAlias, cast, final, get_args

import attrs

from ckpt_scheme import _grammar
from ckpt_scheme.errors import OperationError
from ckpt_scheme.migration._actions import Relink
from ckpt_scheme.migration._disk import STATE
from ckpt_scheme.migration._handles import Tree, check_path
from ckpt_scheme.migration._listing import Entry, EntryKind

Action: TypeAlias = Literal["migrate", "prune", "undo"]

TRASH: Final = f"{STATE}/trash"

_VERSION: Final = 1
_FOLDER: Final = f"{STATE}/journal"
_file: Final = re.compile(r"([0-9]{6}|[1-9][0-9]{6,8})\.jsonl")


@final
@attrs.frozen(kw_only=True)
class Act:
    """One thing that gets another name.

    Attributes:
        old: Where it is, from the root on.
        new: Where it will be, from the root on.
        kind: What it is.
        size: As in the listing.
        mtime_ns: As in the listing.
        inode: As in the listing; 0 where it does not count.
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
        """Return whether *entry* is what the act is about, and not something that took its place."""
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
        """Return the act that puts it back, but for links: others may lead to it by then."""
        # Some network disks number their files anew with each mount, and a run may be put back months later.
        return attrs.evolve(self, old=self.new, new=self.old, links=(), inode=0)


@final
@attrs.frozen(kw_only=True)
class Journal:
    """What one run was about to do.

    Attributes:
        number: Which run of all below this root, from 1.
        action: ``"migrate"``, ``"prune"`` or ``"undo"``.
        time: When it began.
        undoes: The number of the run that it puts back, or None.
        continues: The number of the stopped run that it goes on with, or None.
        acts: In the order in which they are done.
        end: How it ended: ``"done"``, ``"left"`` if something could not be put back, ``"failed"``, ``"settled"`` if it
            failed and a later run has looked after it, ``"recovered"`` if it was stopped and a later run has finished
            what was half done, or None.
        is_damaged: Whether lines of it cannot be read.
    """

    number: int
    action: Action
    time: datetime
    undoes: int | None = None
    continues: int | None = None
    acts: tuple[Act, ...] = ()
    end: str | None = None
    is_damaged: bool = False


def begin(tree: Tree, journal: Journal) -> None:
    """Write a journal to the disk, whole; without an error it is there, whatever happens next."""
    header = {
        "journal": _VERSION,
        "action": journal.action,
        "time": journal.time.isoformat(),
        "undoes": journal.undoes,
        "continues": journal.continues,
        "acts": len(journal.acts),
    }
    folder = tree.directory(_FOLDER, create=True)
    name = _name(journal.number)
    part = f"{name}.part"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(part, dir_fd=folder)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    lines = [header, *(attrs.asdict(act) for act in journal.acts)]
    _write(os.open(part, flags, 0o666, dir_fd=folder), "".join(map(_line, lines)))
    # The journals are written by whoever holds the lock, so nobody else takes the name.
    os.rename(part, name, src_dir_fd=folder, dst_dir_fd=folder)
    tree.flush(_FOLDER)


def finish(tree: Tree, number: int, end: str) -> None:
    """Write to a journal how its run ended."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    # A line feed first: the last line may have been cut.
    _write(os.open(_name(number), flags, dir_fd=tree.directory(_FOLDER)), "\n" + _line({"end": end}))


def _name(number: int) -> str:
    return f"{number:06}.jsonl"


def _line(record: object) -> str:
    return json.dumps(record, separators=(",", ":")) + "\n"


def _write(handle: int, text: str) -> None:
    with open(handle, "w", encoding="ascii", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(handle)


def read_all(tree: Tree) -> list[Journal]:
    """Return all journals below the root, the oldest first.

    Raises:
        OperationError: If one was written by another version of this program.
    """
    try:
        folder = tree.directory(_FOLDER)
    except FileNotFoundError:
        return []
    numbers = sorted(int(match[1]) for match in map(_file.fullmatch, os.listdir(folder)) if match)
    return [_read(tree, number) for number in numbers]


def _read(tree: Tree, number: int) -> Journal:
    handle = os.open(_name(number), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=tree.directory(_FOLDER))
    with open(handle, encoding="ascii", errors="replace") as file:
        lines = file.read().split("\n")
    try:
        journal, count = _header(number, _record(lines[0]))
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        path = f"{_FOLDER}/{_name(number)}"
        message = f"{path} is not a journal of version {_VERSION}. If it is damaged, move it out of the way."
        raise OperationError(message) from error
    acts: list[Act] = []
    end: str | None = None
    is_damaged = False
    for line in filter(None, lines[1:]):
        try:
            record = _record(line)
            if "end" in record:
                end = _text(record["end"])
            else:
                acts.append(_act(record))
        except (KeyError, TypeError, ValueError, RecursionError):
            # A cut or damaged line says nothing; each line stands for itself, so the others still count.
            is_damaged = True
    return attrs.evolve(journal, acts=tuple(acts), end=end, is_damaged=is_damaged or len(acts) != count)


def _record(line: str) -> dict[str, Any]:
    record = json.loads(line)
    if not isinstance(record, dict):
        raise TypeError(record)
    return cast("dict[str, Any]", record)


def _header(number: int, record: dict[str, Any]) -> tuple[Journal, int]:
    """Return what the first line of a journal says, and how many acts follow."""
    if record["journal"] != _VERSION:
        raise ValueError(record)
    undoes, continues = record["undoes"], record["continues"]
    journal = Journal(
        number=number,
        action=_action(record["action"]),
        time=datetime.fromisoformat(record["time"]),
        undoes=None if undoes is None else _number(undoes),
        continues=None if continues is None else _number(continues),
    )
    return journal, _number(record["acts"])


def _action(value: object) -> Action:
    actions: tuple[Action, ...] = get_args(Action)
    return actions[actions.index(cast("Action", value))]


def _act(record: dict[str, Any]) -> Act:
    owner = record["owner"]
    return Act(
        old=_path(record["old"]),
        new=_path(record["new"]),
        kind=cast("EntryKind", _text(record["kind"])),
        size=_number(record["size"]),
        mtime_ns=_number(record["mtime_ns"]),
        inode=_number(record["inode"]),
        links=tuple(map(_link, record["links"])),
        owner=None if owner is None else _path(owner),
    )


def _link(record: dict[str, Any]) -> Relink:
    link = Relink(_text(record["path"]), _text(record["old"]), _text(record["new"]))
    check_path(link.path)
    if "\0" in os.fsdecode(os.fsencode(link.old) + os.fsencode(link.new)):
        raise ValueError(link)
    return link


def _path(value: object) -> str:
    """Return a path that an act may have: that of a checkpoint or its sidecar, or one in the trash."""
    path = _text(value)
    check_path(path)
    parts = path.split("/")
    is_checkpoint = len(parts) == len(("run", "checkpoints", "name")) and parts[1] == _grammar.CHECKPOINTS
    if not is_checkpoint and not path.startswith(f"{TRASH}/"):
        raise ValueError(path)
    return path


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _number(value: object) -> int:
    if type(value) is not int:
        raise TypeError(value)
    return value


def now() -> datetime:
    """Return the time, to the second, for a journal."""
    return datetime.now(UTC).replace(microsecond=0)
