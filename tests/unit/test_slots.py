"""Keys: the slot of an owner in its hash tag, the deployment and its schema in the prefix."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain.slots import Keys, listed

KEYS = Keys("pizza:0a1b2c:", 8)
OWNERS = st.text(min_size=1) | st.sampled_from(["77", "}:cube:deal:", "{3}", ":", "a:b", "*"])


@given(OWNERS)
def test_an_owner_is_read_back_from_its_key(owner):
    key = KEYS.cube("2026-11-25T14", "deal", owner)
    assert KEYS.parse(key) == (KEYS.slot("deal", owner), "2026-11-25T14", "deal", owner)
    assert KEYS.parse(KEYS.page(key, 12)) == KEYS.parse(key)
    assert Keys("pizza:ffffff:", 8).parse(key) is None


@given(OWNERS)
def test_the_hash_tag_is_the_slot(owner):
    key, slot = KEYS.cube("ever", "deal", owner), KEYS.slot("deal", owner)
    assert 0 <= slot < 8
    assert key[key.index("{") + 1 : key.index("}")] == str(slot)
    assert {KEYS.slot_of(key), KEYS.slot_of(KEYS.applied(slot, 3)), KEYS.slot_of(KEYS.gone(slot, 3))} == {slot}


@given(OWNERS, st.integers(0, 2**40 - 2))
def test_a_bucket_is_read_back_from_the_key_of_its_users(owner, bucket):
    key = KEYS.users("2026-11-25", "deal", owner, bucket)
    assert KEYS.parse_users(key) == (KEYS.slot("deal", owner), "2026-11-25", "deal", bucket, owner)
    assert KEYS.parse(key) is KEYS.parse_applied(key) is Keys("pizza:ffffff:", 8).parse_users(key) is None


def test_a_slot_and_a_partition_are_read_back_from_the_key_of_counted_ranges():
    assert KEYS.parse_applied(KEYS.applied(5, 12)) == (5, 12)
    for other in (KEYS.gone(5, 12), KEYS.cube("ever", "deal", "}:applied:12"), KEYS.applied(5, 12) + "0x", "other"):
        assert KEYS.parse_applied(other) is KEYS.parse_users(other) is None


@given(OWNERS)
def test_all_keys_of_a_slot_move_with_it_but_for_its_mark(owner):
    cube, slot = KEYS.cube("ever", "deal", owner), KEYS.slot("deal", owner)
    moving = (cube, KEYS.page(cube, 3), KEYS.users("ever", "deal", owner, 4), KEYS.applied(slot, 3), KEYS.gone(slot, 3))
    assert {KEYS.moves_with(key) for key in moving} == {slot}
    for other in (KEYS.mark(slot), KEYS.places, KEYS.lock, KEYS.tidying, "x" + cube, "other"):
        assert KEYS.moves_with(other) is None


@pytest.mark.parametrize(
    ("slots", "words"),
    [([], "-"), ([7], "7"), ([3, 1, 2], "1-3"), ([0, 2, 3, 5], "0, 2-3, 5"), (range(64), "0-63")],
)
def test_slots_are_listed_in_few_words(slots, words):
    assert listed(slots) == words


def test_keys_as_an_operator_sees_them():
    slot = KEYS.slot("deal", "77")
    assert KEYS.cube("ever", "deal", "77") == f"pizza:0a1b2c:{{{slot}}}:cube:ever:deal:77"
    assert KEYS.cube("2026-11-25", "deal", "77") == f"pizza:0a1b2c:{{{slot}}}:cube:2026-11-25:deal:77"
    assert KEYS.page(KEYS.cube("ever", "deal", "77"), 3) == f"pizza:0a1b2c:{{{slot}}}:page:3:ever:deal:77"
    assert KEYS.users("ever", "deal", "77", 4) == f"pizza:0a1b2c:{{{slot}}}:users:ever:deal:4:77"
    assert KEYS.applied(5, 12) == "pizza:0a1b2c:{5}:applied:12"
    assert KEYS.cubes_of("deal") == "pizza:0a1b2c:{*}:*:deal:*"


@pytest.mark.parametrize(
    "key",
    [
        "pizza:0a1b2c:{5}:applied:12",
        "pizza:0a1b2c:{5}:cube:ever:deal:",
        "pizza:0a1b2c:{5}:users:ever:deal:4:77",
        "other",
        "",
    ],
)
def test_other_keys_are_no_cubes(key):
    assert KEYS.parse(key) is None


def test_owners_spread_evenly_and_stay_where_they_are():
    counts = Counter(KEYS.slot("deal", str(number)) for number in range(8000))
    assert min(counts.values()) > 850
    assert max(counts.values()) < 1150
    # were an owner to change its slot, its counts would be lost
    assert [KEYS.slot("deal", "77"), KEYS.slot("category", "77"), Keys("x:", 64).slot("deal", "77")] == [2, 0, 42]
