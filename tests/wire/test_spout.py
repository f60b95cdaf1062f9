"""The Kafka spout over the wire: what it emits, what it commits, and where it goes back to."""

import pytest

from dealstream.domain.batch import Batch, unpack
from dealstream.domain.offsets import RETRY_MS
from dealstream.domain.ranges import Ranges
from dealstream.spouts.kafka_events import START_AGAIN_MS, KafkaEventSpout
from dealstream.stores.log import LogTruncatedError, MemoryLog
from tests.support.events import RELEVANCE, event
from tests.support.stores import SwitchedCounters, SwitchedLog
from tests.support.storm import Emit, Wire
from tests.support.waiting import until

COMMIT_MS, CHECK_MS, LINGER_MS = 2000, 3000, 100
EVENTS = [event(number) for number in range(12)]


class Spout:
    """A spout of four events a batch, its log, its clock, and the counters whose watermarks it looks at."""

    def __init__(self, pid_dir, partitions: int = 1) -> None:
        self.now, self._pid_dir = 0.0, pid_dir
        self.log = SwitchedLog(partitions)
        self.keys = RELEVANCE.keys
        self.counters = SwitchedCounters(self.keys)
        self.emitted: list[Emit] = []
        self.wire: Wire

    def start(self, task: int = 2) -> "Spout":
        """Start its process."""
        log, counters = self.log, self.counters

        class InMemory(KafkaEventSpout):
            open_log = staticmethod(lambda settings: log)
            open_counters = staticmethod(lambda settings: counters)
            now_ms = staticmethod(lambda: self.now)

        conf = {"batch_events": 4, "batch_linger_ms": LINGER_MS, "commit_ms": COMMIT_MS, "check_ms": CHECK_MS}
        self.wire = Wire(InMemory, task, self._pid_dir, **conf)
        return self

    def write(self, values=EVENTS, partition: int = 0) -> None:
        for value in values:
            self.log.append(partition, value)

    def next(self, passed_ms: float = 0) -> list[Emit]:
        """Let time pass and ask for tuples, twice: the first time of all the spout finds out where to start."""
        self.now += passed_ms
        found = []
        for _ in range(2):
            *emits, sync = self.wire.send(command="next")
            assert sync == ("sync",)
            found += emits
        self.emitted += found
        return found

    def count(self, end: int, slots=range(RELEVANCE.slots), partition: int = 0) -> None:
        """Let slots have counted everything below ``end``."""
        for slot in slots:
            self.counters.strings[self.keys.applied(slot, partition)] = Ranges.of([(0, end)]).dump()

    def ack(self, emit: Emit) -> None:
        assert self.wire.send(command="ack", id=emit.id) == [("sync",)]

    def fail(self, emit: Emit) -> None:
        assert self.wire.send(command="fail", id=emit.id) == [("sync",)]


@pytest.fixture
def spout(tmp_path):
    spout = Spout(tmp_path)
    yield spout
    spout.wire.close()


def batch_of(emit: Emit) -> Batch:
    partition, first, next_, count, payload = emit.values
    found = unpack(partition, first, next_, payload)
    assert len(found) == count
    return found


def ranges(emits) -> list[tuple[int, int]]:
    return [(batch_of(emit).first, batch_of(emit).next) for emit in emits]


def test_records_are_emitted_as_batches_with_an_id(spout):
    spout.write(EVENTS[:10])
    emits = spout.start().next()
    assert ranges(emits) == [(0, 4), (4, 8)]
    assert [value for emit in emits for value in batch_of(emit).values] == EVENTS[:8]
    assert [emit.id for emit in emits] == ["0:0:0", "0:4:0"]
    assert spout.next(LINGER_MS - 1) == []
    assert ranges(spout.next(1)) == [(8, 10)]
    assert spout.next(10_000) == []


def test_null_values_and_offsets_that_are_no_records_are_carried(spout):
    spout.write([EVENTS[0], None])
    spout.log.skip(0)
    spout.write(EVENTS[1:3])
    spout.log.skip(0)
    emits = spout.start().next()
    assert ranges(emits) == [(0, 5), (5, 6)]
    assert batch_of(emits[0]).offsets.tolist() == [0, 1, 3, 4]
    assert batch_of(emits[0]).values == [EVENTS[0], None, *EVENTS[1:3]]
    assert len(batch_of(emits[1])) == 0


def test_commits_follow_the_acks_without_a_gap(spout):
    """Three batches, acked from the last to the first; a commit is due every two seconds."""
    spout.write()
    spout.start().next()
    spout.count(12)
    committed = []
    for emit in reversed(spout.emitted):
        spout.ack(emit)
        spout.next(COMMIT_MS)
        committed.append(spout.log.offsets.get(0))
    assert committed == [0, 0, 12]
    assert ranges(spout.emitted) == [(0, 4), (4, 8), (8, 12)]


def test_what_failed_comes_again_as_it_was_but_not_at_once(spout):
    spout.write()
    first, second, third = spout.start().next()
    spout.count(12)
    for emit in (first, third):
        spout.ack(emit)
    spout.fail(second)
    spout.write(EVENTS[:4])
    assert ranges(spout.next(RETRY_MS - 1)) == [(12, 16)]
    assert spout.next(1) == [second]
    assert spout.next(10 * RETRY_MS) == []
    spout.ack(second)
    spout.next(COMMIT_MS)
    assert spout.log.offsets == {0: 12}


