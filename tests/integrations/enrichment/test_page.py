"""The stand-in's page in a real browser: what was asked is shown and never run, and its switches work."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from revops.integrations.enrichment.firmographics import Match
from revops.integrations.errors import BadAnswer
from tests.integrations.enrichment.conftest import Case, only

CHROMIUM = shutil.which("chromium")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")]
ATTACK = "<img src=x onerror=alert(1)>.example"


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.set_default_timeout(5000)
        yield page
        browser.close()


@only("hubspot")
def test_a_switch_makes_it_misbehave_and_another_behave(case: Case, page: Page) -> None:
    troubles: list[str] = []
    page.on("dialog", lambda dialog: troubles.append(dialog.message))
    page.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
    case.provider.company(domain=ATTACK)
    page.goto(case.url)
    expect(page.get_by_role("cell", name=ATTACK)).to_be_visible()
    page.get_by_label("How").select_option("html")
    page.get_by_label("Calls", exact=True).fill("0")
    page.get_by_role("button", name="Do it").click()
    expect(page.get_by_text("html, every call (company)")).to_be_visible()
    with pytest.raises(BadAnswer):
        case.provider.company(domain="quarry.example")
    page.get_by_role("button", name="Behave again").click()
    expect(page.get_by_text("html, every call (company)")).to_have_count(0)
    assert isinstance(case.provider.company(domain="quarry.example"), Match)
    page.get_by_role("button", name="Revoke the key").click()
    expect(page.get_by_role("definition").filter(has_text="revoked")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert troubles == []
