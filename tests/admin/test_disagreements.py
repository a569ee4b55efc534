"""Where vendors say different things: what is listed, what is left out as one answer, and what a rule makes of it."""

from typing import Any

import pytest
from django.test import Client

from leads.models import VendorHealth
from revops import clock
from revops.admin_index import sidebar
from revops.rules import standing
from routing.disagreements import among_latest, criteria_by_field, of_company
from routing.models import Pool, Vendor, VendorAnswer
from routing.seeds import plant
from tests.world import DAY, HOUR, World

PAGE = "/admin/routing/vendoranswer/disagreements/"
pytestmark = pytest.mark.django_db


def told(world: World, vendor: str, domain: str = "acme.test", *, days_ago: int = 0, **values: Any) -> VendorAnswer:
    return VendorAnswer.objects.create(
        vendor=vendor, domain=domain, outcome="match", values=values, asked_at=world.now - days_ago * DAY
    )


def fields_that_differ(world: World, *said: dict[str, Any], rules: dict[str, Any] | None = None) -> list[str]:
    answers = [told(world, f"vendor{number}", **values) for number, values in enumerate(said)]
    return [one.field for one in of_company(answers, rules or {})]


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("employee_count", 55, 190),
        ("employee_count", 198, 220),
        ("annual_revenue", 5_000_000, 9_000_000),
        ("region", "TX", "Texas"),
        ("region", "Île-de-France", "Ile de France"),
        ("city", "San Francisco", "SAN FRANCISCO"),
        ("city", "Zürich", "Zurich"),
        ("city", "New York", "New York City"),
        ("industry", "Software", "computer software"),
        ("country", "DE", "DE"),
    ],
)
def test_what_is_one_answer(world: World, field: str, one: Any, other: Any) -> None:
    assert fields_that_differ(world, {field: one, "country": "US"}, {field: other, "country": "US"}) in (
        [],
        ["country"],
    )


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("employee_count", 40, 60),
        ("employee_count", 55, 900),
        ("annual_revenue", 4_000_000, 9_000_000),
        ("region", "TX", "California"),
        ("city", "Berlin", "Munich"),
        ("industry", "Software", "Fintech"),
        ("country", "DE", "AT"),
    ],
)
def test_what_differs(world: World, field: str, one: Any, other: Any) -> None:
    assert fields_that_differ(world, {field: one}, {field: other}) == [field]


def test_a_criterion_between_two_alike_sizes_makes_them_differ(world: World) -> None:
    """In one band, and one of them is a fit and the other none."""
    rules = {"employee_count": [{"field": "employee_count", "op": "at_least", "value": 100}]}
    [one] = of_company([told(world, "apollo", employee_count=60), told(world, "zoominfo", employee_count=190)], rules)
    assert one.decides == ("employee count is at least 100",)


def test_what_one_vendor_says_alone_or_took_back_is_none(world: World) -> None:
    assert fields_that_differ(world, {"employee_count": 9}, {"country": "DE"}) == []
    answers = [
        told(world, "apollo", days_ago=9, employee_count=9),
        told(world, "apollo", employee_count=900),
        told(world, "zoominfo", employee_count=905),
    ]
    assert of_company(answers, {}) == []


def test_what_a_rule_reads_differently_comes_first(world: World) -> None:
    world.profile.criteria = {"all": [{"field": "employee_count", "op": "at_least", "value": 50}]}
    world.profile.save()
    for vendor, old, fresh in (("apollo", 40, 300), ("zoominfo", 70, 3000)):
        told(world, vendor, "old.test", days_ago=30, employee_count=old)
        told(world, vendor, "fresh.test", employee_count=fresh)
    criteria = criteria_by_field(standing().routing)
    assert [(one.domain, bool(one.decides)) for one in among_latest(10, criteria)] == [
        ("old.test", True),
        ("fresh.test", False),
    ]
    assert [one.domain for one in among_latest(1, criteria)] == ["fresh.test"]


def test_the_page_says_who_said_what_when_and_whom_it_concerns(ours: World, rita: Client) -> None:
    ours.profile.criteria = {"all": [{"field": "employee_count", "op": "at_least", "value": 50}]}
    ours.profile.save()
    ours.capture("jo@acme.test")
    told(ours, "apollo", days_ago=3, employee_count=40, city="Berlin")
    told(ours, "zoominfo", employee_count=4000, city="Munich")
    page = rita.get(PAGE).content.decode()
    for shown in ("acme.test", "Apollo", "ZoomInfo", "40", "4,000", "Employee count is at least 50", "1 open lead"):
        assert shown in page
    assert "Munich" not in page
    assert "1 more in other fields" in page
    assert "Munich" in rita.get(f"{PAGE}?all").content.decode()
    assert "Nowhere at" in rita.get(f"{PAGE}?q=other.test").content.decode()


def test_the_leads_own_page_tells_what_others_say(ours: World, rita: Client) -> None:
    lead = ours.capture("jo@acme.test", employee_count=40)
    told(ours, "apollo", employee_count=40)
    told(ours, "zoominfo", employee_count=4000)
    assert "ZoomInfo: 4,000" in rita.get(f"/leads/{lead.pk}/").content.decode()


def test_without_any_rule_every_field_is_offered(ours: World, rita: Client) -> None:
    ours.profile.criteria = {}
    ours.profile.save()
    Pool.objects.update(criteria={})
    told(ours, "apollo", employee_count=40)
    told(ours, "zoominfo", employee_count=4000)
    page = rita.get(PAGE).content.decode()
    assert "No rule in force asks for anything that vendors tell" in page
    assert "1 in all fields" in page


def test_the_sidebar_marks_the_page_alone(ours: World, rita: Client) -> None:
    active = [
        item["title"] for group in sidebar(rita.get(PAGE).wsgi_request) for item in group["items"] if item["active"]
    ]
    assert active == ["Disagreements"]


def test_how_a_vendor_fares_is_told_in_words(ours: World, rita: Client) -> None:
    plant(Vendor)
    vendor = Vendor.objects.get(name="clearbit")
    VendorHealth.objects.create(vendor="clearbit", failures=4, open_until=clock.now() + HOUR, error="503")
    told_alone = rita.get(f"/admin/routing/vendor/{vendor.pk}/change/").content.decode()
    assert "Not set; CLEARBIT_API_KEY in the environment" in told_alone
    assert "Left alone until" in told_alone
    assert "(&#x27;" not in told_alone


def test_no_answer_breaks_out_of_the_page(ours: World, rita: Client) -> None:
    told(ours, "apollo", city="<script>alert(1)</script>")
    told(ours, "zoominfo", city="Bonn")
    page = rita.get(f"{PAGE}?all&q=%22%3E%3Cscript%3E").content.decode()
    assert "<script>alert" not in page + rita.get(f"{PAGE}?all").content.decode()


def test_it_is_linked_from_the_first_page_and_closed_to_others(ours: World, rita: Client, mona: Client) -> None:
    assert PAGE in rita.get("/admin/").content.decode()
    assert mona.get(PAGE).status_code in (302, 403)
