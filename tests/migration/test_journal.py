"""Journals on a real disk: a written journal is read again, and a damaged line hides no other."""

from __future__ import annotations

import errno
import json
import os
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

import attrs
import pytest

from ckpt_scheme.errors import BusyError, OperationError
from ckpt_scheme.migration import Act, Entry, Operation, Relink
from ckpt_scheme.migration import _journal as journals
from ckpt_scheme.migration._listing import EntryKind
from ckpt_scheme.migration._tree import Tree

FOLDER: Final = ".ckpt-scheme/journal"
FIRST: Final = f"{FOLDER}/000001.jsonl"
TIME: Final = datetime(2026, 3, 1, 12, 30, 59, tzinfo=UTC)

ACTS: Final = (
    Act(
        old="run/checkpoints/a.ckpt",
        new="run/checkpoints/b.ckpt",
        kind="file",
        size=7,
        mtime_ns=1_700_000_000_123_456_789,
        inode=12,
        links=(
            Relink("latest", "run/checkpoints/a.ckpt", "run/checkpoints/b.ckpt"),
            Relink("x", "./a.ckpt", "./b.ckpt"),
        ),
    ),
    Act(
        old="run/checkpoints/a.ckpt.md5",
        new="run/checkpoints/b.ckpt.md5",
        kind="file",
        size=0,
        mtime_ns=-1,
        owner="run/checkpoints/a.ckpt",
    ),
    # Every kind of character that a name can hold.
    Act(
        old="r\n/checkpoints/\udcff\u2603.ckpt", new='r\n/checkpoints/\x01\x7f\\"', kind="directory", size=1, mtime_ns=2
    ),
)

JOURNAL: Final = Operation(number=1, action="migrate", time=TIME, acts=ACTS)


def lines_of(path: Path) -> list[Any]:
    """Return the records of a journal, without their checksums."""
    return [json.loads(line[17:]) for line in path.read_text("ascii").splitlines() if line]


def put(root: Path, *lines: str | bytes, name: str = "000001.jsonl") -> Path:
    """Write the lines of a journal."""
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(b"".join(line if isinstance(line, bytes) else line.encode("ascii") + b"\n" for line in lines))
    return path


def header(**fields: object) -> str:
    return json.dumps(
        {"journal": 1, "action": "migrate", "time": TIME.isoformat(), "undoes": None, "continues": None, "acts": 1}
        | fields
    )


def act_line(act: Act = ACTS[0], **fields: object) -> str:
    return json.dumps(attrs.asdict(act) | fields)


@pytest.mark.parametrize(
    "journal",
    [
        JOURNAL,
        attrs.evolve(JOURNAL, number=2, action="undo", undoes=1, acts=ACTS[:1]),
        attrs.evolve(JOURNAL, number=3, action="prune", acts=ACTS[:1]),
        attrs.evolve(JOURNAL, number=999_999, continues=17, acts=()),
        attrs.evolve(JOURNAL, number=1_000_000),
    ],
)
def test_written_journal_is_read_again(tmp_path: Path, tree: Tree, journal: Operation) -> None:
    journals.begin(tree, journal)

    assert journals.read_all(tree) == [journal]

    for end in ("done", "left", "failed", "settled", "recovered"):
        # The last end counts.
        journals.finish(tree, journal.number, end)
        assert journals.read_all(tree) == [attrs.evolve(journal, end=end)]

    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == [f"{journal.number:06}.jsonl"]


def test_journal_is_ascii_json_lines(tmp_path: Path, tree: Tree) -> None:
    journals.begin(tree, attrs.evolve(JOURNAL, action="undo", undoes=3, continues=4))
    text = (tmp_path / FIRST).read_bytes()

    assert text.endswith(b"}\n")
    assert text.count(b"\n") == 4
    assert text.isascii()
    assert lines_of(tmp_path / FIRST) == [
        {
            "journal": 2,
            "action": "undo",
            "time": "2026-03-01T12:30:59+00:00",
            "undoes": 3,
            "continues": 4,
            "acts": 3,
        },
        *[
            {
                "old": act.old,
                "new": act.new,
                "kind": act.kind,
                "size": act.size,
                "mtime_ns": act.mtime_ns,
                "inode": act.inode,
                "links": [{"path": link.path, "old": link.old, "new": link.new} for link in act.links],
                "owner": act.owner,
            }
            for act in ACTS
        ],
    ]

    journals.finish(tree, 1, "done")

    # The end gets its own line, even if the line before it was truncated.
    written = (tmp_path / FIRST).read_bytes()
    assert written.startswith(text + b"\n")
    assert lines_of(tmp_path / FIRST)[4:] == [{"end": "done"}]
    # Each line begins with a checksum.
    assert re.fullmatch(rb"([0-9a-f]{16} \{.*\}\n|\n)+", written)


