"""What impressions are worth that were not shown to everybody alike."""

import json
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain.ranking.backoff import posterior
from dealstream.domain.ranking.bucket_table import Table
from dealstream.domain.ranking.cells import Cells, bucket_numbers
from dealstream.domain.ranking.combine import combine
from dealstream.domain.ranking.exposure import Exposures
from dealstream.domain.ranking.fitting import fit
from dealstream.domain.ranking.lookup import evidence
from dealstream.domain.ranking.tree import Tree
from dealstream.domain.relevance import Relevance
from dealstream.domain.relevance_table import parse
from tests.support.counting import Codes
from tests.support.events import TABLE, event
from tests.support.ranking import candidates_of, counted

EXPOSURE = ["deal", "city", "gender"]
CUBOIDS = [["deal"], ["city"], ["gender"], ["city", "gender"], EXPOSURE]


class Shop:
    """Events counted in memory, with chains of deals, cities and genders."""

    def __init__(self, events: list[bytes], chains: list[list[str]], **ranking: object) -> None:
        table = {"chains": [{"cuboids": chain, "weight": 1.0} for chain in chains], "exposure": "deal,city,gender"}
        self.relevance: Relevance = parse({**TABLE, "cuboids": CUBOIDS, "ranking": {"minimum": 1, **table, **ranking}})
        self.codes = Codes()
        self.counters = counted(self.relevance, events, self.codes)
        self.tree = Tree.of(self.relevance.ranking.chains)

    def table(self, dimension: str) -> Table:
        return Table(self.counters.cubes(dimension, self.counters.owners(dimension)))

    def cells(self) -> Cells:
        assert self.relevance.ranking.exposure is not None
        return Cells.of(self.relevance.ranking.exposure, self.table("deal"))

    def fit(self, base: float = 0.1) -> Exposures:
        return fit(self.relevance.ranking, self.tree, self.table, base)

    def rates(self, offers: list[bytes], exposures: Exposures) -> np.ndarray:
        candidates = candidates_of(self.relevance, offers, self.codes)
        tables = {name: self.table(name) for name in dict.fromkeys(each.owner for each in self.tree.cuboids)}
        found = evidence(self.tree, candidates, tables, exposures)
        known = posterior(self.tree, found, exposures.base, self.relevance.ranking)
        return combine(self.tree, known, exposures.base).rate


def events(shown: int, bought: int, **fields: object) -> list[bytes]:
    kinds = ["shown"] * shown + ["bought"] * bought
    return [event(f"{fields}{number}", type=kind, **fields) for number, kind in enumerate(kinds)]


def test_a_deal_shown_to_its_friends_only_is_not_taken_for_a_good_one():
    """Women buy four times as often as men, whatever it is; `fair` is as good as `hidden`, which only women see."""
    log = [
        *events(1000, 200, deal="fair", gender="f"), *events(1000, 50, deal="fair", gender="m"),
        *events(1000, 200, deal="hidden", gender="f"),
    ]  # fmt: skip
    shop = Shop(log, [["gender"], ["deal"]])
    offers = [event(deal=deal, gender=gender) for deal in ("fair", "hidden") for gender in "fm"]
    fair, _, hidden, _ = shop.rates(offers, Exposures(0.15))
    assert hidden > 1.3 * fair
    fair_f, fair_m, hidden_f, hidden_m = shop.rates(offers, shop.fit())
    assert hidden_f == pytest.approx(fair_f, rel=0.03)
    assert hidden_m == pytest.approx(fair_m, rel=0.03)
    assert (fair_f, fair_m) == (pytest.approx(0.2, rel=0.05), pytest.approx(0.05, rel=0.1))


def test_what_is_shown_to_everybody_alike_is_worth_what_it_is():
    sold = {("a", "f"): 120, ("a", "m"): 30, ("b", "f"): 60, ("b", "m"): 15}
    shop = Shop(
        [each for (deal, gender), number in sold.items() for each in events(1000, number, deal=deal, gender=gender)],
        [["gender"], ["deal"]],
    )
    candidates = candidates_of(shop.relevance, [event(deal="a", gender="f"), event(deal="b", gender="m")], shop.codes)
    assert shop.fit().of(shop.tree, candidates) == pytest.approx(np.ones((2, 2)), rel=0.12)


