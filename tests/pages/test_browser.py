"""The pages in a real browser: clocks, dialogs, races, and a quiet console."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from revops import lifecycle
from revops.models import ClockOffset
from tests.shots import CHROMIUM, QUIET
from tests.world import MINUTE, World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:No directory at"),  # static files are served where they are, uncollected
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        not Path(CHROMIUM).exists(), reason=f"No Chromium at {CHROMIUM}: the browser tests are skipped."
    ),
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api").sync_playwright().start()
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
    yield browser
    browser.close()
    playwright.stop()


@pytest.fixture
def site(transactional_db: None, world: World, settings: Any) -> Iterator[World]:
    """The world behind a live server whose clock goes on from the story's time.

    A server of its own, since the shared one keeps what the settings were when the first test began.
    """
    settings.AIRTIGHT_TEST_CLOCK = True
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "session", "csrf"
    server = LiveServer("localhost")
    world.extra["address"] = server.url
    yield world
    server.stop()


def start_the_clock(world: World) -> None:
    ClockOffset.objects.update_or_create(pk=1, defaults={"offset": world.now - datetime.now(UTC)})


@pytest.fixture
def look(chromium: Any, site: World) -> Iterator[Any]:
    """`look(rep, path)` opens a page as that rep; whatever the console says of an error fails the test."""
    complaints: list[str] = []
    contexts = []

    def open_page(rep: Any, path: str, **options: Any) -> Any:
        start_the_clock(site)
        context = chromium.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda line: complaints.append(line.text) if line.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{site.extra['address']}/sign-in/")
        page.fill("#username", rep.user.username)
        page.fill("#password", "correct horse battery")
        page.click("button[type=submit]")
        page.goto(site.extra["address"] + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def text_of(page: Any, selector: str) -> str:
    return str(page.inner_text(selector))


def test_the_countdown_ticks_by_the_server_s_clock(site, look):
    lead = site.to_state("assigned")
    page = look(lead.owner, "/")
    first = text_of(page, "[data-left]")
    assert first.startswith("1:59:")
    page.wait_for_function("first => document.querySelector('[data-left]').textContent !== first", arg=first)


def test_accepting_happens_in_place(site, look):
    lead = site.to_state("assigned")
    page = look(lead.owner, "/")
    page.evaluate("window.same = true")
    page.click(f"#lead-{lead.pk} button:has-text('Accept')")
    page.wait_for_selector(f"#lead-{lead.pk} >> text=Log touch")
    assert "First touch is due" in text_of(page, "#messages")
    assert page.evaluate("window.same") is True
    assert site.again(lead).state == "accepted"


def test_the_recycle_dialog_says_what_is_missing_beside_the_field(site, look):
    lead = site.to_state("assigned")
    page = look(lead.owner, "/")
    page.click(f"#lead-{lead.pk} a:has-text('Recycle')")
    page.wait_for_selector("dialog[open]")
    assert not page.is_visible("#field-bad_data")
    page.check("input[value=bad_data]")
    assert page.is_visible("#field-bad_data")
    page.click("dialog button[type=submit]")
    page.wait_for_selector("#field-bad_data-error")
    assert page.evaluate("document.activeElement.id") == "field-bad_data"
    page.check("input[value=timing]")
    page.click("dialog button[type=submit]")
    page.wait_for_selector("#live >> text=Nothing is waiting for you")
    assert not page.is_visible("dialog")
    assert "comes back on" in text_of(page, "#messages")
    assert text_of(page, "#count-queue") == ""


def test_escape_closes_a_dialog_and_gives_the_focus_back(site, look):
    lead = site.to_state("assigned")
    page = look(lead.owner, "/")
    page.focus(f"#lead-{lead.pk} a:has-text('Recycle')")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open]")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")
    assert "Recycle" in page.evaluate("document.activeElement.textContent")


def test_the_loser_of_a_race_reads_who_won(site, look):
    lead = site.to_state("shark_tank")
    lost = lead.assignments.get().rep_id
    winner, loser = [rep for rep in site.reps if rep.pk != lost]
    page = look(loser, "/shark-tank/")
    lifecycle.claim(lead.pk, at=site.now, by=site.actor(winner))
    page.click("button:has-text('Claim')")
    page.wait_for_selector(f"text=Already taken by {winner.name}.")


def test_a_new_lead_appears_by_itself(site, look):
    rep = site.to_state("assigned").owner
    page = look(rep, "/")
    for number in range(3):
        site.capture(f"p{number}@new{number}.test", company=f"New {number}")
    site.pass_time(4 * MINUTE)
    start_the_clock(site)
    page.evaluate("htmx.trigger(document.getElementById('live'), 'refresh')")
    page.wait_for_function("() => document.querySelectorAll('article.lead').length === 2")
    assert "2 to accept" in text_of(page, "#announce")


def test_a_poll_without_news_leaves_the_page_alone(site, look):
    lead = site.to_state("assigned")
    page = look(lead.owner, "/")
    page.evaluate("document.querySelector('article.lead').dataset.same = 'yes'")
    with page.expect_response(lambda response: response.status == 304):
        page.evaluate("htmx.trigger(document.getElementById('live'), 'refresh')")
    assert page.get_attribute("article.lead", "data-same") == "yes"


@pytest.mark.parametrize("part", ["recycle", "touch", "convert"])
def test_a_dialog_opened_on_a_page_of_its_own_works_there(part, site, look):
    lead = site.to_state("accepted")
    page = look(lead.owner, f"/leads/{lead.pk}/{part}/")
    choice = {"recycle": "input[value=budget]", "touch": "input[value=mail]"}.get(part)
    if choice:
        page.check(choice)
    page.click("main button[type=submit]")
    page.wait_for_selector("h1:has-text('Your queue')")
    assert site.again(lead).state == {"recycle": "nurture", "touch": "accepted", "convert": "converted"}[part]


@pytest.mark.parametrize("width", [360, 1280, *[pytest.param(width, marks=pytest.mark.long) for width in (390, 768)]])
def test_nothing_scrolls_sideways(width, site, look):
    lead = site.to_state(
        "accepted",
        first_name="Bartholomew" * 4,
        company="Donaudampfschifffahrtsgesellschaft" * 4,
        job_title="x" * 120,
        email=f"{'a' * 60}@{'b' * 60}.example",
    )
    page = look(lead.owner, "/", viewport={"width": width, "height": 800})
    for path in (
        "/",
        "/shark-tank/",
        f"/leads/{lead.pk}/",
        f"/leads/{lead.pk}/recycle/",
        "/features/",
        "/absences/",
        "/tokens/",
    ):
        page.goto(site.extra["address"] + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_what_is_said_of_a_long_company_stays_on_the_page(site, look):
    lead = site.to_state("assigned", company="Donaudampfschifffahrtsgesellschaft" * 4)
    page = look(lead.owner, "/", viewport={"width": 360, "height": 800})
    page.get_by_role("button", name="Accept").first.click()
    page.wait_for_selector(".flash.ok")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_without_javascript_everything_still_works(site, look):
    lead = site.to_state("assigned")
    page = look(lead.owner, "/", java_script_enabled=False)
    page.click(f"#lead-{lead.pk} button:has-text('Accept')")
    page.click("a:has-text('Log touch')")
    page.check("input[value=call]")
    page.click("button:has-text('Log touch')")
    page.click("a:has-text('Recycle')")
    page.check("input[value=budget]")
    page.click("main button:has-text('Recycle')")
    assert "judged again on" in text_of(page, "#messages")
    assert site.again(lead).state == "nurture"
