"""A vendor that fails, refuses or is slow: no lead goes to nurture by it, and what was missed is made up for."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from leads.models import LeadEvent, VendorHealth
from leads.timeline import Names, told
from revops.integrations.enrichment.firmographics import NoMatch, Pending, Result
from revops.integrations.errors import AuthRevoked, NotAllowed, RateLimited, Unavailable, VendorError
from routing import enquiries
from routing.models import Enquiry, EnrichmentAnswer, Vendor
from tests.journeys.conftest import Story, steps
from tests.journeys.scripted import Vendors, company
from tests.world import DAY, HOUR, MINUTE, SECOND


def strict(story: Story, **more: Any) -> None:
    """Whoever's size is not known is not ICP."""
    size = {"field": "employee_count", "op": "at_least", "value": 10, "unknown": "fail", **more}
    story.world.profile.criteria = {"all": [size]}
    story.world.profile.save()


def through_the_buffer(story: Story, ask: Vendors, email: str = "jo@acme.test", **fields: Any) -> int:
    lead = int(story.form(email, **fields)["id"])
    ask.ask()
    story.wait(5 * MINUTE + SECOND)
    return lead


OUT: dict[str, Callable[[], Result | Exception]] = {
    "fails": lambda: Unavailable("503"),
    "has not answered": lambda: Pending(600),
}


@pytest.mark.parametrize("out", OUT)
def test_an_outage_is_not_held_against_a_lead(story: Story, ask: Vendors, client: Client, out: str) -> None:
    strict(story)
    ask.by_name = {"apollo": ask.apollo, "zoominfo": ask.zoominfo}
    ask.zoominfo.says = OUT[out]()
    lead = through_the_buffer(story, ask)
    assert story.lead(lead)["state"] == "assigned"
    verdict = story.api.get(f"leads/{lead}/decision/", story.api.system).json()["results"][-1]["steps"]
    [criterion] = verdict["criteria"]
    assert (criterion["verdict"], criterion["passes"], criterion["awaited"]) == ("unknown", True, True)
    client.force_login(story.world.manager.user)
    assert "not known: a vendor had not answered" in client.get(f"/leads/{lead}/").content.decode()


def test_what_nobody_knows_fails_where_it_must_be_known(story: Story, ask: Vendors) -> None:
    strict(story)
    lead = through_the_buffer(story, ask)
    assert story.lead(lead)["state"] == "nurture"
    assert steps(story, lead)["criteria"][0]["awaited"] is False


def test_only_what_the_missing_vendor_could_have_told_passes(story: Story, ask: Vendors) -> None:
    """Size is known by the first alone, which has answered; the second may tell the country still."""
    strict(story)
    size = story.world.profile.criteria["all"][0]
    country = {"field": "country", "op": "is", "value": "DE", "unknown": "fail"}
    story.world.profile.criteria = {"all": [size, country]}
    story.world.profile.save()
    ask.by_name = {"apollo": ask.apollo, "zoominfo": ask.zoominfo}
    Vendor.objects.filter(name="zoominfo").update(fields=["country"])
    ask.apollo.says, ask.zoominfo.says = NoMatch(), Unavailable("503")
    lead = through_the_buffer(story, ask)
    assert story.lead(lead)["state"] == "nurture"
    assert [row["awaited"] for row in steps(story, lead)["criteria"]] == [False, True]


WRONG_PLACE = VendorError("Apollo: 302: another address answers", permanent=False, configuration=True)


def test_a_wrong_address_is_a_failure_and_no_refused_key(story: Story, ask: Vendors) -> None:
    ask.by_name = {"apollo": ask.apollo}
    ask.apollo.says = WRONG_PLACE
    lead = story.form()["id"]
    for _time in range(3):
        ask.ask()
        story.wait(30 * SECOND)
    health = VendorHealth.objects.get(vendor="apollo")
    assert (health.refused, health.failures, health.is_open(at=story.world.now - SECOND)) == ("", 3, True)
    ask.apollo.says = company("apollo", employee_count=250, country="DE")
    story.wait(MINUTE)
    ask.ask()
    assert story.lead(lead)["employee_count"] == 250


