"""Back-off along a chain, by hand and by its properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain.ranking.backoff import Posterior, base_rate, posterior
from dealstream.domain.ranking.tree import Tree
from tests.support.ranking import evidence, relevance

CHAIN = ["city", "deal", "deal,gender"]
RATES = st.floats(0.001, 0.9)
COUNTS = st.integers(0, 10_000)


@st.composite
def buckets(draw: st.DrawFn, levels: int = 3) -> tuple[list[int], list[int]]:
    """Draw impressions and conversions of each level of a chain."""
    impressions = draw(st.lists(COUNTS, min_size=levels, max_size=levels))
    return impressions, [draw(st.integers(0, shown)) for shown in impressions]


def known(impressions: list[int], conversions: list[int], base: float, **ranking: float) -> Posterior:
    ranking_ = relevance(chains=[CHAIN[: len(impressions)]], **ranking).ranking
    counts = evidence([[shown] for shown in impressions], [[bought] for bought in conversions])
    return posterior(Tree.of(ranking_.chains), counts, base, ranking_)


def test_by_hand():
    """Base 10 %, strength 2: a prior of 2 conversions in 20 impressions."""
    found = known([80, 0, 40], [8, 0, 1], 0.1)
    assert found.prior[:, 0] == pytest.approx([0.1, 0.1, 0.1])
    assert found.alpha[:, 0] == pytest.approx([10, 10, 3])
    assert found.beta[:, 0] == pytest.approx([90, 90, 18 + 39])
    assert found.rate[:, 0] == pytest.approx([0.1, 0.1, 3 / 60])
    assert found.used[:, 0].tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("impressions", "minimum", "reached"),
    [([100, 50, 10], 10, 2), ([100, 50, 9], 10, 1), ([100, 9, 9], 10, 0), ([9, 9, 9], 10, None), ([9, 50, 9], 10, 1)],
)
def test_the_finest_bucket_with_enough_impressions_decides(impressions, minimum, reached):
    found = known(impressions, [1, 1, 1], 0.02, minimum=minimum)
    last = np.flatnonzero(found.used[:, 0])
    assert (last[-1] if len(last) else None) == reached
    if reached is None:
        assert found.rate[-1, 0] == pytest.approx(0.02)
        assert found.alpha[-1, 0] == 2.0
    else:
        assert found.rate[-1, 0] == found.rate[reached, 0]


def test_several_conversions_of_an_impression_count_as_one():
    assert known([100], [30], 0.1, repeats=3).rate == pytest.approx(known([100], [10], 0.1).rate)


def test_more_conversions_than_impressions_are_a_rate_below_one():
    """Deals are bought that were not shown."""
    assert 0.99 < known([10], [1_000_000], 0.1).rate[0, 0] < 1


@given(buckets(), RATES, st.floats(0.1, 100))
def test_a_rate_lies_between_its_prior_and_the_data(counts, base, strength):
    found = known(*counts, base, strength=strength)
    for level, (shown, bought) in enumerate(zip(*counts, strict=True)):
        if shown:
            low, high = sorted([found.prior[level, 0], bought / shown])
            assert low - 1e-9 <= found.rate[level, 0] <= high + 1e-9
        else:
            assert found.rate[level, 0] == pytest.approx(found.prior[level, 0])


@given(buckets(1), RATES)
def test_a_conversion_more_raises_and_an_impression_more_lowers(counts, base):
    (shown,), (bought,) = counts
    rate = known([shown], [bought], base).rate[0, 0]
    assert known([shown + 1], [bought + 1], base).rate[0, 0] > rate
    assert known([shown + 1], [bought], base).rate[0, 0] < rate


@given(buckets(), RATES, RATES)
def test_a_better_prior_is_never_a_worse_rate(counts, one, other):
    low, high = sorted([one, other])
    assert (known(*counts, low).rate <= known(*counts, high).rate + 1e-12).all()


@given(buckets(1), RATES, st.floats(0.1, 10), st.floats(1.1, 100))
def test_a_stronger_prior_shrinks_more(counts, base, strength, factor):
    weak = known(*counts, base, strength=strength).rate[0, 0]
    strong = known(*counts, base, strength=strength * factor).rate[0, 0]
    assert abs(strong - base) <= abs(weak - base) + 1e-12


@given(RATES, RATES)
def test_with_many_impressions_the_data_decide(base, rate):
    shown = 10**9
    assert known([shown], [int(shown * rate)], base).rate[0, 0] == pytest.approx(rate, rel=1e-4)


def test_the_base_rate_is_that_of_what_was_shown():
    """The third bucket has conversions only: what was bought without being shown has no rate."""
    assert base_rate(evidence([[90, 909, 0]], [[3, 7, 5000]]), 1.0) == pytest.approx(10.5 / 1000)
    assert base_rate(evidence([[0]], [[3]]), 1.0) == 0.005
    assert 0.99 < base_rate(evidence([[1]], [[3]]), 1.0) < 1
