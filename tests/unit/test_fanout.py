"""Fan-out: every kept event counts in one bucket of each cuboid, as if counted by hand."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain.fanout import durable_codes, fan_out
from dealstream.domain.flush import Flush
from dealstream.domain.window import FlushWindow
from dealstream.stores.counters import MemoryCounters
from tests.support.counting import Codes, counted, expected
from tests.support.events import RELEVANCE, batch, event

EVENTS = st.builds(
    event,
    st.uuids(version=4).map(str),
    type=st.sampled_from(RELEVANCE.types.names),
    deal=st.sampled_from(["d1", "d2", 3]),
    gender=st.sampled_from(["f", "m", "x", None]),
    city=st.sampled_from(["Berlin", "Bonn", 7, True, None]),
    price=st.sampled_from([5, 10, 99.5, None]),
    lat=st.just(52.5),
    lon=st.just(13.4),
    deal_lat=st.sampled_from([52.5, 53.5, None]),
    deal_lon=st.just(13.4),
)
NO_EVENT = b"{}"


def count(*batches: tuple) -> tuple[Counter, MemoryCounters]:
    """Count judged batches in one window; return the buckets and the store."""
    window, codes = FlushWindow(RELEVANCE), Codes()
    for judged in batches:
        window.add(*judged)
    flush = Flush(RELEVANCE, window, codes)
    counters = MemoryCounters(flush.keys)
    counters.apply(flush)
    return counted(RELEVANCE, counters, codes.vocabulary), counters


def outcomes(counters: MemoryCounters, partition: int) -> dict[int, int]:
    found = counters.cubes("_stream", [str(partition)]).get(str(partition))
    return dict(zip(found.ids.tolist(), found.counts.tolist(), strict=True)) if found else {}


@given(st.lists(st.tuples(EVENTS, st.sampled_from("KKKDR")), max_size=30))
def test_the_kept_events_count_once_in_each_cuboid(judged):
    values = [NO_EVENT if letter == "R" else value for value, letter in judged]
    letters = "".join(letter for _, letter in judged)
    buckets, counters = count((batch(values), letters.encode()))
    assert buckets == expected(RELEVANCE, [value for value, letter in judged if letter == "K"])
    found = [outcomes(counters, 0).get(number, 0) for number in range(3)]
    assert found == [letters.count(letter) for letter in "KDR"]


def test_two_events_by_hand():
    """A woman buys a deal of 12, and a man of unknown place sees it."""
    buckets, _ = count(
        (batch([event(1, type="bought", gender="f", city="Bonn", price=12), event(2, gender="m", city=None)]), b"KK")
    )
    assert buckets == {
        ("deal", ("d1",), "bought"): 1,
        ("deal", ("d1",), "shown"): 1,
        ("deal,gender", ("d1", "f"), "bought"): 1,
        ("deal,gender", ("d1", "m"), "shown"): 1,
        ("deal,city,price", ("d1", "Bonn", "10-25"), "bought"): 1,
        ("deal,city,price", ("d1", "unknown", "unknown"), "shown"): 1,
        ("city", ("Bonn",), "bought"): 1,
        ("city", ("unknown",), "shown"): 1,
        ("gender,far", ("f", "unknown"), "bought"): 1,
        ("gender,far", ("m", "unknown"), "shown"): 1,
    }


@pytest.mark.parametrize("letters", [b"DD", b"RR", b"DR"])
def test_a_window_without_a_kept_event_counts_outcomes_only(letters):
    values = [event() if letter == ord("D") else NO_EVENT for letter in letters]
    buckets, counters = count((batch(values), letters))
    assert buckets == {}
    assert sum(outcomes(counters, 0).values()) == 2
    assert counters.applied([0])[0, 0].watermark == 2


def test_partitions_are_told_apart_where_it_matters():
    _, counters = count((batch([event(1)], partition=0), b"K"), (batch([event(2), event(2)], partition=7), b"KD"))
    assert (outcomes(counters, 0), outcomes(counters, 7)) == ({0: 1}, {0: 1, 1: 1})


def test_values_beyond_the_capacity_are_other_and_unknown_takes_none_of_it():
    """The dimension ``city`` of the test deployment has room for four."""
    cities = [None, "a", "b", "c", "d", "e", "f"]
    buckets, _ = count((batch([event(number, city=city) for number, city in enumerate(cities)]), b"K" * 7))
    of_deal = {labels[1]: number for (name, labels, _), number in buckets.items() if name == "deal,city,price"}
    assert of_deal == {"unknown": 1, "a": 1, "b": 1, "c": 1, "d": 1, "other": 2}
    as_owner = {labels[0]: number for (name, labels, _), number in buckets.items() if name == "city"}
    assert as_owner == {"unknown": 1, **dict.fromkeys("abcdef", 1)}


def test_only_the_fresh_events_are_fanned_out():
    window, codes = FlushWindow(RELEVANCE), Codes()
    window.add(batch([event(number, deal=deal) for number, deal in enumerate("aabc")]), b"KKKK")
    columns = window.columns()
    fresh = np.array([True, False, True, False])
    deltas = list(fan_out(RELEVANCE, columns, durable_codes(RELEVANCE, columns, codes), fresh))
    assert {delta.place[1:] for delta in deltas} == {
        ("deal", "a"),
        ("deal", "b"),
        ("city", "unknown"),
        ("gender", "unknown"),
    }


def test_a_label_is_looked_up_once_a_window_and_only_where_ids_need_it():
    asked = []

    def codes(dimension, labels):
        asked.append((dimension, sorted(labels)))
        return np.arange(1, len(labels) + 1, dtype=np.int32)

    window = FlushWindow(RELEVANCE)
    window.add(batch([event(number, city=city) for number, city in enumerate(["x", "y", "x", None])]), b"KKKK")
    Flush(RELEVANCE, window, codes)
    assert asked == [("city", ["x", "y"])]
