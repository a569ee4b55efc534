"""The stand-in's page in a real browser: what a record says is never run, and what a person does takes effect."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.integrations.crm.conftest import People, Vendor

CHROMIUM = shutil.which("chromium")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")]
ATTACK = '"><img src=x onerror=alert(1)><script>alert(1)</script>'


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, vendor: Vendor) -> Iterator[Page]:
    page = chromium.new_page(viewport={"width": 1200, "height": 800})
    page.set_default_timeout(8000)
    yield page
    page.close()


def test_a_person_works_in_it_and_nothing_a_record_says_is_run(vendor: Vendor, people: People, page: Page) -> None:
    troubles: list[str] = []
    page.on("dialog", lambda dialog: troubles.append(dialog.message))
    page.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    lead = vendor.book.add(
        "lead", first_name=ATTACK, email="jim@acme.test", company="Acme", owner=people.ada.number, state="assigned"
    )
    page.goto(f"{vendor.url}/")
    expect(page.get_by_role("cell", name=ATTACK).first).to_be_visible()
    page.get_by_label("Owner of").select_option("Ben Rep")
    expect(page.get_by_role("status")).to_contain_text("Given to Ben Rep")
    page.get_by_label("Log an activity").select_option("Call made")
    expect(page.get_by_role("status")).to_contain_text("Logged: Call made")
    page.get_by_role("button", name="Convert").click()
    expect(page.get_by_text("converted", exact=True)).to_be_visible()
    page.get_by_role("button", name="Opportunities 1").click()
    expect(page.get_by_role("cell", name="Acme – new business")).to_be_visible()
    page.get_by_role("button", name="Activities 1").click()
    expect(page.get_by_role("cell", name="jim@acme.test")).to_be_visible()
    assert troubles == []
    assert (lead["owner"], lead["converted"]) == (people.ben.number, True)
