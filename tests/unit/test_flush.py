"""Flushes: whatever a slot has counted already, after a flush it has each record once.

            offsets   0    5    10   15
flush                 [--)    [-------)[---)
slot 0 has            [-------------)             it lacks the end
slot 1 has                                        it lacks all
slot 2 has            [--)          [--)          it lacks two parts
"""

import gc
import weakref

from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain.flush import Flush
from dealstream.domain.ranges import Ranges
from dealstream.domain.window import FlushWindow
from dealstream.stores.counters import MemoryCounters
from tests.support.counting import Codes, counted, expected
from tests.support.events import RELEVANCE, event
from tests.support.logs import Entries, cuts, end_of, entries, piece

KEYS = RELEVANCE.keys
EVENTS = st.builds(
    event,
    deal=st.sampled_from([f"d{number}" for number in range(8)]),
    gender=st.sampled_from(["f", "m", None]),
    city=st.sampled_from(["Berlin", "Bonn", None]),
)
LOGS = entries(EVENTS, max_size=20)


def flush_of(logs: dict[int, Entries], pieces, codes: Codes) -> Flush:
    """Return the flush of these pieces of logs, each (partition, first, next); all events are kept."""
    window = FlushWindow(RELEVANCE)
    for partition, first, next_ in pieces:
        cut = piece(logs[partition], first, next_, partition)
        window.add(cut, b"K" * len(cut))
    return Flush(RELEVANCE, window, codes)


def store_with(logs: dict[int, Entries], have: dict[tuple[int, int], Ranges], codes: Codes) -> MemoryCounters:
    """Return counters in which each slot has counted what ``have`` says, by (slot, partition)."""
    whole = MemoryCounters(KEYS)
    for (slot, partition), ranges in have.items():
        only = MemoryCounters(KEYS)
        only.apply(flush_of(logs, [(partition, *pair) for pair in ranges], codes))
        for key, value in only.strings.items():
            if f"{{{slot}}}" in key:
                whole.strings[key] = whole.strings.get(key, b"") + value if ":cube:" in key else value
    return whole


def test_a_flush_is_gone_as_soon_as_nobody_holds_it():
    """A window is tens of megabytes: it must not wait for the garbage collector."""
    flush = flush_of({0: [(0, event(1))]}, [(0, 0, 1)], Codes())
    MemoryCounters(KEYS).apply(flush)
    gone = weakref.ref(flush)
    gc.disable()
    try:
        del flush
        assert gone() is None
    finally:
        gc.enable()


@given(st.lists(LOGS, min_size=1, max_size=2), st.data())
def test_a_flush_completes_every_slot_whatever_it_has(drawn, data):
    logs, codes = dict(enumerate(drawn)), Codes()
    pairs = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=3)
    have = {
        (slot, partition): Ranges.of(data.draw(pairs)).within(Ranges.of([(0, end_of(log))]))
        for slot in range(KEYS.slots)
        for partition, log in logs.items()
    }
    counters = store_with(logs, have, codes)
    pieces = [(partition, *cut) for partition, log in logs.items() for cut in data.draw(cuts(end_of(log)))]
    counters.apply(flush_of(logs, data.draw(st.permutations(pieces)), codes))
    assert counted(RELEVANCE, counters, codes.vocabulary) == expected(
        RELEVANCE, [value for log in drawn for _, value in log]
    )
    ends = {partition: end_of(log) for partition, log in logs.items()}
    for (_, partition), ranges in counters.applied(logs).items():
        assert ranges == Ranges.of([(0, ends[partition])])


@given(LOGS, st.data())
def test_flushes_in_any_order_and_again_and_cut_again_count_each_record_once(log, data):
    codes, counters = Codes(), MemoryCounters(KEYS)
    pieces = [*data.draw(cuts(end_of(log))), *data.draw(cuts(end_of(log)))]
    while pieces:
        held = data.draw(st.lists(st.sampled_from(pieces), min_size=1, max_size=4))
        counters.apply(flush_of({0: log}, [(0, *bounds) for bounds in held], codes))
        pieces = [bounds for bounds in pieces if bounds not in held]
    assert counted(RELEVANCE, counters, codes.vocabulary) == expected(RELEVANCE, [value for _, value in log])
    assert all(ranges.watermark == end_of(log) for ranges in counters.applied([0]).values())


@given(LOGS)
def test_a_flush_that_is_there_already_plans_nothing(log):
    flush = flush_of({0: log}, [(0, 0, end_of(log))], Codes())
    there = {(slot, 0): Ranges.of([(0, end_of(log))]) for slot in range(KEYS.slots)}
    plan = flush.plan(range(KEYS.slots), there)
    assert (plan.appends, plan.visitors, plan.applied) == ([], [], {})


def test_a_plan_is_of_the_slots_asked_for():
    log = [(offset, event(deal=f"d{offset}")) for offset in range(20)]
    flush = flush_of({0: log}, [(0, 0, 20)], Codes())
    for slots in ([0], [1, 3], range(KEYS.slots)):
        plan = flush.plan(slots, {})
        assert {slot for slot, _ in plan.applied} == set(slots)
        assert {key.split("{")[1].split("}")[0] for key, _, _ in plan.appends} <= {str(slot) for slot in slots}


def test_the_applied_ranges_of_a_steady_stream_are_one_range():
    codes, counters = Codes(), MemoryCounters(KEYS)
    log = [(offset, event()) for offset in range(100)]
    for first in range(0, 100, 10):
        counters.apply(flush_of({0: log}, [(0, first, first + 10)], codes))
    assert {ranges.dump() for ranges in counters.applied([0]).values()} == {b"0-100"}