def test_the_true_effects_are_found_behind_what_pages_chose_to_show():
    """Deals and audiences have their own log-odds; pages show whom they expect to buy ten times as often."""
    rng = np.random.default_rng(4)
    deals, cities = rng.normal(0, 0.5, 12), rng.normal(0, 0.7, 4)
    log, offers, truth = [], [], []
    for (deal, good), (city, rich) in product(enumerate(deals.tolist()), enumerate(cities.tolist())):
        rate = 1 / (1 + np.exp(2.5 - good - rich))
        shown = int(600 * (1.0 if good + rich > 0 else 0.1))
        fields = {"deal": f"d{deal}", "city": f"c{city}"}
        log += events(shown, rng.binomial(shown, rate), **fields)
        offers.append(event(**fields))
        truth.append(np.log(rate / (1 - rate)))

    def error(exposures: Exposures) -> float:
        rates = shop.rates(offers, exposures)
        return float(np.std(np.log(rates / (1 - rates)) - np.array(truth)))

    shop = Shop(log, [["city"], ["deal"]], strength=4)
    assert error(shop.fit()) < 0.6 * error(Exposures(0.1))


FIELDS = st.fixed_dictionaries(
    {
        "deal": st.sampled_from(["d1", "d2", "d3"]),
        "city": st.sampled_from(["Bonn", "Berlin", None]),
        "gender": st.sampled_from(["f", "m", "x", None]),
        "type": st.sampled_from(["shown", "shown", "bought", "clicked"]),
    }
)
LOGS = st.lists(FIELDS, max_size=60).map(lambda many: [event(number, **fields) for number, fields in enumerate(many)])
CHAINS = st.sampled_from(
    [[["deal"]], [["city", "deal"], ["gender"]], [["city", "city,gender"], ["city", "deal"], ["gender"]]]
)


@given(LOGS, CHAINS)
def test_cells_are_in_the_buckets_that_were_counted(log, chains):
    shop = Shop(log, chains)
    cells = shop.cells()
    assert cells.impressions.sum() == sum(json.loads(each)["type"] == "shown" for each in log)
    assert cells.conversions.sum() == sum(json.loads(each)["type"] == "bought" for each in log)
    every = [json.loads(each) for each in log]
    for cuboid in shop.tree.cuboids:
        numbers = bucket_numbers(cells.cuboid, cuboid, cells.codes)
        buckets = {tuple(each.get(name) if name != "gender" else _gender(each) for name in cuboid.dimensions)
                   for each in every}  # fmt: skip
        assert len(np.unique(numbers)) == len(buckets)


def _gender(fields: dict[str, object]) -> object:
    return fields["gender"] if fields["gender"] in ("f", "m", None) else "other"


@given(LOGS, CHAINS, st.sampled_from([None, 0.05]))
def test_exposures_are_numbers_above_nothing_and_the_base_is_a_rate(log, chains, base):
    ranking = {} if base is None else {"base": base}
    shop = Shop(log, chains, **ranking)
    found = shop.fit(base or 0.1)
    assert 0 < found.base < 1
    if base is not None:
        assert found.base == pytest.approx(base)
    candidates = candidates_of(shop.relevance, [*log, event(deal="new", city="Ulm")], shop.codes)
    exposure = found.of(shop.tree, candidates)
    assert exposure.shape == (len(shop.tree.nodes), len(candidates))
    assert (np.isfinite(exposure) & (exposure > 0)).all()


@given(LOGS, CHAINS, st.randoms(use_true_random=False))
def test_the_order_of_events_and_whose_codes_came_first_change_nothing(log, chains, random):
    offers = [event(deal=deal, city=city, gender="f") for deal in ("d1", "d3") for city in ("Bonn", "Berlin")]
    shop, again = Shop(log, chains), Shop(random.sample(log, len(log)), chains)
    assert again.rates(offers, again.fit()) == pytest.approx(shop.rates(offers, shop.fit()))


def test_without_cells_all_impressions_are_worth_the_same():
    shop = Shop([], [["deal"]])
    assert shop.fit(0.02) == Exposures(0.02)
