"""Tables and goals as Markdown and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs


@attrs.frozen
class Goal:
    """A bar that a figure should not cross."""

    what: str
    has: float
    bar: float
    is_ceiling: bool
    unit: str = ""

    @property
    def met(self) -> bool:
        """Whether the figure is on the right side of the bar."""
        return self.has <= self.bar if self.is_ceiling else self.has >= self.bar

    def cells(self) -> list[str]:
        """Return the goal as cells of a table."""
        sign = "<=" if self.is_ceiling else ">="
        unit = f" {self.unit}" if self.unit else ""
        return [self.what, f"{sign} {self.bar:g}{unit}", f"{self.has:.2f}{unit}", "yes" if self.met else "**no**"]


def at_most(what: str, has: float, bar: float, unit: str = "") -> Goal:
    """Return a goal that is met by small figures."""
    return Goal(what, has, bar, is_ceiling=True, unit=unit)


def at_least(what: str, has: float, bar: float, unit: str = "") -> Goal:
    """Return a goal that is met by great figures."""
    return Goal(what, has, bar, is_ceiling=False, unit=unit)


@attrs.frozen
class Table:
    """One table with its note, and the goals that it decides: in a second table, or in a column of its own."""

    title: str
    note: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    goals: Sequence[Goal] = ()
    text_columns: int = 1
    has_goals_in_rows: bool = False

    def markdown(self) -> str:
        """Return the table as Markdown, its goals in a second one."""
        parts = [f"## {self.title}", "", self.note, "", *_grid(self.columns, self.rows, self.text_columns)]
        if self.goals and not self.has_goals_in_rows:
            parts += ["", *_grid(("goal", "bar", "has", "met"), [goal.cells() for goal in self.goals])]
        return "\n".join([*parts, ""])

    def data(self) -> dict[str, Any]:
        """Return the table as plain data."""
        return {
            "title": self.title,
            "note": self.note,
            "rows": [dict(zip(self.columns, row, strict=True)) for row in self.rows],
            "goals": [{**attrs.asdict(goal), "met": goal.met} for goal in self.goals],
        }


def _grid(columns: Sequence[str], rows: Sequence[Sequence[str]], text_columns: int = 1) -> list[str]:
    rules = ["---" if index < text_columns else "---:" for index in range(len(columns))]
    return [f"| {' | '.join(cells)} |" for cells in (columns, rules, *rows)]
