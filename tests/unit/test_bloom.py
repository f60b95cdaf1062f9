"""Sets of ids: none forgotten, and none invented more often than the rate says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pybloom_live import BloomFilter

from dealstream.domain.bloom import IdSet, digests

IDS = st.lists(st.text(max_size=6), max_size=30)


def add(ids: IdSet, names) -> None:
    ids.add(ids.probes(digests(names)))


def contains(ids: IdSet, names):
    parts = (names[start : start + 1000] for start in range(0, len(names) or 1, 1000))
    return np.concatenate([ids.contains(ids.probes(digests(part))) for part in parts])


def numbered(kind: str, count: int) -> list[str]:
    return [f"{kind}-{number}" for number in range(count)]


@given(IDS, IDS)
def test_no_id_is_forgotten(first, second):
    seen = IdSet(100, 1e-3)
    add(seen, first)
    assert contains(seen, first).all()
    add(seen, second)
    assert contains(seen, first + second).all()


@given(IDS, IDS)
def test_with_a_tiny_error_rate_it_is_a_set(present, asked):
    seen = IdSet(100, 1e-12)
    add(seen, present)
    assert contains(seen, asked).tolist() == [id_ in present for id_ in asked]


@pytest.mark.parametrize(("capacity", "error_rate"), [(1000, 0.1), (1000, 0.01), (4096, 0.01), (50_000, 0.001)])
def test_the_rate_of_false_positives_when_full(capacity, error_rate):
    """Ask for 200,000 ids that are not there: 200 errors or more are to be expected, so chance is 7 % of it or less."""
    seen = IdSet(capacity, error_rate)
    add(seen, numbered("present", capacity))
    asked = 200_000
    wrong = int(contains(seen, numbered("absent", asked)).sum())
    assert 0.5 * error_rate < wrong / asked < 1.25 * error_rate


def test_the_rate_of_the_product_has_no_floor():
    """Plain double hashing would have erred about once in 500,000 questions at this size, whatever the rate."""
    capacity = 1 << 17
    seen = IdSet(capacity, 1e-9)
    add(seen, numbered("present", capacity))
    assert not contains(seen, numbered("absent", 1_000_000)).any()


@pytest.mark.parametrize(("capacity", "error_rate"), [(1, 0.5), (1000, 0.01), (1 << 18, 1e-9)])
def test_it_is_as_large_as_pybloom_lives(capacity, error_rate):
    assert len(IdSet(capacity, error_rate).dump()) == len(BloomFilter(capacity, error_rate).bitarray.tobytes())


@given(IDS, IDS)
def test_load_takes_back_what_dump_returned(present, more):
    seen, again = IdSet(50, 1e-6), IdSet(50, 1e-6)
    add(again, more)
    add(seen, present)
    again.load(seen.dump())
    assert again.dump() == seen.dump()
    add(again, more)
    assert contains(again, present + more).all()


@pytest.mark.parametrize("other", [IdSet(51, 1e-6), IdSet(50, 1e-7)], ids=["capacity", "error rate"])
def test_the_bits_of_another_size_are_refused(other):
    with pytest.raises(ValueError, match=r"\d+ bytes for a filter of \d+"):
        IdSet(50, 1e-6).load(other.dump())


def test_the_order_of_adding_is_forgotten():
    ids = numbered("id", 100)
    there, back = IdSet(100, 1e-3), IdSet(100, 1e-3)
    add(there, ids)
    add(back, ids[::-1])
    assert there.dump() == back.dump()
