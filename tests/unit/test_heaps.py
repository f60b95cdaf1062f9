"""Heaps' law: exact within the sample, sensible beyond it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain.heaps import Things


def test_by_hand():
    """3 different in each 4, 4 in all 8: b = log2(4/3)."""
    things = Things(np.array([1, 2, 1, 3, 3, 1, 4, 1]))
    assert things.at(8) == 4
    assert things.at(16) == pytest.approx(4 * 4 / 3)
    assert things.at(32) == pytest.approx(4 * (4 / 3) ** 2)
    assert things.at(1) == 1
    assert things.at(4) == (3 + 3 + 2 + 3 + 3) / 5
    assert things.at(0) == 0


@pytest.mark.parametrize(("things", "found"), [([5], 1000), (range(100), 1000), ([5] * 100, 1)])
def test_what_is_always_new_stays_new_and_what_is_never_new_stays_one(things, found):
    assert Things(np.array(things)).at(1000) == pytest.approx(found)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("skew", "error"), [(1.3, 0.05), (1.6, 0.1), (2.0, 0.25)])
def test_words_of_a_text_are_foreseen(skew, error, seed):
    """Zipf's distribution of exponent a makes Heaps' law of exponent 1 / a; the fewer words, the more is chance."""
    log = np.random.default_rng(seed).zipf(skew, 400_000)
    assert Things(log[:20_000]).at(len(log)) == pytest.approx(len(np.unique(log)), rel=error)
    assert Things(log[:100_000]).at(len(log)) == pytest.approx(len(np.unique(log)), rel=error / 2)


def test_what_runs_out_is_not_foreseen_too_low():
    log = np.random.default_rng(7).integers(0, 5_000, 200_000)
    assert 5_000 <= Things(log[:50_000]).at(len(log)) < 5_100
    assert 5_000 <= Things(log[:20_000]).at(len(log)) < 8_000


def test_what_was_said_bounds_unless_the_sample_shows_more():
    things = Things(np.array([1, 2, 1, 3, 3, 1, 4, 1]))
    assert [things.at(16, most) for most in (4.5, 4, 3)] == [4.5, 4, 4]
    assert (things.at(8, 3), Things(np.array([5])).at(100, 30)) == (4, 30)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=40), st.integers(0, 200))
def test_there_are_never_fewer_than_seen_nor_more_than_events(things, more):
    total = len(things) + more
    assert len(set(things)) <= Things(np.array(things)).at(total) * (1 + 1e-9)
    assert Things(np.array(things)).at(total) <= total
    assert Things(np.array(things)).at(total) <= Things(np.array(things)).at(total + 1) * (1 + 1e-9)