def test_begin_flushes_journal_and_directory(tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[tuple[str, bool]] = []
    fsync = os.fsync

    def see(handle: int) -> None:
        path = os.readlink(f"/proc/self/fd/{handle}")  # noqa: PTH115 - a handle has no path of its own
        written.append((path.removeprefix(f"{tmp_path}/"), (tmp_path / FIRST).exists()))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", see)

    journals.begin(tree, JOURNAL)

    # The contents come before the name, then the name.
    (part, is_named), folder = written[-2:]
    assert part.startswith(f"{FIRST}.")
    assert part.endswith(".part")
    assert not is_named
    assert folder == (FOLDER, True)

    journals.finish(tree, 1, "done")

    assert written[-1] == (FIRST, True)


def test_partial_journal_of_other_process_stays(tmp_path: Path, tree: Tree) -> None:
    part = put(tmp_path, "half", name="000001.jsonl.part")

    assert journals.read_all(tree) == []

    journals.begin(tree, JOURNAL)

    assert part.read_text() == "half\n"
    assert journals.read_all(tree) == [JOURNAL]


def test_journal_follows_no_link(tmp_path: Path, tree: Tree) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    folder = tmp_path / FOLDER
    folder.mkdir(parents=True)

    journals.begin(tree, JOURNAL)

    assert journals.read_all(tree) == [JOURNAL]

    (folder / "000002.jsonl").symlink_to(precious)

    for use in (lambda: journals.finish(tree, 2, "done"), lambda: journals.read_all(tree)):
        with pytest.raises(OSError, match="symbolic links"):
            use()
    assert precious.read_text() == "mine"


def test_begin_raises_if_journal_cannot_be_written(tmp_path: Path, tree: Tree) -> None:
    (tmp_path / FOLDER / "000001.jsonl").mkdir(parents=True)

    # Another machine, whose locks this one does not see, has taken the number.
    with pytest.raises(BusyError, match="does not share locks"):
        journals.begin(tree, JOURNAL)
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == ["000001.jsonl"]

    (tmp_path / ".ckpt-scheme").rename(tmp_path / "x")
    (tmp_path / ".ckpt-scheme").write_text("a file")
    tree.close()
    other = Tree(str(tmp_path))

    try:
        with pytest.raises(NotADirectoryError):
            journals.begin(other, JOURNAL)
    finally:
        other.close()


@pytest.mark.parametrize("has_both", [False, True])
def test_begin_succeeds_if_disk_reports_an_error_after_the_rename(
    tmp_path: Path,
    tree: Tree,
    monkeypatch: pytest.MonkeyPatch,
    has_both: bool,  # noqa: FBT001
) -> None:
    # The disk has done the rename and reports a failure.
    def rename(self: Tree, old: str, new: str, _kind: object) -> bool:
        (tmp_path / new).hardlink_to(tmp_path / old)
        if not has_both:
            self.unlink(old)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(Tree, "rename_noreplace", rename)

    journals.begin(tree, JOURNAL)

    assert journals.read_all(tree) == [JOURNAL]
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == ["000001.jsonl"]


def test_begin_raises_error_of_the_disk(tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    def rename(*_: object) -> bool:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))

    monkeypatch.setattr(Tree, "rename_noreplace", rename)

    # No entry has the name, so no other machine has taken the number.
    with pytest.raises(FileExistsError):
        journals.begin(tree, JOURNAL)
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_finish_raises_for_missing_journal(tmp_path: Path, tree: Tree) -> None:
    journals.begin(tree, JOURNAL)

    with pytest.raises(FileNotFoundError):
        journals.finish(tree, 2, "done")
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == ["000001.jsonl"]


def test_now_is_whole_seconds_in_utc() -> None:
    before = datetime.now(UTC)
    found = journals.now()

    assert before - timedelta(seconds=1) < found <= datetime.now(UTC)
    assert (found.microsecond, found.tzinfo) == (0, UTC)


