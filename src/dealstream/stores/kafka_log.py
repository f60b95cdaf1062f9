"""The log: the contract of reading a deployment's topic, Kafka, and the in-memory twin.

Manual assignment, no automatic commits, and no silent jump: an offset that Kafka no longer has is an error.
"""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError, OffsetOutOfRangeError
from kafka.structs import OffsetAndMetadata

from dealstream.domain.batch import Batch, of_records
from dealstream.stores import secrets
from dealstream.stores.errors import StoreUnavailableError

FETCH_BYTES = 4 * 1024 * 1024
READ_AT_ONCE = 4000


class Record(NamedTuple):
    """One record: ``timestamp`` in milliseconds, by the producer or the broker."""

    partition: int
    offset: int
    timestamp: int
    value: bytes | None


class LogTruncatedError(Exception):
    """Kafka does not hold an offset that is needed: it was deleted by retention, or the topic was made anew."""


class Log(Protocol):
    """A partitioned log of records."""

    def partitions(self) -> list[int]:
        """Return the partitions of the topic."""

    def bounds(self, partitions: Iterable[int]) -> Mapping[int, tuple[int, int]]:
        """Return the first offset kept and the end of each partition."""

    def committed(self, partitions: Iterable[int]) -> Mapping[int, int | None]:
        """Return the committed offset of each partition."""

    def commit(self, offsets: Mapping[int, int]) -> None:
        """Commit offsets by partition."""

    def start(self, positions: Mapping[int, int]) -> None:
        """Read these partitions, and only these, from these offsets on."""

    def poll(self, limit: int) -> list[Record]:
        """Return up to ``limit`` of the records that are here already; does not wait.

        Raises:
            LogTruncatedError: a position is not in the log any more.

        """

    def position(self, partition: int) -> int:
        """Return the offset of the next record to be read of a partition."""

    def read(self, partition: int, start: int, end: int) -> Iterator[Batch]:
        """Yield what the log holds of ``[start, end)`` of a partition, in order, waiting for it.

        The last batch ends at ``end``. What retention has deleted is passed over.
        """


class MemoryLog:
    """A log in lists."""

    def __init__(self, partitions: int = 1) -> None:
        self.records: dict[int, list[Record]] = {partition: [] for partition in range(partitions)}
        self.offsets: dict[int, int] = {}
        self._positions: dict[int, int] = {}

    def append(self, partition: int, value: bytes | None, timestamp: int = 0, offset: int | None = None) -> None:
        """Add a record at the end."""
        end = self.bounds([partition])[partition][1]
        self.records[partition].append(Record(partition, end if offset is None else offset, timestamp, value))

    def partitions(self) -> list[int]:
        """Return the partitions."""
        return list(self.records)

    def bounds(self, partitions: Iterable[int]) -> Mapping[int, tuple[int, int]]:
        """Return the first offset kept and the end of each partition."""
        return {
            partition: (records[0].offset, records[-1].offset + 1) if (records := self.records[partition]) else (0, 0)
            for partition in partitions
        }

    def committed(self, partitions: Iterable[int]) -> Mapping[int, int | None]:
        """Return the committed offset of each partition."""
        return {partition: self.offsets.get(partition) for partition in partitions}

    def commit(self, offsets: Mapping[int, int]) -> None:
        """Commit offsets by partition."""
        self.offsets.update(offsets)

    def start(self, positions: Mapping[int, int]) -> None:
        """Read these partitions from these offsets on."""
        self._positions = dict(positions)

    def poll(self, limit: int) -> list[Record]:
        """Return up to ``limit`` records."""
        found: list[Record] = []
        for partition, position in self._positions.items():
            if self.records[partition] and position < self.records[partition][0].offset:
                raise LogTruncatedError(f"partition {partition} does not hold {position}")
            new = [record for record in self.records[partition] if record.offset >= position][: limit - len(found)]
            found += new
            if new:
                self._positions[partition] = new[-1].offset + 1
        return found

    def position(self, partition: int) -> int:
        """Return the offset of the next record to be read."""
        return self._positions[partition]

    def read(self, partition: int, start: int, end: int) -> Iterator[Batch]:
        """Yield what the log holds of ``[start, end)``."""
        yield _batch(partition, start, end, [r for r in self.records[partition] if start <= r.offset < end])


