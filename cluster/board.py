"""What a person watches while services start and stop: one line each, in place on a terminal, appended elsewhere."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text


class Mood(Enum):
    """How a line is going; the value is its colour."""

    BUSY = "yellow"
    GOOD = "green"
    BAD = "red"


@dataclass
class _Line:
    news: str
    mood: Mood
    since: float = field(default_factory=time.monotonic)


class Board:
    """Lines of name and news. Any thread may write to it."""

    def __init__(self, console: Console) -> None:
        """Nothing is drawn before `shown`."""
        self._console = console
        self._lines: dict[str, _Line] = {}
        self._lock = threading.Lock()

    def busy(self, name: str, news: str) -> None:
        """Say what the line `name` is working on; its clock starts with the first such news."""
        self._put(name, news, Mood.BUSY)

    def good(self, name: str, news: str) -> None:
        """Say that the line `name` is done, and after what time."""
        line = self._lines.get(name)
        self._put(name, f"{news} in {time.monotonic() - line.since:.1f} s" if line else news, Mood.GOOD)

    def bad(self, name: str, news: str) -> None:
        """Say that the line `name` has failed."""
        self._put(name, news, Mood.BAD)

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Draw the board while the body runs, and leave its last state on the screen."""
        if not self._console.is_terminal:
            yield
            return
        with Live(self, console=self._console, refresh_per_second=8):
            yield

    def __rich__(self) -> Table:
        """Draw the lines as they are now."""
        table = Table.grid(padding=(0, 2))
        with self._lock:
            for name, line in self._lines.items():
                text = Text(line.news, style=line.mood.value)
                table.add_row(name, Spinner("dots", text) if line.mood is Mood.BUSY else text)
        return table

    def _put(self, name: str, news: str, mood: Mood) -> None:
        with self._lock:
            line = self._lines.setdefault(name, _Line("", mood))
            line.news, line.mood = news, mood
        if not self._console.is_terminal and mood is not Mood.BUSY:
            self._console.print(f"{name:<12} {news}", highlight=False, markup=False)
