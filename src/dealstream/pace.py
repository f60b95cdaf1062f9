"""Keeping to a rate."""

from collections.abc import Callable
from time import monotonic, sleep


class Pace:
    """Holds up whoever is faster than ``rate`` a second; None is no limit. Behind the rate it never waits."""

    def __init__(
        self, rate: float | None, clock: Callable[[], float] = monotonic, wait: Callable[[float], None] = sleep
    ) -> None:
        self._rate = rate
        self._clock = clock
        self._wait = wait
        self._due = clock()

    @property
    def portion(self) -> int | None:
        """How many to do at once so that the flow is even: a twentieth of a second's worth."""
        return None if self._rate is None else max(1, int(self._rate / 20))

    def did(self, count: int) -> None:
        """Wait until ``count`` more are due."""
        if self._rate is None:
            return
        self._due = max(self._due, self._clock() - 1) + count / self._rate
        ahead = self._due - self._clock()
        if ahead > 0:
            self._wait(ahead)
