"""Readers that look again and again whether what was sent can be seen: one of the counters, one of users' rows."""

import time
from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass
from threading import Event, Lock

from dealstream.domain.batch import KEEP, of_records
from dealstream.domain.ranges import of_partition
from dealstream.domain.records import Records
from dealstream.domain.rows import RowMapper
from dealstream.settings import Settings
from dealstream.stores.open import open_counters, open_hbase, open_log

# a look reads what every slot has counted: fifty a second would take a tenth of the machine from what is measured
_LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class Sent:
    """Events that were sent ``at`` a moment and lie below the offset ``end`` of a partition; ``last`` is one of them.

    ``total`` is how many were sent so far, these included.
    """

    at: float
    partition: int
    end: int
    count: int
    total: int
    last: bytes


class Watcher(ABC):
    """Takes what was sent from one thread, and looks for it in another."""

    def __init__(self) -> None:
        self._waiting: list[Sent] = []
        self._lock = Lock()
        self.seconds: list[float] = []
        self.error: Exception | None = None

    def expect(self, sent: Sent) -> None:
        """Look for it from now on."""
        with self._lock:
            self._waiting.append(sent)

    def missing(self) -> int:
        """Return how many events, in the order of sending, come after those that were seen without a gap."""
        with self._lock:
            return self._waiting[-1].total - self._waiting[0].total + self._waiting[0].count if self._waiting else 0

    def watch(self, stopped: Event) -> None:
        """Look until ``stopped``; what it dies of is in `error`."""
        try:
            while not stopped.wait(_LOOK_SECONDS):
                self._look()
        except Exception as error:  # noqa: BLE001 -- raised again by who has started the thread
            self.error = error

    def _look(self) -> None:
        with self._lock:
            waiting = list(self._waiting)
        if not waiting:
            return
        visible = self._visible(waiting)
        now = time.monotonic()
        with self._lock:
            self.seconds += [now - sent.at for sent in self._waiting if sent in visible]
            self._waiting = [sent for sent in self._waiting if sent not in visible]

    @abstractmethod
    def _visible(self, waiting: Collection[Sent]) -> Collection[Sent]:
        """Return those of ``waiting`` that a reader sees now."""


class Counted(Watcher):
    """Sees a batch when every slot has counted it."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._counters = open_counters(settings)
        self._partitions = open_log(settings).partitions()

    def _visible(self, waiting: Collection[Sent]) -> Collection[Sent]:
        applied = self._counters.applied(self._partitions)
        reached = {p: min(ranges.watermark for ranges in of_partition(applied, p)) for p in self._partitions}
        return {sent for sent in waiting if sent.end <= reached[sent.partition]}


class Written(Watcher):
    """Sees one event of a batch when the user's row has its cell; looks for ten batches a second, not for all."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._hbase = open_hbase(settings)
        self._table = settings.relevance.user_events_table
        self._mapper = RowMapper(settings.relevance)
        self._next = 0.0

    def expect(self, sent: Sent) -> None:
        """Look for it unless it follows another one too closely."""
        if sent.at >= self._next:
            self._next = sent.at + 0.1
            super().expect(sent)

    def _visible(self, waiting: Collection[Sent]) -> Collection[Sent]:
        cells = {sent: self._cell(sent) for sent in waiting}
        rows, columns = (sorted(set(each)) for each in zip(*cells.values(), strict=True))
        found = self._hbase.call(lambda connection: dict(connection.table(self._table).rows(rows, columns=columns)))
        return {sent for sent, (row, column) in cells.items() if column in found.get(row, {})}

    def _cell(self, sent: Sent) -> tuple[bytes, bytes]:
        batch = of_records(Records.of(sent.partition, [0], [int(sent.at * 1000)], [sent.last]), 0, 1)
        ((row, column, _),) = self._mapper.cells(batch, KEEP)
        return row, column
