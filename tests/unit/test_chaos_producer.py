"""The chaos run's producer gives up nothing, against the broker that librdkafka itself plays."""

from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition

from dealstream.stores.event_producer import ProducerError
from tests.chaos.producer import StubbornProducer

TOPIC, PARTITIONS = "test.events", 4


@pytest.fixture
def broker() -> Iterator[str]:
    player = Producer({"bootstrap.servers": "played", "test.mock.num.brokers": 1, "log_level": 2})
    played = player.list_topics(TOPIC, timeout=5)
    yield ",".join(f"{broker.host}:{broker.port}" for broker in played.brokers.values())
    player.close()


@pytest.fixture
def producer(broker: str) -> StubbornProducer:
    return StubbornProducer(broker, TOPIC)


def read(address: str, count: int) -> list[tuple[bytes, bytes, int]]:
    """Return user, line and timestamp of so many records."""
    consumer = Consumer({"bootstrap.servers": address, "group.id": "test", "log_level": 2})
    consumer.assign([TopicPartition(TOPIC, partition, 0) for partition in range(PARTITIONS)])
    found = [consumer.poll(10) for _ in range(count)]
    consumer.close()
    return sorted((message.key(), message.value(), message.timestamp()[1]) for message in found)


class Undelivered:
    """A message as librdkafka reports it."""

    def key(self) -> bytes:
        return b"u1"

    def value(self) -> bytes:
        return b"first"

    def timestamp(self) -> tuple[int, int]:
        return 1, 7


@pytest.mark.parametrize("more", [True, False], ids=["before the next", "at the end"])
def test_what_was_not_delivered_is_sent_again_as_it_was(producer, broker, more):
    producer._producer._delivered(KafkaError(KafkaError._MSG_TIMED_OUT), Undelivered())
    if more:
        producer.send(["u2"], [b"second"], 8)
    producer.finish()
    assert read(broker, 1 + more) == [(b"u1", b"first", 7), (b"u2", b"second", 8)][: 1 + more]
    assert producer.sent_again == 1


def test_a_producer_that_takes_nothing_more_is_replaced(producer, broker, monkeypatch):
    broken = producer._producer

    def refuse(*_: object) -> None:
        raise ProducerError("fatal")

    monkeypatch.setattr(broken, "send", refuse)
    broken.failed.append(("u1", b"first", 7))
    monkeypatch.setattr(producer, "_send_failed", lambda: None)
    producer.send(["u2"], [b"second"], 8)
    monkeypatch.undo()
    producer.finish()
    assert producer._producer is not broken
    assert read(broker, 2) == [(b"u1", b"first", 7), (b"u2", b"second", 8)]
    assert producer.sent_again == 2
