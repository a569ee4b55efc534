"""The criteria editor in a real browser, under the policy that the admin is served with."""

import json
import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connections
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from leads.models import Reason, Territory, Track
from recycle.seeds import plant
from routing.models import Pool
from tests.world import World

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
ARGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        CHROMIUM is None, reason="No Chromium on this machine: install it with apt-get install chromium."
    ),
]


@pytest.fixture
def company(transactional_db: None) -> World:
    plant(Track, Reason)
    world = World.make()
    User.objects.create_superuser("root@airtight.test", "root@airtight.test", "correct horse battery")
    return world


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield browser
        connections.close_all()  # the driver's loop gives the tests' own queries a connection apart
        browser.close()


@pytest.fixture
def page(chromium: Browser, company: World, live_server: LiveServer) -> Iterator[Page]:
    """Signed in as RevOps; whatever the browser complains of fails the test."""
    complaints: list[str] = []
    found = chromium.new_page(viewport={"width": 1280, "height": 900})
    found.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    found.on("pageerror", lambda error: complaints.append(str(error)))
    found.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    found.goto(f"{live_server.url}/admin/")
    found.fill("input[name=username]", "rita@airtight.test")
    found.fill("input[name=password]", "correct horse battery")
    found.press("input[name=password]", "Enter")
    found.wait_for_url("**/admin/")
    yield found
    found.close()
    assert complaints == []


def value(page: Page, label: str) -> Any:
    return page.get_by_label(label, exact=False)


def test_a_rule_is_written_row_by_row_and_comes_back(page: Page, company: World, live_server: LiveServer) -> None:
    page.goto(f"{live_server.url}/admin/leads/territory/add/")
    page.fill("input[name=name]", "North America")
    page.select_option("select[name=pool-0-team]", label="Mid-market")
    page.get_by_role("button", name="Add a condition").click()
    chips = value(page, "Value of condition 1")
    chips.fill("usa")
    chips.press("Enter")
    chips.fill("Canada, MX")
    chips.press("Enter")
    page.get_by_role("button", name="Add a condition").click()
    page.get_by_label("Field of condition 2").select_option("employee_count")
    value(page, "Value of condition 2").fill("50")
    page.get_by_label("If condition 2 is unknown").select_option("pass")
    expect(page.locator("[data-words]").first).to_have_text(
        "Matches country is one of US, CA, MX and employee count is at least 50 (or unknown)."
    )
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/leads/territory/")
    pool = Pool.objects.get(territory__name="North America")
    assert pool.criteria == {
        "all": [
            {"field": "country", "op": "in", "value": ["US", "CA", "MX"]},
            {"field": "employee_count", "op": "at_least", "value": 50, "unknown": "pass"},
        ]
    }
    page.goto(f"{live_server.url}/admin/leads/territory/{pool.territory_id}/change/")
    expect(page.locator(".criteria-row")).to_have_count(2)
    expect(page.locator(".criteria-chip")).to_have_count(3)
    page.get_by_role("button", name="Remove condition 1").click()
    page.get_by_role("button", name="Add a group").click()
    page.get_by_label("How many of these must hold").nth(1).select_option("none")
    page.get_by_label("Field of condition 2.1").select_option("is_free_mail")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/leads/territory/")
    pool.refresh_from_db()
    assert pool.criteria == {
        "all": [
            {"field": "employee_count", "op": "at_least", "value": 50, "unknown": "pass"},
            {"none": [{"field": "is_free_mail", "op": "is", "value": True}]},
        ]
    }


def test_a_mistake_is_shown_at_its_row_and_what_was_typed_stays(
    page: Page, company: World, live_server: LiveServer
) -> None:
    page.goto(f"{live_server.url}/admin/routing/icpprofile/{company.profile.pk}/change/")
    expect(page.locator(".criteria-row")).to_have_count(1)
    page.get_by_label("Field of condition 1").select_option("country")
    page.get_by_label("Operator of condition 1").select_option("is")
    value(page, "Value of condition 1").fill("Atlantis")
    expect(page.locator("[data-words]")).to_contain_text("Condition 1, value: 'Atlantis' is not a country.")
    expect(page.locator(".criteria-row")).to_have_class("criteria-row is-wrong")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".errorlist").first).to_contain_text("'Atlantis' is not a country.")
    expect(value(page, "Value of condition 1")).to_have_value("Atlantis")
    value(page, "Value of condition 1").fill("France")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/routing/icpprofile/")
    company.profile.refresh_from_db()
    assert company.profile.criteria == {"all": [{"field": "country", "op": "is", "value": "FR", "unknown": "pass"}]}
    assert company.profile.version == 2


