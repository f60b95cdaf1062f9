"""What the writing side of the log promises, in memory and on Kafka; and the end of what was rejected."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.event_log import EventLog, KafkaEventLog, MemoryEventLog
from dealstream.stores.kafka_log import KafkaLog
from dealstream.stores.log import Log, MemoryLog
from dealstream.stores.rejected import KafkaRejected, MemoryRejected, RejectedRecord
from dealstream.stores.rejected_tail import KafkaRejectedTail
from tests.support.names import unique_name


@pytest.fixture(params=["memory", pytest.param("kafka", marks=pytest.mark.cluster)])
def both_sides(request) -> Iterator[tuple[EventLog, Log]]:
    """Return a log to write, and the same one to read."""
    if request.param == "memory":
        log = MemoryLog(partitions=3)
        yield MemoryEventLog(log), log
        return
    settings, topics, name = request.getfixturevalue("cluster"), request.getfixturevalue("topics"), unique_name()
    topics.create([name], partitions=3)
    brokers, timeout_ms = settings.tuning.kafka_brokers, settings.tuning.socket_timeout_ms
    written, read = KafkaEventLog(brokers, name, timeout_ms), KafkaLog(brokers, name, name, timeout_ms)
    yield written, read
    written.close()
    read.close()


def values(log: Log) -> list[list[bytes]]:
    """Return the values of each partition."""
    bounds = log.bounds(log.partitions())
    return [
        [value for batch in log.read(partition, *bound) for value in batch.values]
        for partition, bound in bounds.items()
    ]


def test_events_are_on_the_log_when_the_call_returns(both_sides):
    events, log = both_sides
    for start in range(0, 30, 10):
        numbers = range(start, start + 10)
        events.append([f"u{n % 5}" for n in numbers], [b"%d" % n for n in numbers], 1_700_000_000_000)
        assert sum(end - first for first, end in log.bounds(log.partitions()).values()) == start + 10
    found = values(log)
    assert sorted(int(value) for part in found for value in part) == list(range(30))
    for part in found:
        for user in range(5):
            own = [int(value) for value in part if int(value) % 5 == user]
            assert own in ([], list(range(user, 30, 5)))  # all of a user's events in one partition, in order


def test_many_threads_append_at_once(both_sides):
    events, log = both_sides
    if isinstance(log, MemoryLog):
        pytest.skip("the twin is for one thread")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: events.append([f"u{n}"] * 50, [b"%d" % n] * 50, 1), range(40)))
    assert sum(map(len, values(log))) == 2000


def test_nothing_is_nothing(both_sides):
    both_sides[0].append([], [], 1)


@pytest.mark.cluster
def test_a_missing_topic_is_told(cluster):
    with pytest.raises(StoreUnavailableError, match="dealstream create"):
        KafkaEventLog(cluster.tuning.kafka_brokers, unique_name(), 5000).append(["u"], [b"e"], 1)


def test_a_broker_that_is_away_is_told():
    with pytest.raises(StoreUnavailableError, match=r"127\.0\.0\.1:1"):
        KafkaEventLog("127.0.0.1:1", "t", 300).append(["u"], [b"e"], 1)


@pytest.fixture(params=["memory", pytest.param("kafka", marks=pytest.mark.cluster)])
def tail(request):
    """Return what publishes rejected records, and what reads the newest."""
    if request.param == "memory":
        memory = MemoryRejected()
        yield memory, memory
        return
    settings, topics, name = request.getfixturevalue("cluster"), request.getfixturevalue("topics"), unique_name()
    topics.create([name], partitions=2)
    stores = [
        kind(settings.tuning.kafka_brokers, name, settings.tuning.socket_timeout_ms)
        for kind in (KafkaRejected, KafkaRejectedTail)
    ]
    yield stores
    for store in stores:
        store.close()


def test_the_newest_rejected_records_are_told_once(tail):
    rejected, newest = tail
    assert newest.newest(5) == []
    records = [
        RejectedRecord(0, offset, f"ü {offset}", value) for offset, value in enumerate([b"", None, b"\xff", b"x"])
    ]
    for record in [*records, records[1]]:
        rejected.publish([record])
    assert {record.offset for record in newest.newest(10)} == {0, 1, 2, 3}
    assert newest.newest(10)[0] == records[1]
    assert newest.newest(2)[1] == records[3]
