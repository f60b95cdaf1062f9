"""The bucket counter: every kept event counts in one bucket of each cuboid, exactly once."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from dealstream.bolts.flushing import FlushingBolt
from dealstream.domain.coded import unpack
from dealstream.domain.flush import Flush
from dealstream.domain.window import FlushWindow
from dealstream.settings import Settings
from dealstream.stores.counters import Counters
from dealstream.stores.open import open_counters, open_vocabulary
from dealstream.stores.vocabulary import Vocabulary


class BucketCounterBolt(FlushingBolt):
    """Collects a window of batches, fans it out, and applies it to the counters in one transaction per server."""

    open_counters: Callable[[Settings], Counters] = staticmethod(open_counters)
    open_vocabulary: Callable[[Settings], Vocabulary] = staticmethod(open_vocabulary)

    def open(self, settings: Settings) -> None:
        """Open Redis, and HBase for the codes."""
        self.flush_events = settings.tuning.counter_flush_events
        self.flush_ms = settings.tuning.counter_flush_ms
        self._relevance = settings.relevance
        self._window = FlushWindow(settings.relevance)
        self._counters = self.open_counters(settings)
        self._vocabulary = self.open_vocabulary(settings)

    def collect(self, values: Any) -> None:  # noqa: ANN401 -- a named tuple of CODED_FIELDS made by pystorm
        """Add a coded batch to the window."""
        self._window.take(unpack(values.partition, values.first, values.next, values.payload))

    def flush(self) -> None:
        """Fan out the window and count it."""
        self._counters.apply(Flush(self._relevance, self._window, self._codes))

    def clear(self) -> None:
        """Start a new window."""
        self._window.clear()

    def _codes(self, dimension: str, labels: Sequence[str]) -> npt.NDArray[np.int32]:
        return np.array(self._vocabulary.codes(dimension, labels), np.int32)
