"""The Kafka spout: batches of raw events, each as one tuple, acked in any order, committed in the log's order."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from streamparse import Spout

from dealstream.domain import batch
from dealstream.domain.cutter import Cutter, Limits
from dealstream.domain.offsets import InFlight
from dealstream.domain.start import start_of
from dealstream.settings import Settings
from dealstream.stores.counters import Counters
from dealstream.stores.kafka_log import Log
from dealstream.stores.open import open_counters, open_log

# how many batches may wait, read but not emitted
READ_AHEAD = 4
RETRY_MS = 1000

Message = list[Any]


class KafkaEventSpout(Spout):
    """Reads the partitions of its task and emits `batch.FIELDS`.

    Steps:
    1. At start: from the lowest offset that is committed, or that any slot has not counted yet.
    2. ``next_tuple``: take what Kafka has sent, cut it into batches, emit those that are full or due.
    3. Ack: remember; commit what is acked without a gap. Fail: emit the same batch again a little later.
    """

    outputs = list(batch.FIELDS)
    open_log: Callable[[Settings], Log] = staticmethod(open_log)
    open_counters: Callable[[Settings], Counters] = staticmethod(open_counters)
    now_ms: Callable[[], float] = staticmethod(lambda: time.monotonic() * 1000)

    def initialize(self, storm_conf: Mapping[str, Any], context: Mapping[str, Any]) -> None:
        """Open the log and find out where to start."""
        settings = Settings.of_storm(storm_conf)
        self._tuning = settings.tuning
        self._log = self.open_log(settings)
        own = [p for number, p in enumerate(self._log.partitions()) if number % _tasks(context) == _index(context)]
        self._begin(own, self.open_counters(settings))
        self._commit_at = self.now_ms()
        self._committed: dict[int, int] = {}

    def next_tuple(self) -> None:
        """Emit what is full or due; never waits."""
        now = self.now_ms()
        if sum(map(len, self._cutters.values())) < READ_AHEAD * self._tuning.batch_events:
            for record in self._log.poll(READ_AHEAD * self._tuning.batch_events):
                self._cutters[record.partition].add(record.offset, record.timestamp, record.value, now)
        for partition, cutter in self._cutters.items():
            for due in self._flights[partition].due(now):
                self._send(partition, *due)
            for cut in cutter.cut(now):
                self._emit_batch(cut)
            if not len(cutter) and (markers := cutter.skip(self._log.position(partition))):
                self._emit_batch(markers)
        if now >= self._commit_at:
            self._commit()
            self._commit_at = now + self._tuning.commit_ms

    def ack(self, tup_id: str) -> None:
        """Note that both sinks have the batch."""
        partition, first = map(int, tup_id.split(":"))
        self._flights[partition].acked(first)

    def fail(self, tup_id: str) -> None:
        """Note that the batch has to be emitted again."""
        partition, first = map(int, tup_id.split(":"))
        self._flights[partition].failed(first, self.now_ms() + RETRY_MS)

    def _begin(self, partitions: list[int], counters: Counters) -> None:
        committed, bounds = self._log.committed(partitions), self._log.bounds(partitions)
        applied = counters.applied(partitions)
        positions = {}
        for partition in partitions:
            of_partition = [ranges for (_, of), ranges in applied.items() if of == partition]
            start = start_of(partition, committed[partition], of_partition, bounds[partition])
            if start.skipped:
                self.logger.warning("partition %s: offsets below %s are gone and not counted", partition, start.skipped)
                counters.skip(partition, start.skipped)
            positions[partition] = start.position
        self.logger.info("starting at %s; committed %s", positions, dict(committed))
        limits = Limits(self._tuning.batch_events, self._tuning.batch_bytes, self._tuning.batch_linger_ms)
        self._cutters = {partition: Cutter(partition, start, limits) for partition, start in positions.items()}
        self._flights = {partition: InFlight[Message](start) for partition, start in positions.items()}
        self._log.start(positions)

    def _emit_batch(self, cut: batch.Batch) -> None:
        message: Message = [cut.partition, cut.first, cut.next, len(cut), cut.pack()]
        self._flights[cut.partition].emitted(cut.first, cut.next, message)
        self._send(cut.partition, cut.first, message)

    def _send(self, partition: int, first: int, message: Message) -> None:
        self.emit(message, tup_id=f"{partition}:{first}")

    def _commit(self) -> None:
        offsets = {partition: flight.committable for partition, flight in self._flights.items()}
        if offsets != self._committed:
            self._log.commit(offsets)
            self._committed = offsets


def _peers(context: Mapping[str, Any]) -> list[int]:
    tasks: Mapping[str, str] = context["task->component"]
    return sorted(int(task) for task, component in tasks.items() if component == tasks[str(context["taskid"])])


def _tasks(context: Mapping[str, Any]) -> int:
    return len(_peers(context))


def _index(context: Mapping[str, Any]) -> int:
    return _peers(context).index(context["taskid"])
