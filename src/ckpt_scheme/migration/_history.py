"""`History`: all operations below a root, as their journals tell them together. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import final

import attrs

from ckpt_scheme.errors import OperationError
from ckpt_scheme.migration._journal import Act, Action, Operation


@final
class History:
    """All operations below a root.

    Args:
        operations: The operations, the oldest first.

    Attributes:
        operations: The same.
    """

    def __init__(self, operations: Iterable[Operation]) -> None:
        self.operations = list(operations)

    def next_number(self) -> int:
        """Return the number of the next operation."""
        return max((each.number for each in self.operations), default=0) + 1

    def end(self, operation: Operation, end: str) -> None:
        """Note how an operation ended."""
        self.operations[self.operations.index(operation)] = attrs.evolve(operation, end=end)

    def stopped(self, action: Action, undoes: int | None) -> Operation | None:
        """Return the last operation if the next one of this action goes on with it: it was stopped before its end."""
        last = self.operations[-1] if self.operations else None
        if last is None or last.end != "recovered" or (last.action, last.undoes) != (action, undoes):
            return None
        return last

    def chain(self, operation: Operation) -> list[Operation]:
        """Return an operation and the stopped ones that it went on with, the oldest first."""
        by_number = {each.number: each for each in self.operations}
        found = [operation]
        while found[-1].continues in by_number:
            found.append(by_number[found[-1].continues or 0])
        return found[::-1]

    def numbered(self, number: int) -> Operation:
        """Return the operation of that number.

        Raises:
            OperationError: If there is none.
        """
        for operation in self.operations:
            if operation.number == number:
                return operation
        raise OperationError(f"no operation has the number {number!a} below this root")

    def standing(self) -> list[Operation]:
        """Return the operations that are not put back, the last first."""
        by_number = {each.number: each for each in self.operations}
        found: dict[int, Operation] = {}
        for operation in self.operations:
            if operation.action != "undo":
                found[operation.number] = operation
            undone = by_number.get(operation.undoes or 0)
            if undone is None or operation.end != "done":
                continue
            for each in self.chain(undone):
                found.pop(each.number, None)
            # To undo an undo is to do again all that it had put back.
            again = by_number.get(undone.undoes or 0)
            if again is not None:
                found.update((each.number, each) for each in self.chain(again))
        return [found[number] for number in sorted(found, reverse=True)]

    def acts_of(self, operation: Operation) -> tuple[Act, ...]:
        """Return the acts of an operation, after those of the stopped ones that it went on with."""
        return tuple(act for each in self.chain(operation) for act in each.acts)
