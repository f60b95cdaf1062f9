"""Events into Kafka: an idempotent producer that finds the partition of a user as Kafka's own clients do."""

import os
from collections.abc import Sequence
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from dealstream.stores import secrets

_BACKPRESSURE_SECONDS = 0.05
CONFIGURATION = {
    "enable.idempotence": True,  # implies acks=all and keeps the order
    "compression.type": "zstd",  # the smallest of those that cost little
    "compression.level": 1,
    "linger.ms": 20,
    "queue.buffering.max.messages": 200_000,
    "partitioner": "murmur2_random",
    "delivery.report.only.error": True,
    "delivery.timeout.ms": 30_000,
    "log_level": 2,  # what goes wrong is raised, not printed
}


class ProducerError(Exception):
    """Kafka can't be reached, has no such topic, or did not take an event."""


class EventProducer:
    """Sends events to one topic, keyed by user. Opens its connections when it is made.

    Raises:
        ProducerError: Kafka does not answer within ``connect_seconds``, or has no such topic.

    """

    def __init__(
        self,
        brokers: str,
        topic: str,
        connect_seconds: float = 5.0,
        **configuration: Any,  # noqa: ANN401 -- librdkafka's
    ) -> None:
        self._topic = topic
        self._failed = 0
        self._first_failure: KafkaError | None = None
        self._producer = Producer(
            {"bootstrap.servers": brokers, **CONFIGURATION, **secrets.librdkafka(os.environ), **configuration}
        )
        try:
            topics = self._producer.list_topics(timeout=connect_seconds).topics
        except KafkaException as error:
            raise ProducerError(f"Kafka at {brokers} does not answer ({_reason(error)}); is it up?") from None
        if topic not in topics:
            raise ProducerError(f"Kafka at {brokers} has no topic {topic}; `dealstream create` makes it")

    def send(self, users: Sequence[str], events: Sequence[bytes], timestamp_ms: int) -> None:
        """Hand events over, waiting while the producer's buffer is full; they may still be under way on return.

        Raises:
            ProducerError: an event, of this or an earlier call, could not be delivered.

        """
        produce, topic, on_delivery = self._producer.produce, self._topic, self._delivered
        for user, event in zip(users, events, strict=True):
            while True:
                try:
                    produce(topic, event, user, timestamp=timestamp_ms, on_delivery=on_delivery)
                    break
                except BufferError:
                    self._producer.poll(_BACKPRESSURE_SECONDS)
                    self._check()
                except KafkaException as error:
                    raise ProducerError(f"Kafka did not take an event of user {user}: {_reason(error)}") from None
        self._producer.poll(0)
        self._check()

    def finish(self) -> None:
        """Wait until every event is delivered.

        Raises:
            ProducerError: one could not be.

        """
        while self._producer.flush(1.0):
            self._check()
        self._check()

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            self._failed += 1
            self._first_failure = self._first_failure or error

    def _check(self) -> None:
        if self._first_failure is not None:
            raise ProducerError(f"Kafka did not take {self._failed:,} events or more: {self._first_failure.str()}")


def _reason(error: KafkaException) -> str:
    return str(error.args[0].str())
