"""What the log promises, in memory and in Kafka."""

import gc
from collections.abc import Iterator, Sequence
from itertools import pairwise
from threading import enumerate as enumerate_threads
from time import monotonic
from typing import NamedTuple

import pytest

from dealstream.domain.batch import Batch
from dealstream.domain.records import Records
from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.kafka_batches import PIECE
from dealstream.stores.kafka_log import KafkaLog
from dealstream.stores.log import Log, LogTruncatedError, MemoryLog
from tests.support.log_writers import KafkaWriter, LogWriter, MemoryWriter
from tests.support.names import unique_name
from tests.support.waiting import until

PARTITIONS = 2


@pytest.fixture(params=["memory", pytest.param("kafka", marks=pytest.mark.cluster)])
def writer(request) -> Iterator[LogWriter]:
    """Return what writes to a log of two partitions, and opens it to be read."""
    if request.param == "memory":
        yield MemoryWriter(MemoryLog(PARTITIONS))
        return
    settings, topics = request.getfixturevalue("cluster"), request.getfixturevalue("topics")
    topic = f"{unique_name()}.events"
    topics.create([topic], PARTITIONS)
    writer = KafkaWriter(settings.tuning.kafka_brokers, topic)
    yield writer
    writer.close()


@pytest.fixture
def log(writer) -> Log:
    return writer.open()


class Record(NamedTuple):
    """One record."""

    partition: int
    offset: int
    timestamp: int
    value: bytes | None


def single(pieces: Sequence[Records]) -> list[Record]:
    """Return records one by one."""
    return [
        Record(piece.partition, *record)
        for piece in pieces
        for record in zip(piece.offsets.tolist(), piece.timestamps.tolist(), piece.values, strict=True)
    ]


def poll_until(log: Log, count: int, limit: int = 1000) -> list[Record]:
    """Poll until that many records have come."""
    found: list[Record] = []

    def enough() -> bool:
        found.extend(single(log.poll(limit)))
        return len(found) >= count

    until(enough)
    return found


def offsets(records) -> list[tuple[int, int]]:
    return [(record.partition, record.offset) for record in records]


def whole(batches: list[Batch]) -> tuple[list[int], list[bytes | None]]:
    """Return the offsets and values of batches, having checked that one follows the other."""
    for before, after in pairwise(batches):
        assert after.first == before.next
    return (
        [offset for batch in batches for offset in batch.offsets.tolist()],
        [value for batch in batches for value in batch.values],
    )


def test_an_empty_log(log):
    assert log.partitions() == [0, 1]
    assert log.bounds([0, 1]) == {0: (0, 0), 1: (0, 0)}
    assert log.committed([0, 1]) == {0: None, 1: None}
    log.start({0: 0, 1: 0})
    assert log.poll(10) == []
    assert (log.position(0), log.position(1)) == (0, 0)


def test_records_come_as_they_were_written(writer, log):
    writer.append(0, [b"a", None, b"", b"line\nend", b"\xff"], timestamp=1_700_000_000_123)
    log.start({0: 0})
    assert poll_until(log, 5) == [
        Record(0, offset, 1_700_000_000_123, value)
        for offset, value in enumerate([b"a", None, b"", b"line\nend", b"\xff"])
    ]
    assert log.position(0) == 5
    assert log.poll(10) == []
    writer.append(0, [b"more"])
    assert offsets(poll_until(log, 1)) == [(0, 5)]


def test_a_poll_ends_with_the_piece_that_reaches_its_limit_and_the_next_goes_on(writer, log):
    for partition in range(PARTITIONS):
        writer.append(partition, [b"x"] * 25)
    log.start({0: 0, 1: 0})
    found = []
    while len(found) < 50:
        polled = log.poll(7)
        assert sum(map(len, polled[:-1])) < 7
        found += single(polled)
        for partition in range(PARTITIONS):
            seen = [record.offset for record in found if record.partition == partition]
            assert seen == list(range(len(seen)))
            assert log.position(partition) == len(seen)


def test_only_the_partitions_that_were_started_are_read_from_where_they_were(writer, log):
    for partition in range(PARTITIONS):
        writer.append(partition, [b"x"] * 5)
    log.start({1: 3})
    assert offsets(poll_until(log, 2)) == [(1, 3), (1, 4)]
    log.start({0: 4, 1: 4})
    assert sorted(offsets(poll_until(log, 2))) == [(0, 4), (1, 4)]
    log.start({})
    assert log.poll(10) == []


def test_what_is_committed_is_there_for_the_next_reader(writer, log):
    writer.append(0, [b"x"] * 5)
    log.start({0: 0, 1: 0})
    for committed in (3, 5, 2):
        log.commit({0: committed})
        until(lambda: [log.poll(10), writer.open().committed([0, 1])][1] == {0: committed, 1: None})  # noqa: B023
    log.commit({0: 5, 1: 0})
    until(lambda: [log.poll(10), writer.open().committed([0, 1])][1] == {0: 5, 1: 0})


