"""What both sinks do over the wire: hold tuples, make them durable together, ack them only then."""

import pytest

from tests.support.events import batch
from tests.support.sinks import Counter, Writer
from tests.support.storm import Said


@pytest.fixture(params=[Writer, Counter])
def sink(request, tmp_path):
    sink = request.param(tmp_path)
    with sink.wire:
        yield sink


def acks(*numbers: int) -> list[Said]:
    return [("ack", f"t{number}") for number in numbers]


def fails(*numbers: int) -> list[Said]:
    return [("fail", f"t{number}") for number in numbers]


def test_tuples_are_held_until_there_are_enough_events(sink):
    assert sink.send(1) == sink.send(2, size=2) == []
    assert sink.stored() == 0
    assert sink.send(3) == acks(1, 2, 3)
    assert sink.stored() == 4
    assert sink.send(4) == []


def test_tuples_are_held_no_longer_than_the_linger_of_the_first(sink):
    """A tick comes every second; Storm knows no shorter one.

    ms    0     600   999   1000  1600 ... 2000  2599  2600
          t1    t2    tick  tick  t3       tick  tick  tick
                            acks                       acks
    """
    said = {}
    for now, number in (
        (0, 1),
        (600, 2),
        (999, None),
        (1000, None),
        (1600, 3),
        (2000, None),
        (2599, None),
        (2600, None),
    ):
        sink.now = now
        said[now] = sink.wire.tick() if number is None else sink.send(number)
    tick = [("ack", "tick")]
    assert said == {
        0: [], 600: [], 999: tick, 1000: [*tick, *acks(1, 2)],
        1600: [], 2000: tick, 2599: tick, 2600: [*tick, *acks(3)],
    }  # fmt: skip
    assert sink.stored() == 3


def test_a_tuple_that_comes_late_flushes_too(sink):
    sink.send(1)
    sink.now = 1000
    assert sink.send(2) == acks(1, 2)


def test_ticks_and_heartbeats_are_answered_and_do_nothing_else(sink):
    sink.now = 10_000
    assert sink.wire.tick() == [("ack", "tick")]
    assert sink.wire.heartbeat() == [("sync",)]


def test_the_ack_follows_the_flush(sink):
    """When the store gets the flush, nothing has been acked; the store being slow, that is what matters."""
    seen = []
    sink.store.answer = lambda: seen.append(sink.wire.written().count(b'"ack"'))
    sink.send(1, size=2)
    assert sink.send(2, size=2) == acks(1, 2)
    assert set(seen) == {0}


def test_if_the_store_is_away_every_held_tuple_fails_and_none_is_acked(sink):
    sink.store.away = True
    sink.send(1)
    sink.send(2, size=2)
    assert sink.send(3) == fails(1, 2, 3)
    sink.send(4)
    sink.now = 1000
    assert sink.wire.tick() == [("ack", "tick"), *fails(4)]
    assert sink.stored() == 0


def test_what_failed_is_forgotten_and_stored_when_it_comes_again(sink):
    sink.store.away = True
    sink.send(1, size=4)
    sink.store.away = False
    assert sink.send(2, size=4) == acks(2)
    assert sink.stored() == 4, "what failed must not be stored on the side: it will come again"
    assert sink.send(1, size=4) == acks(1)
    assert sink.stored() == 8


def test_replays_are_acked_and_change_nothing(sink):
    for _ in range(3):
        assert sink.send(1, size=4) == acks(1)
    assert sink.stored() == 4


def test_a_tuple_that_came_again_before_the_flush_is_acked_twice_and_stored_once(sink):
    """It had timed out while it was held; Storm knows only the second one, and ignores the ack of the first."""
    sink.send(1)
    sink.send(1)
    assert sink.send(2, size=2) == acks(1, 1, 2)
    assert sink.stored() == 3


def test_what_dedup_did_not_keep_is_not_stored_but_acked(sink):
    assert sink.send(1, size=4, letters="DKRD") == acks(1)
    assert sink.stored() == 1
    assert sink.send(2, size=4, letters="DDDR") == acks(2)
    assert sink.stored() == 1


def test_a_batch_without_records_is_acked_with_the_rest(sink):
    assert sink.hold("t0", batch([], first=0), "") == []
    assert sink.send(1, size=4) == [("ack", "t0"), *acks(1)]


def test_every_tuple_gets_one_answer(sink):
    """A store that comes and goes, tuples of all sizes, time that passes: acked or failed, once each."""
    answers = []
    for number in range(1, 60):
        sink.store.away = number % 7 in (3, 4)
        sink.now += number * 37 % 400
        answers += sink.send(number, size=number % 3 + 1)
        answers += sink.wire.tick()
    sink.now += 1000
    answers += sink.wire.tick()
    ids = [id_ for _, id_ in answers if id_ != "tick"]
    assert sorted(ids) == sorted(f"t{number}" for number in range(1, 60))
    acked = [int(id_[1:]) for said, id_ in answers if said == "ack" and id_ != "tick"]
    assert 0 < len(acked) < 59
    assert sink.stored() == sum(number % 3 + 1 for number in acked)
