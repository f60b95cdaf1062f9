"""How the stream does: what is counted, how fast, and how far behind the log it is."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from dealstream.queries.lag import PartitionLag
from dealstream.queries.outcomes import outcomes
from dealstream.service.stores import Stores

# many who look at once share one look
FRESH_S = 0.5
# the rate is that since the oldest look of the last so many seconds
SPAN_S = 10.0


@dataclass(frozen=True)
class Look:
    """What was to be seen at one time, in seconds."""

    at: float
    lags: list[PartitionLag]
    outcomes: dict[str, int]

    @property
    def counted(self) -> int:
        """How many records were counted, whatever became of them."""
        return sum(self.outcomes.values())

    @property
    def behind(self) -> int:
        """How many are on the log, and not in both stores yet."""
        return sum(lag.behind for lag in self.lags)


class StreamWatch:
    """Looks at the stream when asked, and remembers the last looks."""

    def __init__(self, stores: Stores, clock: Callable[[], float] = time.monotonic) -> None:
        self._stores = stores
        self._clock = clock
        self._looking = Lock()
        self._looks: deque[Look] = deque()

    def look(self) -> tuple[Look, float | None]:
        """Return the state of the stream, and how many records a second were counted lately; None at first."""
        with self._looking:
            now, looks = self._clock(), self._looks
            if not looks or now - looks[-1].at >= FRESH_S:
                lags = self._stores.log.lag(self._stores.counters)
                looks.append(Look(now, lags, outcomes(self._stores.counters, [lag.partition for lag in lags])))
            while len(looks) > 2 and now - looks[1].at >= SPAN_S:
                looks.popleft()
            first, last = looks[0], looks[-1]
            return last, (last.counted - first.counted) / (last.at - first.at) if last is not first else None
