"""`Session.undo` with several operations: their order, and the operations that it reverts together."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from ckpt_scheme.errors import OperationError
from ckpt_scheme.migration import (
    Failure,
    Policy,
    Report,
    Session,
    Trashed,
    operations,
    trash,
)
from migration_operations import (
    DIRECTORY,
    EARLY,
    EARLY_NEW,
    FILE,
    FILE_NEW,
    TRASH,
    act_of,
    back,
    ends,
    forge,
    migrate,
    two_runs,
    undo,
    write,
)
from migration_trees import STATE, File, grow, manifest


def two_runs_more(root: Path) -> list[tuple[str, str]]:
    """Make two more files and rename each in an operation of its own; return the names."""
    names = [
        (f"{DIRECTORY}/epoch={epoch}-step=1.ckpt", f"{DIRECTORY}/epoch-{epoch}_step-000001.ckpt") for epoch in (30, 31)
    ]
    for old, new in names:
        grow(root, [old])
        assert (old, new) in migrate(root).done
    return names


def test_undo_reverts_operations_from_latest_to_first(tmp_path: Path) -> None:
    first, second = two_runs(tmp_path)

    assert undo(tmp_path) == Report(number=3, done=(back(second),))
    assert undo(tmp_path) == Report(number=4, done=(back(first),))
    assert undo(tmp_path) == Report()
    assert [journal.undoes for journal in operations(tmp_path)] == [None, None, 2, 1]
    assert manifest(tmp_path).keys() == {".", "run", DIRECTORY, FILE, second[0]}


def test_undo_ignores_renames_by_hand(tmp_path: Path) -> None:
    names = two_runs(tmp_path)
    undo(tmp_path)
    undo(tmp_path)
    for old, new in names:
        (tmp_path / old).rename(tmp_path / new)

    # The user repeated the renames by hand, so no operation owns them.
    assert undo(tmp_path) == Report()


def test_undo_accepts_any_operation_number(tmp_path: Path) -> None:
    first, second = two_runs(tmp_path)

    assert undo(tmp_path, 1) == Report(number=3, done=(back(first),))
    assert undo(tmp_path, 1) == Report()
    assert undo(tmp_path) == Report(number=4, done=(back(second),))
    for number in (0, 5, 99):
        with pytest.raises(OperationError) as caught:
            undo(tmp_path, number)
        assert str(caught.value) == f"no operation has the number {number} below this root"


def test_undo_skips_operation_without_effect(tmp_path: Path) -> None:
    first, second = two_runs(tmp_path)
    grow(tmp_path, [EARLY])
    # The operation was interrupted before its first act.
    write(tmp_path, act_of(tmp_path, EARLY, EARLY_NEW), number=3)

    assert undo(tmp_path).done == (back(second),)
    assert undo(tmp_path).done == (back(first),)


def test_undo_counts_undo_without_end(tmp_path: Path) -> None:
    first, second = two_runs(tmp_path)
    undo(tmp_path)
    path = tmp_path / STATE / "journal/000003.jsonl"
    path.write_bytes(path.read_bytes()[: -len(b'\n{"end":"done"}\n')])

    assert undo(tmp_path).done == (back(first),)
    assert manifest(tmp_path).keys() == {".", "run", DIRECTORY, first[0], second[0]}


def test_undo_skips_operation_without_acts(tmp_path: Path) -> None:
    (first, *_) = two_runs(tmp_path)
    write(tmp_path, number=3, end="done")

    assert undo(tmp_path).number == 4
    assert undo(tmp_path).done == (back(first),)
    assert undo(tmp_path, 3) == Report()


def test_undo_reverts_twice_interrupted_operation_at_once(tmp_path: Path) -> None:
    names = [
        (f"{DIRECTORY}/epoch={number}-step=1.ckpt", f"{DIRECTORY}/epoch-{number}_step-000001.ckpt")
        for number in (11, 12, 13)
    ]
    grow(tmp_path, [old for old, _ in names])
    before = manifest(tmp_path)
    acts = [act_of(tmp_path, old, new) for old, new in names]
    write(tmp_path, *acts, end="recovered")
    write(tmp_path, *acts[1:], number=2, end="recovered", continues=1)
    for old, new in names[:2]:
        (tmp_path / old).rename(tmp_path / new)

    assert migrate(tmp_path) == Report(number=3, done=(names[2],))
    assert operations(tmp_path)[-1].continues == 2
    assert undo(tmp_path) == Report(number=4, done=tuple(back(pair) for pair in reversed(names)))
    assert manifest(tmp_path) == before
    # All three operations are undone.
    assert undo(tmp_path) == Report()


def test_only_matching_operation_continues_interrupted_operation(tmp_path: Path) -> None:
    first, second = two_runs(tmp_path)
    path = tmp_path / STATE / "journal/000002.jsonl"
    path.write_text(path.read_text().replace('"done"', '"recovered"'))

    undo(tmp_path, 1)

    assert operations(tmp_path)[-1].continues is None

    path = tmp_path / STATE / "journal/000003.jsonl"
    path.write_text(path.read_text().replace('"done"', '"recovered"'))

    # Neither a new migration nor the undo of another operation continues it.
    assert undo(tmp_path, 2).done == (back(second),)
    assert operations(tmp_path)[-1].continues is None
    assert migrate(tmp_path).done == (first, second)
    assert operations(tmp_path)[-1].continues is None


@pytest.mark.parametrize(("action", "other"), [("migrate", "prune"), ("prune", "migrate")])
def test_only_same_action_continues_interrupted_operation(tmp_path: Path, action: str, other: str) -> None:
    canonical = f"{DIRECTORY}/epoch-01_step-000001.ckpt"
    policies: dict[str, dict[str, object]] = {
        "migrate": {"delete_old": True, "keep_last": 1},
        "prune": {"rename": False, "delete_old": True, "keep_last": 1},
    }
    grow(tmp_path, [canonical, FILE_NEW])
    write(tmp_path, act_of(tmp_path, canonical, f"{TRASH}/{canonical}"), action=action)
    before = manifest(tmp_path)

    assert migrate(tmp_path, **policies[other]) == Report(
        number=2, done=((canonical, f"{STATE}/trash/000002/{canonical}"),)
    )

    undo(tmp_path)
    write(tmp_path, act_of(tmp_path, canonical, f"{STATE}/trash/000004/{canonical}"), number=4, action=action)
    # The same action continues it, and uses its trash folder.
    shared = f"{STATE}/trash/000004/{canonical}"

    assert migrate(tmp_path, **policies[action]) == Report(number=5, done=((canonical, shared),))
    assert [(each.action, each.continues, each.end) for each in operations(tmp_path)] == [
        (action, None, "recovered"),
        (other, None, "done"),
        ("undo", None, "done"),
        (action, None, "recovered"),
        (action, 4, "done"),
    ]

    # Two journals name the place, and the trash lists it once.
    (journal,) = (each for each in operations(tmp_path) if each.number == 5)
    size = len(canonical) + 1
    (each,) = trash(tmp_path)
    assert attrs.evolve(each, time=journal.time) == Trashed(
        operation=5, time=journal.time, path=canonical, size=size, location=shared
    )

    undo(tmp_path)

    assert manifest(tmp_path) == before


def test_missing_journal_ends_chain_of_operations(tmp_path: Path) -> None:
    first, second = two_runs(tmp_path)
    path = tmp_path / STATE / "journal/000002.jsonl"
    forge(path, lambda text: text.replace('"continues":null', '"continues":1'))

    (tmp_path / STATE / "journal/000001.jsonl").unlink()

    assert undo(tmp_path).done == (back(second),)
    assert undo(tmp_path) == Report()
    assert (tmp_path / first[1]).exists()

    (tmp_path / STATE / "journal/000002.jsonl").unlink()

    assert undo(tmp_path) == Report()


@pytest.mark.parametrize("number", [1, 2])
def test_operation_never_continues_itself_or_later_operation(tmp_path: Path, number: int) -> None:
    two_runs(tmp_path)
    path = tmp_path / STATE / "journal/000001.jsonl"

    # Only a damaged journal continues itself or a later journal.
    forge(path, lambda text: text.replace('"continues":null', f'"continues":{number}'))

    with pytest.raises(OperationError, match="not a journal"):
        undo(tmp_path, 1)


def test_undo_skips_operation_whose_files_are_gone(tmp_path: Path) -> None:
    first, second = two_runs(tmp_path)

    (tmp_path / second[1]).unlink()

    assert undo(tmp_path) == Report(number=3, done=(back(first),))
    assert [journal.undoes for journal in operations(tmp_path)] == [None, None, 1]

    # Other obstacles stop the undo, because the user can remove them.
    first, second = two_runs_more(tmp_path)
    grow(tmp_path, [second[0]])
    reason = f"a newer entry has the name {second[0]}"

    for _ in range(2):
        assert undo(tmp_path) == Report(left=(Failure(second[1], reason),))
    assert (tmp_path / first[1]).exists()


def test_undo_reverts_name_of_two_operations_once(tmp_path: Path) -> None:
    # The first operation was interrupted after its rename. Another file got the old name, and the operation that
    # continued renamed that file again.
    grow(tmp_path, {FILE: File()})
    first = act_of(tmp_path, FILE, FILE_NEW)
    (tmp_path / FILE).rename(tmp_path / FILE_NEW)
    grow(tmp_path, {FILE: File(b"second")})
    second = f"{DIRECTORY}/second.ckpt"
    other = act_of(tmp_path, FILE, second)
    (tmp_path / FILE).rename(tmp_path / second)
    write(tmp_path, first, end="recovered")
    write(tmp_path, other, number=2, end="done", continues=1)

    assert undo(tmp_path) == Report(
        number=3,
        done=((second, FILE),),
        left=(Failure(FILE_NEW, f"a newer entry has the name {FILE}"),),
    )
    assert (tmp_path / FILE).read_text() == "second"
    assert (tmp_path / FILE_NEW).read_text() == f"{FILE}\n"


def test_undo_ignores_rename_that_interrupted_operation_never_made(tmp_path: Path) -> None:
    # The first operation was interrupted before the rename, and the next one gave the file another name.
    grow(tmp_path, {FILE: File()})
    before = manifest(tmp_path)
    never = act_of(tmp_path, FILE, FILE_NEW)
    second = f"{DIRECTORY}/second.ckpt"
    other = act_of(tmp_path, FILE, second)
    (tmp_path / FILE).rename(tmp_path / second)
    write(tmp_path, never, end="recovered")
    write(tmp_path, other, number=2, end="done", continues=1)

    assert undo(tmp_path) == Report(number=3, done=((second, FILE),))
    assert ends(tmp_path)[2] == "done"
    assert manifest(tmp_path) == before


def test_session_knows_how_its_operations_ended(tmp_path: Path) -> None:
    grow(tmp_path, [FILE])
    with Session(tmp_path) as session:
        session.migrate(Policy())
        session.undo()

        found = [(each.action, each.end) for each in session.history.operations]

    assert found == [("migrate", "done"), ("undo", "done")]
    assert [(each.action, each.end) for each in operations(tmp_path)] == found