def test_an_ack_that_comes_after_the_fail_settles_it(spout):
    spout.write(EVENTS[:4])
    (emit,) = spout.start().next()
    spout.count(4)
    spout.fail(emit)
    spout.ack(emit)
    assert spout.next(10 * RETRY_MS) == []
    assert spout.log.offsets == {0: 4}


@pytest.mark.parametrize(
    ("committed", "counted", "start"),
    [(None, None, 0), (8, 8, 8), (8, 12, 8), (None, 8, 0), (8, None, 0), (8, 5, 5)],
    ids=["new", "a restart", "counted, not committed", "commits lost", "counts lost", "counts set back"],
)
def test_it_starts_where_something_is_missing(spout, committed, counted, start):
    spout.write()
    if committed is not None:
        spout.log.commit({0: committed})
    if counted is not None:
        spout.count(counted, slots=[0, 2])
        spout.count(12, slots=[1, 3])
    spout.start().next()
    spout.next(LINGER_MS)
    assert ranges(spout.emitted)[0][0] == start
    assert ranges(spout.emitted)[-1][1] == 12


def test_what_is_gone_from_the_log_at_the_start_is_marked_and_never_waited_for(spout):
    spout.write()
    spout.log.truncate(0, 6)
    spout.start()
    assert ranges(spout.next()) == [(6, 10)]
    assert spout.counters.gone([0]) == {0: Ranges.of([(0, 6)])}
    assert {ranges.watermark for ranges in spout.counters.applied([0]).values()} == {6}
    assert "partition 0: offsets 0 to 6 are gone from the log" in "".join(spout.wire.logs)


def test_what_goes_from_the_log_meanwhile_is_marked_too(spout):
    spout.start().next()
    spout.write()
    spout.log.truncate(0, 6)
    assert ranges(spout.next()) == [(0, 6), (6, 10)]
    assert spout.counters.gone([0]) == {0: Ranges.of([(0, 6)])}


def test_what_is_gone_is_skipped_only_when_it_could_be_marked(spout):
    spout.start().next()
    spout.write()
    spout.log.truncate(0, 6)
    spout.counters.away = True
    for _ in range(3):
        assert spout.next(START_AGAIN_MS) == []
    spout.counters.away = False
    assert ranges(spout.next(START_AGAIN_MS)) == [(0, 6), (6, 10)]
    assert spout.counters.gone([0]) == {0: Ranges.of([(0, 6)])}


def test_a_log_that_ends_before_its_position_is_another_log_and_ends_it(spout):
    spout.write()
    spout.start().next()
    spout.log.seek(0, 13)
    with pytest.raises(LogTruncatedError):
        spout.next()


def test_while_a_store_is_away_it_waits_and_starts_by_itself(spout):
    spout.write()
    spout.counters.away = True
    spout.start()
    for _ in range(3):
        assert spout.next(START_AGAIN_MS) == []
    spout.counters.away = False
    assert ranges(spout.next(START_AGAIN_MS)) == [(0, 4), (4, 8), (8, 12)]


@pytest.mark.parametrize(("task", "own"), [(2, {0, 2}), (3, {1})])
def test_tasks_share_the_partitions(tmp_path, task, own):
    spout = Spout(tmp_path, partitions=3)
    for partition in range(3):
        spout.write(EVENTS[:4], partition)
    with spout.start(task).wire:
        assert {batch_of(emit).partition for emit in spout.next()} == own
        assert {emit.id.split(":")[0] for emit in spout.emitted} == set(map(str, own))


def test_a_task_without_a_partition_keeps_quiet(spout):
    spout.write()
    spout.start(task=3)
    for _ in range(5):
        assert spout.next(COMMIT_MS) == []
    assert spout.log.offsets == {}
    assert len([line for line in spout.wire.logs if "reading from" in line]) == 1


def test_a_slot_that_was_set_back_sends_it_back(spout):
    """All is acked and committed; then slot 2 comes back knowing only the first four.

    0    4    8    12
    [----)----)----)      epoch 0, all acked
         [----)----)      epoch 1
    """
    spout.write()
    spout.start().next()
    spout.count(12)
    for emit in spout.emitted:
        spout.ack(emit)
    spout.next(COMMIT_MS)
    assert spout.log.offsets == {0: 12}
    spout.count(4, slots=[2])
    first, second = until(lambda: spout.next(CHECK_MS))
    assert ranges([first, second]) == [(4, 8), (8, 12)]
    assert (first.id, second.id) == ("0:4:1", "0:8:1")
    spout.count(12)
    spout.ack(spout.emitted[2])
    spout.ack(first)
    spout.next(COMMIT_MS)
    assert spout.log.offsets == {0: 8}, "the ack of an earlier epoch counts for nothing"
    spout.ack(second)
    spout.next(COMMIT_MS)
    assert spout.log.offsets == {0: 12}


def test_redis_being_away_sends_nobody_back(spout):
    spout.write()
    spout.start().next()
    spout.count(12)
    for emit in spout.emitted:
        spout.ack(emit)
    spout.counters.away = True
    for _ in range(5):
        assert spout.next(CHECK_MS) == []


def test_it_reads_no_more_than_a_few_batches_ahead(spout):
    """The rest stays in Kafka, however much there is."""
    polled = []
    spout.log.poll = lambda limit: polled.append(limit) or MemoryLog.poll(spout.log, limit)
    spout.write(EVENTS * 20)
    spout.start().next()
    assert polled == [16]
    assert ranges(spout.emitted)[-1] == (12, 16)