def test_root_without_state_has_no_journals(tmp_path: Path, tree: Tree) -> None:
    assert journals.read_all(tree) == []

    (tmp_path / ".ckpt-scheme").mkdir()

    assert journals.read_all(tree) == []
    assert list((tmp_path / ".ckpt-scheme").iterdir()) == []


def test_journals_are_sorted_by_number(tmp_path: Path, tree: Tree) -> None:
    for number in (3, 1_000_000, 20, 999_999, 1):
        journals.begin(tree, attrs.evolve(JOURNAL, number=number))
    for other in ("000004.json", "000005.jsonl.part", "000007.jsonl~", "000009-jsonl"):
        put(tmp_path, "nothing to read", name=other)

    assert [journal.number for journal in journals.read_all(tree)] == [1, 3, 20, 999_999, 1_000_000]


@pytest.mark.parametrize(
    "name",
    # Each number has one file name, so that no journal is read twice; and no operation has the number 0.
    [
        *("0000003.jsonl", "0000008.jsonl", "001000000.jsonl", "1000000000.jsonl", "00000\u0661.jsonl"),
        *("000000.jsonl", "00002.jsonl", "x000006.jsonl", ".jsonl"),
    ],
)
def test_journal_with_odd_number_is_refused(tmp_path: Path, tree: Tree, name: str) -> None:
    put(tmp_path, header(), act_line(), name=name)

    with pytest.raises(OperationError, match="not a journal of version 1 or 2"):
        journals.read_all(tree)


def test_begin_refuses_number_above_limit(tree: Tree) -> None:
    with pytest.raises(OperationError, match="no number after 999999999"):
        journals.begin(tree, attrs.evolve(JOURNAL, number=1_000_000_000))


@pytest.mark.parametrize("place", [".ckpt-scheme", FOLDER])
@pytest.mark.parametrize("is_link", [True, False])
def test_journals_in_linked_or_missing_directory_are_refused(
    tmp_path: Path,
    place: str,
    is_link: bool,  # noqa: FBT001
) -> None:
    put(tmp_path / "elsewhere", header(), act_line())
    root = tmp_path / "root"
    target = root / place
    target.parent.mkdir(parents=True)
    if is_link:
        target.symlink_to(tmp_path / "elsewhere" / place)
    else:
        target.write_text("a file")
    tree = Tree(str(root))

    try:
        with pytest.raises(NotADirectoryError):
            journals.read_all(tree)
    finally:
        tree.close()


@pytest.mark.parametrize(
    "first",
    [
        '{"journal":2,"action":"migrate"}',
        '{"journal":"1"}',
        '{"acts":1}',
        "[]",
        "1",
        "",
        "not JSON",
        b"\xff\xfe\n",
        '{"journal":1',
        # Every field, but of the next version.
        header(journal=2),
        # The right version, but with missing or wrong fields.
        '{"journal":1}',
        header(time=None),
        header(undoes="1"),
        header(continues=True),
        header(acts=None),
        header(action=["undo"], acts=1.0),
        *(header(action=action) for action in (["undo"], "Undo", "done", "", None, 0)),
        pytest.param('{"journal":' * 100_000, id="too deep"),
        json.dumps({"journal": 1, "action": "migrate", "time": TIME.isoformat()}),
        header(time="once upon a time"),
        # A time without a zone, and a time that no clock shows.
        *(
            header(time=time)
            for time in ("0001-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")
        ),
        # An operation follows the one that it undoes or continues.
        *(header(**{field: number}) for field in ("undoes", "continues") for number in (0, 1, 2, -1, 10**30)),
        header(acts=-1),
    ],
)
def test_journal_of_other_version_is_refused(tmp_path: Path, tree: Tree, first: str | bytes) -> None:
    put(tmp_path, first, act_line(), '{"end":"done"}')

    with pytest.raises(OperationError) as caught:
        journals.read_all(tree)
    assert str(caught.value) == f"{FIRST} is not a journal of version 1 or 2. If it is damaged, move it out of the way."


def test_empty_journal_is_refused(tmp_path: Path, tree: Tree) -> None:
    put(tmp_path)

    with pytest.raises(OperationError):
        journals.read_all(tree)


