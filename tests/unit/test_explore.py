"""Exploration: draws that are Beta and the same all day, and pages that are not all experiments."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta as beta_distribution
from scipy.stats import kstest

from dealstream.domain.ranking.explore import capped, draws, seed_of

KEYS = np.random.default_rng(0).integers(0, 1 << 63, 20_000).astype(np.uint64)
DAY_MS = 86_400_000


@pytest.mark.parametrize(("alpha", "beta"), [(0.5, 20.0), (1.0, 1.0), (2.0, 38.0), (30.0, 3.0), (4000.0, 90_000.0)])
def test_draws_have_the_distribution(alpha, beta):
    """20,000 draws: the largest distance of the distribution functions is below what chance makes of one in 1,000."""
    found = draws(7, KEYS, np.full(len(KEYS), alpha), np.full(len(KEYS), beta))
    assert kstest(found, beta_distribution(alpha, beta).cdf).statistic < 1.95 / np.sqrt(len(KEYS)) + 0.005
    assert found.mean() == pytest.approx(alpha / (alpha + beta), rel=0.03)


def test_a_draw_hangs_on_seed_and_deal_alone():
    alpha, beta = np.full(len(KEYS), 2.0), np.full(len(KEYS), 50.0)
    every = draws(7, KEYS, alpha, beta)
    some = np.random.default_rng(1).permutation(len(KEYS))[:100]
    assert draws(7, KEYS[some], alpha[some], beta[some]).tolist() == every[some].tolist()
    assert np.corrcoef(every, draws(8, KEYS, alpha, beta))[0, 1] == pytest.approx(0, abs=0.03)


def test_the_seed_is_of_user_and_day():
    seed = seed_of("u1", 5 * DAY_MS)
    assert seed_of("u1", 6 * DAY_MS - 1) == seed
    assert len({seed, seed_of("u1", 6 * DAY_MS), seed_of("u2", 5 * DAY_MS)}) == 3


@pytest.mark.parametrize(
    ("ranked", "cap", "order"),
    [
        ("pppp", 0.5, [0, 1, 2, 3]),
        ("uupp", 0.5, [0, 2, 1, 3]),
        ("uuupp", 0.5, [0, 3, 1, 4, 2]),
        ("uuuppppp", 0.25, [0, 3, 4, 5, 1, 6, 7, 2]),
        ("ppppuu", 0.2, [0, 1, 2, 3, 4, 5]),
        ("uuu", 0.2, [0, 1, 2]),
        ("uuup", 1.0, [0, 1, 2, 3]),
        ("", 0.2, []),
    ],
)
def test_unproven_deals_move_down(ranked, cap, order):
    assert capped(np.array([letter == "u" for letter in ranked], np.bool_), cap).tolist() == order


@given(st.lists(st.booleans(), max_size=60), st.sampled_from([0.01, 0.1, 0.2, 1 / 3, 0.5, 0.9, 1.0]))
def test_the_cap_holds_for_every_length_and_nobody_overtakes_his_like(ranked, cap):
    unproven = np.array(ranked, np.bool_)
    order = capped(unproven, cap)
    assert sorted(order.tolist()) == list(range(len(ranked)))
    for kind in (unproven, ~unproven):
        assert order[kind[order]].tolist() == np.flatnonzero(kind).tolist()
    seen, left = np.cumsum(unproven[order]), int((~unproven).sum())
    for length in range(1, len(ranked) + 1):
        if length - seen[length - 1] < left:  # while there are proven ones left
            assert seen[length - 1] <= np.ceil(cap * length - 1e-9)
    if cap == 1.0:
        assert order.tolist() == list(range(len(ranked)))
