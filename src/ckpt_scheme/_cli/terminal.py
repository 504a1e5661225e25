"""Colours and progress on a terminal. Only this module imports rich, and only a terminal loads it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Final, Self

from rich.cells import cell_len
from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress
from rich.spinner import Spinner
from rich.text import Text

from ckpt_scheme._cli import output
from ckpt_scheme._cli.columns import Meaning

_STYLES: Final[Mapping[Meaning, str]] = {
    "plain": "none",
    "good": "green",
    "doubt": "yellow",
    "bad": "red",
    "head": "bold",
    "faint": "dim",
}
_PAUSE: Final = 0.1


class Paint:
    """Colours a text by its meaning, if the terminal and the user (``NO_COLOR``, ``FORCE_COLOR``) want colours."""

    def __init__(self) -> None:
        # Rich takes a millisecond for a line of text, so it makes each colour once and not each row.
        console = Console(highlight=False)
        self._codes: dict[Meaning, tuple[str, str]] = {}
        for meaning, style in _STYLES.items():
            with console.capture() as capture:
                console.print(Text("x", "none" if console.no_color else style), end="")
            before, _, after = capture.get().partition("x")
            self._codes[meaning] = before, after

    def __call__(self, meaning: Meaning, text: str) -> str:
        """Return *text* in the colour of *meaning*."""
        before, after = self._codes[meaning]
        return f"{before}{text}{after}" if text else text


def width() -> int:
    """Return the number of columns of the terminal, by ``COLUMNS`` if that is set."""
    return Console().width


def length(text: str) -> int:
    """Return the number of columns that *text* takes on a terminal, where some letters are two wide and some none."""
    return len(text) if text.isascii() else cell_len(text)


class Progress:
    """A spinner on stderr that counts folders or runs, and checkpoints.

    Args:
        unit: The noun for the places that hold checkpoints, such as "folder".
        clock: Returns the time in seconds.
    """

    def __init__(self, unit: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._unit = unit
        self._clock = clock
        self._console = Console(stderr=True)
        self._live: Live | None = None
        self._spinner = Spinner("line")  # in ASCII, which every terminal can show
        self._next = -math.inf
        self._places = 0
        self._checkpoints = 0

    def seen(self, places: int, checkpoints: int) -> None:
        """Count more places and checkpoints, and show the new totals."""
        self._places += places
        self._checkpoints += checkpoints
        now = self._clock()
        if now < self._next:
            return
        self._next = now + _PAUSE
        counts = (output.counted(self._places, self._unit), output.counted(self._checkpoints, "checkpoint"))
        self._spinner.update(text=", ".join(counts))
        if self._live is None:
            # No thread, which would write between lines on the same terminal; and no redirected streams, because rich
            # would write their lines to stderr.
            self._live = Live(
                self._spinner,
                console=self._console,
                auto_refresh=False,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()
        self._live.refresh()

    def clear(self) -> None:
        """Remove the spinner from the terminal until the next call of `seen`."""
        if self._live is not None:
            self._live.stop()
            self._live = None


class Bar:
    """A progress bar on stderr with the word *label* before it, for work of known size."""

    def __init__(self, label: str) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        # No thread and no redirected streams, as above.
        self._progress = RichProgress(
            *columns,
            console=Console(stderr=True),
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._progress.add_task(label, total=None)
        self._next = -math.inf

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, done: int, total: int) -> None:
        """Show that *done* of *total* are done."""
        now = time.monotonic()
        if now < self._next and done < total:
            return
        self._next = now + _PAUSE
        self._progress.update(self._task, completed=done, total=total, refresh=True)
