"""The writing side of the log: events that are on it, and stay there, when the call returns.

The contract, Kafka, and the in-memory twin, which writes into a `MemoryLog`. Reading is in `log`.
"""

import os
from collections.abc import Sequence
from threading import Condition, Lock, Thread
from typing import Any, Protocol

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from dealstream.stores import secrets
from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.event_producer import CONFIGURATION
from dealstream.stores.log import MemoryLog

_POLL_SECONDS = 0.1
# somebody waits for every event; what comes within so many ms travels together all the same
_LINGER_MS = 5


class EventLog(Protocol):
    """Takes events."""

    def append(self, users: Sequence[str], events: Sequence[bytes], timestamp_ms: int) -> None:
        """Put events on the log, each keyed by its user; returns when every replica in sync has them.

        Raises:
            StoreUnavailableError: the log did not take all of them in time; any of them may be on it.

        """


class MemoryEventLog:
    """Appends to a log in memory; a user's events are in one partition."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log

    def append(self, users: Sequence[str], events: Sequence[bytes], timestamp_ms: int) -> None:
        """Put events on the log."""
        partitions = self._log.partitions()
        for user, event in zip(users, events, strict=True):
            self._log.append(partitions[sum(user.encode()) % len(partitions)], event, timestamp_ms)


class KafkaEventLog:
    """Appends to a Kafka topic by one idempotent producer for all threads. Connects when the first events come."""

    def __init__(self, brokers: str, topic: str, timeout_ms: int) -> None:
        self._brokers = brokers
        self._topic = topic
        self._timeout_ms = timeout_ms
        self._opening = Lock()
        self._producer: Producer | None = None

    def append(self, users: Sequence[str], events: Sequence[bytes], timestamp_ms: int) -> None:
        """Put events on the log."""
        producer, answers = self._open(), _Answers(len(events))
        for user, event in zip(users, events, strict=True):
            try:
                producer.produce(self._topic, event, user, timestamp=timestamp_ms, on_delivery=answers.take)
            except BufferError:
                answers.take(KafkaError(KafkaError._QUEUE_FULL))
            except KafkaException as error:
                answers.take(error.args[0])
        if (problem := answers.wait()) is not None:
            if problem.fatal():
                self._forget(producer)
            raise StoreUnavailableError(f"Kafka at {self._brokers} did not take all events: {problem.str()}")

    def close(self) -> None:
        """Forget the producer; what it was told is delivered."""
        self._producer = None

    def _open(self) -> Producer:
        """Return the producer; at first make it, and ask for the topic, which produces would be waiting for in vain."""
        with self._opening:
            if self._producer is None:
                producer = Producer(self._configuration())
                try:
                    topics = producer.list_topics(timeout=self._timeout_ms / 1000).topics
                except KafkaException as error:
                    reason = error.args[0].str()
                    raise StoreUnavailableError(f"Kafka at {self._brokers} does not answer: {reason}") from None
                if self._topic not in topics:
                    raise StoreUnavailableError(f"Kafka has no topic {self._topic}; `dealstream create` makes it")
                self._producer = producer
                Thread(target=self._serve, args=[producer], name="kafka deliveries", daemon=True).start()
            return self._producer

    def _configuration(self) -> dict[str, Any]:
        return {
            **CONFIGURATION,
            "bootstrap.servers": self._brokers,
            "linger.ms": _LINGER_MS,
            "delivery.report.only.error": False,
            "delivery.timeout.ms": self._timeout_ms,
            **secrets.librdkafka(os.environ),
        }

    def _serve(self, producer: Producer) -> None:
        """Hand out what becomes of events, as long as this is our producer."""
        while self._producer is producer or len(producer):
            producer.poll(_POLL_SECONDS)

    def _forget(self, producer: Producer) -> None:
        """Let the next call make a new producer: one that lost its place in the log takes nothing any more."""
        with self._opening:
            if self._producer is producer:
                self._producer = None


class _Answers:
    """Waits until it is known of each of some events whether the log has it."""

    def __init__(self, wanted: int) -> None:
        self._left = wanted
        self._problem: KafkaError | None = None
        self._changed = Condition()

    def take(self, error: KafkaError | None, _message: Message | None = None) -> None:
        """Note what became of one event."""
        with self._changed:
            self._left -= 1
            self._problem = self._problem or error
            self._changed.notify()

    def wait(self) -> KafkaError | None:
        """Return when all are known, which the producer's delivery timeout sees to; with an error if there was one."""
        with self._changed:
            self._changed.wait_for(lambda: not self._left)
            return self._problem
