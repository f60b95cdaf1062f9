"""``[ranking]``: its defaults, and what it says. What is wrong in it is in test_relevance."""

from typing import Any

import pytest

from dealstream.domain.ranking.ranking import Chain, Effect, Method, Ranking
from dealstream.domain.relevance_table import parse
from tests.support.events import TABLE


def ranking(table: dict[str, Any] | None = None, **other: Any) -> Ranking:
    found = parse({**TABLE, **other, **({} if table is None else {"ranking": table})})
    assert found.schema == parse({**TABLE, **other}).schema
    return found.ranking


def names(chains: tuple[Chain, ...]) -> list[str]:
    return [chain.name for chain in chains]


def test_nothing_has_to_be_said():
    found = ranking()
    assert names(found.chains) == ["deal > deal,gender", "deal > deal,city,price"]
    assert [chain.weight for chain in found.chains] == [0.5, 0.5]
    assert found.dimensions == ("deal", "gender", "city", "price")
    assert (found.strength, found.minimum, found.repeats, found.base) == (2.0, 10, 1.0, None)
    assert found.attribution_ms == 86_400_000
    assert (found.affinity.dimensions, found.affinity.weights) == (("deal",), (0.0, 1.0, 1.0))
    assert (found.bought.effect, found.exploration.method) == (Effect.PENALISE, Method.OFF)


@pytest.mark.parametrize(
    ("cuboids", "chains"),
    [
        ([["deal"]], ["deal"]),
        ([["deal", "city", "price"], ["deal", "city"], ["deal"]], ["deal > deal,city > deal,city,price"]),
        ([["city"], ["gender", "deal"]], ["gender,deal"]),
        ([["city"], ["city", "gender"], ["price"]], ["city > city,gender", "price"]),
        (
            [["deal"], ["deal", "city"], ["deal", "price"], ["deal", "city", "price"]],
            ["deal > deal,city > deal,city,price"],
        ),
        ([["deal"], {"dimensions": ["deal", "city"], "tiles": ["day"]}], ["deal"]),
    ],
)
def test_chains_lead_to_the_finest_cuboids_of_deals(cuboids, chains):
    assert names(ranking(cuboids=cuboids, tiles={"day": "9d"}).chains) == chains


def test_everything_can_be_said():
    found = ranking(
        cuboids=[*TABLE["cuboids"], ["deal", "gender", "city", "price"]],
        table={
            "exposure": "deal,city,gender,price",
            "chains": [["city", "price, deal,city"], {"cuboids": ["gender,deal"], "weight": 2}],
            "strength": 5,
            "minimum": 1,
            "repeats": 1.5,
            "base": 0.25,
            "attribution": "2h",
            "affinity": {"dimensions": ["city", "price"], "half_life": "1h", "weights": {"shown": -0.1}, "events": 7},
            "bought": {"effect": "suppress", "within": "3d"},
            "exploration": {"method": "thompson", "proven": 9, "cap": 1},
        },
    )
    assert found.exposure is not None
    assert found.exposure.name == "deal,gender,city,price"
    assert names(found.chains) == ["city > deal,city,price", "deal,gender"]
    assert [chain.weight for chain in found.chains] == [0.5, 2.0]
    assert (found.strength, found.minimum, found.repeats, found.base) == (5.0, 1, 1.5, 0.25)
    assert (found.attribution_ms, found.bought.within_ms) == (7_200_000, 3 * 86_400_000)
    assert (found.affinity.half_life_ms, found.affinity.events) == (3_600_000, 7)
    assert found.affinity.weights == (-0.1, 0.0, 0.0)
    assert (found.bought.effect, found.exploration.method) == (Effect.SUPPRESS, Method.THOMPSON)
    assert (found.exploration.proven, found.exploration.cap) == (9, 1.0)
