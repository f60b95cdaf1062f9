"""Candidates are what a look at every deal would choose, whatever was put, removed and ranked before."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain.ranking.boards import Standing
from dealstream.domain.ranking.catalogue import Catalogue, Filter, Near
from dealstream.domain.ranking.index import Index
from tests.support.events import RELEVANCE

SHARE = 0.25
DEAL = st.sampled_from([f"d{number}" for number in range(12)])
PLACE = st.sampled_from([None, 0.0, 0.01, 0.05, 1.0])
DEALS = st.fixed_dictionaries(
    {
        "city": st.sampled_from(["Berlin", "Bonn", None]),
        "price": st.sampled_from([5, 10, 30, None]),
        "deal_lat": PLACE,
        "deal_lon": PLACE,
    }
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.dictionaries(DEAL, DEALS, max_size=5)),
        st.tuples(st.just("remove"), DEAL),
        st.tuples(st.just("rank"), st.integers(0, 1000)),
    ),
    max_size=8,
)
LABELS = st.fixed_dictionaries(
    {},
    optional={
        "city": st.sampled_from(["Berlin", "Bonn", "unknown", "Rom"]),
        "price": st.sampled_from(["<10", "10-25"]),
    },
)
FILTERS = st.builds(
    Filter, LABELS, st.none() | st.builds(Near, st.just(0.0), st.just(0.0), st.sampled_from([0.5, 2, 8, 20000]))
)


@given(STEPS, FILTERS, st.integers(1, 12))
def test_the_index_is_a_look_at_every_deal(steps, wanted, limit):
    index = Index(Catalogue(RELEVANCE.dimensions), SHARE)
    standing, rank = Standing(np.zeros(0), np.zeros(0, bool)), {}
    for step, argument in steps:
        if step == "rank":
            size, random = len(index.catalogue), np.random.default_rng(argument)
            standing = Standing(random.random(size), random.random(size) < 0.6)
            index.adopt(index.made(standing))
            rank = {n: (not standing.proven[n], -standing.score[n]) for n in range(size)}
        else:
            getattr(index, step)(argument)
    size = len(index.catalogue)
    matches = np.flatnonzero(index.catalogue.matches(wanted, np.arange(size))).tolist()
    ordered = sorted(matches, key=lambda number: (*rank.get(number, (True, 1.0)), number))
    proven = [n for n in ordered if n in rank and not rank[n][0]]
    unproven = [n for n in ordered if n not in proven]
    unproven = unproven[: max(round(limit * SHARE), limit - len(proven))]
    expected = [*proven[: limit - len(unproven)], *unproven]
    assert index.candidates(wanted, limit) == [index.catalogue.deals[n] for n in expected]


@pytest.mark.parametrize(("km", "found"), [(1.0, ["here"]), (1.2, ["here", "near"]), (20_100, ["here", "near", "far"])])
def test_distances_are_on_the_ground(km, found):
    index = Index(Catalogue(RELEVANCE.dimensions), SHARE)
    places = {"here": 0.0, "near": 0.01, "far": 180.0, "nowhere": None}
    index.put({deal: {"deal_lat": 0.0, "deal_lon": place} for deal, place in places.items()})
    assert index.candidates(Filter({}, Near(0.0, 0.0, km)), 10) == found
    index.adopt(index.made(Standing(np.arange(4.0)[::-1], np.ones(4, bool))))
    assert index.candidates(Filter({}, Near(0.0, 0.0, km)), 10) == found


def test_what_is_no_column_is_refused():
    with pytest.raises(KeyError):
        Index(Catalogue(RELEVANCE.dimensions), SHARE).candidates(Filter({"colour": "red"}), 10)
