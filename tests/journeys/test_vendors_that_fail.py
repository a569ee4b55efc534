"""A vendor that fails, refuses or is slow: no lead goes to nurture by it, and what was missed is made up for."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from leads.models import LeadEvent, VendorHealth
from leads.timeline import Names, told
from revops.integrations.enrichment.firmographics import NoMatch, Pending, Result
from revops.integrations.errors import AuthRevoked, InvalidRequest, NotAllowed, RateLimited, Unavailable, VendorError
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


def test_a_vendor_that_says_ask_again_at_once_is_heard_when_it_answers_at_last(story: Story, ask: Vendors) -> None:
    """However often it puts us off; and the longer that lasts, the less often it is asked."""
    ask.by_name = {"apollo": ask.apollo}
    ask.apollo.says = Pending(1)
    lead = story.form()["id"]
    for minute in range(20 * 60):
        story.world.now += MINUTE
        if minute < 60 or minute % 10 == 0:
            ask.ask()
    assert 40 < len(ask.apollo.asked) < 100
    assert not LeadEvent.objects.filter(lead=lead, kind="enriched").exists()
    ask.apollo.says = company("apollo", employee_count=250, country="DE")
    story.wait(2 * HOUR)
    ask.ask()
    assert story.lead(lead)["employee_count"] == 250


def test_in_the_buffer_it_is_asked_every_half_minute(story: Story, ask: Vendors) -> None:
    ask.by_name = {"apollo": ask.apollo}
    ask.apollo.says = Pending(1)
    story.form()
    for _time in range(60):
        ask.ask()
        story.world.now += 5 * SECOND
    assert len(ask.apollo.asked) == 10


REFUSALS = {"400": InvalidRequest("Apollo: 422"), "a wrong question": VendorError("422", permanent=True)}


@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize("keep_days", [14, 0])
def test_a_domain_refused_for_good_is_not_asked_about_again(
    story: Story, ask: Vendors, refusal: str, keep_days: int
) -> None:
    Vendor.objects.update(keep_no_match_days=keep_days)
    ask.by_name = {"apollo": ask.apollo, "zoominfo": ask.zoominfo}
    ask.apollo.says, ask.zoominfo.says = REFUSALS[refusal], Unavailable("503")
    story.form("jo@acme.test")
    for _half in range(20):
        ask.ask()
        story.wait(30 * SECOND)
    story.form("ann@acme.test")
    ask.ask()
    assert (len(ask.apollo.asked), len(ask.zoominfo.asked) > 3) == (1, True)
    assert VendorHealth.objects.get(vendor="apollo").failures == 0
    story.wait(15 * DAY)
    story.form("kim@acme.test")
    ask.ask()
    assert len(ask.apollo.asked) == 2


def test_who_is_not_to_be_kept_is_not_asked_again_by_the_same_enquiry(story: Story, ask: Vendors) -> None:
    Vendor.objects.update(keep_days=0, keep_no_match_days=0)
    ask.by_name = {"apollo": ask.apollo, "zoominfo": ask.zoominfo, "hubspot": ask.hubspot}
    ask.apollo.says, ask.zoominfo.says = company("apollo", country="DE"), Unavailable("503")
    story.form()
    for _half in range(10):
        ask.ask()
        story.wait(30 * SECOND)
    assert (len(ask.apollo.asked), len(ask.hubspot.asked)) == (1, 1)


def test_a_refused_domain_is_asked_about_when_a_person_says_it_is_mended(
    story: Story, ask: Vendors, client: Client
) -> None:
    ask.by_name = {"apollo": ask.apollo, "zoominfo": ask.zoominfo}
    ask.apollo.says, ask.zoominfo.says = InvalidRequest("422"), Unavailable("503")
    lead = through_the_buffer(story, ask)
    ask.apollo.says = company("apollo", employee_count=250, country="DE")
    client.force_login(User.objects.create_superuser("root@airtight.test"))
    row = Vendor.objects.get(name="apollo")
    client.post("/admin/routing/vendor/", {"action": "ask_again", "_selected_action": [row.pk]})
    ask.ask()
    assert story.lead(lead)["employee_count"] == 250


def steps_of_verdict(story: Story, lead: int) -> dict[str, Any]:
    rows = story.api.get(f"leads/{lead}/decision/", story.api.system).json()["results"]
    return next(dict(row["steps"]) for row in rows if row["kind"] == "qualification")