@pytest.mark.parametrize(("start", "end"), [(0, 20), (0, 1), (5, 12), (19, 20), (7, 7)])
def test_a_read_is_just_the_range(writer, log, start, end):
    writer.append(0, [b"%d" % number for number in range(20)])
    batches = list(log.read(0, start, end))
    assert whole(batches) == (list(range(start, end)), [b"%d" % number for number in range(start, end)])
    if start < end:
        assert (batches[0].first, batches[-1].next) == (start, end)


def test_a_read_of_more_than_comes_at_once(writer, log):
    count = 8 * PIECE + 500
    writer.append(1, [b"%d" % number for number in range(count)])
    batches = list(log.read(1, 100, count - 100))
    assert whole(batches)[0] == list(range(100, count - 100))
    assert type(log) is MemoryLog or len(batches) > 1


def test_a_log_with_gaps(writer, log):
    """A transaction leaves a marker; so does the second, at the end.

    offset   0   1   2   3   4   5   6     end = 7
             x   x   x   .   x   x   .
    """
    writer.append_transaction(0, [b"a", b"b", b"c"])
    writer.append_transaction(0, [b"d", b"e"])
    assert log.bounds([0]) == {0: (0, 7)}
    log.start({0: 0})
    assert [record.offset for record in poll_until(log, 5)] == [0, 1, 2, 4, 5]
    until(lambda: log.poll(10) == [] and log.position(0) == 7)
    for start, end, found in ((0, 7, [0, 1, 2, 4, 5]), (3, 4, []), (6, 7, []), (2, 5, [2, 4])):
        batches = list(log.read(0, start, end))
        assert whole(batches)[0] == found
        assert (batches[0].first, batches[-1].next) == (start, end)


def test_what_was_deleted_is_passed_over_by_a_read(writer, log):
    writer.append(0, [b"x"] * 20)
    writer.delete_before(0, 8)
    assert log.bounds([0]) == {0: (8, 20)}
    batches = list(log.read(0, 3, 12))
    assert (whole(batches)[0], batches[-1].next) == ([8, 9, 10, 11], 12)


@pytest.mark.parametrize("end", [5, 20])
def test_a_read_of_what_is_all_gone_still_ends_at_its_end(writer, log, end):
    """As of a new dedup task, when the log begins where the spout does."""
    writer.append(0, [b"x"] * 20)
    writer.delete_before(0, 20)
    batches = list(log.read(0, 0, end))
    assert (whole(batches)[0], batches[-1].next) == ([], end)


@pytest.mark.parametrize("position", [0, 7, 21])
def test_a_position_that_the_log_does_not_hold_is_an_error(writer, log, position):
    writer.append(0, [b"x"] * 20)
    writer.delete_before(0, 8)
    log.start({0: position})
    with pytest.raises(LogTruncatedError):
        until(lambda: log.poll(10))


def test_a_position_at_the_ends_of_the_log_is_none(writer, log):
    writer.append(0, [b"x"] * 20)
    writer.delete_before(0, 8)
    log.start({0: 8, 1: 0})
    assert offsets(poll_until(log, 12)) == [(0, offset) for offset in range(8, 20)]
    assert log.poll(10) == []


def test_a_reader_reads_while_others_write(writer, log):
    log.start({0: 0})
    for number in range(5):
        writer.append(0, [b"%d" % number])
        assert [record.value for record in poll_until(log, 1)] == [b"%d" % number]


# kafka-python leaves it to the garbage collector to close a socket that found nobody
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_nobody_at_the_address_is_told_in_time_and_nothing_stays_behind(caplog):
    """A spout asks again every second, for as long as Kafka is away."""
    caplog.set_level("CRITICAL", "kafka")  # what is logged holds the sockets
    log, threads = KafkaLog("127.0.0.1:1", "t.events", "t", timeout_ms=300), set(enumerate_threads())
    for _ in range(3):
        begun = monotonic()
        with pytest.raises(StoreUnavailableError, match=r"Kafka at 127\.0\.0\.1:1: "):
            log.partitions()
        assert monotonic() - begun < 5
    assert set(enumerate_threads()) == threads
    log.close()
    gc.collect()


@pytest.mark.cluster
def test_a_topic_that_is_missing_is_named(cluster):
    log = KafkaLog(cluster.tuning.kafka_brokers, "tnever.events", "tnever", timeout_ms=2000)
    with pytest.raises(StoreUnavailableError, match=r"no topic tnever\.events; `dealstream create` makes it"):
        log.partitions()
    log.close()
