"""``POST /rank``."""

import pytest

from dealstream.domain.attributes import AttributeFields
from dealstream.domain.ranking.catalogue import Filter
from dealstream.service.candidates import DealIndex
from dealstream.service.codes import KnownCodes
from dealstream.service.exposures import FittedExposures
from tests.support import waiting
from tests.support.ranking import relevance
from tests.support.service import NOW, Backstage


def events(deal: str, shown: int, bought: int, **fields) -> list[dict]:
    kinds = ["shown"] * shown + ["bought"] * bought
    return [{"type": kind, "user": f"{deal}-{n}", "deal": deal, **fields} for n, kind in enumerate(kinds)]


@pytest.fixture
def backstage() -> Backstage:
    """Return a service that has counted what two deals did."""
    found = Backstage(relevance(affinity={"dimensions": ["city"], "strength": 8}))
    client = found.client()
    client.put("/deals/good", json={"city": "Berlin", "title": "Good", "deal_lat": 50.0, "deal_lon": 7.0})
    client.put("/deals/bad", json={"city": "Bonn", "deal_lat": 52.0, "deal_lon": 13.0})
    posted = [*events("good", 100, 30, gender="f"), *events("bad", 100, 2, gender="f")]
    assert client.post("/events", json={"events": posted}).json()["accepted"] == len(posted)
    found.run()
    return found


def rank(backstage, **question):
    answer = backstage.client().post("/rank", json=question)
    assert answer.status_code == 200, answer.text
    return answer.json()


def order(page) -> list[str]:
    return [deal["deal"] for deal in page["deals"]]


def test_the_better_deal_comes_first(backstage):
    page = rank(backstage, user=None, candidates=["bad", "good", "bad"])
    assert order(page) == ["good", "bad"]
    assert page["candidates"] == 2
    assert page["deals"][0]["attributes"]["title"] == "Good"
    assert "explanation" not in page["deals"][0]
    assert page["took_ms"] > 0


def test_an_explanation_tells_the_buckets(backstage):
    page = rank(backstage, attributes={"gender": "f"}, candidates=["good"], explain=True)
    levels = page["deals"][0]["explanation"]["chains"][0]["levels"]
    assert [level["cuboid"] for level in levels] == ["city", "deal", "deal,gender"]
    assert levels[2]["bucket"] == {"deal": "good", "gender": "f"}
    assert (levels[2]["impressions"], levels[2]["conversions"]) == (100, 30)
    assert levels[2]["low"] < levels[2]["rate"] < levels[2]["high"]


def test_the_profile_is_filled_in_and_what_is_told_goes_before_it(backstage):
    client = backstage.client()
    client.put("/users/ann", json={"gender": "f"})

    def gender(**question):
        page = rank(backstage, candidates=["good"], explain=True, **question)
        return page["deals"][0]["explanation"]["chains"][0]["levels"][2]["bucket"]["gender"]

    assert gender(user="ann") == "f"
    assert gender(user="ann", attributes={"gender": "m"}) == "m"
    assert gender(user="bob") == "unknown"


def test_the_previous_click_changes_the_next_page(backstage):
    assert order(rank(backstage, user="ann", candidates=["bad", "good"])) == ["good", "bad"]
    click = {"type": "clicked", "user": "ann", "deal": "bad", "time": NOW}
    backstage.client().post("/events", json={"events": [click]})
    backstage.run()
    assert order(rank(backstage, user="ann", candidates=["bad", "good"])) == ["bad", "good"]


def test_unknown_deals_and_labels_have_no_counts_and_are_not_interned(backstage):
    before = backstage.everything()
    page = rank(backstage, attributes={"city": "Nowhere"}, candidates=["new", "good"], explain=True)
    assert sorted(order(page)) == ["good", "new"]
    for deal in page["deals"]:
        assert deal["explanation"]["chains"][1]["levels"][2]["impressions"] == 0
    assert backstage.everything() == before


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["good", "bad"]),
        ({"city": "Bonn"}, ["bad"]),
        ({"city": "Nowhere"}, []),
        ({"near": {"lat": 50.01, "lon": 7.0, "km": 5}}, ["good"]),
        ({"near": {"lat": 50.01, "lon": 7.0, "km": 5}, "city": "Bonn"}, []),
    ],
)
def test_candidates_by_what_is_known_of_them(backstage, wanted, found):
    client = backstage.client()
    for deal, attributes in backstage.catalogue.walk():  # the index takes in what it is told
        client.put(f"/deals/{deal}", json=attributes)
    assert order(client.post("/rank", json={"candidates": wanted}).json()) == found


def test_a_service_that_starts_reads_the_catalogue(backstage):
    with backstage.client() as client:
        page = waiting.until(lambda: client.post("/rank", json={"candidates": {"city": "Bonn"}}).json()["deals"])
    assert [deal["deal"] for deal in page] == ["bad"]


def test_what_was_read_is_ranked(backstage):
    deployment, stores = backstage.relevance, backstage.stores()
    codes, exposures = KnownCodes(deployment, stores.vocabulary), FittedExposures(deployment, stores, lambda: 0.05)
    index = DealIndex(deployment, stores, AttributeFields(deployment), codes, exposures, lambda: NOW)
    index.read()
    assert [index.candidates(Filter({}), limit) for limit in (1, 2)] == [["good"], ["good", "bad"]]


def test_a_limit_cuts_the_page(backstage):
    page = rank(backstage, candidates=["bad", "good"], limit=1)
    assert (order(page), page["candidates"]) == (["good"], 2)


@pytest.mark.parametrize(
    "question",
    [
        {"candidates": {"title": "Good"}},
        {"attributes": {"gendre": "f"}},
        {"context": {"price": "x"}},
        {"context": {"user": "x"}},
        {"candidats": []},
    ],
)
def test_a_mistake_is_told(backstage, question):
    answer = backstage.client().post("/rank", json=question)
    assert answer.status_code == 422
    assert answer.json()["error"]
