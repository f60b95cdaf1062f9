"""The rejected topic: what could not be an event, as it came, with where that was and why in the headers.

Of a value beyond `MAX_VALUE` only the beginning is kept: a record as large as Kafka takes would grow by its headers,
and be refused for ever. A replayed batch publishes its rejected records again; the key ``partition:offset`` is the
same, so readers can tell.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from kafka import KafkaProducer

from dealstream.stores.kafka_clients import answering, open_client

MAX_VALUE = 512 * 1024


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


class RejectedTail(Protocol):
    """The end of what was rejected."""

    def newest(self, limit: int) -> list[RejectedRecord]:
        """Return the newest ``limit`` rejected records, once each, the newest first.

        Raises:
            StoreUnavailableError: Kafka did not answer.

        """


class MemoryRejected:
    """Rejected records in a list."""

    def __init__(self) -> None:
        self.records: list[RejectedRecord] = []

    def publish(self, records: Sequence[RejectedRecord]) -> None:
        """Keep the records."""
        self.records += [replace(record, value=_beginning(record.value)) for record in records]

    def newest(self, limit: int) -> list[RejectedRecord]:
        """Return the newest rejected records."""
        return once_each(reversed(self.records), limit)


class KafkaRejected:
    """Rejected records on a Kafka topic; connects when the first one comes."""

    def __init__(self, brokers: str, topic: str, timeout_ms: int) -> None:
        self._brokers = brokers
        self._topic = topic
        self._timeout_ms = timeout_ms
        self._producer: Any = None

    def publish(self, records: Sequence[RejectedRecord]) -> None:
        """Keep the records."""
        with answering(f"topic {self._topic}"):
            sent = [self._send(record) for record in records]
            for future in sent:
                future.get(timeout=self._timeout_ms / 1000)

    def close(self) -> None:
        """Close the connections."""
        if self._producer is not None:
            self._producer.close(timeout=self._timeout_ms / 1000)
            self._producer = None

    def _send(self, record: RejectedRecord) -> Any:  # noqa: ANN401 -- kafka-python's future
        if self._producer is None:
            self._producer = open_client(
                KafkaProducer,
                self._brokers,
                self._timeout_ms,
                acks="all",
                max_block_ms=self._timeout_ms,
                linger_ms=5,
            )
        return self._producer.send(
            self._topic,
            key=f"{record.partition}:{record.offset}".encode(),
            value=_beginning(record.value),
            headers=[
                ("reason", record.reason.encode()),
                ("partition", str(record.partition).encode()),
                ("offset", str(record.offset).encode()),
            ],
        )


def once_each(newest_first: Iterable[RejectedRecord], limit: int) -> list[RejectedRecord]:
    """Return the first ``limit`` records, less what a replay has published again."""
    found: dict[tuple[int, int], RejectedRecord] = {}
    for record in newest_first:
        found.setdefault((record.partition, record.offset), record)
    return list(found.values())[:limit]


def _beginning(value: bytes | None) -> bytes | None:
    return None if value is None else value[:MAX_VALUE]
