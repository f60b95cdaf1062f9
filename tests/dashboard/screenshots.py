"""Takes the screenshots of docs/ of a service that runs: ``python -m tests.dashboard.screenshots http://127.0.0.1:18080``.

It serves the market of examples/market, in which `dealstream market` has been played and is again.
"""

import re
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

from tests.dashboard.conftest import LAPTOP, PHONE, ROOT

DOCS = ROOT / "docs" / "dashboard"
# file name, view, what shows that it is there, a phone's, dark
SHOTS = (
    ("live", "live", "Events a second", False, False),
    ("conversion", "explore", "rate, 95 % interval", False, False),
    ("rank", "rank/user-00042", "The best", False, True),
    ("market", "market", "Conversion rate of each page", False, False),
    ("market-phone", "market", "Conversion rate of each page", True, True),
    ("rank-phone", "rank/user-00042", "The best", True, False),
    ("health", "health", "event_spout", False, True),
)


def main() -> None:
    """Write every screenshot."""
    url = sys.argv[1]
    DOCS.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        found = shutil.which("chromium") or playwright.chromium.executable_path
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        for name, view, there, phone, dark in SHOTS:
            _shoot(browser, f"{url}/#{view}", DOCS / f"{name}.png", there, phone, dark)
        browser.close()


def _shoot(browser: Browser, url: str, file: Path, there: str, phone: bool, dark: bool) -> None:
    context = browser.new_context(viewport=PHONE if phone else LAPTOP, color_scheme="dark" if dark else "light")
    page = context.new_page()
    page.goto(url)
    expect(page.locator("main")).to_contain_text(there)
    if "rank" in file.stem:
        page.locator("details summary").first.click()
    if file.stem == "live":
        expect(page.locator("main path").first).to_have_attribute("d", re.compile("(L.*){4}"), timeout=20_000)
    page.screenshot(path=file, full_page=True)
    context.close()


if __name__ == "__main__":
    main()
