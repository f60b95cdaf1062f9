"""The dedup bolt: judges every record of a batch, once and for all sinks."""

from collections.abc import Callable, Mapping
from typing import Any

from pystorm.component import Tuple
from streamparse import Bolt, Stream

from dealstream.domain.batch import JUDGED_FIELDS, Batch, unpack
from dealstream.domain.coded import CODED_FIELDS
from dealstream.domain.coder import Coder
from dealstream.domain.dedup import Gap, PartitionDedup, Window
from dealstream.domain.event import EventDecoder, Judged, texts
from dealstream.domain.verdicts import verdicts
from dealstream.multilang import reserve_stdout
from dealstream.settings import Settings
from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.log import Log
from dealstream.stores.open import open_log, open_rejected, open_snapshots
from dealstream.stores.rejected import Rejected, RejectedRecord
from dealstream.stores.snapshots import Snapshots

# the streams it emits: batches as they came, with a letter a record; and what the counter needs of them
JUDGED, CODED = "judged", "coded"


class DedupBolt(Bolt):
    """Adds one letter a record: kept, duplicate or rejected. Emits each batch as each of the sinks wants it.

    Steps:
    1. Validate: what is no event goes to the rejected topic, and never stops a batch.
    2. If the batch does not follow from what this task knows, read the missing part of the log from Kafka itself.
    3. Decide which events are duplicates: a function of the log, so a replay gets the same answer.
    4. Pass the batch on, as it came and as codes: each only if somebody takes it.
    """

    auto_ack = False
    outputs = [Stream(JUDGED_FIELDS, JUDGED), Stream(CODED_FIELDS, CODED)]
    open_log: Callable[[Settings], Log] = staticmethod(open_log)
    open_rejected: Callable[[Settings], Rejected] = staticmethod(open_rejected)
    open_snapshots: Callable[[Settings], Snapshots] = staticmethod(open_snapshots)

    def initialize(self, storm_conf: Mapping[str, Any], context: Mapping[str, Any]) -> None:
        """Open the log, for gaps, and the rejected topic."""
        reserve_stdout()
        settings = Settings.of_storm(storm_conf)
        tuning = settings.tuning
        self._window = Window(tuning.dedup_slice_offsets, tuning.dedup_slices, tuning.dedup_error_rate)
        self._id_field = settings.relevance.event.id
        self._coder = Coder(settings.relevance)
        self._taken = context["stream->target->grouping"]  # by streams that somebody takes
        counted = self._coder.fields if CODED in self._taken else ()
        self._decoder = EventDecoder(settings.relevance, {self._id_field, *counted})
        self._partitions: dict[int, PartitionDedup] = {}
        self._log = self.open_log(settings)
        self._rejected = self.open_rejected(settings)
        self._snapshots = self.open_snapshots(settings)

    def process(self, tup: Tuple) -> None:
        """Judge a batch and pass it on; if Kafka does not answer it has to come again."""
        try:
            self._judge(tup.values)
        except StoreUnavailableError as error:
            self.logger.warning("a batch has to come again: %s", error)
            self.fail(tup)
        else:
            self.ack(tup)

    def _judge(self, values: Any) -> None:  # noqa: ANN401 -- a named tuple of JUDGED_FIELDS made by pystorm
        batch = unpack(values.partition, values.first, values.next, values.payload)
        dedup = self._partitions.setdefault(batch.partition, PartitionDedup(self._window))
        if (gap := dedup.missing(batch.first)) is not None:
            self._read(batch.partition, dedup, gap)
        judged = self._decoder.judge(batch)
        duplicates = dedup.decide(batch.first, batch.next, *self._ids(batch, judged))
        self._save_finished(batch.partition, dedup)
        self._reject(batch, judged)
        letters = verdicts(len(batch), judged.rows, duplicates)
        if JUDGED in self._taken:
            self.emit([*values, letters], stream=JUDGED)
        if CODED in self._taken:
            coded = self._coder.code(batch, letters, judged.columns_without(duplicates))
            self.emit([*values[:-1], coded.pack()], stream=CODED)

    def _read(self, partition: int, dedup: PartitionDedup, gap: Gap) -> None:
        if gap.start < gap.end:
            self.logger.info("partition %s: reading %s from the log", partition, gap)
        dedup.begin(gap)
        for piece in self._window.pieces(gap):
            if gap.restart and piece.slice is not None and self._install(partition, dedup, piece.slice):
                continue
            for batch in self._log.read(partition, piece.start, piece.end):
                dedup.read(batch.next, *self._ids(batch, self._decoder.judge(batch)))
                self._save_finished(partition, dedup)
                # a long read is no dead process: Storm takes any message as a heartbeat
                self.send_message({"command": "sync"})

    def _install(self, partition: int, dedup: PartitionDedup, number: int) -> bool:
        try:
            snapshot = self._snapshots.load(partition, number)
        except StoreUnavailableError as error:
            self.logger.warning("no snapshots, the log will do: %s", error)
            return False
        if snapshot is not None:
            dedup.install(number, snapshot)
        return snapshot is not None

    def _save_finished(self, partition: int, dedup: PartitionDedup) -> None:
        try:
            for number, snapshot in dedup.finished().items():
                self._snapshots.save(partition, number, snapshot)
        except StoreUnavailableError as error:
            self.logger.warning("a snapshot less, the log will do: %s", error)

    def _ids(self, batch: Batch, judged: Judged) -> tuple[Any, list[str]]:
        return batch.offsets[judged.rows], texts(judged.columns[self._id_field])

    def _reject(self, batch: Batch, judged: Judged) -> None:
        if judged.reasons:
            self._rejected.publish(
                [
                    RejectedRecord(batch.partition, int(batch.offsets[row]), reason, batch.values[row])
                    for row, reason in sorted(judged.reasons.items())
                ]
            )
