"""The rejected topic: what could not be an event, unchanged, with where it came from and why in the headers.

A replayed batch publishes its rejected records again; the key ``partition:offset`` is the same, so readers can tell.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from kafka import KafkaProducer
from kafka.errors import KafkaError

from dealstream.stores import secrets
from dealstream.stores.errors import StoreUnavailableError


@dataclass(frozen=True)
class RejectedRecord:
    """A record that is no event."""

    partition: int
    offset: int
    reason: str
    value: bytes | None


class Rejected(Protocol):
    """Where rejected records go."""

    def publish(self, records: Sequence[RejectedRecord]) -> None:
        """Keep the records; returns when they are durable.

        Raises:
            StoreUnavailableError: Kafka did not take them in time.

        """


class MemoryRejected:
    """Rejected records in a list."""

    def __init__(self) -> None:
        self.records: list[RejectedRecord] = []

    def publish(self, records: Sequence[RejectedRecord]) -> None:
        """Keep the records."""
        self.records += records


class KafkaRejected:
    """Rejected records on a Kafka topic; connects when the first one comes."""

    def __init__(self, brokers: str, topic: str, timeout_ms: int) -> None:
        self._brokers = brokers
        self._topic = topic
        self._timeout_ms = timeout_ms
        self._producer: Any = None

    def publish(self, records: Sequence[RejectedRecord]) -> None:
        """Keep the records."""
        try:
            sent = [self._send(record) for record in records]
            for future in sent:
                future.get(timeout=self._timeout_ms / 1000)
        except KafkaError as error:
            raise StoreUnavailableError(f"Kafka topic {self._topic}: {error!r}") from error

    def _send(self, record: RejectedRecord) -> Any:  # noqa: ANN401 -- kafka-python's future
        if self._producer is None:
            self._producer = KafkaProducer(
                bootstrap_servers=self._brokers.split(","),
                acks="all",
                max_block_ms=self._timeout_ms,
                reconnect_backoff_max_ms=500,
                linger_ms=5,
                **secrets.kafka_python(os.environ),
            )
        return self._producer.send(
            self._topic,
            key=f"{record.partition}:{record.offset}".encode(),
            value=record.value,
            headers=[
                ("reason", record.reason.encode()),
                ("partition", str(record.partition).encode()),
                ("offset", str(record.offset).encode()),
            ],
        )
