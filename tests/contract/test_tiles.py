"""Tiles and unique users: in memory, in Redis as cubes and as packed hashes."""

import time

import pytest

from dealstream.domain.tile import EVER, Grain, Tile, covering
from tests.support.counting import Codes, counted, expected
from tests.support.events import event
from tests.support.flushes import flush_of
from tests.support.names import unique_relevance
from tests.support.tiled import DAY_MS, HOUR_MS, TILED_TABLE
from tests.support.waiting import until


@pytest.fixture
def relevance(counters_kind):
    return tiled(counters_kind)


def tiled(counters_kind, **retention):
    layout = "hash" if "packed" in counters_kind else "cube"
    return unique_relevance(**{**TILED_TABLE, "tiles": {**TILED_TABLE["tiles"], **retention}, "layout": layout})


LOG = [
    (offset, event(offset, time=offset * HOUR_MS, deal=f"d{offset % 3}", user=f"u{offset % 7}", city=f"c{offset % 2}"))
    for offset in range(60)
]


def test_each_tile_has_its_own_counts_whatever_comes_again(open_counters, relevance):
    counters, codes = open_counters(relevance), Codes()
    for pieces in ([(0, 40)], [(20, 60)], [(0, 60)]):
        counters.apply(flush_of(relevance, LOG, pieces, codes))
    assert counted(relevance, open_counters(relevance), codes.vocabulary, until_ms=3 * DAY_MS) == expected(
        relevance, [value for _, value in LOG]
    )


def test_cubes_of_several_tiles_are_summed(open_counters, relevance):
    counters, codes = open_counters(relevance), Codes()
    counters.apply(flush_of(relevance, LOG, [(0, 60)], codes))
    ids = relevance.layout.find(["deal"])
    sums = {}
    for grain in (Grain.DAY, Grain.HOUR):
        found = counters.cubes("deal", ["d0", "nobody"], covering(grain, DAY_MS, 2 * DAY_MS))
        assert list(found) == ["d0"]
        sums[grain] = int(found["d0"].counts[ids.holds(found["d0"].ids)].sum())
    assert sums == {Grain.DAY: 8, Grain.HOUR: 8}


def test_owners_are_those_of_the_tiles(open_counters, relevance):
    counters = open_counters(relevance)
    counters.apply(flush_of(relevance, LOG, [(0, 2)], Codes()))
    assert counters.owners("deal") == ["d0", "d1"]
    assert counters.owners("deal", [Tile(Grain.HOUR, 1)]) == ["d1"]
    assert counters.owners("deal", [Tile(Grain.HOUR, 2)]) == []
    assert counters.owners("city") == []
    assert counters.owners("city", covering(Grain.HOUR, 0, DAY_MS)) == ["c0", "c1"]


def test_users_are_unique_in_and_over_tiles(open_counters, relevance):
    counters = open_counters(relevance)
    for _ in range(2):
        counters.apply(flush_of(relevance, LOG, [(0, 60)], Codes()))
    assert counters.users("deal", [("d0", 0), ("d1", 0), ("d0", 1), ("nobody", 0)]) == [7, 7, 0, 0]
    first_hours = covering(Grain.HOUR, 0, 4 * HOUR_MS)
    assert counters.users("deal", [("d0", 0)], first_hours) == [2]
    assert counters.users("deal", [("d0", 0)], [*first_hours, Tile(Grain.HOUR, 21)]) == [2]


def test_many_users_are_counted_within_two_percent(open_counters, relevance):
    log = [(offset, event(offset, user=f"user-{offset * 7919}")) for offset in range(5000)]
    counters = open_counters(relevance)
    counters.apply(flush_of(relevance, log, [(0, 5000)], Codes()))
    (estimate,) = counters.users("deal", [("d1", 0)])
    assert abs(estimate - 5000) <= 100


def test_a_tile_is_gone_after_its_retention_and_all_time_is_not(open_counters, counters_kind):
    """The hour two hours ago is kept for as long as it takes to see it, and the day for long."""
    now = time.time()
    hour = Tile(Grain.HOUR, int(now * 1000) // HOUR_MS - 2)
    relevance = tiled(counters_kind, hour=f"{int(now + 2 - hour.end_ms / 1000)}s")
    day = covering(Grain.DAY, hour.end_ms - 1, hour.end_ms)
    log = [(offset, event(offset, time=hour.end_ms - 1, user=f"u{offset}")) for offset in range(9)]
    counters, codes = open_counters(relevance), Codes()
    counters.apply(flush_of(relevance, log, [(0, 4)], codes))
    assert list(counters.cubes("deal", ["d1"], [hour])) == ["d1"]
    assert counters.users("deal", [("d1", 0)], [hour]) == [4]
    until(lambda: not counters.owners("deal", [hour]) and not any(counters.users("deal", [("d1", 0)], [hour])))

    counters.apply(flush_of(relevance, log, [(0, 9)], codes))

    assert counters.cubes("deal", ["d1"], [hour]) == {}
    assert counters.users("deal", [("d1", 0)], [hour]) == [0]
    for tiles in ([EVER], day):
        assert counters.users("deal", [("d1", 0)], tiles) == [9]
        assert "d1" in counters.cubes("deal", ["d1"], tiles)


def test_a_cube_that_is_folded_keeps_its_expiry(open_counters, counters_kind):
    now = time.time()
    hour = Tile(Grain.HOUR, int(now * 1000) // HOUR_MS - 2)
    relevance = tiled(counters_kind, hour=f"{int(now + 3 - hour.end_ms / 1000)}s")
    log = [(offset, event(offset, time=hour.end_ms - 1)) for offset in range(300)]
    counters = open_counters(relevance)
    for first in range(0, 300, 3):
        counters.apply(flush_of(relevance, log, [(first, first + 3)], Codes()))
    until(lambda: not counters.owners("deal", [hour]))
    assert counters.owners("deal") == ["d1"]
