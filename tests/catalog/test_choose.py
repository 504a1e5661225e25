"""The latest and the best of many names: the catalog compares few, and agrees with the library on all."""

from __future__ import annotations

import tracemalloc
import warnings
from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import ckpt_scheme
from catalog_trees import chosen
from ckpt_scheme import catalog, legacy
from ckpt_scheme.catalog import Run, _canonical, _choose
from ckpt_scheme.catalog._contents import Contents
from ckpt_scheme.catalog._folder import Folder
from ckpt_scheme.errors import SchemeError, SelectionWarning
from ckpt_scheme.selection import Mode

numbers = st.integers(0, 30)
forms = st.sampled_from(
    [
        "epoch-{0:02d}_step-{1:06d}.ckpt",
        "epoch-{0:02d}_step-{1:06d}_acc-0.{0:02d}{2:02d}.ckpt",
        "best-acc-0.{0:02d}00.ckpt",
        "last.ckpt",
        "epoch={0}-step={1}.ckpt",
        "epoch={0}-val_loss=0.{2}.ckpt",
        "checkpoint-{0}/",
        "iter_{0:07d}/",
        "epoch_{0}.pth",
        "epoch_{0:03d}.pth",
        "model_{0:06d}.pt",
        "final",
        "step_{0}/",
    ]
)
names = st.builds(lambda form, *found: form.format(*found), forms, numbers, numbers, numbers)


def of_names(found: Sequence[str]) -> Run:
    """Return the run of names in one folder."""
    (run,) = catalog.scan(catalog.Listing.from_names(f"run/{name}" for name in found))
    return run


def selected(question: str, found: Sequence[str], **options: object) -> str | None:
    """Return the answer of the library to all names at once; None if it refuses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SelectionWarning)
        try:
            return getattr(ckpt_scheme, question)(list(found), **options)  # type: ignore[no-any-return]  # a name
        except SchemeError:
            return None


@pytest.mark.parametrize("few", [1, 16])
@example(["epoch_4.pth", "epoch_004.pth", "epoch_3.pth"])
@given(st.lists(names, min_size=1, max_size=40, unique=True))
def test_answers_equal_those_of_the_library_to_all_names(few: int, found: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_choose, "_FEW", few)
        patch.setattr(_choose, "_PART", 2)
        patch.setattr(_canonical, "_PART", 2)
        run = of_names(found)
        listed = {checkpoint.path.removeprefix("run/") for checkpoint in run.checkpoints}

        for question, choice in (("latest", run.latest), ("furthest", run.furthest)):
            expected = selected(question, found)
            assert chosen(run, choice) == (None if expected is None else expected.rstrip("/"))
            assert expected is None or expected.rstrip("/") in listed
        modes: tuple[Mode, Mode] = ("max", "min")
        for metric in run.metrics:
            for mode, choice in zip(modes, (metric.highest, metric.lowest), strict=True):
                assert chosen(run, choice) == selected("best", found, metric=metric.metric, mode=mode)


def test_best_is_chosen_among_many_canonical_names() -> None:
    found = [f"epoch-{epoch:02d}_step-{epoch:06d}_acc-0.{epoch % 97:02d}00.ckpt" for epoch in range(10_000)]

    run = of_names([*found, "best-acc-0.9500.ckpt"])

    assert chosen(run, run.latest) == found[-1]
    (metric,) = run.metrics
    assert (chosen(run, metric.highest), chosen(run, metric.lowest)) == (found[96], found[0])


def test_many_names_with_two_numbers_are_compared_in_parts() -> None:
    found = [f"epoch={epoch}-step={epoch * 84}.ckpt" for epoch in range(9_000)]

    run = of_names(found)

    assert chosen(run, run.latest) == found[-1]
    assert (run.framework, len(run.checkpoints)) == ("lightning", 9_000)


def test_names_cost_at_most_250_bytes_each() -> None:
    count = 100_000  # the cost of a name does not depend on their number
    tracemalloc.start()
    folder = Folder("run", (f"epoch-{epoch:02d}_step-{epoch * 84:06d}.ckpt" for epoch in range(count)))
    contents = Contents(folder, legacy.REGISTRY, None, lambda path: Folder(path, ()))
    for place in contents.places():
        folder.measure(place, 1, 1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(contents) == count
    assert peak / count < 250
