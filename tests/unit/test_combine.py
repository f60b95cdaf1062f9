"""Chains combined: a mean or a sum of log-odds, and what they have in common once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain.ranking.backoff import posterior
from dealstream.domain.ranking.combine import Combined, combine, expit, logit
from dealstream.domain.ranking.tree import Tree
from tests.support.ranking import evidence, relevance

BASE = 0.05
CITY, DEAL, GENDER, FAR = "city", "deal", "deal,gender", "gender,far"


def combined(
    chains: list[object], counts: dict[str, tuple[int, int]], **ranking: float
) -> tuple[Combined, dict[str, float]]:
    """Return what chains say together, and each cuboid's own rate."""
    ranking_ = relevance(chains=chains, **ranking).ranking
    tree = Tree.of(ranking_.chains)
    rows = [counts[node.cuboid.name] for node in tree.nodes]
    found = posterior(tree, evidence([[shown] for shown, _ in rows], [[bought] for _, bought in rows]), BASE, ranking_)
    rates = {node.cuboid.name: float(rate) for node, rate in zip(tree.nodes, found.rate[:, 0], strict=True)}
    return combine(tree, found, BASE), rates


COUNTS = {CITY: (500, 40), DEAL: (100, 12), GENDER: (50, 2), FAR: (800, 8)}


def odds(rate: float) -> float:
    return float(np.log(rate / (1 - rate)))


def test_one_chain_is_its_finest_level():
    found, rates = combined([[CITY, DEAL, GENDER]], COUNTS)
    assert found.rate[0] == pytest.approx(rates[GENDER])
    assert found.worth[0] == pytest.approx(2 / rates[DEAL] + 50)


def test_by_default_chains_are_averaged_in_log_odds():
    found, rates = combined([[DEAL], [FAR]], COUNTS)
    assert odds(found.rate[0]) == pytest.approx((odds(rates[DEAL]) + odds(rates[FAR])) / 2)


def test_weights_of_one_add_up_what_chains_take_away_from_the_base():
    chains = [{"cuboids": [name], "weight": 1.0} for name in (DEAL, FAR)]
    found, rates = combined(chains, COUNTS)
    assert odds(found.rate[0]) == pytest.approx(odds(rates[DEAL]) + odds(rates[FAR]) - odds(BASE))


def test_a_common_beginning_counts_once():
    chains = [{"cuboids": [CITY, name], "weight": 1.0} for name in (DEAL, FAR)]
    found, rates = combined(chains, COUNTS)
    assert odds(found.rate[0]) == pytest.approx(odds(rates[DEAL]) + odds(rates[FAR]) - odds(rates[CITY]))


def test_a_chain_twice_is_no_more_evidence():
    once, _ = combined([[CITY, DEAL]], COUNTS)
    twice, _ = combined([[CITY, DEAL], [CITY, DEAL]], COUNTS)
    assert (twice.rate, twice.worth) == (pytest.approx(once.rate), pytest.approx(once.worth))


def test_a_tree_has_each_step_once():
    chains = relevance(chains=[[CITY, DEAL, GENDER], [CITY, DEAL], [DEAL]]).ranking.chains
    tree = Tree.of(chains)
    assert [(node.cuboid.name, node.parent) for node in tree.nodes] == [(CITY, -1), (DEAL, 0), (GENDER, 1), (DEAL, -1)]
    assert [node.weight for node in tree.nodes] == pytest.approx([2 / 3, 2 / 3, 1 / 3, 1 / 3])
    assert tree.paths == ((0, 1, 2), (0, 1), (3,))
    assert [cuboid.name for cuboid in tree.cuboids] == [CITY, DEAL, GENDER]


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), min_size=2, max_size=2))
def test_an_average_lies_between_the_chains(counts):
    found, rates = combined([[DEAL], [FAR]], dict(zip((DEAL, FAR), counts, strict=True)))
    assert min(rates.values()) - 1e-9 <= found.rate[0] <= max(rates.values()) + 1e-9


@given(st.floats(1e-9, 1 - 1e-9))
def test_log_odds_there_and_back(rate):
    assert expit(logit(np.array([rate])))[0] == pytest.approx(rate)


def test_log_odds_have_no_end_that_hurts():
    assert expit(np.array([-1e6, 0.0, 1e6])).tolist() == [0.0, 0.5, 1.0]
