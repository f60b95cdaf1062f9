"""What the rejected topic promises, in memory and in Kafka."""

import gc
import time
from collections.abc import Callable, Iterator

import pytest
from confluent_kafka import Consumer, TopicPartition

from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.rejected import MAX_VALUE, KafkaRejected, MemoryRejected, Rejected, RejectedRecord
from tests.support.names import unique_name

Kept = Callable[[int], list[RejectedRecord]]


@pytest.fixture(params=["memory", pytest.param("kafka", marks=pytest.mark.cluster)])
def rejected(request) -> Iterator[tuple[Rejected, Kept]]:
    """Return a rejected topic, and what reads so many records back."""
    if request.param == "memory":
        memory = MemoryRejected()
        yield memory, lambda count: memory.records
        return
    settings, topics = request.getfixturevalue("cluster"), request.getfixturevalue("topics")
    brokers, topic = settings.tuning.kafka_brokers, f"{unique_name()}.events.rejected"
    topics.create([topic])
    kafka = KafkaRejected(brokers, topic, timeout_ms=5000)
    yield kafka, lambda count: _read(brokers, topic, count)
    kafka.close()


def _read(brokers: str, topic: str, count: int) -> list[RejectedRecord]:
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": topic, "receive.message.max.bytes": 100_000_000})
    consumer.assign([TopicPartition(topic, 0, 0)])
    found = [consumer.poll(10) for _ in range(count)]
    assert consumer.poll(0.1) is None
    consumer.close()
    records = []
    for message in found:
        headers = {name: value.decode() for name, value in message.headers()}
        place = int(headers["partition"]), int(headers["offset"])
        assert message.key() == b"%d:%d" % place
        records.append(RejectedRecord(*place, headers["reason"], message.value()))
    return records


def test_records_are_kept_with_where_they_were_and_why(rejected):
    store, kept = rejected
    records = [
        RejectedRecord(0, 7, "JSON is malformed", b"{"),
        RejectedRecord(3, 2**40, "the value is null", None),
        RejectedRecord(0, 8, "Ungültig: 'ü€😀'", b"\xff\0\n"),
        RejectedRecord(0, 9, "truncated", b""),
    ]
    store.publish(records[:2])
    store.publish([])
    store.publish(records[2:])
    assert kept(4) == records


def test_a_replay_publishes_them_again(rejected):
    store, kept = rejected
    record = RejectedRecord(0, 7, "JSON is malformed", b"{")
    store.publish([record])
    store.publish([record])
    assert kept(2) == [record, record]


def test_many_at_once(rejected):
    store, kept = rejected
    records = [RejectedRecord(0, offset, "no event", b"%d" % offset) for offset in range(3000)]
    store.publish(records)
    assert kept(3000) == records


@pytest.mark.parametrize("size", [MAX_VALUE, MAX_VALUE + 1, 8 * 2**20])
def test_of_a_value_of_any_size_the_beginning_is_kept(rejected, size):
    """A record as large as Kafka takes grows by its headers here, and must still not stop the stream."""
    store, kept = rejected
    store.publish([RejectedRecord(0, 1, "too large for sense", b"x" * size)])
    assert kept(1) == [RejectedRecord(0, 1, "too large for sense", b"x" * min(size, MAX_VALUE))]


# kafka-python leaves it to the garbage collector to close a socket that found nobody
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_nobody_at_the_address(caplog):
    caplog.set_level("CRITICAL", "kafka")  # what is logged holds the sockets
    store = KafkaRejected("127.0.0.1:1", "t.events.rejected", timeout_ms=300)
    for _ in range(3):
        begun = time.monotonic()
        with pytest.raises(StoreUnavailableError, match=r"Kafka topic t\.events\.rejected"):
            store.publish([RejectedRecord(0, 1, "", b"")])
        assert time.monotonic() - begun < 5
    store.close()
    gc.collect()