def test_a_score_is_written_without_json(page: Page, company: World, live_server: LiveServer) -> None:
    page.goto(f"{live_server.url}/admin/routing/icpprofile/{company.profile.pk}/change/")
    page.get_by_role("button", name="Add a group").click()
    page.get_by_label("How many of these must hold").nth(1).select_option("score")
    page.get_by_label("Field of condition 2.1").select_option("industry")
    value(page, "Value of condition 2.1").fill("SaaS")
    value(page, "Value of condition 2.1").press("Enter")
    page.get_by_label("Points for condition 2.1").fill("3")
    page.get_by_label("If condition 2.1 is unknown").select_option("pass")
    page.get_by_role("group", name="group 2").get_by_role("button", name="Add a group").click()
    page.get_by_label("Points for group 2.2").fill("2")
    page.get_by_label("Field of condition 2.2.1").select_option("hand_raise")
    page.get_by_label("Points needed in group 2").fill("9")
    expect(page.locator("[data-words]")).to_contain_text("9 is never reached, for all points together are 5.")
    expect(page.get_by_role("group", name="group 2", exact=True)).to_have_class("criteria-group is-wrong")
    page.get_by_label("Points needed in group 2").fill("5")
    expect(page.locator("[data-words]")).to_have_text(
        "Matches employee count is at least 10 (or unknown) and at least 5 points (3 if industry is one of SaaS (or "
        "unknown), 2 if hand raise is true)."
    )
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/routing/icpprofile/")
    company.profile.refresh_from_db()
    score = {
        "score": [
            {"weight": 3, "field": "industry", "op": "in", "value": ["SaaS"], "unknown": "pass"},
            {"weight": 2, "any": [{"field": "hand_raise", "op": "is", "value": True}]},
        ],
        "at_least": 5,
    }
    assert company.profile.criteria["all"][1] == score
    page.goto(f"{live_server.url}/admin/routing/icpprofile/{company.profile.pk}/change/")
    expect(page.get_by_label("Points for group 2.2")).to_have_value("2")
    page.get_by_label("How many of these must hold").nth(1).select_option("any")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/routing/icpprofile/")
    company.profile.refresh_from_db()
    plain = [{key: held for key, held in part.items() if key != "weight"} for part in score["score"]]  # type: ignore[attr-defined]
    assert company.profile.criteria["all"][1] == {"any": plain}


def test_groups_nest_and_what_is_no_criteria_is_left_to_be_put_right(
    page: Page, company: World, live_server: LiveServer
) -> None:
    row = {"field": "city", "op": "is", "value": "Oslo"}
    nested = {"any": [{"all": [row, {"none": [row]}]}, row]}
    company.profile.criteria = nested
    company.profile.save()
    page.goto(f"{live_server.url}/admin/routing/icpprofile/{company.profile.pk}/change/")
    expect(page.locator(".criteria-row")).to_have_count(3)
    expect(page.locator("[data-words]")).to_contain_text("(city is Oslo and not (city is Oslo)) or city is Oslo")
    page.get_by_text("Advanced (JSON)").click()
    page.fill("textarea[name=criteria]", "{")
    expect(page.locator("[data-note]")).to_contain_text("not readable yet")
    page.fill("textarea[name=criteria]", json.dumps(nested))
    value(page, "Value of condition 1.2.1").fill("Bergen")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/routing/icpprofile/")
    company.profile.refresh_from_db()
    assert company.profile.criteria == {"any": [{"all": [row, {"none": [{**row, "value": "Bergen"}]}]}, row]}


def test_a_profile_is_tried_as_it_stands_in_the_form(page: Page, company: World, live_server: LiveServer) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    lead = company.capture(employee_count=20)
    page.goto(f"{live_server.url}/admin/routing/icpprofile/{company.profile.pk}/change/?try={lead.pk}")
    trial = page.locator("[data-trial]")
    expect(trial.locator("h3")).to_contain_text(f"Lead {lead.pk}, Acme fit")
    value(page, "Value of condition 1").fill("30")
    trial.get_by_label("E-mail, lead number or company").press("Enter")
    expect(trial.locator("h3")).to_contain_text("not fit")
    trial.get_by_text("Type facts").click()
    trial.get_by_label("Employees").fill("many")
    trial.get_by_role("button", name="Try it").click()
    expect(trial.locator(".is-wrong label")).to_have_text("Employees")
    expect(trial.get_by_label("Employees")).to_be_focused()
    trial.get_by_label("Employees").fill("31")
    trial.get_by_label("Employees").press("Enter")
    expect(trial.locator("h3")).to_contain_text(f"Lead {lead.pk}, Acme fit")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    company.profile.refresh_from_db()
    assert company.profile.version == 1


@pytest.mark.long
def test_the_pages_fit_a_phone_and_the_browser_blocks_nothing(
    page: Page, company: World, live_server: LiveServer
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    territory = Territory.objects.get()
    for path in (
        "", "leads/lead/", "leads/team/", f"leads/team/{company.team.pk}/change/", "leads/rep/", "sla/policy/",
        f"leads/territory/{territory.pk}/change/", f"sla/calendar/{company.calendar.pk}/change/", "leads/reason/",
        "leads/opportunity/add/", "recycle/feature/add/", "auth/user/", "leads/suppression/add/",
        "routing/absence/add/",
        f"routing/icpprofile/{company.profile.pk}/change/", f"routing/icpprofile/{company.profile.pk}/versions/",
    ):  # fmt: skip
        page.goto(f"{live_server.url}/admin/{path}", wait_until="networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
