"""Tables that grow: whatever was added in whatever portions, lookups see the sum."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain.cuboid import ID_BITS
from dealstream.domain.ranking import bucket_table
from dealstream.domain.ranking.bucket_table import Table

OWNERS = ["a", "b", "c", "d"]
# impressions have even ids, conversions the next one
ADDED = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9), st.integers(-5, 5)), max_size=12)


def table_of(portions: list[list[tuple[int, int, int]]]) -> Table:
    table = Table.numbered({owner: number for number, owner in enumerate(OWNERS)})
    for portion in portions:
        keys = np.array([owner << ID_BITS | bucket for owner, bucket, _ in portion], np.int64)
        table = table.plus(keys, np.array([count for _, _, count in portion], np.int64))
    return table


def counts_in(table: Table, owner: str) -> list[tuple[int, int]]:
    keys = table.owners([owner] * 5) | np.arange(0, 10, 2)
    shown, bought = table.counts(keys)
    return list(zip(shown.tolist(), bought.tolist(), strict=True))


@pytest.mark.parametrize("late_buckets", [0, 3, 4096])
@given(st.lists(ADDED, max_size=6))
def test_what_is_added_is_there(late_buckets, portions):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bucket_table, "LATE_BUCKETS", late_buckets)
        table = table_of(portions)
    sums = Counter[tuple[int, int]]()
    for owner, bucket, count in (each for portion in portions for each in portion):
        sums[owner, bucket] += count
    for number, owner in enumerate(OWNERS):
        assert counts_in(table, owner) == [(sums[number, each], sums[number, each + 1]) for each in range(0, 10, 2)]
    assert counts_in(table, "nobody") == [(0, 0)] * 5


@given(st.lists(ADDED, max_size=4), st.sets(st.integers(0, 3)))
def test_without_takes_away_some_owners_and_nobody_else(portions, gone):
    table = table_of(portions)
    left = table.plus(*table.without(np.array(sorted(gone), np.int64)))
    for number, owner in enumerate(OWNERS):
        assert counts_in(left, owner) == ([(0, 0)] * 5 if number in gone else counts_in(table, owner))


def test_a_table_does_not_change_when_another_is_made_of_it():
    before = table_of([[(0, 0, 3), (0, 1, 1)]])
    after = before.plus(np.array([0, 2]), np.array([4, 1]))
    assert counts_in(before, "a")[:2] == [(3, 1), (0, 0)]
    assert counts_in(after, "a")[:2] == [(7, 1), (1, 0)]
