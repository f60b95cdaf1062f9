"""Estimates by hand, and that the declared one is never below what a log turns out to be."""

from collections import Counter
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain.budget import Budget, Bytes
from dealstream.domain.estimate import BYTES_PER_BUCKET, BYTES_PER_KEY, Load, estimate, live_tiles
from dealstream.domain.growth import Declared
from dealstream.domain.relevance_table import parse
from dealstream.domain.sample import measure
from dealstream.domain.tile import Grain
from tests.support.counting import expected
from tests.support.events import HOUR_MS, TABLE, event

GRAINS = ["ever", "day", "hour"]
TILED = parse(
    {
        **TABLE,
        "tiles": {"day": "3d", "hour": "90m"},
        "cuboids": [
            {"dimensions": ["deal"], "tiles": GRAINS, "users": True},
            {"dimensions": ["deal", "gender"], "tiles": ["hour"]},
            ["gender", "price"],
            {"dimensions": ["city", "deal", "far"], "tiles": ["ever", "day"]},
        ],
    }
)
HOUR_S, DAY_S = 3600, 86_400


@pytest.mark.parametrize(
    ("grain", "retention", "tiles"),
    [
        (Grain.EVER, {}, 1),
        (Grain.HOUR, {Grain.HOUR: HOUR_S}, 2),
        (Grain.HOUR, {Grain.HOUR: 90 * 60}, 3),
        (Grain.DAY, {Grain.DAY: 30 * DAY_S}, 31),
        (Grain.DAY, {Grain.DAY: 1}, 2),
    ],
)
def test_a_tile_is_kept_while_it_lasts_and_as_long_as_configured(grain, retention, tiles):
    assert live_tiles(grain, retention) == tiles


def test_a_bound_is_the_product_of_the_sizes_or_an_event_each():
    """10 deals; 4 genders, 4 prices, 6 cities, 4 distances, unknown and other included; 3 types."""
    load = Load(events=100_000, rate=0.1, window=50)
    found = estimate(TILED, load, Declared(TILED, deals=10))
    assert [(cost.name, cost.grain, cost.tiles, cost.buckets, cost.updates) for cost in found.cuboids] == [
        ("deal", "ever", 1, 10 * 3, 30 * 0.1 / 50),
        ("deal", "day", 4, 10 * 3 * 4, 30 * 0.1 / 50),
        ("deal", "hour", 3, 10 * 3 * 3, 30 * 0.1 / 50),
        ("deal,gender", "hour", 3, 10 * 4 * 3 * 3, 0.1),
        ("gender,price", "ever", 1, 4 * 4 * 3, 48 * 0.1 / 50),
        ("city,deal,far", "ever", 1, 6 * 10 * 4 * 3, 0.1),
        ("city,deal,far", "day", 4, 6 * 10 * 4 * 3 * 4, 0.1),
    ]
    assert [(cost.name, cost.grain, cost.buckets, cost.memory) for cost in found.keys] == [
        ("deal", "ever", 10, 10 * BYTES_PER_KEY),
        ("deal", "day", 40, 40 * BYTES_PER_KEY),
        ("deal", "hour", 30, 30 * BYTES_PER_KEY),
        ("gender", "ever", 4, 4 * BYTES_PER_KEY),
        ("city", "ever", 6, 6 * BYTES_PER_KEY),
        ("city", "day", 24, 24 * BYTES_PER_KEY),
    ]
    assert found.increments == pytest.approx(7 * 0.1)
    assert found.cuboids[4].memory == 48 * BYTES_PER_BUCKET


def test_few_events_make_few_buckets():
    """A tile of an hour gets the events of an hour; all tiles together what there is."""
    found = estimate(TILED, Load(events=1000, rate=0.1, window=1), Declared(TILED))
    buckets = {(cost.name, cost.grain): cost.buckets for cost in found.cuboids}
    assert buckets["deal", "hour"] == 1000
    assert buckets["deal,gender", "hour"] == 1000
    slow = estimate(TILED, Load(events=1000, rate=0.01, window=1), Declared(TILED))
    assert {(cost.name, cost.grain): cost.buckets for cost in slow.cuboids}["deal,gender", "hour"] == 36 * 3
    assert slow.updates == pytest.approx(0.01 * 7)