# Paths outside `<run>/checkpoints/` and the trash.
NO_PATHS: Final = (
    *("", "a.ckpt", "run/a.ckpt", "run/checkpoints", "run/checkpoints/", "run/checkpoints/a.ckpt/shard"),
    *("run/Checkpoints/a.ckpt", "run/logs/a.ckpt", "checkpoints/run/a.ckpt", "deep/run/checkpoints/a.ckpt"),
    *("/run/checkpoints/a.ckpt", "/checkpoints/a.ckpt", "../checkpoints/a.ckpt", "./checkpoints/a.ckpt"),
    *("run/checkpoints/..", "run/checkpoints/.", "run//a.ckpt", "run/checkpoints//a.ckpt"),
    *(".ckpt-scheme/lock", ".ckpt-scheme/journal/000001.jsonl", ".ckpt-scheme/trash", ".ckpt-scheme/trash/"),
    *(".ckpt-scheme/trash/1/run/checkpoints/a.ckpt", ".ckpt-scheme/trash/000001/.ckpt-scheme/lock"),
    *(".ckpt-scheme/trash/../lock", ".ckpt-scheme/trash/1/./x", ".ckpt-scheme/trash//x", ".ckpt-scheme/trashed/x"),
    *("/.ckpt-scheme/trash/x", "run/.ckpt-scheme/trash/x"),
    # No file of any system can have these names.
    *("run/checkpoints/\x00.ckpt", "r\x00/checkpoints/a.ckpt", ".ckpt-scheme/trash/\x00/x"),
    *("run/checkpoints/\ud800.ckpt", "\udfff/checkpoints/a.ckpt", ".ckpt-scheme/trash/\ud800/x"),
)

# Paths that are not below the root.
NO_LINKS: Final = ("", "/latest", "../latest", "a/../latest", "a//latest", "latest/", "\x00", "a/\ud800", "\ud800/a")

DAMAGED: Final = (
    "not JSON",
    b"\xff\x00\xfe\n",
    "[]",
    "17",
    "null",
    '"text"',
    "{}",
    act_line(ACTS[1], links=5),
    act_line(ACTS[1], links=["x"]),
    act_line(ACTS[1], links=[{"path": "x"}]),
    act_line(ACTS[1], links=[{"path": "x", "old": "y", "new": 1}]),
    act_line(ACTS[1], old=1),
    act_line(ACTS[1], new=None),
    act_line(ACTS[1], kind=["file"]),
    act_line(ACTS[1], size="7"),
    act_line(ACTS[1], mtime_ns=1.0),
    act_line(ACTS[1], inode=True),
    act_line(ACTS[1], owner=1),
    act_line(ACTS[1], kind="door"),
    act_line(ACTS[1], size=-1),
    act_line(ACTS[1], inode=-1),
    act_line(ACTS[1], mtime_ns=2**96),
    act_line(ACTS[1], mtime_ns=-(2**96)),
    act_line(ACTS[1], new=ACTS[1].old),
    act_line(ACTS[1], new=".ckpt-scheme/trash/000001/run/checkpoints/other"),
    act_line(ACTS[1], links=[{"path": ".ckpt-scheme/lock", "old": "a.ckpt.md5", "new": "b.ckpt.md5"}]),
    # A target that no rename gives a link.
    *(
        act_line(ACTS[1], links=[{"path": "x", "old": old, "new": new}])
        for old, new in [
            ("a.ckpt.md5", "/etc/b.ckpt.md5"),
            ("y", "b.ckpt.md5"),
            ("a.ckpt.md5", "y"),
            ("xa.ckpt.md5", "yb.ckpt.md5"),
            ("\0/a.ckpt.md5", "\0/b.ckpt.md5"),
            ("\ud800/a.ckpt.md5", "\ud800/b.ckpt.md5"),
        ]
    ),
    json.dumps({key: value for key, value in attrs.asdict(ACTS[1]).items() if key != "size"}),
    json.dumps({key: value for key, value in attrs.asdict(ACTS[1]).items() if key != "owner"}),
    act_line(ACTS[1])[:-1],
    pytest.param("[" * 100_000, id="too deep"),
    pytest.param(act_line(ACTS[1])[:-1] + ',"x":' + "[" * 100_000 + "]" * 100_000 + "}", id="too deep, but whole"),
    '{"end":1}',
    '{"end":null}',
)


