"""Times and tiles of the truth against those of the code that counts."""

import json
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain.event import EventDecoder, times
from dealstream.domain.tile import Grain, covering
from dealstream.truth.truth import Truth
from tests.support.events import batch
from tests.support.tiled import TILED

ZONES = st.sampled_from(["", "Z", "+02:00", "-09:30"])
MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1))
ISO = st.builds(lambda moment, zone: moment.isoformat(timespec="milliseconds") + zone, MOMENTS, ZONES)
TIMES = ISO | st.integers(0, 4 * 10**12) | st.integers(0, 4 * 10**9).map(lambda number: number + 0.5)


def line(number: int, time: object, **fields: object) -> bytes:
    return json.dumps({"id": number, "time": time, "type": "shown", "user": "u", "deal": "d", **fields}).encode()


@given(st.lists(TIMES, min_size=1, max_size=5))
def test_an_event_lies_in_the_tile_that_it_is_counted_in(written):
    lines = [line(number, time) for number, time in enumerate(written)]
    judged = EventDecoder(TILED).judge(batch(lines, timestamps=[2**50] * len(lines)))
    found = times(judged.columns[TILED.event.time]).tolist()
    truth = Truth.of([b"\n".join(lines)], TILED)
    for grain in (Grain.DAY, Grain.HOUR):
        tiles = [covering(grain, time, time + 1)[0] for time in found]
        assert truth.tiles(grain) == sorted(set(tiles))
        for tile in tiles:
            assert truth.buckets(["deal"], tile)["count"].to_list() == [tiles.count(tile)]


@pytest.mark.parametrize(("users", "different"), [(["a", "a", "b"], 2), (["a"], 1), ([1, 2, 3, 1], 3)])
def test_a_user_who_comes_again_is_one(users, different):
    truth = Truth.of([b"\n".join(line(number, 0, user=user) for number, user in enumerate(users))], TILED)
    for grain in Grain:
        (tile,) = truth.tiles(grain)
        assert truth.users(["deal"], tile)["users"].to_list() == [different]
