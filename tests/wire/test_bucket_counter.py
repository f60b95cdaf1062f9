"""The bucket counter over the wire: what a day's events come to."""

import pytest

from tests.support.counting import counted, expected
from tests.support.events import RELEVANCE, batch, event
from tests.support.sinks import Counter

EVENTS = [
    event(
        number,
        type=["shown", "bought"][number % 2],
        deal=f"d{number % 3}",
        gender="fm"[number % 2],
        city=f"c{number % 3}",
    )
    for number in range(8)
]


@pytest.fixture
def counter(tmp_path):
    counter = Counter(tmp_path)
    with counter.wire:
        yield counter


def buckets(counter):
    return counted(RELEVANCE, counter.store, counter.vocabulary)


def test_the_kept_events_are_in_one_bucket_of_each_cuboid(counter):
    counter.hold("t1", batch([*EVENTS[:3], b"?", EVENTS[0]]), "KKKRD")
    assert buckets(counter) == expected(RELEVANCE, EVENTS[:3])
    outcomes = counter.store.cubes("_stream", ["0"])["0"]
    assert dict(zip(outcomes.ids.tolist(), outcomes.counts.tolist(), strict=True)) == {0: 3, 1: 1, 2: 1}


def test_batches_that_come_again_and_cut_anew_over_several_flushes(counter):
    r"""After the spout went back, batches have other boundaries.

    0      4      8
    [--t1--)[-t2--)        two flushes
      [-t3---)             one more, of nothing new
    """
    for id_, first, end in (("t1", 0, 4), ("t2", 4, 8), ("t3", 1, 6)):
        assert counter.hold(id_, batch(EVENTS[first:end], first), "K" * (end - first)) == [("ack", id_)]
    assert buckets(counter) == expected(RELEVANCE, EVENTS)
    assert {ranges.dump() for ranges in counter.store.applied([0]).values()} == {b"0-8"}


def test_without_codes_nothing_is_counted(counter):
    counter.vocabulary.away = True
    assert counter.hold("t1", batch(EVENTS), "K" * 8) == [("fail", "t1")]
    assert buckets(counter) == {}
    counter.vocabulary.away = False
    assert counter.hold("t1", batch(EVENTS), "K" * 8) == [("ack", "t1")]
    assert buckets(counter) == expected(RELEVANCE, EVENTS)