def test_without_an_end_of_events_the_product_bounds():
    load = Load(inf, 5, 5)
    assert estimate(TILED, load, Declared(TILED, deals=2)).cuboids[0].buckets == 2 * 3


@pytest.mark.parametrize(
    ("events", "memory"),
    [
        (1, BYTES_PER_BUCKET + BYTES_PER_KEY + 16 + 12.304),
        (2000, 6 * (BYTES_PER_BUCKET + BYTES_PER_KEY + 16) + 2000 * 12.304),
        (10**9, 6 * (BYTES_PER_BUCKET + BYTES_PER_KEY + 16 + 12_304)),
    ],
)
def test_unique_users_take_a_sketch_a_bucket(events, memory):
    assert estimate(TILED, Load(events, 1, 1), Declared(TILED, deals=2)).cuboids[0].memory == pytest.approx(memory)


def test_a_budget_is_compared_with_the_sums():
    found = estimate(TILED, Load(1000, 10, 10), Declared(TILED, deals=2))
    assert found.memory == sum(cost.memory for cost in (*found.cuboids, *found.keys))
    assert found.excesses(Budget(1000, 10, 2)) == []
    assert found.excesses(Budget(1000, 10, 2, Bytes(found.memory) + 1, found.updates)) == []
    exceeded = found.excesses(Budget(1000, 10, 2, Bytes(5), 1.5))
    assert [(excess.limit, excess.estimated, excess.allowed) for excess in exceeded] == [
        ("memory", found.memory, 5),
        ("updates_per_second", found.updates, 1.5),
    ]


EVENTS = st.builds(
    event,
    time=st.integers(0, 3 * 24 * HOUR_MS),
    type=st.sampled_from(TILED.types.names),
    user=st.sampled_from("uvw"),
    deal=st.sampled_from("abcde"),
    gender=st.sampled_from(["f", "m", "x", None]),
    city=st.sampled_from(["Berlin", "Bonn", 7, None]),
    price=st.sampled_from([5, 10, 99.5, None]),
)
KEPT = parse({**TILED.table, "tiles": {"day": "3d", "hour": "3d"}})


@given(st.lists(EVENTS, min_size=1, max_size=60), st.integers(0, 3))
def test_the_declared_estimate_is_never_below_what_comes(log, more):
    """Neither of all of it, nor of what a flush appends; nor is that of the log as its own sample above it."""
    true = Counter(name for name, _, _ in expected(KEPT, log))
    load = Load(len(log) + more, 1000, len(log))
    declared = Declared(KEPT, deals=5)
    most = estimate(KEPT, load, declared)
    sampled = estimate(KEPT, load, measure(declared, log, now_ms=0))
    for bound, likely in zip(most.cuboids, sampled.cuboids, strict=True):
        assert bound.buckets >= likely.buckets
        assert bound.memory >= likely.memory
        assert bound.updates >= likely.updates
        tiles = [count for name, count in true.items() if _is_of(name, bound.name, bound.grain)]
        assert bound.buckets >= sum(tiles)
        assert bound.updates * load.window / load.rate >= max(tiles)
        if bound.grain is Grain.EVER and not more:
            assert likely.buckets == sum(tiles)


def test_owners_are_counted_beyond_the_capacity():
    """They are stored by label; only codes run out."""
    log = [event(number, city=f"c{number}") for number in range(20)]
    found = measure(Declared(TILED), log, now_ms=0)
    assert (found.owners("city", 20), found.owners("city", 1000)) == (20, 20)
    assert found.declared.owners("city", 20) == 6


def _is_of(name: str, cuboid: str, grain: Grain) -> bool:
    """Tell whether ``name`` is that of a cuboid in a tile of the grain, as `expected` has it."""
    found, _, tile = name.partition(" ")
    return found == cuboid and grain == ("ever" if not tile else "hour" if "T" in tile else "day")
