"""The log on Kafka, read by kafka-python."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import LogTruncationError, OffsetOutOfRangeError
from kafka.structs import OffsetAndMetadata

from dealstream.domain.batch import Batch, of_records
from dealstream.domain.records import Records
from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.kafka_batches import PIECE, give_out_pieces
from dealstream.stores.kafka_clients import answering, open_client
from dealstream.stores.log import Commit, LogTruncatedError

# it warns of every 0.1 s that a busy machine takes, once a second
logging.getLogger("kafka.net.selector").setLevel(logging.ERROR)

# of what is compressed, from each partition: a spout that reads old log again must not swell
FETCH_BYTES = 1024 * 1024
PATIENCE_MS = 100


class KafkaLog:
    """The topic of a deployment, read by kafka-python; commits go to ``group``. Connects when it is first used.

    Every method raises `StoreUnavailableError` if Kafka does not answer.
    """

    def __init__(self, brokers: str, topic: str, group: str, timeout_ms: int) -> None:
        self._brokers = brokers
        self._topic = topic
        self._group = group
        self._timeout_ms = timeout_ms

    @cached_property
    def _consumer(self) -> Any:  # noqa: ANN401 -- half typed
        consumer = open_client(
            KafkaConsumer,
            self._brokers,
            self._timeout_ms,
            group_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="none",
            fetch_max_bytes=FETCH_BYTES,
            max_partition_fetch_bytes=FETCH_BYTES,
        )
        give_out_pieces(consumer)
        return consumer

    def close(self) -> None:
        """Close the connections."""
        if "_consumer" in self.__dict__:
            self._consumer.close(autocommit=False)

    def partitions(self) -> list[int]:
        """Return the partitions of the topic."""
        with self._answering():
            found = self._consumer.partitions_for_topic(self._topic)
        if not found:
            raise StoreUnavailableError(f"Kafka has no topic {self._topic}; `dealstream create` makes it")
        return sorted(found)

    def bounds(self, partitions: Iterable[int]) -> Mapping[int, tuple[int, int]]:
        """Return the first offset kept and the end of each partition."""
        keys = [self._key(partition) for partition in partitions]
        with self._answering():
            firsts = self._consumer.beginning_offsets(keys, timeout_ms=self._timeout_ms)
            ends = self._consumer.end_offsets(keys, timeout_ms=self._timeout_ms)
        return {key.partition: (firsts[key], ends[key]) for key in keys}

    def committed(self, partitions: Iterable[int]) -> Mapping[int, int | None]:
        """Return the committed offset of each partition."""
        with self._answering():
            return {p: self._consumer.committed(self._key(p), timeout_ms=self._timeout_ms) for p in partitions}

    def commit(self, offsets: Mapping[int, int]) -> Commit:
        """Begin to commit offsets by partition."""
        with self._answering():
            future = self._consumer.commit_async(
                {self._key(partition): OffsetAndMetadata(offset, "", -1) for partition, offset in offsets.items()}
            )
        return Commit(dict(offsets), future.succeeded)

    def start(self, positions: Mapping[int, int]) -> None:
        """Read these partitions from these offsets on."""
        self._consumer.assign([self._key(partition) for partition in positions])
        for partition, offset in positions.items():
            self.seek(partition, offset)

    def seek(self, partition: int, offset: int) -> None:
        """Go on reading a partition from another offset."""
        self._consumer.seek(self._key(partition), offset)

    def poll(self, limit: int) -> list[Records]:
        """Return the records that are here already, until there are ``limit`` or more."""
        found: list[Records] = []
        while limit > 0 and (pieces := self._poll(timeout_ms=0, most=-(-limit // PIECE))):
            found += pieces
            limit -= sum(map(len, pieces))
        return found

    def position(self, partition: int) -> int:
        """Return the offset of the next record to be read."""
        return int(self._consumer.position(self._key(partition), timeout_ms=0))

    def read(self, partition: int, start: int, end: int) -> Iterator[Batch]:
        """Yield what the log holds of ``[start, end)``; the log is used for nothing else meanwhile."""
        first = max(start, self.bounds([partition])[partition][0])
        if first >= end:
            yield of_records(Records.of(partition, (), (), ()), start, end)
            return
        self.start({partition: first})
        while first < end:
            records = self._next(partition, first)
            next_ = min(self.position(partition), end)
            if next_ == first:
                raise StoreUnavailableError(f"Kafka at {self._brokers} sent nothing in {self._timeout_ms} ms")
            yield of_records(records[: int(np.searchsorted(records.offsets, end))], first, next_)
            first = next_

    def _next(self, partition: int, position: int) -> Records:
        """Wait for the next records, or until the position has moved on over what is none, for a timeout at most."""
        for _ in range(0, self._timeout_ms, PATIENCE_MS):
            if pieces := self._poll(PATIENCE_MS):
                return Records.joined(pieces)
            if self.position(partition) > position:
                break
        return Records.of(partition, (), (), ())

    def _poll(self, timeout_ms: int, most: int = 1) -> list[Records]:
        """Return pieces by `give_out_pieces`, ``most`` at most: a poll costs as much as some hundred records."""
        with self._answering():
            polled = self._consumer.poll(timeout_ms=timeout_ms, max_records=most)
        return [piece for pieces in polled.values() for piece in pieces]

    @contextmanager
    def _answering(self) -> Iterator[None]:
        with answering(f"at {self._brokers}"):
            try:
                yield
            except (OffsetOutOfRangeError, LogTruncationError) as error:
                raise LogTruncatedError(f"{self._topic}: {error!r}") from error

    def _key(self, partition: int) -> TopicPartition:
        return TopicPartition(self._topic, partition)
