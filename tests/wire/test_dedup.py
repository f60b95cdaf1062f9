"""The dedup bolt over the wire."""

from collections.abc import Sequence

import pytest

from dealstream.bolts.dedup import CODED, JUDGED, DedupBolt
from dealstream.domain.batch import Batch
from dealstream.stores.rejected import RejectedRecord
from dealstream.stores.snapshots import MemorySnapshots
from tests.support.events import batch, event
from tests.support.stores import SwitchedLog, SwitchedRejected
from tests.support.storm import Emit, Said, Wire, arriving, coded, judged

SIGN_OF_LIFE = ("sync",)


class Bolt:
    """A dedup bolt on a log in memory, and Storm's side of it."""

    def __init__(self, pid_dir) -> None:
        self.log, self.rejected, self._pid_dir = SwitchedLog(partitions=2), SwitchedRejected(), pid_dir
        self.snapshots = MemorySnapshots()
        self.start()

    def start(self, streams: Sequence[str] = (JUDGED, CODED)) -> None:
        """Start the bolt anew, as Storm does when its process has died; ``streams`` are what somebody takes."""
        log, rejected, snapshots = self.log, self.rejected, self.snapshots

        class InMemory(DedupBolt):
            open_log = staticmethod(lambda settings: log)
            open_rejected = staticmethod(lambda settings: rejected)
            open_snapshots = staticmethod(lambda settings: snapshots)

        conf = {"dedup_slice_offsets": 8, "dedup_slices": 3, "dedup_error_rate": 1e-12}
        self.wire = Wire(InMemory, 4, self._pid_dir, streams, **conf)

    def write(self, *values: bytes | None, partition: int = 0) -> Batch:
        """Append to the log; return what was appended as a batch."""
        first = self.log.bounds([partition])[partition][1]
        for value in values:
            self.log.append(partition, value)
        return batch(values, first=first, partition=partition)

    def judge(self, arrived: Batch, id_: str = "t1") -> list[Said]:
        """Send a batch; return what the bolt says but for the signs of life of a long read."""
        return [said for said in self.judge_aloud(arrived, id_) if said != SIGN_OF_LIFE]

    def judge_aloud(self, arrived: Batch, id_: str = "t1") -> list[Said]:
        """Send a batch; return all that the bolt says."""
        return self.wire.tuple(id_, arriving(arrived), "event_spout")


@pytest.fixture
def bolt(tmp_path):
    bolt = Bolt(tmp_path)
    yield bolt
    bolt.wire.close()


def passed_on(arrived: Batch, letters: str, id_: str = "t1") -> list[Said]:
    """Return what the bolt has to say: the batch with a letter a record, its codes, both anchored, then the ack."""
    as_it_came, as_codes = judged(arrived, letters), coded(arrived, letters)
    return [Emit(as_it_came, None, [id_], JUDGED), Emit(as_codes, None, [id_], CODED), ("ack", id_)]


def test_every_record_gets_a_letter(bolt):
    arrived = bolt.write(event("a"), event("b"), b"{}", event("a", time=5), None, event("c"))
    assert bolt.judge(arrived) == passed_on(arrived, "KKRDRK")


@pytest.mark.parametrize(("stream", "values"), [(JUDGED, judged), (CODED, coded)])
def test_what_nobody_takes_is_not_emitted(bolt, stream, values):
    bolt.wire.close()
    bolt.start([stream, "__ack_ack"])
    arrived = bolt.write(event("a"), event("a"), b"?")
    assert bolt.judge(arrived) == [Emit(values(arrived, "KDR"), None, ["t1"], stream), ("ack", "t1")]


def test_what_is_no_event_is_published_with_where_it_was_and_why(bolt):
    bolt.judge(bolt.write(event("a")))
    bolt.judge(bolt.write(event("b"), None, b"[]"))
    assert bolt.rejected.records == [
        RejectedRecord(0, 2, "the value is null", None),
        RejectedRecord(0, 3, "Expected `object`, got `array`", b"[]"),
    ]


def test_an_id_is_known_in_its_partition_from_then_on(bolt):
    bolt.judge(bolt.write(event("a"), event("b")))
    for values, letters in (((event("b"), event("c")), "DK"), ((event("a"), event("c"), event(7)), "DDK")):
        arrived = bolt.write(*values)
        assert bolt.judge(arrived) == passed_on(arrived, letters)
    elsewhere = bolt.write(event("a"), partition=1)
    assert bolt.judge(elsewhere) == passed_on(elsewhere, "K")


