"""The spout over the wire: batches out, acks in any order, commits in the log's order."""

from typing import ClassVar

import pytest

from dealstream.domain import batch as batches
from dealstream.domain.ranges import Ranges
from dealstream.domain.slots import Keys
from dealstream.spouts.kafka_events import RETRY_MS, KafkaEventSpout
from dealstream.stores.counters import MemoryCounters
from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.log import MemoryLog
from tests.support.events import RELEVANCE, event
from tests.support.storm import Emit, Wire
from tests.support.waiting import until

KEYS = Keys(RELEVANCE.redis_prefix, RELEVANCE.slots)
COMMIT_MS, CHECK_MS, LINGER_MS = 2000, 3000, 100


class AwayCounters(MemoryCounters):
    """Counters that do not answer while ``away``."""

    away = False

    def applied(self, partitions):
        if self.away:
            raise StoreUnavailableError("switched off")
        return super().applied(partitions)


class Spout:
    """A spout on memory twins, and Storm's side of it."""

    conf: ClassVar = {
        "batch_events": 3, "batch_linger_ms": LINGER_MS, "commit_ms": COMMIT_MS, "check_ms": CHECK_MS,
    }  # fmt: skip

    def __init__(self, pid_dir, partitions: int = 1) -> None:
        self.log, self.counters, self.now = MemoryLog(partitions), AwayCounters(KEYS), 0.0
        self._pid_dir = pid_dir

    def start(self) -> None:
        """Start the process."""

        class InMemory(KafkaEventSpout):
            open_log = staticmethod(lambda settings: self.log)
            open_counters = staticmethod(lambda settings: self.counters)
            now_ms = staticmethod(lambda: self.now)

        self.wire = Wire(InMemory, 2, self._pid_dir, **self.conf)
        self.next()

    def next(self, at_ms: float | None = None) -> list[tuple[str, int, int]]:
        """Ask for the next tuples; return id, first and next of each."""
        self.now = self.now if at_ms is None else at_ms
        *emitted, sync = self.wire.send(command="next")
        assert sync == ("sync",)
        assert all(isinstance(said, Emit) for said in emitted)
        return [(said.id, said.values[1], said.values[2]) for said in emitted]

    def say(self, command: str, id_: str) -> None:
        """Send an ack or a fail."""
        assert self.wire.send(command=command, id=id_) == [("sync",)]

    def write(self, count: int, partition: int = 0) -> None:
        """Append events to the log."""
        for number in range(count):
            self.log.append(partition, event(number))

    def count(self, end: int, start: int = 0) -> None:
        """Let every slot have counted a range."""
        for slot in range(KEYS.slots):
            self.counters.strings[KEYS.applied(slot, 0)] = Ranges.of([(start, end)]).dump()


@pytest.fixture
def spout(tmp_path):
    spout = Spout(tmp_path)
    yield spout
    spout.wire.close()


def test_full_batches_at_once_and_the_rest_when_it_is_due(spout):
    spout.write(7)
    spout.start()
    assert spout.next() == [("0:0:0", 0, 3), ("0:3:0", 3, 6)]
    assert spout.next(LINGER_MS - 1) == []
    assert spout.next(LINGER_MS) == [("0:6:0", 6, 7)]
    assert spout.next() == []


def test_the_tuple_carries_the_records(spout):
    spout.write(3)
    spout.start()
    (said, _) = spout.wire.send(command="next")
    partition, first, next_, count, payload = said.values
    assert (partition, first, next_, count) == (0, 0, 3, 3)
    assert batches.unpack(partition, first, next_, payload).values == [event(0), event(1), event(2)]


def test_only_what_is_acked_without_a_gap_is_committed(spout):
    spout.write(9)
    spout.start()
    ids = [id_ for id_, _, _ in spout.next()]
    spout.say("ack", ids[2])
    spout.next(COMMIT_MS)
    assert spout.log.offsets.get(0, 0) == 0
    spout.say("ack", ids[0])
    spout.next(2 * COMMIT_MS)
    assert spout.log.offsets == {0: 3}
    spout.say("ack", ids[1])
    spout.say("ack", ids[1])
    spout.next(3 * COMMIT_MS)
    assert spout.log.offsets == {0: 9}