@pytest.mark.parametrize("line", DAMAGED)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_damaged_line_hides_no_other_line(tmp_path: Path, tree: Tree, line: str | bytes, place: int) -> None:
    lines: list[str | bytes] = [act_line(ACTS[0]), act_line(ACTS[2])]
    lines.insert(place, line)
    put(tmp_path, header(acts=3), *lines, "", '{"end":"recovered"}')

    assert journals.read_all(tree) == [attrs.evolve(JOURNAL, acts=(ACTS[0], ACTS[2]), end="recovered", is_damaged=True)]


@pytest.mark.parametrize("field", ["old", "new", "owner"])
@pytest.mark.parametrize("path", NO_PATHS)
def test_act_outside_checkpoints_and_trash_is_damage(tmp_path: Path, tree: Tree, field: str, path: str) -> None:
    put(tmp_path, header(acts=2), act_line(ACTS[0], **{field: path}), act_line(ACTS[2]), '{"end":"failed"}')

    assert journals.read_all(tree) == [attrs.evolve(JOURNAL, acts=ACTS[2:], end="failed", is_damaged=True)]


@pytest.mark.parametrize(
    ("field", "text"),
    [
        *(("path", path) for path in NO_LINKS),
        *((field, text) for field in ("old", "new") for text in ("\x00", "a\x00b", "\ud800", "a/\udfff/b")),
    ],
)
def test_impossible_link_is_damage(tmp_path: Path, tree: Tree, field: str, text: str) -> None:
    links = [{"path": "latest", "old": "x", "new": "y"} | {field: text}]
    put(tmp_path, header(acts=2), act_line(links=links), act_line(ACTS[2]), '{"end":"done"}')

    assert journals.read_all(tree) == [attrs.evolve(JOURNAL, acts=ACTS[2:], end="done", is_damaged=True)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("run/checkpoints/x", "run/checkpoints/y"),
        ("checkpoints/checkpoints/checkpoints", "checkpoints/checkpoints/x"),
        ("-/checkpoints/...", "-/checkpoints/x"),
        ("\udcff/checkpoints/\u2603 \n\\", "\udcff/checkpoints/x"),
        ("\udc80/\U0001f600", "\udc80/x"),
        ("x", "y"),
        ("run/checkpoints/a.ckpt", ".ckpt-scheme/trash/000001/run/checkpoints/a.ckpt"),
        (".ckpt-scheme/trash/000001/run/checkpoints/a.ckpt", "run/checkpoints/a.ckpt"),
        ("x", ".ckpt-scheme/trash/123456789/x"),
    ],
)
def test_act_in_one_folder_or_trash_is_read(tmp_path: Path, tree: Tree, old: str, new: str) -> None:
    act = attrs.evolve(ACTS[0], old=old, new=new, owner=old, links=())
    put(tmp_path, header(), act_line(act))

    assert journals.read_all(tree) == [attrs.evolve(JOURNAL, acts=(act,))]


def test_link_with_any_path_and_text_is_read(tmp_path: Path, tree: Tree) -> None:
    heads = ("", "/", "../..//x/", "\udcff\u2603\n/", "n" * 5000 + "/")
    paths = ("a", "a/b/c/d", "\udcff/\n", "...", "b")
    links = tuple(Relink(path, f"{head}a.ckpt//", f"{head}b.ckpt//") for path, head in zip(paths, heads, strict=True))
    act = attrs.evolve(ACTS[0], links=links)
    put(tmp_path, header(), act_line(act))

    assert journals.read_all(tree) == [attrs.evolve(JOURNAL, acts=(act,))]


def test_extra_damaged_line_is_damage(tmp_path: Path, tree: Tree) -> None:
    put(tmp_path, header(acts=1), act_line(), "not JSON")

    assert journals.read_all(tree) == [attrs.evolve(JOURNAL, acts=ACTS[:1], is_damaged=True)]


def test_missing_line_is_damage(tmp_path: Path, tree: Tree) -> None:
    put(tmp_path, header(acts=2), act_line())

    assert journals.read_all(tree) == [attrs.evolve(JOURNAL, acts=ACTS[:1], is_damaged=True)]


def test_journal_is_read_as_ascii(tmp_path: Path, tree: Tree) -> None:
    # The program writes only ASCII, so other bytes have no meaning in any encoding.
    line = act_line(links=[]).encode("ascii").replace(b"a.ckpt", b"\xc3\xa9.ckpt", 1)
    put(tmp_path, header(), line + b"\n")

    (journal,) = journals.read_all(tree)

    assert [act.old for act in journal.acts] == ["run/checkpoints/\ufffd\ufffd.ckpt"]


