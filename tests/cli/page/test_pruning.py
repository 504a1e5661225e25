"""Candidates for ``prune`` on the page: each reason for which a checkpoint stays."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from ckpt_scheme import catalog
from ckpt_scheme._cli.page.pruning import Freed, freed, judged
from ckpt_scheme.catalog import Run
from page_runs import NOW, OLD, RUN, epochs, listed

FOLDER = f"{RUN}/checkpoints"


def reasons(run: Run) -> dict[int, str | None]:
    """Return why the checkpoint of each epoch stays; None for a candidate."""
    return {
        one.checkpoint.reading.epoch: one.reason
        for one in judged(run, NOW)
        if one.checkpoint.reading is not None and one.checkpoint.reading.epoch is not None
    }


def test_checkpoints_that_no_rule_keeps_are_candidates() -> None:
    (run,) = listed(*epochs(9), size=70)

    assert reasons(run) == {
        **dict.fromkeys(range(7)),
        6: "one of the last 3",
        7: "lowest hmean",
        8: "latest",
    }
    assert freed(run, NOW) == Freed(6, 420)


def test_run_with_last_and_best_keeps_the_furthest_and_the_best_checkpoint() -> None:
    names = [f"{FOLDER}/epoch-{epoch:02d}_step-000{epoch}00.ckpt" for epoch in range(6)]
    (run,) = listed(*names, f"{FOLDER}/last.ckpt")

    assert reasons(run) == {
        **dict.fromkeys(range(3)),
        3: "one of the last 3",
        4: "one of the last 3",
        5: "furthest",
    }


def test_run_with_three_checkpoints_has_no_candidate() -> None:
    (run,) = listed(*epochs(3))

    assert (judged(run, NOW), freed(run, NOW)) == ((), Freed())


def test_run_whose_checkpoints_all_stay_has_no_candidate() -> None:
    (run,) = listed(*epochs(9), modified=NOW - timedelta(minutes=9))

    assert (judged(run, NOW), freed(run, NOW)) == ((), Freed())


def test_checkpoints_of_other_frameworks_are_no_candidates() -> None:
    (run,) = listed(*(f"a/checkpoints/epoch={epoch}-step={epoch}00.ckpt" for epoch in range(9)))

    assert run.framework == "lightning"
    assert freed(run, NOW) == Freed()


@pytest.mark.parametrize("modified", [None, NOW - timedelta(minutes=9), NOW + timedelta(days=1)])
def test_checkpoint_that_may_still_be_written_stays(modified: datetime | None) -> None:
    entries = [catalog.Entry(path=path, size=9, modified=modified if "epoch-02" in path else OLD) for path in epochs(9)]
    (run,) = catalog.scan(catalog.Listing(entries))

    assert reasons(run)[2] == "may still be written"
    assert reasons(run)[3] is None


def test_target_of_a_link_and_a_link_stay() -> None:
    target = epochs(9)[2].rpartition("/")[2]
    links = [
        catalog.Entry(path=f"{FOLDER}/last.ckpt", entry_type="symlink", modified=OLD, link_target=target),
        catalog.Entry(
            path=f"{FOLDER}/epoch-03_step-000999.ckpt", entry_type="symlink", modified=OLD, link_target="/elsewhere"
        ),
    ]
    files = [catalog.Entry(path=path, size=9, modified=OLD) for path in epochs(9)]
    (run,) = catalog.scan(catalog.Listing([*files, *links]))

    found = {one.checkpoint.path: one.reason for one in judged(run, NOW)}
    assert found[epochs(9)[2]] == "a link leads to it"
    assert found[f"{FOLDER}/epoch-03_step-000999.ckpt"] == "a link"


def test_empty_checkpoint_stays() -> None:
    entries = [catalog.Entry(path=path, size=0 if "epoch-02" in path else 9, modified=OLD) for path in epochs(9)]
    (run,) = catalog.scan(catalog.Listing(entries))

    assert reasons(run)[2] == "empty"


def test_equal_values_at_an_end_all_stay() -> None:
    names = [
        f"{FOLDER}/epoch-{epoch:02d}_step-000{epoch}00_f1-{value}.ckpt"
        for epoch, value in enumerate(("0.5000", "0.9000", "0.7000", "0.9000", "0.6000", "0.6000", "0.6000"))
    ]
    (run,) = listed(*names)

    assert reasons(run) == {
        0: "lowest f1",
        1: "highest f1",
        2: None,
        3: "highest f1",
        4: "one of the last 3",
        5: "one of the last 3",
        6: "latest",
    }