def test_a_failed_batch_comes_again_as_it_was_a_little_later(spout):
    spout.write(6)
    spout.start()
    first, second = spout.wire.send(command="next")[:2]
    spout.say("fail", first.id)
    spout.say("fail", "0:17:0")
    assert spout.next(RETRY_MS - 1) == []
    spout.now = RETRY_MS
    assert spout.wire.send(command="next") == [first, ("sync",)]
    assert second.id == "0:3:0"


@pytest.mark.parametrize(
    ("committed", "counted", "start"),
    [
        pytest.param(None, None, 0, id="new"),
        pytest.param(6, 6, 6, id="restarted"),
        pytest.param(3, 6, 3, id="counted, not committed"),
        pytest.param(6, 3, 3, id="committed, but a server was set back"),
    ],
)
def test_it_starts_at_the_lowest_offset_that_somebody_lacks(spout, committed, counted, start):
    spout.write(9)
    if committed is not None:
        spout.log.commit({0: committed})
        spout.count(counted)
    spout.start()
    assert spout.next()[0][1] == start


def test_a_slot_that_forgot_sends_it_back_and_old_acks_count_no_more(spout):
    """It starts a new epoch.

    offset   0     3     6     9
             |acked|acked|     |       one slot forgets what lies beyond 2
               |acked|   |     |       the new batches start at 2
    """
    spout.write(9)
    spout.start()
    ids = [id_ for id_, _, _ in spout.next()]
    spout.count(6)
    for id_ in ids[:2]:
        spout.say("ack", id_)
    spout.next(COMMIT_MS)
    assert spout.log.offsets == {0: 6}
    spout.counters.strings[KEYS.applied(1, 0)] = b"0-2"
    again: list[tuple[str, int, int]] = []
    until(lambda: again.extend(spout.next(spout.now + CHECK_MS)) or again)
    spout.next()
    assert next(bounds for _, *bounds in again) == [2, 5]
    assert again[0][0] == "0:2:1"
    spout.say("ack", ids[2])
    spout.say("ack", "0:2:0")
    spout.next(spout.now + COMMIT_MS)
    assert spout.log.offsets == {0: 2}
    assert any("a slot was set back; counting again from 2" in line for line in spout.wire.logs)


def test_while_redis_is_away_it_waits_and_then_starts(spout):
    spout.write(3)
    spout.counters.away = True
    spout.start()
    assert spout.next(10) == []
    spout.counters.away = False
    assert spout.next(RETRY_MS - 1) == []
    spout.next(RETRY_MS)
    assert spout.next() == [("0:0:0", 0, 3)]


def test_what_the_log_no_longer_has_is_marked_and_said(spout):
    spout.write(9)
    spout.log.truncate(0, 4)
    spout.start()
    assert [bounds for _, *bounds in spout.next()] == [[4, 7]]
    assert spout.counters.gone([0]) == {0: Ranges.of([(0, 4)])}
    assert any("partition 0: offsets 0 to 4 are gone from the log" in line for line in spout.wire.logs)


def test_what_the_log_loses_before_it_was_read_is_marked_and_said(spout):
    spout.write(3)
    spout.start()
    spout.next()
    spout.write(6)
    spout.log.truncate(0, 5)
    found = spout.next() + spout.next()
    assert [bounds for _, *bounds in found] == [[3, 5], [5, 8]]
    assert spout.counters.gone([0]) == {0: Ranges.of([(3, 5)])}


def test_transaction_markers_at_the_end_are_passed_over(spout):
    spout.write(3)
    spout.log.skip(0)
    spout.start()
    assert spout.next() == [("0:0:0", 0, 3), ("0:3:0", 3, 4)]
