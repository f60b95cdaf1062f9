"""The rate of what nothing is known of: measured over all buckets of the first chain's first cuboid, now and then."""

import logging
import time
from collections.abc import Callable
from threading import Lock, Thread

from dealstream.domain.ranking.backoff import base_rate
from dealstream.domain.ranking.lookup import all_buckets
from dealstream.domain.relevance import Relevance
from dealstream.stores.counters import Counters, every_owner
from dealstream.stores.errors import StoreUnavailableError

_LOGGER = logging.getLogger("dealstream.service")
FRESH_S = 30.0
# of more owners than that, every second, third ... is looked at
OWNERS = 5000


class BaseRate:
    """The base rate; the first question waits for it, later ones get the last one while it is measured again."""

    def __init__(self, relevance: Relevance, counters: Counters, clock: Callable[[], float] = time.monotonic) -> None:
        self._ranking = relevance.ranking
        self._cuboid = relevance.ranking.chains[0].cuboids[0]
        self._dimensions = relevance.dimensions
        self._counters = counters
        self._clock = clock
        self._measuring = Lock()
        self._measured: tuple[float, float] | None = None

    def __call__(self) -> float:
        """Return the configured rate, or the measured one."""
        if self._ranking.base is not None:
            return self._ranking.base
        if self._measured is None:
            with self._measuring:
                return self._measured[1] if self._measured else self._measure()
        at, rate = self._measured
        if self._clock() - at >= FRESH_S and self._measuring.acquire(blocking=False):
            Thread(target=self._measure_again, name="base rate", daemon=True).start()
        return rate

    def _measure_again(self) -> None:
        try:
            self._measure()
        except StoreUnavailableError as error:
            _LOGGER.warning("the base rate stays as it is: %s", error)
        finally:
            self._measuring.release()

    def _measure(self) -> float:
        owner = self._cuboid.owner
        owners = every_owner(self._counters, self._dimensions, owner)
        chosen = owners[:: len(owners) // OWNERS + 1]
        rate = base_rate(all_buckets(self._cuboid, self._counters.cubes(owner, chosen).values()), self._ranking.repeats)
        self._measured = self._clock(), rate
        return rate