@pytest.mark.parametrize("error", [AuthRevoked("401"), NotAllowed("403")])
def test_leads_that_came_while_a_key_was_refused_are_enriched_after(
    story: Story, ask: Vendors, client: Client, error: VendorError
) -> None:
    strict(story)
    ask.by_name = {"apollo": ask.apollo}
    ask.apollo.says = error
    first = through_the_buffer(story, ask, "jo@a.test")
    second = through_the_buffer(story, ask, "jo@b.test")
    assert ask.apollo.asked == ["a.test"]
    assert [steps_of_verdict(story, lead)["unanswered"] for lead in (first, second)] == [True, True]
    ask.apollo.says = company("apollo", employee_count=250, country="DE")
    ask.keys["apollo"] = "another"
    story.wait(HOUR)
    ask.ask()
    assert [story.lead(lead)["employee_count"] for lead in (first, second)] == [250, 250]


def test_ask_again_asks_about_the_leads_that_wait(story: Story, ask: Vendors, client: Client) -> None:
    ask.by_name = {"apollo": ask.apollo}
    ask.apollo.says = AuthRevoked("401")
    lead = through_the_buffer(story, ask)
    ask.apollo.says = company("apollo", employee_count=250, country="DE")
    client.force_login(User.objects.create_superuser("root@airtight.test"))
    row = Vendor.objects.get(name="apollo")
    client.post("/admin/routing/vendor/", {"action": "ask_again", "_selected_action": [row.pk]})
    ask.ask()
    assert story.lead(lead)["employee_count"] == 250


def test_a_refused_key_is_waited_for_a_day_and_no_longer(story: Story, ask: Vendors) -> None:
    ask.by_name = {"apollo": ask.apollo}
    ask.apollo.says = AuthRevoked("401")
    through_the_buffer(story, ask)
    assert Enquiry.objects.get().done_at is None
    for _hour in range(25):
        story.wait(HOUR)
        ask.ask()
    enquiry = Enquiry.objects.get()
    assert enquiry.done_at is not None
    assert enquiry.attempts <= 26
    assert len(ask.apollo.asked) == 1


@pytest.mark.parametrize("says", [Pending(600), RateLimited("slow down", retry_after=600)])
def test_a_vendor_is_not_asked_before_its_time_because_another_is(
    story: Story, ask: Vendors, says: Result | VendorError
) -> None:
    ask.by_name = {"apollo": ask.apollo, "zoominfo": ask.zoominfo}
    ask.apollo.says, ask.zoominfo.says = says, Unavailable("503")
    story.form("jo@acme.test")
    for _half in range(10):
        ask.ask()
        story.wait(30 * SECOND)
    story.form("ann@acme.test")
    ask.ask()
    assert len(ask.apollo.asked) == 1
    assert len(ask.zoominfo.asked) > 3
    story.wait(6 * MINUTE)
    ask.ask()
    assert len(ask.apollo.asked) == 2


def test_an_answer_lands_once_however_often_another_is_retried(story: Story, ask: Vendors, client: Client) -> None:
    ask.by_name = {"apollo": ask.apollo, "zoominfo": ask.zoominfo, "hubspot": ask.hubspot}
    ask.apollo.says, ask.zoominfo.says = company("apollo", country="DE"), Unavailable("503")
    lead = story.form()["id"]
    for _half in range(8):
        ask.ask()
        story.wait(30 * SECOND)
    landed = EnrichmentAnswer.objects.filter(lead=lead).exclude(provider="directory").order_by("pk")
    assert [(row.provider, row.outcome) for row in landed] == [("apollo", "match"), ("hubspot", "no_match")]
    [event] = LeadEvent.objects.filter(lead=lead, kind="enriched")
    assert event.data["vendors"] == {"apollo": ["country"], "hubspot": []}
    ask.zoominfo.says = company("zoominfo", employee_count=250)
    story.wait(HOUR)
    ask.ask()
    last = LeadEvent.objects.filter(lead=lead, kind="enriched").latest("pk")
    assert last.data["vendors"] == {"zoominfo": ["employee_count"]}
    assert landed.all().count() == 3


def test_the_timeline_does_not_say_that_vendors_had_nothing_while_they_failed(
    story: Story, ask: Vendors, client: Client
) -> None:
    ask.by_name = {"zoominfo": ask.zoominfo, "hubspot": ask.hubspot}
    ask.zoominfo.says = Unavailable("503")
    lead = through_the_buffer(story, ask)
    client.force_login(story.world.manager.user)
    assert "had nothing to add" not in client.get(f"/leads/{lead}/").content.decode()
    assert not LeadEvent.objects.filter(lead=lead, kind="enriched").exists()
    for _hour in range(25):
        story.wait(HOUR)
        ask.ask()
    [event] = LeadEvent.objects.filter(lead=lead, kind="enriched")
    assert event.data["given_up"] is True
    assert "some did not answer" in told(event, Names({}, {}))


