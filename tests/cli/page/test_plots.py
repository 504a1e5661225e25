"""Plots of metrics: the drawn values and their places."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from ckpt_scheme._cli.page import plots
from ckpt_scheme._cli.page.plots import Plot
from page_runs import epochs, listed


def lightning(values: Sequence[object]) -> list[str]:
    return [f"a/checkpoints/epoch={epoch}-step={epoch}00-loss={value}.ckpt" for epoch, value in enumerate(values)]


def only(*names: str) -> Plot:
    (run,) = listed(*names)
    (plot,) = plots.plots(run)
    return plot


def test_plot_has_the_values_of_the_names_in_the_order_of_epochs() -> None:
    plot = only(*reversed(epochs(12)))

    assert (plot.metric, plot.axis, plot.count, plot.omitted) == ("hmean", "epoch", 12, 0)
    assert [point.x for point in plot.points] == list(range(12))
    assert [point.y for point in plot.points] == [*(round(0.9 - 0.01 * x, 4) for x in range(11)), 0.95]
    assert (plot.highest.x, plot.lowest.x) == (11, 10)
    assert plot.points[3].name == "checkpoints/epoch-03_step-000300_hmean-0.8700.ckpt"


def test_higher_values_are_drawn_higher_and_later_ones_further_right() -> None:
    plot = only(*epochs(12))
    left, right, top, bottom = plot.frame

    places = dict(zip([point.y for point in plot.points], plot.places, strict=True))
    assert [places[value][1] for value in sorted(places)] == sorted((y for _, y in places.values()), reverse=True)
    assert [x for x, _ in plot.places] == sorted(x for x, _ in plot.places)
    assert (plot.places[0][0], plot.places[-1][0]) == (left, right)
    assert all(top < y < bottom for _, y in plot.places)
    assert plot.line.split()[0] == f"{left},{plot.places[0][1]:g}"


def test_axes_have_round_numbers() -> None:
    plot = only(*epochs(12))

    assert [tick.text for tick in plot.across] == ["0", "2", "4", "6", "8", "10"]
    assert [tick.text for tick in plot.up] == ["0.80", "0.85", "0.90", "0.95"]


def test_best_checkpoint_without_an_epoch_is_counted_and_not_drawn() -> None:
    plot = only(*epochs(3), epochs(1)[0].rpartition("/")[0] + "/best-hmean-0.9900.ckpt")

    assert (len(plot.points), plot.omitted) == (3, 1)


def test_names_with_steps_alone_are_drawn_by_step() -> None:
    plot = only(*(f"a/checkpoints/step={step}-loss=0.{step}.ckpt" for step in (100, 200, 300)))

    assert plot.axis == "step"
    assert [tick.text for tick in plot.across] == ["100", "150", "200", "250", "300"]


def test_values_that_are_not_finite_or_too_large_are_counted_and_not_drawn() -> None:
    plot = only(*lightning(["0.5", "nan", "inf", "1e200", "-1e200", "1e-200", "0.25"]))

    assert [point.y for point in plot.points] == [0.5, 0.0, 0.25]
    assert plot.omitted == 4


@pytest.mark.parametrize(
    "names",
    [
        pytest.param([], id="no metric"),
        pytest.param(epochs(1), id="one value"),
        pytest.param(
            [f"a/checkpoints/epoch=3-step={step}-loss=0.{step}.ckpt" for step in (1, 2)], id="two values of one epoch"
        ),
        pytest.param([f"a/checkpoints/best-f1-0.{value}000.ckpt" for value in (1, 2)], id="no number"),
        pytest.param(lightning(["nan", "nan"]), id="no finite value"),
    ],
)
def test_run_without_two_values_has_no_plot(names: list[str]) -> None:
    (run,) = listed(*names, "a/checkpoints/last.ckpt") if not names or names[0].startswith("a/") else listed(*names)

    assert list(plots.plots(run)) == []


def test_run_with_two_metrics_has_two_plots() -> None:
    (run,) = listed(*(f"a/checkpoints/epoch={x}-step={x}-acc=0.{x}-loss=0.{9 - x}.ckpt" for x in range(1, 5)))

    assert [plot.metric for plot in plots.plots(run)] == ["acc", "loss"]


def test_many_values_are_thinned_and_keep_their_ends() -> None:
    values = [0.5 + (x % 7) / 100 for x in range(1000)]
    values[333], values[777] = 0.99, 0.01
    plot = only(*lightning(values))

    assert plot.count == 1000
    assert 0.9 * plots.POINTS < len(plot.points) <= plots.POINTS
    assert (plot.points[0].x, plot.points[-1].x, plot.highest.x, plot.lowest.x) == (0, 999, 333, 777)


@pytest.mark.parametrize(
    "values",
    [
        ["0.5", "0.5"],
        ["0", "0"],
        ["1000000", "1000001"],
        ["-3", "-1"],
        ["1e149", "-1e149"],
        ["1e-149", "2e-149"],
        ["0.1", "0.10000000000000001"],
        ["123456789.5", "0.000001"],
    ],
)
def test_any_values_have_places_and_marks_in_the_frame(values: list[str]) -> None:
    plot = only(*lightning(values))
    left, right, top, bottom = plot.frame

    assert all(left <= x <= right and top <= y <= bottom for x, y in plot.places)
    assert all(top <= tick.place <= bottom for tick in plot.up)
    assert all(left <= tick.place <= right for tick in plot.across)
    assert 2 <= len(plot.up) <= 8
    assert all(math.isfinite(float(tick.text)) and len(tick.text) <= 10 for tick in plot.up)
