"""Tiles: their names, and which of them cover a stretch of time."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain.tile import EVER, Grain, Tile, covering, in_order, parse

# an event may claim any time up to this one, in the year 287,396
MAX_TIME_MS = 2**53
DAY_MS = 86_400_000
HOUR_MS = 3_600_000
TIMES = st.integers(0, MAX_TIME_MS) | st.integers(0, 60 * DAY_MS)
GRAINS = st.sampled_from(Grain)
PERIODS = st.sampled_from([Grain.DAY, Grain.HOUR])


def tile_at(grain: Grain, time_ms: int) -> Tile:
    (tile,) = covering(grain, time_ms, time_ms + 1)
    return tile


@pytest.mark.parametrize(
    ("tile", "name", "end_ms"),
    [
        (EVER, "ever", None),
        (Tile(Grain.DAY, 0), "1970-01-01", DAY_MS),
        (Tile(Grain.DAY, 20782), "2026-11-25", 20783 * DAY_MS),
        (Tile(Grain.HOUR, 20782 * 24 + 14), "2026-11-25T14", (20782 * 24 + 15) * HOUR_MS),
        (Tile(Grain.DAY, 19782), "2024-02-29", 19783 * DAY_MS),
        (Tile(Grain.DAY, 2932897), "10000-01-01", 2932898 * DAY_MS),
        (Tile(Grain.HOUR, MAX_TIME_MS // HOUR_MS), "287396-10-12T08", (MAX_TIME_MS // HOUR_MS + 1) * HOUR_MS),
    ],
)
def test_a_tile_has_a_name_and_an_end(tile, name, end_ms):
    assert (tile.name, tile.end_ms, parse(name)) == (name, end_ms, tile)


@given(GRAINS, TIMES)
def test_a_name_is_read_back_as_its_tile(grain, time_ms):
    tile = tile_at(grain, time_ms)
    assert parse(tile.name) == tile
    assert ":" not in tile.name, "names are parts of keys"


@given(st.integers(0, 253402300799))
def test_a_name_is_the_date_as_people_write_it(second):
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
    assert tile_at(Grain.DAY, second * 1000).name == moment.strftime("%Y-%m-%d").zfill(10)
    assert tile_at(Grain.HOUR, second * 1000).name == moment.strftime("%Y-%m-%dT%H").zfill(13)


@pytest.mark.parametrize(
    "name",
    ["", "NaT", "nat", "EVER", "now", "today", "2026", "2026-11", "2026-11-25T", "2026-11-25T14:00", "2026-11-25T14Z",
     "2026-11-25 14", " 2026-11-25", "2026-11-25\n", "20261125", "2026-13-01", "2026-02-29", "2026-11-25T24",
     "26-11-25", "02026-11-25", "-0001-01-01", "+2026-11-25", "2026-W12", "٢٠٢٦-11-25", "99999999999999999999-01-01"],
)  # fmt: skip
def test_anything_else_is_no_tile(name):
    with pytest.raises(ValueError):  # noqa: PT011 -- of a day that is not in the calendar numpy says so
        parse(name)


@given(st.text() | st.from_regex(r"\d{4}-\d\d-\d\d(T\d\d)?", fullmatch=True))
def test_a_text_is_the_name_of_a_tile_or_refused(name):
    with suppress(ValueError):
        assert parse(name).name == name


@given(PERIODS, TIMES, st.integers(1, 100 * HOUR_MS))
def test_what_covers_a_stretch_has_all_of_it_and_no_tile_beside_it(grain, start_ms, length_ms):
    end_ms = start_ms + length_ms
    tiles = covering(grain, start_ms, end_ms)
    bounds = [(tile.end_ms - grain.length_ms, tile.end_ms) for tile in tiles]
    assert bounds[0][0] <= start_ms < bounds[0][1]
    assert bounds[-1][0] < end_ms <= bounds[-1][1]
    assert [end for _, end in bounds[:-1]] == [start for start, _ in bounds[1:]]
    assert {tile.grain for tile in tiles} == {grain}


@given(PERIODS, st.integers(-100, 10**6), st.integers(1, 50))
def test_whole_tiles_are_covered_by_themselves(grain, first, number):
    length = grain.length_ms
    wanted = [Tile(grain, first + step) for step in range(number)]
    assert covering(grain, first * length, (first + number) * length) == wanted


@given(GRAINS, TIMES, st.integers(0, DAY_MS))
def test_nothing_is_covered_by_no_tile(grain, start_ms, less):
    assert covering(grain, start_ms, start_ms - less) == []


def test_all_time_covers_everything():
    assert covering(Grain.EVER, 0, 1) == covering(Grain.EVER, 0, MAX_TIME_MS) == [EVER]


@given(TIMES)
def test_an_hour_lies_in_one_day(time_ms):
    assert tile_at(Grain.HOUR, time_ms).name.startswith(tile_at(Grain.DAY, time_ms).name + "T")


@given(st.lists(GRAINS))
def test_grains_come_once_each_the_longest_first(grains):
    found = in_order(grains)
    lengths = [grain.length_ms or float("inf") for grain in found]
    assert set(found) == set(grains)
    assert lengths == sorted(set(lengths), reverse=True)
