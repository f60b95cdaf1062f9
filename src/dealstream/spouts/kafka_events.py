"""The Kafka spout: batches of raw events, each as one tuple, acked in any order, committed in the log's order."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from streamparse import Spout

from dealstream.domain import batch
from dealstream.domain.cutter import Limits
from dealstream.domain.intake import Intake, partition_of
from dealstream.domain.ranges import of_partition
from dealstream.domain.start import start_of
from dealstream.multilang import reserve_stdout
from dealstream.settings import Settings
from dealstream.spouts.invariant import InvariantCheck
from dealstream.spouts.tasks import own_share
from dealstream.stores.counters import Counters
from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.log import Commit, Log, LogTruncatedError
from dealstream.stores.open import open_counters, open_log

# how many batches may wait, read but not emitted
READ_AHEAD = 4
START_AGAIN_MS = 1000


class KafkaEventSpout(Spout):
    """Reads the partitions of its task and emits `batch.FIELDS`.

    Steps:
    1. Start from the lowest offset that is uncommitted, or that any slot has not counted yet.
    2. ``next_tuple``: take what Kafka has sent, cut it into batches, emit those that are full or due.
    3. Ack: remember; commit what is acked without a gap. Fail: emit the same batch again a little later.
    4. Every few seconds: a slot that has forgotten something committed (its server was set back) sends the spout back.
    """

    outputs = list(batch.FIELDS)
    open_log: Callable[[Settings], Log] = staticmethod(open_log)
    open_counters: Callable[[Settings], Counters] = staticmethod(open_counters)
    now_ms: Callable[[], float] = staticmethod(lambda: time.monotonic() * 1000)

    def initialize(self, storm_conf: Mapping[str, Any], context: Mapping[str, Any]) -> None:
        """Open the stores; reading starts with the first ``next_tuple`` at which they answer."""
        reserve_stdout()
        settings = Settings.of_storm(storm_conf)
        self._tuning, self._context = settings.tuning, context
        self._log, self._counters = self.open_log(settings), self.open_counters(settings)
        self._check = InvariantCheck(self._counters)
        self._intakes: dict[int, Intake] = {}
        self._started = False
        self._commit: Commit | None = None
        self._committed: Mapping[int, int] = {}
        self._commit_at = self._check_at = self._start_at = self._read_at = self.now_ms()

    def next_tuple(self) -> None:
        """Emit what is full or due; never waits."""
        now = self.now_ms()
        if not self._started:
            self._start_if_due(now)
            return
        self._read(now)
        for partition, intake in self._intakes.items():
            for tuple_id, message in intake.tuples(self._log.position(partition), now):
                self.emit(message, tup_id=tuple_id)
        self._commit_if_due(now)
        self._check_if_due(now)

    def ack(self, tup_id: str) -> None:
        """Note that both sinks have the batch."""
        self._intakes[partition_of(tup_id)].acked(tup_id)

    def fail(self, tup_id: str) -> None:
        """Note that the batch has to be emitted again."""
        self._intakes[partition_of(tup_id)].failed(tup_id, self.now_ms())

    def _start_if_due(self, now: float) -> None:
        if now < self._start_at:
            return
        try:
            self._start(own_share(self._log.partitions(), self._context))
        except StoreUnavailableError as error:
            self.logger.warning("can't start yet: %s", error)
            self._start_at = now + START_AGAIN_MS

    def _start(self, partitions: list[int]) -> None:
        committed, bounds = self._log.committed(partitions), self._log.bounds(partitions)
        applied = self._counters.applied(partitions)
        limits = Limits(self._tuning.batch_events, self._tuning.batch_bytes, self._tuning.batch_linger_ms)
        intakes = {}
        for partition in partitions:
            start = start_of(partition, committed[partition], of_partition(applied, partition), bounds[partition])
            if start.gone is not None:
                self._mark_gone(partition, *start.gone)
            intakes[partition] = Intake(partition, start.position, limits)
        positions = {partition: intake.committable for partition, intake in intakes.items()}
        self._log.start(positions)
        self._intakes, self._started = intakes, True
        self.logger.info("reading from %s; committed are %s", positions, dict(committed))

    def _read(self, now: float) -> None:
        wanted = READ_AHEAD * self._tuning.batch_events
        if now < self._read_at or sum(map(len, self._intakes.values())) >= wanted:
            return
        try:
            for records in self._log.poll(wanted):
                self._intakes[records.partition].add(records, now)
        except LogTruncatedError as error:
            self.logger.error("%s", error)
            if not self._skip_gone(now):
                raise  # the log ends before our position: it is another log

    def _skip_gone(self, now: float) -> bool:
        """Go on at the first offset the log has, and mark what it no longer has; tell whether there is any.

        While a store is away nothing is skipped: reading again, a little later, leads here again.
        """
        positions = {partition: self._log.position(partition) for partition in self._intakes}
        gone = False
        try:
            for partition, (first, _) in self._log.bounds(self._intakes).items():
                if positions[partition] < first:
                    self._mark_gone(partition, positions[partition], first)
                    positions[partition], gone = first, True
        except StoreUnavailableError as error:
            self.logger.warning("can't mark what is gone yet: %s", error)
            self._read_at = now + START_AGAIN_MS
            return True
        self._log.start(positions)
        return gone

    def _mark_gone(self, partition: int, start: int, end: int) -> None:
        self.logger.error(
            "partition %s: offsets %s to %s are gone from the log; see `dealstream lag`", partition, start, end
        )
        self._counters.mark_gone(partition, start, end)

    def _commit_if_due(self, now: float) -> None:
        if now < self._commit_at:
            return
        if self._commit is not None and self._commit.succeeded():
            self._committed, self._commit = self._commit.offsets, None
        offsets = self._committable()
        if offsets != self._committed:
            self._commit = self._log.commit(offsets)
        self._commit_at = now + self._tuning.commit_ms

    def _check_if_due(self, now: float) -> None:
        for partition, watermark in self._check.set_back().items():
            self.logger.warning("partition %s: a slot was set back; counting again from %s", partition, watermark)
            self._intakes[partition].go_back(watermark)
            self._log.seek(partition, watermark)
        if now >= self._check_at:
            self._check.begin(self._committable())
            self._check_at = now + self._tuning.check_ms

    def _committable(self) -> dict[int, int]:
        return {partition: intake.committable for partition, intake in self._intakes.items()}
