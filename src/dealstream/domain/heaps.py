"""Heaps' law: how the number of different things grows with the number of events."""

import math

import numpy as np
import numpy.typing as npt

# so many places of a sample are looked at for what fewer events than it has hold
_STRETCHES = 8


class Things:
    """What each event of a sample had, as numbers in the order of events, at least one; equal things, equal numbers."""

    def __init__(self, things: npt.NDArray[np.int64]) -> None:
        self._things = things

    def at(self, events: float, most: float = math.inf) -> float:
        """Return how many different things ``events`` events have that follow each other, if there are ``most``.

        Up to the size of the sample that is the mean over stretches of it. Beyond, it is Heaps' law, B(n) = K n^b,
        through half of the sample and all of it: at most a new thing an event, at most ``most``, and never fewer than
        the sample has, whatever was said. Where values run out, growth slows
        down further, and the law errs upward, the more the farther away.

        Source: H. S. Heaps, "Information Retrieval: Computational and Theoretical Aspects" (1978), section 7.5.
        """
        total = len(self._things)
        if events <= total:
            return self._within(max(1, math.ceil(events))) if events > 0 else 0.0
        found = self._different(0, total)
        if total == 1:
            return max(found, min(events, most))
        half = total // 2
        # the mean of both halves has half the noise of one
        in_half = (self._different(0, half) + self._different(total - half, half)) / 2
        exponent = math.log(found / in_half) / math.log(total / half)
        return float(max(found, min(found * (events / total) ** exponent, found + events - total, most)))

    def _within(self, length: int) -> float:
        last = len(self._things) - length
        starts = {round(last * place / (_STRETCHES - 1)) for place in range(_STRETCHES)}
        return sum(self._different(start, length) for start in starts) / len(starts)

    def _different(self, start: int, length: int) -> int:
        return len(np.unique(self._things[start : start + length]))
