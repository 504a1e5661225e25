"""Plots of a metric against the epoch: the geometry of an SVG, and the same in words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final, Literal, TypeAlias, final

import attrs

from ckpt_scheme.catalog import Run
from ckpt_scheme.legacy import Reading

POINTS: Final = 300
"""The number of values that one plot shows at most."""

WIDTH: Final = 340
HEIGHT: Final = 190
_LEFT: Final = 50
_RIGHT: Final = WIDTH - 16
_TOP: Final = 12
_BOTTOM: Final = HEIGHT - 38
_TICKS: Final = 4
_LARGEST: Final = 1e150  # beyond it, and below its inverse, distances are no longer finite or become 0
_FLAT: Final = 1e-9  # a smaller relative difference counts as none

# The distance between marks is 1, 2, 5 or 10 of a power of ten, the nearest of these by its logarithm.
_STEPS: Final = ((1, math.sqrt(2)), (2, math.sqrt(10)), (5, math.sqrt(50)), (10, math.inf))
_LONGEST: Final = 8  # characters of a text beside an axis

Axis: TypeAlias = Literal["epoch", "step"]
_AXES: Final[tuple[Axis, Axis]] = ("epoch", "step")


@final
@attrs.frozen
class Point:
    """A value of a metric.

    Attributes:
        x: The epoch or the step.
        y: The value.
        name: The name that states both.
    """

    x: int
    y: float
    name: str


@final
@attrs.frozen
class Tick:
    """A mark on an axis: its place in the drawing, and its text."""

    place: float
    text: str


@final
@attrs.frozen
class Plot:
    """A drawing of the values of one metric in one run.

    Attributes:
        metric: The name of the metric.
        axis: The unit of the horizontal axis.
        points: The values that are drawn, in the order of the axis.
        count: The number of all values that could be drawn.
        omitted: The number of values that have no place on the axis.
        across: The marks of the horizontal axis.
        up: The marks of the vertical axis.
        places: The place of each of the points.
    """

    metric: str
    axis: Axis
    points: tuple[Point, ...]
    count: int
    omitted: int
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    places: tuple[tuple[float, float], ...]

    @property
    def highest(self) -> Point:
        return max(self.points, key=lambda point: point.y)

    @property
    def lowest(self) -> Point:
        return min(self.points, key=lambda point: point.y)

    @property
    def line(self) -> str:
        """The points of an SVG polyline."""
        return " ".join(f"{x:g},{y:g}" for x, y in self.places)

    @property
    def frame(self) -> tuple[int, int, int, int]:
        """The left, the right, the top and the bottom of the axes."""
        return _LEFT, _RIGHT, _TOP, _BOTTOM


def plots(run: Run) -> Iterator[Plot]:
    """Yield a plot for each metric with the values of two or more numbered checkpoints."""
    metrics = [found.metric for found in run.metrics]
    if not metrics:
        return
    stated = [(one.path.removeprefix(f"{run.path}/"), one.reading) for one in run.checkpoints]
    readings = [(name, reading) for name, reading in stated if reading is not None]
    for metric in metrics:
        values = [(name, reading, reading.metrics[metric]) for name, reading in readings if metric in reading.metrics]
        by_axis: list[tuple[Axis, tuple[Point, ...]]] = [(axis, tuple(_points(values, axis))) for axis in _AXES]
        axis, points = max(by_axis, key=lambda found: len(found[1]))
        if len({point.x for point in points}) > 1:
            yield _plot(metric, axis, points, len(values) - len(points))


def _points(values: Sequence[tuple[str, Reading, float]], axis: Axis) -> Iterator[Point]:
    """Yield the values that can be drawn, in the order of the axis."""
    found: list[tuple[int, int, Point]] = []
    for name, reading, value in values:
        x = reading.epoch if axis == "epoch" else reading.step
        if x is not None and x < _LARGEST and abs(value) < _LARGEST:  # false for nan
            y = value if abs(value) > 1 / _LARGEST else 0.0
            found.append((x, reading.step or 0, Point(x, y, name)))
    yield from (point for _, _, point in sorted(found, key=lambda one: one[:2]))


def _plot(metric: str, axis: Axis, points: Sequence[Point], omitted: int) -> Plot:
    drawn = tuple(_thinned(points))
    xs, ys = [float(point.x) for point in drawn], [point.y for point in drawn]
    across = _Scale(min(xs), max(xs), _LEFT, _RIGHT, least=1)
    low, high = min(ys), max(ys)
    size = max(abs(low), abs(high))
    if high - low <= size * _FLAT:
        low, high = (low - size / 2, high + size / 2) if size else (-1.0, 1.0)
    margin = (high - low) / 20
    up = _Scale(low - margin, high + margin, _BOTTOM, _TOP)
    return Plot(
        metric=metric,
        axis=axis,
        points=drawn,
        count=len(points),
        omitted=omitted,
        across=across.ticks(),
        up=up.ticks(),
        places=tuple((across.place(x), up.place(y)) for x, y in zip(xs, ys, strict=True)),
    )


def _thinned(points: Sequence[Point]) -> Sequence[Point]:
    """Return *points*; if they are too many, a part at equal distances with the ends, the highest and the lowest."""
    if len(points) <= POINTS:
        return points
    values = [point.y for point in points]
    kept = {values.index(max(values)), values.index(min(values))}
    room = POINTS - len(kept) - 1
    kept.update(place * (len(points) - 1) // room for place in range(room + 1))
    return [points[place] for place in sorted(kept)]


@final
class _Scale:
    """A linear scale with marks at round numbers.

    Args:
        low: The lowest value.
        high: The highest value, which is higher.
        start: The place of the lowest value.
        end: The place of the highest value.
        least: The least distance between two marks.
    """

    def __init__(self, low: float, high: float, start: float, end: float, *, least: float = 0.0) -> None:
        self._low, self._high, self._start, self._end = low, high, start, end
        raw = max((high - low) / _TICKS, least)
        power: float = 10.0 ** math.floor(math.log10(raw))
        self._step = power * next(many for many, limit in _STEPS if raw / power < limit)

    def place(self, value: float) -> float:
        """Return the place of *value*."""
        share = (value - self._low) / (self._high - self._low)
        return round(self._start + share * (self._end - self._start), 1)

    def ticks(self) -> tuple[Tick, ...]:
        """Return the marks, from the lowest value up."""
        first = math.ceil(self._low / self._step - _FLAT)
        last = math.floor(self._high / self._step + _FLAT)
        values = [number * self._step for number in range(first, last + 1)]
        return tuple(Tick(self.place(value), self._text(value)) for value in values)

    def _text(self, value: float) -> str:
        decimals = max(0, -math.floor(math.log10(self._step) + _FLAT))
        text = f"{value:.{decimals}f}"
        return text if len(text) <= _LONGEST else f"{value:.2e}"