def test_with_our_limit_spent_it_is_waited_until_that_is_free(story: Story, ask: Vendors) -> None:
    Vendor.objects.filter(name="apollo").update(credits_a_day=1)
    ask.by_name = {"apollo": ask.apollo}
    ask.apollo.says = company("apollo", employee_count=250, country="DE")
    story.form("jo@a.test")
    ask.ask()
    story.wait(HOUR)
    late = story.form("jo@b.test")["id"]
    for _half in range(100):
        ask.ask()
        story.world.now += 30 * SECOND
    enquiry = Enquiry.objects.get(lead=late)
    assert (enquiry.done_at, enquiry.attempts) == (None, 1)
    story.wait(DAY - HOUR)
    ask.ask()
    assert story.lead(late)["employee_count"] == 250


def test_a_limit_that_stays_spent_is_given_up_in_the_end(story: Story, ask: Vendors) -> None:
    Vendor.objects.filter(name="apollo").update(credits_a_month=0)
    ask.by_name = {"apollo": ask.apollo}
    story.form()
    ask.ask()
    assert Enquiry.objects.get().done_at is None
    story.wait(DAY)
    ask.ask()
    enquiry = Enquiry.objects.get()
    assert (enquiry.done_at is not None, enquiry.attempts, ask.apollo.asked) == (True, 2, [])


def test_a_match_that_costs_two_credits_counts_as_two(story: Story, ask: Vendors) -> None:
    Vendor.objects.filter(name="apollo").update(credits_a_day=5)
    ask.by_name = {"apollo": ask.apollo}
    ask.apollo.costs = 2
    ask.apollo.says = company("apollo", employee_count=250, country="DE")
    story.world.capture_all([{"email": f"jo@a{number}.test"} for number in range(6)])
    ask.ask()
    story.wait(MINUTE)
    ask.ask()
    assert len(ask.apollo.asked) == 2
    assert enquiries.credits_left(Vendor.objects.get(name="apollo"), each=2, at=story.world.now) == 1


def test_region_and_city_are_of_the_country(story: Story, ask: Vendors) -> None:
    wants_place(story)
    ask.by_name = {"apollo": ask.apollo, "zoominfo": ask.zoominfo, "hubspot": ask.hubspot}
    ask.apollo.says = company("apollo", country="United States", state="Texas", city="Austin")
    ask.zoominfo.says = company("zoominfo", state="Bavaria", city="Munich")
    ask.hubspot.says = company("hubspot", country="Germany", state="Hesse", city="Kassel")
    lead = story.form(country="Germany")["id"]
    ask.ask()
    known = story.lead(lead)
    assert (known["country"], known["region"], known["city"]) == ("DE", "Hesse", "Kassel")


def test_region_and_city_come_with_the_country_of_the_same_answer(story: Story, ask: Vendors) -> None:
    wants_place(story)
    ask.by_name = {"apollo": ask.apollo, "zoominfo": ask.zoominfo}
    Vendor.objects.filter(name="apollo").update(fields=["region", "city"])
    ask.apollo.says = company("apollo", country="United States", state="Texas", city="Austin")
    ask.zoominfo.says = company("zoominfo", country="Germany", state="Hesse", city="Kassel")
    lead = story.form()["id"]
    ask.ask()
    known = story.lead(lead)
    assert (known["country"], known["region"], known["city"]) == ("DE", "Hesse", "Kassel")


@pytest.mark.parametrize(("country", "place"), [("", ("DE", "Hesse", "Kassel")), ("NL", ("NL", "", ""))])
def test_a_place_goes_with_the_country_that_the_account_tells(
    story: Story, ask: Vendors, country: str, place: tuple[str, ...]
) -> None:
    wants_place(story)
    story.world.account(country="DE", city="Kassel")
    ask.by_name = {"apollo": ask.apollo}
    ask.apollo.says = company("apollo", country="Germany", state="Hesse", city="Hanau")
    lead = through_the_buffer(story, ask, country=country)
    known = story.lead(lead)
    assert (known["country"], known["region"], known["city"]) == place


def wants_place(story: Story) -> None:
    fields = ("country", "region", "city")
    story.world.profile.criteria = {"all": [{"field": name, "op": "is_not", "value": "x"} for name in fields]}
    story.world.profile.save()


def steps_of_verdict(story: Story, lead: int) -> dict[str, Any]:
    rows = story.api.get(f"leads/{lead}/decision/", story.api.system).json()["results"]
    return next(dict(row["steps"]) for row in rows if row["kind"] == "qualification")
