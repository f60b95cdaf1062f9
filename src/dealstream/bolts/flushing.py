"""What the sinks share: tuples are held until a flush has made them durable, and acked only then."""

import gc
import time
from collections.abc import Callable, Mapping
from typing import Any

from pystorm.component import Tuple
from streamparse import Bolt

from dealstream.multilang import reserve_stdout
from dealstream.settings import Settings
from dealstream.stores.errors import StoreUnavailableError


class FlushingBolt(Bolt):
    """Collects judged batches; flushes when there are enough events or the oldest has waited long enough.

    A subclass says what to `open`, how to `collect` a batch, and how to `flush`, which returns when everything
    collected is durable. If a store is unavailable all held tuples fail, and the spout sends them again: both
    stores take what they have already without harm.
    """

    auto_ack = False
    outputs: list[str] = []
    # Storm's shortest tick; the linger is checked at every tuple too
    config = {"topology.tick.tuple.freq.secs": 1}
    now_ms: Callable[[], float] = staticmethod(lambda: time.monotonic() * 1000)

    flush_events: int
    flush_ms: int

    def initialize(self, storm_conf: Mapping[str, Any], context: Mapping[str, Any]) -> None:
        """Open the stores."""
        reserve_stdout()
        self._held: list[Tuple] = []
        self._events = 0
        self._since_ms = 0.0
        self.open(Settings.of_storm(storm_conf))
        # a flush makes many small objects, which sets off the garbage collector; what is there now stays, and it need
        # not look at all of that each time
        gc.freeze()

    def process(self, tup: Tuple) -> None:
        """Hold a batch; flush if it is time."""
        values = tup.values
        if not self._held:
            self._since_ms = self.now_ms()
        self._held.append(tup)
        self._events += values.count
        self.collect(values)
        self._flush_if_due()

    def process_tick(self, tup: Tuple) -> None:
        """Flush if it is time."""
        self.ack(tup)
        self._flush_if_due()

    def open(self, settings: Settings) -> None:
        """Open the stores; set ``flush_events`` and ``flush_ms``."""
        raise NotImplementedError

    def collect(self, values: Any) -> None:  # noqa: ANN401 -- a named tuple made by pystorm
        """Take in a batch as its tuple has it."""
        raise NotImplementedError

    def flush(self) -> None:
        """Make everything collected durable."""
        raise NotImplementedError

    def clear(self) -> None:
        """Forget everything collected."""
        raise NotImplementedError

    def _flush_if_due(self) -> None:
        if self._held and (self._events >= self.flush_events or self.now_ms() - self._since_ms >= self.flush_ms):
            self._flush()

    def _flush(self) -> None:
        settle = self.ack
        try:
            self.flush()
        except StoreUnavailableError as error:
            self.logger.warning("%s batches have to come again: %s", len(self._held), error)
            settle = self.fail
        for tup in self._held:
            settle(tup)
        self._held, self._events = [], 0
        self.clear()
