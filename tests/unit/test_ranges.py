"""Ranges against a plain set of integers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain.ranges import Ranges

PAIR = st.tuples(st.integers(0, 25), st.integers(0, 25))
PAIRS = st.lists(PAIR, max_size=12)
HORIZON = 30


def model(pairs) -> set[int]:
    return {offset for start, end in pairs for offset in range(start, end)}


def offsets_in(ranges: Ranges) -> set[int]:
    """Return the set, having checked that there is one way only to write it down."""
    flat = [bound for pair in ranges for bound in pair]
    assert flat == sorted(set(flat)), "sorted, disjoint, none empty, none touching"
    return model(ranges)


@given(PAIRS)
def test_of_is_the_union_in_any_order(pairs):
    assert offsets_in(Ranges.of(pairs)) == model(pairs)
    assert Ranges.of(pairs) == Ranges.of(reversed(pairs))
    assert bool(Ranges.of(pairs)) == bool(model(pairs))


@given(PAIRS, PAIRS)
def test_union_and_intersection(some, others):
    here, there = Ranges.of(some), Ranges.of(others)
    assert offsets_in(here.union(there)) == model(some) | model(others)
    assert offsets_in(here.within(there)) == model(some) & model(others)
    assert here.union(there) == there.union(here)
    assert here.within(there) == there.within(here)


@given(PAIRS, PAIRS)
def test_difference(some, others):
    assert offsets_in(Ranges.of(some).without(Ranges.of(others))) == model(some) - model(others)


@given(st.lists(PAIRS, max_size=4))
def test_the_union_of_many(sets):
    found = Ranges.union_of(Ranges.of(pairs) for pairs in sets)
    assert offsets_in(found) == {offset for pairs in sets for offset in model(pairs)}


@given(PAIRS)
def test_contains(pairs):
    found = Ranges.of(pairs).contains(np.arange(HORIZON))
    assert set(np.flatnonzero(found).tolist()) == model(pairs)


@given(PAIRS)
def test_the_watermark_is_the_first_offset_that_is_missing(pairs):
    assert Ranges.of(pairs).watermark == min(set(range(HORIZON)) - model(pairs))


@given(PAIRS)
def test_parse_is_the_inverse_of_dump(pairs):
    assert Ranges.parse(Ranges.of(pairs).dump()) == Ranges.of(pairs)


@pytest.mark.parametrize(
    ("added", "text"),
    [
        ([], b""),
        ([(0, 5000)], b"0-5000"),
        ([(0, 5000), (6000, 7000)], b"0-5000,6000-7000"),
        ([(0, 5000), (6000, 7000), (5000, 6000)], b"0-7000"),  # an island reached
        ([(6000, 7000), (8000, 9000), (0, 9500)], b"0-9500"),  # islands swallowed
        ([(3, 3), (7, 4)], b""),  # nothing
    ],
)
def test_an_operator_can_read_it_in_redis(added, text):
    assert Ranges.of(added).dump() == text
    assert Ranges.parse(text) == Ranges.of(added)


def test_nothing_stored_is_the_empty_set():
    assert Ranges.parse(None) == Ranges.parse(b"") == Ranges()


@pytest.mark.parametrize("text", ["7", "a-b", "1-2-3", "5-3", "4-4", "5-9,1-3", "1-5,3-9", "1-5,5-9", "1-2,", "\xe9-5"])
def test_damaged_text_is_refused(text):
    with pytest.raises(ValueError, match=r"no ranges|unpack|invalid literal|ascii"):
        Ranges.parse(text.encode())


def test_the_offsets_of_kafka_fit():
    far = 2**62
    ranges = Ranges.of([(0, far), (far + 1, far + 2)])
    assert ranges.contains(np.array([far - 1, far, far + 1])).tolist() == [True, False, True]
    assert Ranges.parse(ranges.dump()).watermark == far
