"""Schemas: whose key is whose, how far each has counted, and what is said of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain.ranges import Ranges
from dealstream.domain.schemas import RETIRED, Deployment, progress
from dealstream.domain.slots import Keys
from dealstream.queries.schemas import Schema, table
from dealstream.stores.redis_schemas import SchemaKeys
from tests.support.events import RELEVANCE

PIZZA = Deployment("pizza")
KEYS = Keys("pizza:0a1b2c:", 4)


def test_every_key_of_a_schema_is_known_as_its_own():
    cube, users = KEYS.cube("ever", "deal", "a:b"), KEYS.users("ever", "deal", "7", 3)
    for key in (cube, users, KEYS.applied(3, 12), KEYS.gone(3, 12), "pizza:0a1b2c:places"):
        assert PIZZA.schema_of(key) == "0a1b2c"
    assert RELEVANCE.redis_prefix == Deployment(RELEVANCE.name).prefix(RELEVANCE.schema)
    assert Deployment(RELEVANCE.name).schema_of(RELEVANCE.redis_prefix) == RELEVANCE.schema


@pytest.mark.parametrize(
    "key",
    ["", "pizza", "pizza:", "pizza:0a1b2c", "pizza:0A1B2C:x", "pizza:0a1b2:x", "pizza:0a1b2c3:x", "pizzas:0a1b2c:x",
     "x:pizza:0a1b2c:x", "pizza:other"],
)  # fmt: skip
def test_keys_of_others_are_of_no_schema(key):
    assert PIZZA.schema_of(key) is None


def test_only_keys_of_counted_ranges_say_a_slot_and_a_partition():
    assert PIZZA.applied(KEYS.applied(3, 12)) == (3, 12)
    for key in (KEYS.gone(3, 12), KEYS.cube("ever", "deal", "}:applied:12"), "other:0a1b2c:{3}:applied:12"):
        assert PIZZA.applied(key) is None


@pytest.mark.parametrize(
    ("watermarks", "slots", "expected"),
    [
        ({}, 2, 0),
        ({}, None, 0),
        ({(0, 0): 50, (1, 0): 70}, 2, 50),
        ({(0, 0): 50, (1, 0): 70, (0, 1): 5, (1, 1): 3}, 2, 53),
        ({(0, 0): 50, (1, 0): 70}, 3, 0),
        ({(0, 0): 50, (1, 0): 70}, None, 50),
        ({(1, 0): 70}, None, 0),
    ],
    ids=["nothing", "nothing at all", "the lower", "two partitions", "a slot has none", "two slots, it seems", "a gap"],
)
def test_a_schema_is_as_far_as_its_slowest_slot(watermarks, slots, expected):
    assert progress(watermarks, slots) == expected


def test_a_word_in_place_of_ranges_is_read_by_nobody():
    """What counts on from ranges must fail, not begin anew."""
    with pytest.raises(ValueError, match="unpack"):
        Ranges.parse(RETIRED)


def held(keys: int, *sizes: int, **ranges: bytes) -> SchemaKeys:
    """Return keys, with ``ranges`` by slot and partition: ``s0p1=b"0-5"``."""
    places = {tuple(map(int, name[1:].split("p"))): text for name, text in ranges.items()}
    return SchemaKeys(keys, sizes, places)


def test_a_schema_is_the_sum_of_what_its_servers_have():
    schema = Schema("0a1b2c")
    schema.on("one").add(held(4, 100, 200, s0p0=b"0-5", s2p0=b"0-9"))
    schema.on("one").add(held(4))
    schema.on("two").add(held(1, 70, s1p0=b"0-7,9-11"))
    assert (schema.keys, schema.bytes, schema.estimated, schema.spoilt) == (9, 8 * 150 + 70, True, False)
    assert (schema.counted(), schema.counted(3), schema.counted(4)) == (5, 5, 0)
    assert schema.on("one").ranges == [(0, 0), (2, 0)]


def test_a_slot_on_two_servers_counts_as_far_as_the_further_one():
    """One that moved may have left something behind."""
    schema = Schema("0a1b2c")
    schema.on("one").add(held(1, 70, s0p0=b"0-5"))
    schema.on("two").add(held(1, 70, s0p0=b"0-9"))
    assert (schema.counted(), schema.estimated) == (9, False)


@given(st.lists(st.integers(1, 1000), min_size=1), st.integers(0, 5))
def test_sizes_are_exact_if_all_keys_were_measured(sizes, others):
    schema = Schema("0a1b2c")
    schema.on("one").add(held(len(sizes) + others, *sizes))
    assert schema.estimated is (others > 0)
    assert schema.bytes >= sum(sizes)
    assert others or schema.bytes == sum(sizes)


def test_the_table_says_what_each_schema_is():
    schemas = {name: Schema(name) for name in ("aaaaaa", "bbbbbb", "cccccc", "dddddd")}
    for schema in schemas.values():
        schema.on("one").add(held(2, 50, 50, s0p0=b"0-7"))
    schemas["dddddd"].on("one").add(held(1, 50, s1p0=RETIRED))
    assert table(schemas, "cccccc", 1, "bbbbbb").rows() == [
        ("cccccc", "current", 2, 100, 7),
        ("aaaaaa", "retired", 2, 100, 7),
        ("bbbbbb", "counted by the running topology", 2, 100, 7),
        ("dddddd", "deleted in part", 3, 150, 7),
    ]


def test_the_current_schema_is_there_before_anything_is_counted():
    assert table({}, "cccccc", 4, None).rows() == [("cccccc", "current", 0, 0, 0)]
