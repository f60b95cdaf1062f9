"""The dashboard in a real Chromium, end to end: every view, both schemes, laptop and phone."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from typer.testing import CliRunner

from dealstream.cli.main import app
from tests.dashboard.conftest import CONFIG, PHONE
from tests.dashboard.service import Recorded
from tests.support.waiting import until

VIEWS = {
    "live": "Events a second",
    "explore": "rate, 95 % interval, impressions",
    "deal/deal-0001": "Catalogue",
    "rank/user-00042": "The best 2 of 400 candidates",
    "health": "bucket_counter",
    "rejected": "the event lies in the future",
    "market": "Conversion rate of each page",
}


@pytest.fixture
def played(market_file: Path) -> dict[str, object]:
    """Play a small market, and return its progress."""
    arguments = ["--memory", "--impressions", "30000", "--learned", "20000", "--config", str(CONFIG)]
    result = CliRunner().invoke(app, ["market", *arguments, "--output", str(market_file)])
    assert result.exit_code == 0, result.output
    return json.loads(market_file.read_text())


def opened(page: Page, view: str) -> Page:
    page.goto(f"/#{view}")
    return page


def test_live_figures_move(page: Page, service: Recorded):
    opened(page, "live")
    expect(page.locator("#deployment")).to_have_text("market")
    expect(page.locator("main")).to_contain_text("1,204,000")
    expect(page.locator("main svg")).to_have_count(2)
    service.stream["kept"] = 1_300_000
    expect(page.locator("main")).to_contain_text("1,300,000")


def test_every_view_is_reached_by_its_link(page: Page, played):
    opened(page, "live")
    for name in ("Conversion", "Deal", "Rank as", "Health", "Rejected", "Market", "Live"):
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.locator("nav a[aria-current]")).to_have_text(name)
        expect(page.locator("main h1")).to_be_visible()
        expect(page.locator("#notice")).to_be_hidden()


def test_conversion_by_chosen_dimensions(page: Page):
    opened(page, "explore")
    expect(page.locator("table.heat")).to_be_visible()
    for chip in page.locator(".chips button[aria-pressed=true]").all_inner_texts():
        page.get_by_role("button", name=chip, exact=True).click()
    expect(page.locator("main")).to_contain_text("Choose one or more.")
    page.get_by_role("button", name="age", exact=True).click()
    page.get_by_role("button", name="category", exact=True).click()
    cells = page.locator("table.heat td")
    expect(cells).to_have_count(15)
    expect(cells.first).to_contain_text("of 4,000")
    expect(page.locator("table.heat thead")).to_have_text("<2525-3535-5050-65>=65")
    page.get_by_role("button", name="gender", exact=True).click()
    expect(page.locator("main form select")).to_have_count(2)
    page.get_by_role("button", name="platform", exact=True).click()
    expect(page.locator("main")).to_contain_text("No cuboid has all of them.")


def test_rank_as_a_user_and_why(page: Page, service: Recorded):
    opened(page, "rank")
    expect(page.locator("form input")).to_have_count(8)
    names = [field.get_attribute("name") for field in page.locator("form input").all()]
    assert names == ["user", "gender", "age", "area", "lat", "lon", "platform", "candidates"]
    page.get_by_label("user", exact=True).fill("user-00042")
    page.get_by_label("age", exact=True).fill("31")
    page.get_by_label("among deals").fill("deal-0001, deal-0002")
    page.get_by_role("button", name="Rank").click()
    expect(page.locator("ol.page > li")).to_have_count(2)
    asked = service.asked[-1]
    assert asked["user"] == "user-00042"
    assert asked["attributes"] == {"age": 31}
    assert asked["candidates"] == ["deal-0001", "deal-0002"]
    page.locator("details summary").first.click()
    why = page.locator("details").first
    expect(why).to_contain_text("reaches category,gender")
    expect(why).to_contain_text("what the user just did +0.4")
    expect(why.locator("tr.unused")).to_have_count(1)
    expect(page.locator("main")).to_contain_text("2025-06-15 15:06:40")
    page.get_by_role("link", name="deal-0001").click()
    expect(page.locator("h1")).to_have_text("Deal deal-0001")
    expect(page.locator("main")).to_contain_text("12.5")


def test_a_deal_that_the_catalogue_does_not_know(page: Page):
    opened(page, "deal")
    page.get_by_label("deal", exact=True).fill("nobody")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("main")).to_contain_text("The catalogue does not know this deal.")
    expect(page.locator("table.heat").first).to_be_visible()


def test_health_tells_what_is_away(page: Page):
    opened(page, "health")
    expect(page.locator("main .bad")).to_have_text(["no answer from 127.0.0.1:9090", "not done for the first time yet"])
    expect(page.locator("main")).to_contain_text("event_spout")


def test_what_a_sender_writes_stays_text(page: Page):
    opened(page, "rejected")
    expect(page.locator("main")).to_contain_text("<img src=x")
    assert page.locator("main img").count() == 0
    assert page.evaluate("window.broken") is None


def test_a_market_closes_in_on_the_truth(page: Page, market_file: Path, played):
    opened(page, "market")
    expect(page.locator('g[data-series="oracle"] path')).to_have_count(1)
    expect(page.locator("main")).to_contain_text(f"{played['ratios']['best-sellers']:.3g}")
    market_file.unlink()
    expect(page.locator("main")).to_contain_text("No market was played yet")


def test_what_is_counted_is_drawn_against_the_truth(page: Page, market_file: Path, played):
    """Of the deals in the recorded counts, one interval holds the truth and the other does not."""
    deals = [
        {"deal": "deal-0001", "truth": 0.0225},
        {"deal": "deal-0002", "truth": 0.2},
        {"deal": "other", "truth": 0.1},
    ]
    market_file.write_text(json.dumps({**played, "deals": deals}))
    opened(page, "market")
    expect(page.locator("main")).to_contain_text("1 of 2 intervals hold it")
    expect(page.get_by_role("img", name="counted rates against true rates").locator("circle")).to_have_count(2)


def test_a_key_is_asked_for_when_one_is_needed(page: Page, service: Recorded):
    service.key = "secret"
    opened(page, "live")
    page.get_by_label("API key").fill("secret")
    page.get_by_role("button", name="Use it").click()
    expect(page.locator("main")).to_contain_text("1,204,000")
    expect(page.locator("#notice")).to_be_hidden()


@pytest.fixture
def phone(chromium: Browser, url: str) -> Iterator[Page]:
    context = chromium.new_context(base_url=url, viewport=PHONE)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize(
    ("view", "first"),
    [
        ("live", ["partition", "end", "committed", "counted up to", "behind", "lost by the log"]),
        (
            "rank/user-00042",
            ["bucket", "impressions", "each worth", "conversions", "prior", "posterior", "95 % interval"],
        ),
        ("health", ["name", "executors", "emitted", "acked", "failed", "latency ms"]),
        ("rejected", ["partition", "offset", "reason", "value"]),
        ("deal/deal-0001", ["all audiences", "rate", "95 % interval", "", "impressions", "conversions"]),
    ],
)
def test_on_a_phone_the_rows_of_a_wide_table_are_cards(phone: Page, view: str, first: list[str]):
    opened(phone, view)
    expect(phone.locator("main")).to_contain_text(VIEWS[view])
    for reasons in phone.locator("details summary").all():
        reasons.click()
    cells = phone.locator("table.wide").first.locator("tbody tr").first.locator("td")
    names = cells.evaluate_all("cells => cells.map((cell) => getComputedStyle(cell, '::before').content)")
    assert [name.strip('"') for name in names] == first
    for box in phone.locator(".scroll:not(:has(.heat))").all():
        assert box.evaluate("box => box.scrollWidth <= box.clientWidth")


def test_what_scrolls_on_a_phone_shows_it_and_keeps_the_names_of_rows(phone: Page):
    opened(phone, "deal/deal-0001")
    heat = phone.locator(".scroll:has(.heat)").filter(has_text="25-35")
    expect(heat).to_have_class("scroll more")
    heat.evaluate("box => box.scrollTo(box.scrollWidth, 0)")
    expect(heat).to_have_class("scroll")
    inside = "row => row.getBoundingClientRect().left >= row.closest('.scroll').getBoundingClientRect().left"
    assert heat.locator("th[scope=row]").first.evaluate(inside)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_it_fits_on_a_phone_in_both_schemes(chromium: Browser, url: str, played, view: str, scheme: str):
    context = chromium.new_context(base_url=url, viewport=PHONE, color_scheme=scheme)
    page = opened(context.new_page(), view)
    expect(page.locator("main")).to_contain_text(VIEWS[view])
    width = until(lambda: page.evaluate("document.documentElement.scrollWidth"))
    assert width <= PHONE["width"]
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(245, 246, 248)" if scheme == "light" else "rgb(16, 21, 28)")
    context.close()
