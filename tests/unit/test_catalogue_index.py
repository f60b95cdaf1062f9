"""The catalogue's index, ranked by what was counted."""

from dealstream.domain.ranking.catalogue import Filter
from dealstream.domain.ranking.exposure import Exposures
from dealstream.serving.counts import ReadCounts
from dealstream.serving.index import CatalogueIndex
from tests.support.counting import Codes
from tests.support.events import event
from tests.support.ranking import counted, relevance


def test_what_converts_best_comes_first_and_a_share_is_for_what_is_unproven():
    """Chains have gender, which is the user's: it is left out."""
    events = [
        event(f"{deal}{n}{kind}", deal=deal, city="Bonn", gender="f", type=kind)
        for deal, sold in (("bad", 1), ("good", 30), ("fair", 10))
        for kind, times in (("shown", 100), ("bought", sold))
        for n in range(times)
    ]
    chains = [["gender,far", "city", "deal", "deal,gender"]]
    deployment, codes = relevance(chains=chains, exploration={"proven": 20, "cap": 0.34}), Codes()
    index = CatalogueIndex(deployment, ReadCounts(counted(deployment, events, codes)), codes)
    index.put({deal: {"city": "Bonn", "price": 12} for deal in ("bad", "new", "fair", "good")})
    index.put({"elsewhere": {"city": "Berlin"}})
    index.refresh(Exposures(0.05), seed=1)
    assert index.candidates(Filter({"city": "Bonn"}), 3) == ["good", "fair", "new"]
    assert index.candidates(Filter({"city": "Bonn"}), 10) == ["good", "fair", "bad", "new"]
    index.remove("good")
    assert index.candidates(Filter({"price": "10-25"}), 2) == ["fair", "new"]
    index.put({"new": {"city": "Berlin"}})
    assert index.candidates(Filter({"city": "Bonn"}), 2) == ["fair", "bad"]
    assert sorted(index.candidates(Filter({"city": "Berlin"}), 2)) == ["elsewhere", "new"]


def test_without_any_chain_of_the_deal_all_are_unproven():
    deployment, codes = relevance(chains=[["gender,far"]]), Codes()
    index = CatalogueIndex(deployment, ReadCounts(counted(deployment, [], codes)), codes)
    index.put({"d1": {"city": "Bonn"}})
    index.refresh(Exposures(0.05), seed=1)
    assert index.candidates(Filter({"city": "Bonn"}), 2) == ["d1"]
