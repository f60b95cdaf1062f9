"""The market: what the visitors see, what the shop is told, and that ranking finds out what they like."""

import json
from collections.abc import Sequence
from pathlib import Path

import httpx
import numpy as np
import pytest
from typer.testing import CliRunner

from dealstream.cli.failure import Failure
from dealstream.cli.http_shop import HttpShop
from dealstream.cli.main import app
from dealstream.market.memory_shop import MemoryShop
from dealstream.market.report import Report
from dealstream.market.shop import Page, People, Record
from dealstream.market.simulation import Simulation, Terms
from dealstream.market.tally import BestSellers, Kind, Sold
from dealstream.market.truth import draw
from dealstream.market.world import make
from dealstream.settings import load_relevance

CONFIG = Path(__file__).parents[2] / "examples" / "market" / "relevance.toml"
NOW = 1_750_000_000_000
SMALL = {"users": 600, "deals": 60, "page": 5}


class FirstDeals:
    """A shop that shows everybody its first deals, and remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[Record] = []
        self.ranked: list[int] = []

    def open(self, people: People) -> None:
        self.people = people

    def rank(self, users: Sequence[int], size: int, now_ms: int) -> list[Page]:
        self.ranked += users
        return [Page(np.arange(size), np.full(size, 0.1)) for _ in users]

    def record(self, events: Sequence[Record]) -> None:
        self.told += events


def test_the_same_seed_is_the_same_market_whatever_the_shop():
    one, other = (Simulation(Terms(4, **SMALL), FirstDeals()) for _ in range(2))
    for simulation in (one, other):
        simulation.open()
    first, second = one.visit(NOW), other.visit(NOW)
    assert [each.users.tolist() for each in first] == [each.users.tolist() for each in second]
    assert [each.bought.tolist() for each in first] == [each.bought.tolist() for each in second]
    assert draw(make(5, 10, 10), 5).log_odds.tolist() != draw(make(6, 10, 10), 6).log_odds.tolist()


def test_a_shop_hears_of_everything_but_the_oracle():
    shop = FirstDeals()
    simulation = Simulation(Terms(4, **SMALL), shop)
    simulation.open()
    seen = [each for _ in range(5) for each in simulation.visit(NOW)]
    told = [each for each in seen if each.kind is not Kind.ORACLE]
    assert sum(event["type"] == "impression" for event in shop.told) == sum(each.deals.size for each in told)
    assert sum(event["type"] == "purchase" for event in shop.told) == sum(int(each.bought.sum()) for each in told)
    assert len({event["id"] for event in shop.told}) == len(shop.told)
    oracle = {f"user-{user:05}" for each in seen if each.kind is Kind.ORACLE for user in each.users.tolist()}
    assert oracle
    assert not oracle & {event["user"] for event in shop.told}
    assert set(shop.ranked) == {user for each in seen if each.kind is Kind.RANKED for user in each.users.tolist()}


def test_who_has_bought_a_deal_hardly_wants_it_again_and_the_oracle_knows():
    simulation = Simulation(Terms(4, **SMALL), FirstDeals())
    users = np.arange(3)
    nothing = np.zeros((3, 60), bool)
    fresh = simulation.truth.rates(users, nothing)
    best = fresh.argmax(axis=1)
    bought = nothing.copy()
    bought[users, best] = True
    assert (simulation.truth.rates(users, bought)[users, best] < fresh[users, best] / 2).all()


def test_best_sellers():
    sold = Sold(3)
    sold.add(np.array([0] * 900 + [1] * 100), np.array([0] * 50 + [1] * 30), np.full(1000, 0.1))
    assert sold.best(BestSellers.COUNT, 2).tolist() == [0, 1]
    assert sold.best(BestSellers.RATE, 3).tolist() == [1, 2, 0]


@pytest.mark.parametrize("seed", [1, 2])
def test_ranking_finds_out_what_visitors_like(seed):
    simulation = Simulation(Terms(seed, users=2_000, deals=100), MemoryShop(load_relevance(CONFIG)))
    simulation.open()
    report = Report(learned=15_000)
    while report.impressions < 30_000:
        report.add(simulation.visit(NOW + report.impressions))
    assert report.true_ratio(Kind.BEST_SELLERS) > 1.05
    assert report.true_ratio(Kind.ORACLE) < 1
    course = report.document(simulation, 30_000)["course"]
    assert course[-1]["off"] < course[0]["off"]


def test_the_command_reports_and_keeps_the_progress(tmp_path):
    output = tmp_path / "market.json"
    arguments = ["--memory", "--impressions", "2000", "--learned", "1000", "--output", str(output)]
    result = CliRunner().invoke(app, ["market", *arguments, "--config", str(CONFIG)])
    assert result.exit_code == 0, result.output
    assert "ranked / oracle" in result.stdout
    kept = json.loads(output.read_text())
    assert kept["impressions"] >= 2000
    assert set(kept["pages"]) == {"ranked", "best-sellers", "oracle"}
    assert all(0 < deal["truth"] < 1 for deal in kept["deals"])


def test_nobody_asks_for_another_kind_of_best_seller():
    result = CliRunner().invoke(app, ["market", "--memory", "--best-sellers", "luck"])
    assert result.exit_code == 2
    assert "neither count nor rate" in result.stderr


class Service:
    """Answers as the HTTP API does; is away ``away`` times at first."""

    def __init__(self, away: int = 0, reason: str | None = None) -> None:
        self.away, self.reason = away, reason
        self.put: list[str] = []
        self.events: list[Record] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.away:
            self.away -= 1
            return httpx.Response(503, json={"error": "away"}, headers={"Retry-After": "0"})
        assert request.headers["X-API-Key"] == "secret"
        body = json.loads(request.content)
        if request.method == "PUT":
            self.put.append(request.url.path)
            return httpx.Response(204)
        if request.url.path == "/rank":
            best = body["candidates"][: body["limit"]]
            return httpx.Response(200, json={"deals": [{"deal": deal, "rate": 0.1} for deal in best]})
        assert len(body["events"]) <= 1000
        self.events += body["events"]
        rejected = [] if self.reason is None else [{"index": 0, "reason": self.reason}]
        return httpx.Response(200, json={"accepted": len(body["events"]), "rejected": rejected})


def through_http(service: Service) -> list[Kind]:
    shop = HttpShop("http://shop", "secret", httpx.MockTransport(service))
    simulation = Simulation(Terms(4, **SMALL), shop)
    try:
        simulation.open()
        return [each.kind for each in simulation.visit(NOW)]
    finally:
        shop.close()


def test_the_market_goes_through_http():
    service = Service(away=3)
    assert through_http(service) == list(Kind)
    assert sum(path.startswith("/deals/") for path in service.put) == 60
    introduced = {path.removeprefix("/users/") for path in service.put if path.startswith("/users/")}
    assert introduced
    assert introduced <= {event["user"] for event in service.events}


@pytest.mark.parametrize(("service", "problem"), [(Service(reason="too old"), "too old"), (Service(away=999), "503")])
def test_a_service_that_does_not_do_as_asked_ends_the_market(service, problem):
    with pytest.raises(Failure, match=problem):
        through_http(service)
