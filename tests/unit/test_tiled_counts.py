"""Counting in tiles: an event counts in its own day and hour; the tiles of a cuboid add up to all time."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain.flush import Flush
from dealstream.domain.tile import EVER, Grain, Tile, covering
from dealstream.domain.window import FlushWindow
from dealstream.stores.counters import MemoryCounters
from tests.support.counting import Codes, counted, expected
from tests.support.events import batch, event
from tests.support.tiled import DAY_MS, HOUR_MS, TILED

TIMES = st.integers(0, 2 * DAY_MS - 1) | st.sampled_from([0, HOUR_MS - 1, HOUR_MS, DAY_MS - 1, DAY_MS])
EVENTS = st.builds(
    event,
    st.uuids(version=4).map(str),
    time=TIMES,
    type=st.sampled_from(TILED.types.names),
    user=st.sampled_from(["ann", "bob", 3]),
    deal=st.sampled_from(["d1", "d2"]),
    gender=st.sampled_from(["f", "m", None]),
    city=st.sampled_from(["Berlin", "Bonn", None]),
)


def count(values: list[bytes]) -> tuple[MemoryCounters, Codes]:
    window, codes = FlushWindow(TILED), Codes()
    window.add(batch(values), b"K" * len(values))
    flush = Flush(TILED, window, codes)
    counters = MemoryCounters(flush.keys)
    counters.apply(flush)
    return counters, codes


@given(st.lists(EVENTS, max_size=30))
def test_an_event_counts_in_each_cuboid_in_its_own_tiles(values):
    counters, codes = count(values)
    assert counted(TILED, counters, codes.vocabulary, until_ms=2 * DAY_MS) == expected(TILED, values)


@given(st.lists(EVENTS, min_size=1, max_size=30))
def test_days_and_hours_add_up_to_all_time(values):
    counters, _ = count(values)
    deal = TILED.layout.find(["deal"])
    owners = counters.owners("deal")
    sums = []
    for grain in (Grain.EVER, Grain.DAY, Grain.HOUR):
        cubes = counters.cubes("deal", owners, covering(grain, 0, 2 * DAY_MS))
        held = {owner: deal.holds(cube.ids) for owner, cube in cubes.items()}
        sums.append(
            {
                owner: dict(zip(cube.ids[held[owner]].tolist(), cube.counts[held[owner]].tolist(), strict=True))
                for owner, cube in cubes.items()
            }
        )
    assert sums[0] == sums[1] == sums[2]


@given(st.lists(EVENTS, max_size=30))
def test_users_are_unique_over_all_the_tiles_that_are_asked_for(values):
    counters, _ = count(values)
    fields = [json.loads(value) for value in values]
    shown = TILED.types.names.index("shown")
    for tiles in ([EVER], covering(Grain.DAY, 0, DAY_MS), covering(Grain.HOUR, DAY_MS, 2 * DAY_MS)):
        start = 0 if tiles[0].number == 0 else DAY_MS
        end = 2 * DAY_MS if tiles[0] == EVER else start + DAY_MS
        who = {each["user"] for each in fields if each["deal"] == "d1" and each["type"] == "shown"
               and start <= each["time"] < end}  # fmt: skip
        assert counters.users("deal", [("d1", shown), ("nobody", shown)], tiles) == [len(who), 0]


def test_what_is_gone_by_now_is_not_counted_again():
    """The late event of a deployment that keeps hours for a day counts for ever, and for nothing else."""
    window, codes = FlushWindow(TILED), Codes()
    window.add(batch([event()]), b"K")
    plan = Flush(TILED, window, codes).plan(range(TILED.slots), {})
    ends = {append.expires_at for append in plan.appends}
    hour, day = (TILED.expires_at(Tile(grain, 0)) for grain in (Grain.HOUR, Grain.DAY))
    assert ends == {None, hour, day}
    assert {append.expires_at for append in plan.alive(hour).appends} == {None, day}
    assert {visitors.expires_at for visitors in plan.alive(day).visitors} == {None}
    assert plan.alive(0) == plan
    assert plan.alive(day).applied == plan.applied


@pytest.mark.parametrize("letters", ["DD", "RR"])
def test_only_kept_events_are_seen_by_tiles_and_users(letters):
    window = FlushWindow(TILED)
    window.add(batch([event() if letter == "D" else b"{}" for letter in letters]), letters.encode())
    plan = Flush(TILED, window, Codes()).plan(range(TILED.slots), {})
    assert Counter(append.key.split(":")[-3] for append in plan.appends) == {"ever": 1}
    assert plan.visitors == []
