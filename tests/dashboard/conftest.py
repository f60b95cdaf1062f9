"""A real Chromium, and a service for it to look at."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from cluster.tools import BROWSE, ToolError, require
from dealstream.settings import load_relevance
from tests.dashboard.service import Recorded, listening

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "examples" / "market" / "relevance.toml"
LAPTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Return the system's browser."""
    try:
        require(BROWSE, print)
    except ToolError as error:
        pytest.skip(str(error))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def market_file(tmp_path: Path) -> Path:
    return tmp_path / "market.json"


@pytest.fixture
def service(market_file: Path) -> Recorded:
    return Recorded(load_relevance(CONFIG), market_file)


@pytest.fixture
def url(service: Recorded) -> Iterator[str]:
    with listening(service.app) as address:
        yield address


@pytest.fixture
def page(chromium: Browser, url: str) -> Iterator[Page]:
    """Return a page of the dashboard's; what it asks other hosts for, or complains about, fails the test."""
    context = chromium.new_context(base_url=url, viewport=LAPTOP)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: request.url.startswith(url) or problems.append(request.url))
    page.set_default_timeout(10_000)
    yield page
    context.close()
    assert not problems
