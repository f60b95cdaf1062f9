"""The event producer against the broker that librdkafka itself plays: the real protocol, no server."""

from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from dealstream.stores.event_producer import EventProducer, ProducerError

TOPIC, PARTITIONS = "test.events", 4
# hashes of Kafka's own test, clients/src/test/java/org/apache/kafka/common/utils/UtilsTest.java
MURMUR2 = {
    "21": -973932308,
    "foobar": -790332482,
    "a-little-bit-long-string": -985981536,
    "a-little-bit-longer-string": -1486304829,
    "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    "abc": 479470107,
}


def play() -> tuple[Producer, str]:
    """Play a broker, as long as the producer lives, and return its address.

    It makes a topic of four partitions when a client asks about it by name.
    """
    player = Producer({"bootstrap.servers": "played", "test.mock.num.brokers": 1, "log_level": 2})
    played = player.list_topics(TOPIC, timeout=5)
    assert len(played.topics[TOPIC].partitions) == PARTITIONS
    return player, ",".join(f"{broker.host}:{broker.port}" for broker in played.brokers.values())


@pytest.fixture
def broker() -> Iterator[str]:
    player, address = play()
    yield address
    player.close()


def read(address: str, count: int) -> dict[tuple[bytes, bytes], tuple[int, int]]:
    """Return partition and timestamp by key and value."""
    consumer = Consumer({"bootstrap.servers": address, "group.id": "test", "log_level": 2})
    consumer.assign([TopicPartition(TOPIC, partition, 0) for partition in range(PARTITIONS)])
    found = [consumer.poll(10) for _ in range(count)]
    consumer.close()
    return {(m.key(), m.value()): (m.partition(), m.timestamp()[1]) for m in found}


def test_a_user_goes_to_the_partition_other_kafka_clients_choose(broker):
    producer = EventProducer(broker, TOPIC)
    producer.send([*MURMUR2], [f"event of {user}".encode() for user in MURMUR2], 1_700_000_000_000)
    producer.finish()
    assert read(broker, len(MURMUR2)) == {
        (user.encode(), f"event of {user}".encode()): ((hashed & 0x7FFFFFFF) % PARTITIONS, 1_700_000_000_000)
        for user, hashed in MURMUR2.items()
    }


def test_a_full_buffer_holds_up_but_loses_nothing(broker):
    producer = EventProducer(broker, TOPIC, **{"queue.buffering.max.messages": 10})
    values = [str(number).encode() for number in range(100)]
    producer.send(["u"] * 100, values, 1)
    producer.finish()
    assert {value for _, value in read(broker, 100)} == set(values)


def test_a_missing_topic_is_told_with_its_remedy(broker):
    with pytest.raises(ProducerError, match="no topic other; `dealstream create` makes it"):
        EventProducer(broker, "other")


def test_a_broker_that_is_away_is_told():
    with pytest.raises(ProducerError, match=r"127\.0\.0\.1:1 does not answer"):
        EventProducer("127.0.0.1:1", TOPIC, connect_seconds=0.3)


def test_an_event_that_is_too_big_is_told(broker):
    producer = EventProducer(broker, TOPIC)
    with pytest.raises(ProducerError, match="event of user u"):
        producer.send(["u"], [b"x" * 2_000_000], 1)


def test_a_broker_that_goes_away_is_told():
    player, address = play()
    producer = EventProducer(address, TOPIC, **{"delivery.timeout.ms": 100})
    player.close()
    producer.send(["u"] * 3, [b"event"] * 3, 1)
    with pytest.raises(ProducerError, match="did not take 3 events"):
        producer.finish()
