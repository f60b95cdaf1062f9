"""What fills, cuts and opens a log under test."""

from collections.abc import Sequence
from typing import Protocol
from uuid import uuid4

from confluent_kafka import Producer
from confluent_kafka import TopicPartition as Place
from confluent_kafka.admin import AdminClient

from dealstream.stores.kafka_log import KafkaLog
from dealstream.stores.log import Log, MemoryLog

Values = Sequence[bytes | None]


class LogWriter(Protocol):
    """The other side of a log."""

    def append(self, partition: int, values: Values, timestamp: int = 1) -> None:
        """Write records."""

    def append_transaction(self, partition: int, values: Values) -> None:
        """Write records as a transaction, whose end takes an offset."""

    def delete_before(self, partition: int, offset: int) -> None:
        """Delete what is older, as retention does."""

    def open(self) -> Log:
        """Open the log as one more reader of the same group."""


class MemoryWriter:
    """Writes to a `MemoryLog`."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log

    def append(self, partition: int, values: Values, timestamp: int = 1) -> None:
        """Write records."""
        for value in values:
            self._log.append(partition, value, timestamp)

    def append_transaction(self, partition: int, values: Values) -> None:
        """Write records and leave out an offset."""
        self.append(partition, values)
        self._log.skip(partition)

    def delete_before(self, partition: int, offset: int) -> None:
        """Delete what is older."""
        self._log.truncate(partition, offset)

    def open(self) -> Log:
        """Return the log."""
        return self._log


class KafkaWriter:
    """Writes to a topic."""

    def __init__(self, brokers: str, topic: str) -> None:
        self._brokers = brokers
        self._topic = topic
        self._producer = Producer({"bootstrap.servers": brokers, "linger.ms": 0, "log_level": 2})
        self._opened: list[KafkaLog] = []

    def append(self, partition: int, values: Values, timestamp: int = 1) -> None:
        """Write records; returns when they are there."""
        for value in values:
            self._producer.produce(self._topic, value, partition=partition, timestamp=timestamp)
        assert self._producer.flush(10) == 0

    def append_transaction(self, partition: int, values: Values) -> None:
        """Write records as one transaction."""
        producer = Producer({"bootstrap.servers": self._brokers, "transactional.id": uuid4().hex})
        producer.init_transactions(30)
        producer.begin_transaction()
        for value in values:
            producer.produce(self._topic, value, partition=partition)
        producer.commit_transaction(30)

    def delete_before(self, partition: int, offset: int) -> None:
        """Delete what is older."""
        admin = AdminClient({"bootstrap.servers": self._brokers})
        for future in admin.delete_records([Place(self._topic, partition, offset)]).values():
            future.result(10)

    def open(self) -> KafkaLog:
        """Open the topic; the group is named like it."""
        self._opened.append(KafkaLog(self._brokers, self._topic, self._topic, timeout_ms=5000))
        return self._opened[-1]

    def close(self) -> None:
        """Close the readers."""
        for log in self._opened:
            log.close()
