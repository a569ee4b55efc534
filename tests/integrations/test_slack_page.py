"""The stand-in's page in a real browser: nothing posted is run, and its buttons and dialog work."""

import shutil
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from revops.integrations.slack import SlackConnection
from revops.integrations.slack_blocks import LeadCard, assigned_card
from revops.integrations.slack_dialog import Choice, recycle_view
from revops.standins.slack.workspace import Dialog
from tests.integrations.conftest import Slack

CHROMIUM = shutil.which("chromium")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")]
CARD = LeadCard(7, "Acme", "Jim", "CTO", [], "Demo", "", None, "https://airtight.test/leads/7/", "t0k")
ATTACKS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<javascript:alert(1)|Click>",
    "<!channel> <@U0000000000>",
    "<!date^9^{date}|<b>x>",
    "${alert(1)} {{7*7}}",
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, slack: Slack) -> Iterator[Page]:
    page = chromium.new_page(viewport={"width": 390, "height": 844})
    page.set_default_timeout(5000)
    yield page
    page.close()


def post(connection: SlackConnection, card: LeadCard) -> str:
    user = str(connection.find_user("ada.lovelace@example.com"))
    text, blocks = assigned_card(card)
    connection.post_message(channel=connection.open_direct_message(user), text=text, blocks=blocks, dedupe_id="1")
    return user


def test_what_a_lead_says_is_shown_and_never_run(slack: Slack, connection: SlackConnection, page: Page) -> None:
    troubles: list[str] = []
    page.on("dialog", lambda dialog: troubles.append(dialog.message))
    page.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    for attack in ATTACKS:
        post(connection, replace(CARD, company=attack))
        connection.post_message(channel="raw", text=attack, blocks=[], dedupe_id="2")
    page.goto(slack.url)
    page.get_by_role("button", name="Ada Lovelace").click()
    for attack in ATTACKS:
        expect(page.get_by_role("heading", name=f"New lead: {attack}", exact=True)).to_be_visible()
    page.get_by_role("button", name="raw").click()
    expect(page.locator("article")).to_have_count(len(ATTACKS))
    assert page.locator("article a").count() == 0
    assert page.locator("article script, article img:not(.bot)").count() == 0
    assert troubles == []


def test_the_page_fits_a_phone(slack: Slack, connection: SlackConnection, page: Page) -> None:
    post(connection, replace(CARD, company="Rindfleischetikettierungsüberwachungsaufgabenübertragungs GmbH"))
    page.goto(slack.url)
    expect(page.get_by_role("button", name="Accept")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_silent_airtight_is_told_to_whoever_pressed(slack: Slack, connection: SlackConnection, page: Page) -> None:
    post(connection, CARD)
    page.goto(slack.url)
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_role("status")).to_contain_text("could not connect")


def test_a_dialog_is_shown_to_its_user_and_can_be_left(slack: Slack, connection: SlackConnection, page: Page) -> None:
    user = post(connection, CARD)
    page.goto(slack.url)
    view = recycle_view([Choice("timing", "Timing & <b>")], "")
    dialog: Dialog = slack.app.workspace.open_dialog(user, view)
    expect(page.get_by_label("Reason")).to_contain_text("Timing & <b>")
    page.get_by_role("button", name="Recycle", exact=True).last.click()
    expect(page.locator("dialog")).to_contain_text("could not connect")
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.wait_for_timeout(200)
    assert dialog.id not in slack.app.workspace.dialogs
