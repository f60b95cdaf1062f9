"""Ranking from events to the explained order: counted, looked up, ranked."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain.ranking.affinity import adjust, nothing
from dealstream.domain.ranking.backoff import base_rate
from dealstream.domain.ranking.bucket_table import Table
from dealstream.domain.ranking.candidates import Candidates
from dealstream.domain.ranking.explain import explain
from dealstream.domain.ranking.explore import seed_of
from dealstream.domain.ranking.history import HistoryReader
from dealstream.domain.ranking.lookup import all_buckets, evidence, owners
from dealstream.domain.ranking.rank import Ranked, Ranker
from tests.support.counting import Codes, label
from tests.support.events import event
from tests.support.ranking import candidates_of, counted, relevance

NOW = 10**9
THOMPSON = {"method": "thompson", "proven": 20, "cap": 0.5}


def times(number: int, **fields: object) -> list[bytes]:
    return [event(f"{fields}{n}", **fields) for n in range(number)]


class Shop:
    """Events counted in memory, and deals ranked by them."""

    def __init__(self, events: list[bytes], **ranking: object) -> None:
        self.relevance = relevance(**ranking)
        self.codes = Codes()
        self.counters = counted(self.relevance, events, self.codes)
        self.ranker = Ranker(self.relevance.ranking)

    def candidates(self, deals: list[bytes]) -> Candidates:
        return candidates_of(self.relevance, deals, self.codes)

    def rank(self, candidates: Candidates, did: list[bytes] | None = None, user: str = "u") -> Ranked:
        tree = self.ranker.tree
        wanted = owners(tree, candidates).items()
        tables = {name: Table(self.counters.cubes(name, labels)) for name, labels in wanted}
        adjustments = nothing(len(candidates))
        if did is not None:
            adjustments = adjust(self.ranker.ranking, HistoryReader(self.relevance).read(did), candidates, NOW)
        found = evidence(tree, candidates, tables)
        return self.ranker.rank(candidates.keys(), found, 0.1, adjustments, seed_of(user, NOW))

    def order(self, deals: list[bytes], did: list[bytes] | None = None, user: str = "u") -> list[str]:
        candidates = self.candidates(deals)
        return [candidates.label("deal", place) for place in self.rank(candidates, did, user).order]


EVENTS = [
    *times(100, deal="good"), *times(30, deal="good", type="bought"),
    *times(100, deal="bad"), *times(2, deal="bad", type="bought"),
    *times(50, deal="split", gender="f"), *times(25, deal="split", gender="f", type="bought"),
    *times(50, deal="split", gender="m"),
]  # fmt: skip


def offer(deal: str, **fields: object) -> bytes:
    return event(f"offer-{deal}", deal=deal, **fields)


def test_what_converts_better_in_the_audience_comes_first():
    deals = ["bad", "good", "split", "new"]
    shop = Shop(EVENTS, chains=[["deal", "deal,gender"]])
    assert shop.order([offer(deal, gender="f") for deal in deals]) == ["split", "good", "new", "bad"]
    assert shop.order([offer(deal, gender="m") for deal in deals]) == ["good", "new", "split", "bad"]


def test_the_previous_click_changes_the_next_page():
    shop = Shop(EVENTS, affinity={"dimensions": ["city"], "strength": 8})
    deals = [offer("bad", city="Bonn"), offer("good", city="Berlin")]
    assert shop.order(deals, did=[]) == ["good", "bad"]
    assert shop.order(deals, did=[event(city="Bonn", type="clicked", time=NOW)]) == ["bad", "good"]


@pytest.mark.parametrize(
    ("effect", "order"), [("ignore", ["good", "bad"]), ("penalise", ["bad", "good"]), ("suppress", ["bad"])]
)
def test_what_is_bought_already(effect, order):
    shop = Shop(EVENTS, bought={"effect": effect, "penalty": 6}, affinity={"strength": 0})
    assert shop.order([offer("bad"), offer("good")], did=[event(deal="good", type="bought", time=NOW)]) == order


FIELDS = {
    "deal": st.sampled_from(["d1", "d2", "d3"]),
    "gender": st.sampled_from(["f", "m", "x", None]),
    "city": st.sampled_from(["Berlin", "Bonn", None]),
    "price": st.sampled_from([5, 10, None]),
}
LOGS = st.lists(st.builds(event, type=st.sampled_from(["shown", "bought", "clicked"]), **FIELDS), max_size=40)
OFFERS = st.lists(st.builds(event, **FIELDS), min_size=1, max_size=8)


@given(LOGS, OFFERS)
def test_looked_up_is_what_was_counted(log, offers):
    shop = Shop(log)
    found = shop.rank(shop.candidates(offers)).evidence
    for number, node in enumerate(shop.ranker.tree.nodes):
        for candidate, wanted in enumerate(map(json.loads, offers)):
            names = node.cuboid.dimensions
            bucket = [label(shop.relevance, name, wanted) for name in names]
            alike = [
                each for each in map(json.loads, log) if [label(shop.relevance, name, each) for name in names] == bucket
            ]
            assert found.impressions[number, candidate] == sum(each["type"] == "shown" for each in alike)
            assert found.conversions[number, candidate] == sum(each["type"] == "bought" for each in alike)


@given(LOGS, OFFERS, st.randoms(use_true_random=False), st.sampled_from(["off", "thompson"]))
def test_the_order_of_candidates_and_other_candidates_change_nothing(log, offers, random, method):
    shop = Shop(log, exploration={"method": method})
    ranked = shop.rank(shop.candidates(offers))
    shuffled = random.sample(range(len(offers)), len(offers))
    again = shop.rank(shop.candidates([offers[place] for place in shuffled]))
    assert again.score.tolist() == ranked.score[shuffled].tolist()
    alone = shop.rank(shop.candidates(offers[:1]))
    assert alone.score[0] == pytest.approx(ranked.score[0])


@given(LOGS)
def test_every_bucket_of_a_cuboid(log):
    shop = Shop(log)
    cuboid = shop.relevance.layout.find(["deal", "gender"])
    every = all_buckets(cuboid, shop.counters.cubes("deal", shop.counters.owners("deal")).values())
    assert every.impressions.sum() == sum(json.loads(each)["type"] == "shown" for each in log)
    assert every.conversions.sum() == sum(json.loads(each)["type"] == "bought" for each in log)
    assert 0 < base_rate(every, 1.0) < 1


def test_thompson_shows_all_day_the_same_and_tries_what_is_new():
    """Of 40 deals alike, 20 have been shown: on a page of ten there are five new ones at most, and some."""
    proven = [event(f"{deal}-{n}", deal=f"p{deal}", type="shown") for deal in range(20) for n in range(20)]
    shop = Shop(proven, chains=[["deal"]], exploration=THOMPSON)
    deals = [offer(f"{kind}{number}") for number in range(20) for kind in "pn"]
    page = shop.order(deals)[:10]
    assert shop.order(deals[::-1])[:10] == page
    assert 1 <= sum(deal.startswith("n") for deal in page) <= 5
    assert len({tuple(shop.order(deals, user=user)[:10]) for user in "abcdef"}) == 6


def test_without_exploration_the_cap_is_none():
    shop = Shop(times(100, deal="bad"), chains=[["deal"]])
    assert shop.order([offer(deal) for deal in ("bad", "n1", "n2", "n3")])[-1] == "bad"


def test_an_explanation_has_every_bucket_and_the_level_reached():
    shop = Shop(EVENTS, chains=[["city", "deal", "deal,gender"], ["gender,far"]], minimum=10)
    candidates = shop.candidates([offer("split", gender="f"), offer("split", gender=None)])
    ranked = shop.rank(candidates)
    woman, nobody = (explain(shop.ranker, ranked, candidates, place) for place in range(2))
    chain = woman.chains[0]
    assert [level.cuboid for level in chain.levels] == ["city", "deal", "deal,gender"]
    assert chain.levels[2].bucket == {"deal": "split", "gender": "f"}
    assert [(level.impressions, level.conversions) for level in chain.levels] == [(300, 57), (100, 25), (50, 25)]
    assert (chain.reached, nobody.chains[0].reached) == ("deal,gender", "deal")
    assert nobody.chains[0].levels[2].rate == nobody.chains[0].levels[1].rate
    for level in chain.levels:
        assert level.low < level.rate < level.high
    assert chain.levels[1].prior == chain.levels[0].rate
    assert woman.low < woman.rate < woman.high
    assert (woman.deal, woman.base) == ("split", 0.1)
    assert woman.score == pytest.approx(woman.rate)


def test_equal_scores_are_in_the_same_order_whoever_asks():
    shop = Shop([], chains=[["deal"]])
    deals = [offer(f"d{number}") for number in range(20)]
    assert shop.order(deals) == shop.order(deals[::-1])
    assert np.unique(shop.rank(shop.candidates(deals)).score).tolist() == [pytest.approx(0.1)]
