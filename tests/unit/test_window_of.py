"""The tiles that a question about the last days or hours is about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain.relevance_table import parse
from dealstream.domain.tile import EVER, Grain
from dealstream.queries.window import WindowError, window_of
from tests.support.events import TABLE

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
RELEVANCE = parse(
    {
        **TABLE,
        "tiles": {"day": "30d", "hour": "48h"},
        "cuboids": [
            {"dimensions": ["deal"], "tiles": ["ever", "day", "hour"]},
            {"dimensions": ["deal", "gender"], "tiles": ["hour"]},
            {"dimensions": ["city"], "tiles": ["day"]},
            ["gender"],
        ],
    }
)
BOTH, BY_HOUR, BY_DAY, FOR_EVER = RELEVANCE.layout.cuboids
# 2026-11-25T14:30
NOW_MS = 20782 * DAY_MS + 14 * HOUR_MS + HOUR_MS // 2


@pytest.mark.parametrize(
    ("cuboid", "length", "first", "last", "number"),
    [
        (BOTH, "1d", "2026-11-25", "2026-11-25", 1),
        (BOTH, "7d", "2026-11-19", "2026-11-25", 7),
        (BOTH, "24h", "2026-11-25", "2026-11-25", 1),
        (BOTH, "25h", "2026-11-24T14", "2026-11-25T14", 25),
        (BOTH, "1h", "2026-11-25T14", "2026-11-25T14", 1),
        (BOTH, "60m", "2026-11-25T14", "2026-11-25T14", 1),
        (BOTH, "31d", "2026-10-26", "2026-11-25", 31),
        (BY_HOUR, "1d", "2026-11-24T15", "2026-11-25T14", 24),
        (BY_HOUR, "49h", "2026-11-23T14", "2026-11-25T14", 49),
        (BY_DAY, "48h", "2026-11-24", "2026-11-25", 2),
    ],
)
def test_the_last_tile_is_that_of_now(cuboid, length, first, last, number):
    window = window_of(RELEVANCE, cuboid, length, NOW_MS, NOW_MS)
    assert (window.tiles[0].name, window.tiles[-1].name, len(window.tiles)) == (first, last, number)
    assert str(window) == f"{first} to {last} UTC"


@pytest.mark.parametrize("off", [0, 1, HOUR_MS - 1])
def test_an_hour_begins_with_its_first_millisecond_and_ends_before_the_next(off):
    window = window_of(RELEVANCE, BY_HOUR, "2h", 20782 * DAY_MS + 14 * HOUR_MS + off, NOW_MS)
    assert [tile.name for tile in window.tiles] == ["2026-11-25T13", "2026-11-25T14"]


@pytest.mark.parametrize(
    ("cuboid", "length", "problem"),
    [
        (BOTH, "90m", "deal is counted by ever, day, hour: 90m is not a whole number of such tiles"),
        (BOTH, "0d", "0d is not a whole number"),
        (BY_DAY, "25h", "city is counted by day: 25h is not a whole number of such tiles"),
        (FOR_EVER, "1d", "gender is counted by ever: 1d is not a whole number of such tiles"),
        (BOTH, "32d", "tiles of one day are kept for 2,592,000 seconds after their end"),
        (BOTH, "99999999999d", "tiles of one day are kept"),
        (BY_HOUR, "3d", "tiles of one hour are kept for 172,800 seconds after their end"),
        (BOTH, "a week", "is not a duration"),
    ],
)
def test_what_is_not_counted_or_not_kept_is_refused(cuboid, length, problem):
    with pytest.raises(ValueError, match=problem) as refusal:
        window_of(RELEVANCE, cuboid, length, NOW_MS, NOW_MS)
    assert isinstance(refusal.value, WindowError) or length == "a week"


@given(st.integers(0, 2**53), st.integers(1, 49))
def test_a_window_is_as_long_as_asked_for_and_ends_with_the_tile_of_its_moment(until_ms, hours):
    tiles = window_of(RELEVANCE, BY_HOUR, f"{hours}h", until_ms, until_ms).tiles
    assert len(tiles) == hours
    assert tiles[-1].end_ms - HOUR_MS <= until_ms < tiles[-1].end_ms
    assert [tile.number - tiles[0].number for tile in tiles] == list(range(hours))


@given(st.integers(0, 2**53), st.integers(1, 31))
def test_every_tile_of_a_window_that_ends_now_is_still_kept(now_ms, days):
    for cuboid, length in ((BY_DAY, f"{days}d"), (BY_HOUR, f"{days}h")):
        for tile in window_of(RELEVANCE, cuboid, length, now_ms, now_ms).tiles:
            assert RELEVANCE.expires_at(tile) * 1000 > now_ms


@pytest.mark.parametrize(
    ("later_ms", "refused"),
    [
        (0, False),
        (29 * DAY_MS, False),
        (30 * DAY_MS - NOW_MS % DAY_MS, False),
        (31 * DAY_MS, True),
        (90 * DAY_MS, True),
    ],
)
def test_a_window_that_ended_before_is_refused_once_its_first_tile_is_gone(later_ms, refused):
    """A sum over tiles of which some are gone would be too low, and nobody would see it."""
    now_ms = NOW_MS + later_ms
    if refused:
        with pytest.raises(WindowError, match="some are gone"):
            window_of(RELEVANCE, BY_DAY, "1d", NOW_MS, now_ms)
    else:
        assert len(window_of(RELEVANCE, BY_DAY, "1d", NOW_MS, now_ms).tiles) == 1


def test_a_window_may_end_in_the_future():
    assert len(window_of(RELEVANCE, BY_DAY, "2d", NOW_MS + 5 * DAY_MS, NOW_MS).tiles) == 2


def test_a_window_is_of_one_grain_and_never_of_all_time():
    for length in ("1d", "5h"):
        tiles = window_of(RELEVANCE, BOTH, length, NOW_MS, NOW_MS).tiles
        assert EVER not in tiles
        assert {tile.grain for tile in tiles} == {Grain.DAY if length == "1d" else Grain.HOUR}
