"""`History`: what the journals below a root say together. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import final

import attrs

from ckpt_scheme.errors import OperationError
from ckpt_scheme.migration._journal import Act, Action, Journal


@final
class History:
    """All runs below a root.

    Args:
        journals: Their journals, the oldest first.

    Attributes:
        journals: The same.
    """

    def __init__(self, journals: Iterable[Journal]) -> None:
        self.journals = list(journals)

    def next_number(self) -> int:
        """Return the number of the next run."""
        return max((journal.number for journal in self.journals), default=0) + 1

    def add(self, journal: Journal) -> None:
        """Add a run."""
        self.journals.append(journal)

    def end(self, journal: Journal, end: str) -> None:
        """Say how a run ended."""
        self.journals[self.journals.index(journal)] = attrs.evolve(journal, end=end)

    def stopped(self, action: Action, undoes: int | None) -> Journal | None:
        """Return the last run if the next one, of this sort, goes on with it: it was stopped before its end."""
        last = self.journals[-1] if self.journals else None
        if last is None or last.end != "recovered" or (last.action, last.undoes) != (action, undoes):
            return None
        return last

    def chain(self, journal: Journal) -> list[Journal]:
        """Return a run and the stopped ones that it went on with, the oldest first."""
        by_number = {each.number: each for each in self.journals}
        found = [journal]
        while (before := by_number.get(found[0].continues or 0)) is not None and before.number < found[0].number:
            found.insert(0, before)
        return found

    def numbered(self, number: int) -> Journal:
        """Return the run of that number.

        Raises:
            OperationError: If there is none.
        """
        for journal in self.journals:
            if journal.number == number:
                return journal
        raise OperationError(f"no run has the number {number!a} below this root")

    def standing(self) -> list[Journal]:
        """Return the runs that are not put back, the last first."""
        by_number = {journal.number: journal for journal in self.journals}
        found: dict[int, Journal] = {}
        for journal in self.journals:
            if journal.action != "undo":
                found[journal.number] = journal
            undone = by_number.get(journal.undoes or 0)
            if undone is None or journal.end != "done":
                continue
            for each in self.chain(undone):
                found.pop(each.number, None)
            # To undo an undo is to do again what that one had put back.
            again = by_number.get(undone.undoes or 0)
            if again is not None:
                found.update((each.number, each) for each in self.chain(again))
        return [found[number] for number in sorted(found, reverse=True)]

    def acts_of(self, journal: Journal) -> tuple[Act, ...]:
        """Return the acts of a run, after those of the stopped ones that it went on with."""
        return tuple(act for each in self.chain(journal) for act in each.acts)