def test_a_replay_gets_the_same_answer(bolt):
    """The classic trap: seen, failed downstream, sent again, dropped as a duplicate of itself."""
    first, second = bolt.write(event("a"), b"?", event("a")), bolt.write(event("a"), event("b"))
    answers = [bolt.judge(first, "t1"), bolt.judge(second, "t2")]
    assert [bolt.judge(first, "t1"), bolt.judge(second, "t2")] == answers
    assert answers == [passed_on(first, "KRD", "t1"), passed_on(second, "DK", "t2")]
    assert [record.offset for record in bolt.rejected.records] == [1, 1]


def test_a_batch_that_did_not_arrive_is_read_from_the_log_and_not_emitted(bolt):
    bolt.judge(bolt.write(event("a")))
    bolt.write(event("b"), b"lost and no event")
    arrived = bolt.write(event("a"), event("b"), event("c"))
    assert bolt.judge(arrived) == passed_on(arrived, "DDK")
    assert bolt.rejected.records == []


def test_the_lost_batch_itself_is_judged_when_it_comes_at_last(bolt):
    bolt.judge(bolt.write(event("a")))
    lost = bolt.write(event("b"), event("a"))
    bolt.judge(bolt.write(event("b")))
    assert bolt.judge(lost, "t9") == passed_on(lost, "KD", "t9")


def test_a_new_task_knows_from_the_log_what_came_before(bolt):
    for number in range(20):
        bolt.judge(bolt.write(event(number)))
    bolt.wire.close()
    bolt.start()
    arrived = bolt.write(event(19), event(5), event("new"))
    assert bolt.judge(arrived) == passed_on(arrived, "DDK")


def test_what_is_read_from_the_log_keeps_storm_from_taking_it_for_dead(bolt):
    bolt.write(event("a"))
    arrived = bolt.write(event("a"))
    assert bolt.judge_aloud(arrived) == [SIGN_OF_LIFE, *passed_on(arrived, "D")]


def test_finished_slices_are_kept_and_spare_a_new_task_the_log(bolt):
    for number in range(20):
        bolt.judge(bolt.write(event(number)))
    assert sorted(bolt.snapshots.slices) == [(0, 0), (0, 1)]
    bolt.wire.close()
    bolt.start()
    bolt.log.truncate(0, 16)  # nobody can read the first two slices any more
    arrived = bolt.write(event(0), event(15), event(19), event("new"))
    assert bolt.judge(arrived) == passed_on(arrived, "DDDK")


def test_batches_cut_at_other_boundaries_get_the_same_letters(bolt):
    values = [event("a"), event("b"), event("a"), b"?", event("b"), event("c")]
    whole = bolt.write(*values)
    assert bolt.judge(whole) == passed_on(whole, "KKDRDK")
    for first, end, letters in ((2, 5, "DRD"), (5, 6, "K"), (0, 3, "KKD")):
        part = batch(values[first:end], first)
        assert bolt.judge(part) == passed_on(part, letters)


def test_a_batch_without_records_passes(bolt):
    arrived = bolt.write()
    assert bolt.judge(arrived) == passed_on(arrived, "")


def test_a_batch_fails_while_its_gap_can_not_be_read_and_passes_then(bolt):
    bolt.write(event("a"))
    arrived = bolt.write(event("a"), event("b"))
    bolt.log.away = True
    assert bolt.judge(arrived) == bolt.judge(arrived) == [("fail", "t1")]
    bolt.log.away = False
    assert bolt.judge(arrived) == passed_on(arrived, "DK")


def test_a_batch_fails_while_its_rejects_can_not_be_published_and_passes_then(bolt):
    arrived = bolt.write(event("a"), b"?", event("b"))
    bolt.rejected.away = True
    assert bolt.judge(arrived) == bolt.judge(arrived) == [("fail", "t1")]
    good = bolt.write(event("a"))
    assert bolt.judge(good, "t2") == passed_on(good, "D", "t2")
    bolt.rejected.away = False
    assert bolt.judge(arrived) == passed_on(arrived, "KRK")


def test_heartbeats_are_answered(bolt):
    assert bolt.wire.heartbeat() == [("sync",)]