class KafkaLog:
    """The topic of a deployment, read by kafka-python; commits go to ``group``."""

    def __init__(self, brokers: str, topic: str, group: str, timeout_ms: int) -> None:
        self._topic = topic
        self._timeout_ms = timeout_ms
        try:
            self._consumer: Any = KafkaConsumer(
                bootstrap_servers=brokers.split(","),
                group_id=group,
                enable_auto_commit=False,
                auto_offset_reset="none",
                fetch_max_bytes=FETCH_BYTES,
                max_partition_fetch_bytes=FETCH_BYTES,
                # the default of 30 s keeps a consumer away from a broker that is back
                reconnect_backoff_max_ms=500,
                **secrets.kafka_python(os.environ),
            )
        except KafkaError as error:
            raise StoreUnavailableError(f"Kafka at {brokers}: {error!r}") from error

    def close(self) -> None:
        """Close the connections."""
        self._consumer.close(autocommit=False)

    def partitions(self) -> list[int]:
        """Return the partitions of the topic."""
        found = self._consumer.partitions_for_topic(self._topic)
        if not found:
            raise StoreUnavailableError(f"Kafka has no topic {self._topic}; `dealstream create` makes it")
        return sorted(found)

    def bounds(self, partitions: Iterable[int]) -> Mapping[int, tuple[int, int]]:
        """Return the first offset kept and the end of each partition."""
        keys = [self._key(partition) for partition in partitions]
        firsts, ends = self._consumer.beginning_offsets(keys), self._consumer.end_offsets(keys)
        return {key.partition: (firsts[key], ends[key]) for key in keys}

    def committed(self, partitions: Iterable[int]) -> Mapping[int, int | None]:
        """Return the committed offset of each partition."""
        return {partition: self._consumer.committed(self._key(partition)) for partition in partitions}

    def commit(self, offsets: Mapping[int, int]) -> None:
        """Commit offsets by partition."""
        self._consumer.commit_async({self._key(p): OffsetAndMetadata(offset, "", -1) for p, offset in offsets.items()})

    def start(self, positions: Mapping[int, int]) -> None:
        """Read these partitions from these offsets on."""
        self._consumer.assign([self._key(partition) for partition in positions])
        for partition, offset in positions.items():
            self._consumer.seek(self._key(partition), offset)

    def poll(self, limit: int) -> list[Record]:
        """Return up to ``limit`` of the records that are here already."""
        return self._poll(limit, timeout_ms=0)

    def position(self, partition: int) -> int:
        """Return the offset of the next record to be read."""
        return int(self._consumer.position(self._key(partition)))

    def read(self, partition: int, start: int, end: int) -> Iterator[Batch]:
        """Yield what the log holds of ``[start, end)``."""
        first = max(start, self.bounds([partition])[partition][0])
        self.start({partition: first} if first < end else {})
        while first < end:
            records = [record for record in self._poll(READ_AT_ONCE, self._timeout_ms) if record.offset < end]
            next_ = min(self.position(partition), end)
            yield _batch(partition, first, next_, records)
            first = next_
        self.start({})

    def _poll(self, limit: int, timeout_ms: int) -> list[Record]:
        try:
            polled = self._consumer.poll(timeout_ms=timeout_ms, max_records=limit)
        except OffsetOutOfRangeError as error:
            raise LogTruncatedError(f"{self._topic}: {error}") from error
        return [
            Record(key.partition, record.offset, record.timestamp, record.value)
            for key, records in polled.items()
            for record in records
        ]

    def _key(self, partition: int) -> TopicPartition:
        return TopicPartition(self._topic, partition)


def _batch(partition: int, first: int, next_: int, records: Sequence[Record]) -> Batch:
    offsets, timestamps, values = (
        zip(*((r.offset, r.timestamp, r.value) for r in records), strict=True) if records else ((), (), ())
    )
    return of_records(partition, first, next_, offsets, timestamps, values)


def by_partition(records: Iterable[Record]) -> Mapping[int, list[Record]]:
    """Group records by partition, in order."""
    groups: dict[int, list[Record]] = defaultdict(list)
    for record in records:
        groups[record.partition].append(record)
    return groups
