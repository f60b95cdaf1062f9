"""Records sent to and read from a topic behind the product's back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from confluent_kafka import Consumer, Producer, TopicPartition

from dealstream.settings import Settings

Place = tuple[int, int]


@dataclass(frozen=True)
class Record:
    """A record's value and its headers."""

    value: bytes | None
    headers: Mapping[str, str]


def partitions(settings: Settings, topic: str) -> list[int]:
    """Return the partitions of a topic."""
    producer = Producer({"bootstrap.servers": settings.tuning.kafka_brokers})
    return sorted(producer.list_topics(topic, timeout=10).topics[topic].partitions)


def send(settings: Settings, topic: str, partition: int, values: Sequence[bytes | None]) -> list[Place]:
    """Send values to one partition; return the partition and offset of each."""
    producer = Producer({"bootstrap.servers": settings.tuning.kafka_brokers})
    places: list[Place] = []
    for value in values:
        producer.produce(topic, value, partition=partition, on_delivery=lambda error, sent: places.append(_place(sent)))
    assert producer.flush(10) == 0, f"{topic} did not take all records"
    return places


def read(settings: Settings, topic: str) -> list[Record]:
    """Return everything on a topic."""
    consumer = Consumer(
        {"bootstrap.servers": settings.tuning.kafka_brokers, "group.id": "nobody", "enable.auto.commit": False}
    )
    found = []
    for partition in partitions(settings, topic):
        begin, end = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)
        consumer.assign([TopicPartition(topic, partition, begin)])
        found += consumer.consume(end - begin, timeout=10) if end > begin else []
    consumer.close()
    return [Record(each.value(), {key: text.decode() for key, text in each.headers() or ()}) for each in found]


def _place(sent: object) -> Place:
    return sent.partition(), sent.offset()  # type: ignore[attr-defined]
