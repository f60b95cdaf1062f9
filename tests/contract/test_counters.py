"""What counters promise, in memory, on one Redis server and on two."""

from dataclasses import replace

import pytest

from dealstream.domain import cube
from dealstream.domain.ranges import Ranges
from dealstream.domain.relevance import Relevance, Storage
from dealstream.domain.relevance_table import parse
from dealstream.stores.counters import Counters, MemoryCounters
from tests.support.counting import Codes, counted, expected
from tests.support.events import event
from tests.support.flushes import flush_of, varied_log
from tests.support.names import unique_relevance

LOG = varied_log(120)


def watermarks(counters: Counters, partition: int = 0) -> set[int]:
    return {ranges.watermark for ranges in counters.applied([partition]).values()}


def test_nothing_is_counted_at_first(open_counters, relevance):
    counters = open_counters(relevance)
    assert counters.applied([0, 3]) == {(slot, p): Ranges() for slot in range(relevance.slots) for p in (0, 3)}
    assert counters.owners("deal") == []
    assert counters.cubes("deal", ["d1"]) == {}
    assert counters.applied([]) == counters.cubes("deal", []) == {}


def test_a_flush_is_there_for_everybody_when_apply_returns(open_counters, relevance):
    codes = Codes()
    open_counters(relevance).apply(flush_of(relevance, LOG, [(0, 120)], codes))
    other = open_counters(relevance)
    assert counted(relevance, other, codes.vocabulary) == expected(relevance, [value for _, value in LOG])
    assert other.applied([0]) == {(slot, 0): Ranges.of([(0, 120)]) for slot in range(relevance.slots)}


@pytest.mark.parametrize(
    "flushes",
    [
        [[(0, 120)], [(0, 120)]],
        [[(0, 50), (50, 120)], [(20, 120)]],
        [[(100, 120)], [(40, 60)], [(0, 120)]],
        [[(0, 30), (0, 30)], [(10, 70)], [(60, 120), (30, 60)], [(0, 120)]],
    ],
    ids=["the same again", "a part again", "islands first", "cut anew"],
)
def test_what_is_applied_again_is_not_counted_again(open_counters, relevance, flushes):
    counters, codes = open_counters(relevance), Codes()
    for pieces in flushes:
        counters.apply(flush_of(relevance, LOG, pieces, codes))
    assert counted(relevance, counters, codes.vocabulary) == expected(relevance, [value for _, value in LOG])
    assert watermarks(counters) == {120}


def test_partitions_have_ranges_of_their_own(open_counters, relevance):
    counters, codes = open_counters(relevance), Codes()
    for partition in (0, 7):
        counters.apply(flush_of(relevance, LOG[:10], [(0, 10)], codes, partition))
    assert counted(relevance, counters, codes.vocabulary) == expected(relevance, [value for _, value in LOG[:10]] * 2)
    assert (watermarks(counters, 0), watermarks(counters, 7), watermarks(counters, 1)) == ({10}, {10}, {0})


def test_a_flush_without_records_moves_the_ranges(open_counters, relevance):
    counters = open_counters(relevance)
    counters.apply(flush_of(relevance, [], [(0, 4)], Codes()))
    counters.apply(flush_of(relevance, [], [], Codes()))
    assert watermarks(counters) == {4}
    assert counters.owners("deal") == []


def test_there_may_be_fewer_slots_than_servers(open_counters):
    relevance, codes = unique_relevance(slots=1), Codes()
    counters = open_counters(relevance)
    counters.mark_gone(1, 0, 5)
    counters.apply(flush_of(relevance, LOG, [(0, 120)], codes))
    assert counted(relevance, counters, codes.vocabulary) == expected(relevance, [value for _, value in LOG])


def test_cubes_are_folded_as_they_grow(open_counters, relevance):
    if relevance.counters is Storage.HASH:
        pytest.skip("packed hashes are never folded")
    counters, codes = open_counters(relevance), Codes()
    log = [(offset, event(offset)) for offset in range(600)]
    for first in range(0, 600, 3):
        counters.apply(flush_of(relevance, log, [(first, first + 3)], codes))
    found = counters.cubes("deal", ["d1"])["d1"]
    assert found.epoch >= 1
    assert found.compacted == len(found.ids) == 3
    assert counted(relevance, counters, codes.vocabulary) == expected(relevance, [value for _, value in log])


def test_all_implementations_write_the_same_cubes(open_counters, relevance):
    counters, memory, codes = open_counters(relevance), MemoryCounters(relevance.keys), Codes()
    for first in range(0, 120, 8):
        for store in (counters, memory):
            store.apply(flush_of(relevance, LOG, [(first, first + 8)], codes))
    owners = memory.owners("city")
    assert owners == counters.owners("city") == ["c0", "c1", "c2"]
    for owner, found in counters.cubes("city", owners).items():
        assert _plain(found, relevance) == _plain(memory.cubes("city", owners)[owner], relevance)


def test_owners_are_sorted_and_of_one_dimension(open_counters, relevance):
    names = ["10", "9", "Ä", "}:cube:deal:", "a b", "*"]
    log = [(offset, event(offset, deal=deal, city="x")) for offset, deal in enumerate(names)]
    counters = open_counters(relevance)
    counters.apply(flush_of(relevance, log, [(0, len(names))], Codes()))
    assert counters.owners("deal") == sorted(names)
    assert counters.owners("city") == ["x"]
    assert list(counters.cubes("deal", ["Ä", "nobody", "9"])) == ["Ä", "9"]


def test_what_is_gone_is_never_counted_and_marked_where_it_was_not_counted(open_counters, relevance):
    counters, codes = open_counters(relevance), Codes()
    counters.mark_gone(0, 0, 100)
    counters.apply(flush_of(relevance, LOG, [(90, 120)], codes))
    assert counted(relevance, counters, codes.vocabulary) == expected(relevance, [value for _, value in LOG[100:]])
    counters.mark_gone(0, 90, 130)
    assert watermarks(counters) == {130}
    assert counters.gone([0, 1]) == {0: Ranges.of([(0, 100), (120, 130)]), 1: Ranges()}


def test_another_schema_of_the_same_name_is_another_deployment(open_counters, relevance):
    changed = parse({**relevance.table, "cuboids": [["city"], ["deal"]]})
    assert changed.name == relevance.name
    old, new, codes = open_counters(relevance), open_counters(changed), Codes()
    old.apply(flush_of(relevance, LOG, [(0, 120)], codes))
    assert (new.owners("deal"), watermarks(new)) == ([], {0})
    new.apply(flush_of(changed, LOG, [(0, 60)], codes))
    assert counted(changed, new, codes.vocabulary) == expected(changed, [value for _, value in LOG[:60]])
    assert counted(relevance, old, codes.vocabulary) == expected(relevance, [value for _, value in LOG])


def test_one_deployment_is_no_prefix_of_another(open_counters, relevance):
    longer = replace(relevance, name=relevance.name + "x")
    open_counters(longer).apply(flush_of(longer, LOG, [(0, 120)], Codes()))
    assert open_counters(relevance).owners("deal") == []


def _plain(found: cube.Cube, relevance: Relevance) -> tuple:
    """Return the contents of a cube; where they are never folded, only what they count."""
    folds = () if relevance.counters is Storage.HASH else (found.epoch, found.compacted)
    return (found.ids.tolist(), found.counts.tolist(), *folds)
