"""The sums of `dealstream memory`, of pieces made by hand: who has which counters and bytes."""

import numpy as np
import pytest

from dealstream.domain import cube
from dealstream.domain.cuboid import Cuboid
from dealstream.domain.flush import STREAM
from dealstream.domain.relevance_table import parse
from dealstream.queries.memory import ServerSums
from dealstream.queries.memory_tables import cuboids, servers
from dealstream.stores.redis_memory import Measured, Piece, ServerState
from tests.support.events import TABLE

RELEVANCE = parse(
    {
        **TABLE,
        "tiles": {"day": "30d"},
        "cuboids": [["deal"], {"dimensions": ["deal", "gender"], "tiles": ["ever", "day"], "users": True}, ["city"]],
    }
)
KEYS = RELEVANCE.keys
DEAL, GENDER, CITY = RELEVANCE.layout.cuboids
DAY = "2026-11-25"


def packed(*buckets: tuple[Cuboid, int]) -> bytes:
    """Return entries: of each cuboid so many different buckets."""
    ids = np.concatenate([np.arange(cuboid.base, cuboid.base + number) for cuboid, number in buckets]).astype(np.int64)
    return cube.pack(ids, np.ones(len(ids), np.int64))


def cube_of(dimension: str, owner: str, size: int, data: bytes, tile: str = "ever") -> Measured:
    return Measured(KEYS.cube(tile, dimension, owner), size, tile != "ever", data)


def sums_of(*found: Measured, passed: int = 100, keys: int = 100, limit: int | None = None) -> ServerSums:
    sums = ServerSums(RELEVANCE, ServerState("redis:1", keys, 5000, limit))
    sums.add(Piece(passed, list(found)))
    return sums


def row_of(name: str, grain: str, *sums: ServerSums, sample: int | None = None) -> dict:
    rows = {(row["cuboid"], row["grain"]): row for row in cuboids(RELEVANCE, sums, sample).to_dicts()}
    return rows[name, grain]


def test_a_server_is_the_sum_of_its_keys():
    sums = sums_of(
        cube_of("deal", "a", 160, cube.fold(packed((DEAL, 1), (GENDER, 3))) + packed((GENDER, 2))),
        cube_of("deal", "b", 80, packed((GENDER, 2)), DAY),
        Measured(KEYS.applied(0, 0), 72, False, None),
        limit=9000,
    )
    (row,) = servers([sums]).to_dicts()
    assert row == {
        "server": "redis:1", "used_bytes": 5000, "max_bytes": 9000, "keys": 3, "cubes": 2, "counters": 6, "bytes": 312,
        "bytes_per_counter": 40.0, "tail_entries": 4, "tail_bytes": 32, "expiring": 1,
    }  # fmt: skip
    assert sums.tiles(None) == {DAY: 1}


def test_cuboids_share_the_bytes_of_a_cube_in_proportion_to_their_counters():
    sums = sums_of(
        cube_of("deal", "a", 400, packed((DEAL, 1), (GENDER, 3))), cube_of("deal", "b", 60, packed((DEAL, 2)))
    )
    deal, gender = row_of("deal", "ever", sums), row_of("deal,gender", "ever", sums)
    assert (deal["cubes"], deal["counters"], deal["bytes"]) == (2, 3, 160)
    assert (gender["cubes"], gender["counters"], gender["bytes"], gender["bytes_per_counter"]) == (1, 3, 300, 100.0)


def test_a_tile_is_shared_by_the_cuboids_that_are_counted_in_it():
    sums = sums_of(cube_of("deal", "a", 90, packed((GENDER, 3)), DAY))
    assert row_of("deal,gender", "day", sums)["bytes"] == 90
    assert row_of("deal,gender", "ever", sums)["counters"] == row_of("deal", "ever", sums)["counters"] == 0


def test_unique_users_are_of_the_cuboid_of_their_bucket():
    users = [KEYS.users(tile, "deal", "a", GENDER.base + 2) for tile in ("ever", DAY)]
    sums = sums_of(*(Measured(key, 500 + number, False, None) for number, key in enumerate(users)))
    found = [row_of("deal,gender", grain, sums) for grain in ("ever", "day")]
    assert [(row["user_sets"], row["user_bytes"]) for row in found] == [(1, 500), (1, 501)]
    assert row_of("deal", "ever", sums)["user_sets"] == 0
    assert servers([sums])["bytes"].sum() == 1001


def test_what_became_of_the_records_has_a_row_of_its_own():
    sums = sums_of(cube_of(STREAM, "0", 72, cube.pack(np.arange(3), np.ones(3, np.int64))))
    assert (row_of(STREAM, "ever", sums)["counters"], row_of(STREAM, "ever", sums)["bytes"]) == (3, 72)
    assert cuboids(RELEVANCE, [sums])["counters"].sum() == servers([sums])["counters"].sum() == 3


def test_every_cuboid_and_grain_has_a_row_whatever_was_found():
    expected = [("deal", "ever"), ("deal,gender", "ever"), ("deal,gender", "day"), ("city", "ever"), (STREAM, "ever")]
    found = cuboids(RELEVANCE, [])
    assert list(zip(found["cuboid"], found["grain"], strict=True)) == expected
    assert found["bytes_per_counter"].null_count() == 5
    assert servers([]).height == 0


@pytest.mark.parametrize(
    ("sample", "passed", "keys", "factor"),
    [(2, 20, 100, 5), (2, 100, 100, 1), (3, 20, 100, 1), (None, 20, 100, 1), (1, 110, 100, 1)],
    ids=["a fifth was passed", "all were", "fewer cubes than wanted", "no sample", "keys went meanwhile"],
)
def test_a_sample_is_multiplied_by_what_was_not_passed(sample, passed, keys, factor):
    found = [cube_of("deal", owner, 100, packed((DEAL, 1), (GENDER, 1)), DAY) for owner in "ab"]
    sums = sums_of(*found, passed=passed, keys=keys)
    (row,) = servers([sums], sample).to_dicts()
    assert (row["cubes"], row["bytes"], row["counters"], row["bytes_per_counter"]) == (
        2 * factor, 200 * factor, 4 * factor, 50.0,
    )  # fmt: skip
    assert sums.tiles(sample) == {DAY: 2 * factor}
    assert row_of("deal,gender", "day", sums, sample=sample)["cubes"] == 2 * factor


def test_each_server_is_multiplied_by_its_own_factor():
    small = sums_of(cube_of("city", "x", 50, packed((CITY, 1))), passed=10, keys=20)
    large = sums_of(cube_of("city", "y", 50, packed((CITY, 1))), passed=10, keys=100)
    assert row_of("city", "ever", small, large, sample=1)["bytes"] == 50 * 2 + 50 * 10


def test_a_cube_that_is_none_is_named_and_left_out():
    sums = sums_of(cube_of("deal", "a", 50, b"123"), cube_of("deal", "b", 50, packed((DEAL, 1))))
    assert sums.unreadable == [KEYS.cube("ever", "deal", "a")]
    assert (sums.keys, sums.cubes, sums.bytes, sums.cube_bytes) == (2, 1, 100, 50)


def test_a_cube_that_is_gone_meanwhile_is_no_cube():
    sums = sums_of(Measured(KEYS.cube("ever", "deal", "a"), 50, False, None))
    assert (sums.keys, sums.cubes, sums.unreadable) == (1, 0, [])