@pytest.mark.parametrize("cut", [1, 2, 30, -2])
def test_truncated_last_line_is_damage_and_allows_end(tmp_path: Path, tree: Tree, cut: int) -> None:
    last = act_line(ACTS[2])
    put(tmp_path, header(acts=2), act_line(), last[:cut].encode("ascii"))
    expected = attrs.evolve(JOURNAL, acts=ACTS[:1], is_damaged=True)

    assert journals.read_all(tree) == [expected]

    journals.finish(tree, 1, "recovered")

    assert journals.read_all(tree) == [attrs.evolve(expected, end="recovered")]


def test_truncated_end_is_ignored(tmp_path: Path, tree: Tree) -> None:
    put(tmp_path, header(), act_line(), '{"end":"do')

    assert journals.read_all(tree) == [attrs.evolve(JOURNAL, acts=ACTS[:1], is_damaged=True)]


def test_time_in_other_zone_is_equal(tmp_path: Path, tree: Tree) -> None:
    time = TIME.astimezone(timezone(timedelta(hours=5)))
    put(
        tmp_path,
        header(time=time.isoformat(), action="undo", undoes=4, continues=3),
        act_line(),
        name="000005.jsonl",
    )

    (journal,) = journals.read_all(tree)

    assert journal == Operation(number=5, action="undo", time=TIME, undoes=4, continues=3, acts=ACTS[:1])
    assert journal.time.isoformat() == time.isoformat()


ENTRY: Final = Entry(path="anywhere", kind="file", size=7, mtime_ns=1_700_000_000_123_456_789, inode=12)


@pytest.mark.parametrize(
    ("entry", "is_it", "is_it_anywhere"),
    [
        (ENTRY, True, True),
        (attrs.evolve(ENTRY, path="x", links=3, written=True), True, True),
        (attrs.evolve(ENTRY, inode=13), False, True),
        (attrs.evolve(ENTRY, inode=0), False, True),
        (attrs.evolve(ENTRY, kind="directory"), False, False),
        (attrs.evolve(ENTRY, size=8), False, False),
        (attrs.evolve(ENTRY, mtime_ns=ENTRY.mtime_ns + 1), False, False),
        (None, False, False),
    ],
)
def test_act_recognizes_its_entry(entry: Entry | None, is_it: bool, is_it_anywhere: bool) -> None:  # noqa: FBT001
    act = ACTS[0]

    assert act.is_of(entry) is is_it
    # Another mount may give the same file another inode.
    assert attrs.evolve(act, inode=0).is_of(entry) is is_it_anywhere


def test_act_without_inode_accepts_any_inode() -> None:
    act = Act(old="a", new="b", kind=ENTRY.kind, size=ENTRY.size, mtime_ns=ENTRY.mtime_ns)

    assert act.is_of(ENTRY)
    assert act.links == ()


@pytest.mark.parametrize(
    ("new", "is_discard"),
    [
        (".ckpt-scheme/trash/000001/run/checkpoints/a.ckpt", True),
        (".ckpt-scheme/trash/x", True),
        ("run/checkpoints/b.ckpt", False),
        (".ckpt-scheme/trashed/x", False),
        ("run/.ckpt-scheme/trash/x", False),
    ],
)
def test_act_into_trash_is_discard(new: str, is_discard: bool) -> None:  # noqa: FBT001 - a column
    act = attrs.evolve(ACTS[0], new=new)

    assert act.is_discard is is_discard
    # The way back from the trash is no discard, and its reverse is a discard again.
    assert not act.reversed().is_discard
    assert act.reversed().reversed().is_discard is is_discard


@pytest.mark.parametrize("kind", ["file", "directory"])
def test_reversed_act_swaps_names(kind: EntryKind) -> None:
    act = Act(
        old="a", new="b", kind=kind, size=1, mtime_ns=2, inode=3, links=(Relink("l", "a", "b"),), owner="checkpoint"
    )

    # The act does not know the links of a later time.
    assert act.reversed() == Act(old="b", new="a", kind=kind, size=1, mtime_ns=2, inode=0, links=(), owner="checkpoint")


def test_journal_permissions_follow_umask(tmp_path: Path, tree: Tree) -> None:
    before = os.umask(0o027)

    try:
        journals.begin(tree, JOURNAL)
    finally:
        os.umask(before)

    assert (tmp_path / FIRST).stat().st_mode & 0o777 == 0o640
