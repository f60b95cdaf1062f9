"""The newest rejected records, read from the end of their topic on Kafka."""

from collections.abc import Mapping
from functools import cached_property
from threading import Lock
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.kafka_clients import answering, open_client
from dealstream.stores.rejected import RejectedRecord, once_each

_PATIENCE_MS = 100


class KafkaRejectedTail:
    """Reads the last records of each partition; one question at a time. Connects when first asked."""

    def __init__(self, brokers: str, topic: str, timeout_ms: int) -> None:
        self._brokers = brokers
        self._topic = topic
        self._timeout_ms = timeout_ms
        self._asking = Lock()

    @cached_property
    def _consumer(self) -> Any:  # noqa: ANN401 -- half typed
        return open_client(KafkaConsumer, self._brokers, self._timeout_ms, group_id=None, enable_auto_commit=False)

    def newest(self, limit: int) -> list[RejectedRecord]:
        """Return the newest rejected records."""
        with self._asking, answering(f"topic {self._topic}"):
            partitions = self._consumer.partitions_for_topic(self._topic) or ()
            keys = [TopicPartition(self._topic, partition) for partition in sorted(partitions)]
            firsts = self._consumer.beginning_offsets(keys, timeout_ms=self._timeout_ms)
            ends = self._consumer.end_offsets(keys, timeout_ms=self._timeout_ms)
            begins = {key: max(firsts[key], ends[key] - limit) for key in keys if firsts[key] < ends[key]}
            found = self._read(begins, ends)
        in_time_order = sorted(found, key=lambda record: record.timestamp)
        return once_each(map(_record, reversed(in_time_order)), limit)

    def close(self) -> None:
        """Close the connections."""
        if "_consumer" in self.__dict__:
            self._consumer.close(autocommit=False)

    def _read(self, begins: Mapping[Any, int], ends: Mapping[Any, int]) -> list[Any]:
        self._consumer.assign([*begins])
        for key, offset in begins.items():
            self._consumer.seek(key, offset)
        found: list[Any] = []
        for _ in range(0, self._timeout_ms, _PATIENCE_MS):
            if all(self._consumer.position(key, timeout_ms=self._timeout_ms) >= ends[key] for key in begins):
                return found
            for records in self._consumer.poll(timeout_ms=_PATIENCE_MS).values():
                found += records
        raise StoreUnavailableError(f"Kafka at {self._brokers} sent nothing in {self._timeout_ms} ms")


def _record(found: Any) -> RejectedRecord:  # noqa: ANN401
    headers = {key: value.decode() for key, value in found.headers}
    return RejectedRecord(int(headers["partition"]), int(headers["offset"]), headers["reason"], found.value)
