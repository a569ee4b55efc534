"""The buffer is a ceiling and no sleep: vendors are asked at once, in order, and whatever they do the lead goes on."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import override_settings

from leads.models import Lead, LeadEvent, VendorHealth
from revops import lifecycle, vendors
from revops.enrich import enrich_due
from revops.integrations.enrichment.firmographics import NoMatch, Pending, Result, Tech
from revops.integrations.errors import (
    AuthRevoked,
    BadAnswer,
    InvalidRequest,
    NotAllowed,
    QuotaExhausted,
    RateLimited,
    Unavailable,
    VendorError,
)
from revops.waterfall import TOGETHER
from routing.models import Enquiry, EnrichmentAnswer, NameAnswer, Vendor, VendorAnswer
from tests.journeys.conftest import Story
from tests.journeys.scripted import NAMES, Vendors, company
from tests.world import DAY, HOUR, MINUTE, SECOND


def test_the_first_who_knows_is_enough(story: Story, ask: Vendors) -> None:
    ask.apollo.says = company("apollo", employee_count=250, country="Germany", tech_stack=(Tech("Salesforce"),))
    lead = story.form()["id"]
    ask.ask()
    known = story.lead(lead)
    assert (known["employee_count"], known["country"], known["tech_stack"]) == (250, "DE", ["Salesforce"])
    assert ask.calls() == {"apollo": 1}
    assert known["state"] == "buffer"
    story.wait(3 * MINUTE + SECOND)
    assert story.lead(lead)["state"] == "assigned"
    answer = EnrichmentAnswer.objects.get(lead=lead, provider="apollo")
    assert set(answer.values) == {"employee_count", "country", "tech_stack"}


@pytest.mark.parametrize("taken_back", [False, True])
def test_who_loses_the_account_in_the_buffer_is_asked_about_after_all(
    story: Story, ask: Vendors, taken_back: bool
) -> None:
    """The account told everything, so nobody was asked; then a person says that the name is not that account's."""
    world = story.world
    known = world.account("Acme Rockets", employee_count=5000, country="DE")
    by = world.actor(world.revops)
    name = "Roadrunner Traps" if taken_back else "Acme Rockets"
    if taken_back:
        lifecycle.answer_name(name, account_id=known.pk, at=world.now, by=by)
    ask.apollo.says = company("apollo", employee_count=250, country="NL")
    lead = story.form("jo@other.test", company=name)["id"]
    ask.ask()
    assert ask.calls() == {}
    world.now += MINUTE
    if taken_back:
        lifecycle.withdraw_answer(NameAnswer.objects.get().pk, at=world.now, by=by)
    else:
        lifecycle.answer_name(name, account_id=None, refused=[known.pk], at=world.now, by=by)
    ask.ask()
    assert ask.calls() == {"apollo": 1}
    assert story.lead(lead)["employee_count"] == 250
    story.wait(2 * MINUTE + SECOND)
    assert story.lead(lead)["state"] == "assigned"


def test_an_answer_that_takes_nothing_away_asks_nobody_again(story: Story, ask: Vendors) -> None:
    other = story.world.account("Globex Machines", "globex.test")
    story.form("jo@other.test", company="Initech Works")
    ask.ask()
    before = ask.calls()
    story.world.now += MINUTE
    by = story.world.actor(story.world.revops)
    lifecycle.answer_name("Initech Works", account_id=None, refused=[other.pk], at=story.world.now, by=by)
    assert not Enquiry.objects.filter(done_at__isnull=True).exists()
    assert (ask.ask(), ask.calls()) == (0, before)


def test_the_next_is_asked_for_what_is_missing_still(story: Story, ask: Vendors) -> None:
    ask.apollo.says = company("apollo", employee_count=250)
    ask.zoominfo.says = company("zoominfo", employee_count=4000, country="NL")
    lead = story.form()["id"]
    ask.ask()
    known = story.lead(lead)
    assert (known["employee_count"], known["country"]) == (250, "NL")
    assert ask.calls() == {"apollo": 1, "zoominfo": 1}
    event = LeadEvent.objects.get(lead=lead, kind="enriched")
    assert event.data["vendors"] == {"apollo": ["employee_count"], "zoominfo": ["country"]}


def test_nobody_is_asked_for_what_is_known(story: Story, ask: Vendors) -> None:
    story.world.account(employee_count=300)
    lead = story.form(country="Germany")["id"]
    ask.ask()
    assert ask.calls() == {}
    story.wait(3 * MINUTE + SECOND)
    assert (story.lead(lead)["state"], story.lead(lead)["employee_count"]) == ("assigned", 300)


@pytest.mark.parametrize("website", ["", "https://acme.test"])
def test_free_mail_has_no_company_to_ask_about(story: Story, ask: Vendors, website: str) -> None:
    lead = story.form("jo@gmail.com", website=website)["id"]
    assert ask.ask() == 0
    story.wait(3 * MINUTE + SECOND)
    assert story.lead(lead)["state"] == "assigned"


@pytest.mark.parametrize("says", [company("apollo", employee_count=250, country="DE"), NoMatch()])
def test_a_second_lead_from_the_company_costs_no_call(story: Story, ask: Vendors, says: Result) -> None:
    ask.by_name = {"apollo": ask.apollo}
    ask.apollo.says = says
    first = story.form("jo@acme.test")["id"]
    ask.ask()
    second = story.form("ann@acme.test")["id"]
    ask.ask()
    assert ask.calls() == {"apollo": 1}
    assert story.lead(first)["employee_count"] == story.lead(second)["employee_count"]
    story.wait(100 * DAY)
    story.form("kim@acme.test")
    ask.ask()
    assert ask.calls() == {"apollo": 2}


def test_two_leads_of_one_company_at_once_are_one_call(story: Story, ask: Vendors) -> None:
    ask.apollo.says = company("apollo", employee_count=250, country="DE")
    story.world.capture_all([{"email": f"p{number}@acme.test"} for number in range(7)])
    assert ask.ask() == 7
    assert ask.calls() == {"apollo": 1}


def test_what_is_not_taken_from_a_vendor_is_left_to_another(story: Story, ask: Vendors) -> None:
    Vendor.objects.filter(name="apollo").update(fields=["country"])
    ask.apollo.says = company("apollo", employee_count=9, country="DE")
    ask.zoominfo.says = company("zoominfo", employee_count=250)
    lead = story.form()["id"]
    ask.ask()
    assert story.lead(lead)["employee_count"] == 250


def test_an_answer_after_the_minimum_ends_the_wait(story: Story, ask: Vendors) -> None:
    """Queued at first: the lead waits for it, goes on when it is in, and not before three minutes."""
    ask.by_name = {"apollo": ask.apollo}
    ask.apollo.says = Pending(60)
    lead = story.form()["id"]
    ask.ask()
    story.wait(3 * MINUTE + SECOND)
    assert (story.lead(lead)["state"], story.lead(lead)["due_step"]) == ("buffer", "ceiling")
    ask.apollo.says = company("apollo", employee_count=250, country="DE")
    ask.ask()
    assert story.lead(lead)["state"] == "assigned"
    assert story.lead(lead)["employee_count"] == 250


def test_an_answer_that_comes_late_lands_and_restarts_nothing(story: Story, ask: Vendors) -> None:
    ask.by_name = {"apollo": ask.apollo}
    ask.apollo.says = Pending(600)
    lead = story.form()["id"]
    ask.ask()
    story.wait(5 * MINUTE + SECOND)
    held = story.lead(lead)
    assert held["state"] == "assigned"
    verdict = story.api.get(f"leads/{lead}/decision/", story.api.system).json()["results"][-1]
    assert (verdict["kind"], verdict["steps"]["unanswered"]) == ("qualification", True)
    story.wait(10 * MINUTE)
    ask.apollo.says = company("apollo", employee_count=250, country="DE")
    ask.ask()
    now = story.lead(lead)
    assert (now["employee_count"], now["due_at"], now["state"]) == (250, held["due_at"], "assigned")
    assert LeadEvent.objects.get(lead=lead, kind="enriched", data__late=True)
    assert not Enquiry.objects.filter(done_at=None).exists()


TROUBLE: dict[str, Callable[[], Exception]] = {
    "time-out": lambda: Unavailable("out of time"),
    "429": lambda: RateLimited("slow down", retry_after=7),
    "429 for hours": lambda: RateLimited("slow down", retry_after=9000),
    "5xx": lambda: Unavailable("503"),
    "HTML": lambda: BadAnswer("not JSON"),
    "no credits": lambda: QuotaExhausted("used up"),
    "revoked": lambda: AuthRevoked("401"),
    "no scope": lambda: NotAllowed("403"),
    "refused": lambda: VendorError("422", permanent=True),
    "our own fault": lambda: KeyError("x"),
}


@pytest.mark.long
@pytest.mark.parametrize("sick", NAMES)
@pytest.mark.parametrize("trouble", TROUBLE)
def test_a_vendor_in_trouble_stops_nobody(story: Story, ask: Vendors, trouble: str, sick: str) -> None:
    """No lead past five minutes, none in nurture for want of an answer; another vendor tells what this one cannot."""
    ask.by_name[sick].says = TROUBLE[trouble]()
    well = "hubspot" if sick != "hubspot" else "apollo"
    ask.by_name[well].says = company(well, employee_count=250, country="NL")
    leads = story.burst(12)
    for _minute in range(5):
        ask.ask()
        story.wait(MINUTE)
    story.wait(SECOND)
    assert story.states(leads) == {"assigned"}
    assert {story.lead(lead)["employee_count"] for lead in leads} == {250}


@pytest.mark.parametrize("trouble", TROUBLE)
def test_all_vendors_in_trouble_at_once(story: Story, ask: Vendors, trouble: str) -> None:
    for vendor in ask.by_name.values():
        vendor.says = TROUBLE[trouble]()
    leads = story.burst(12)
    for _minute in range(5):
        ask.ask()
        story.wait(MINUTE)
    story.wait(SECOND)
    assert story.states(leads) == {"assigned"}


def test_a_circuit_opens_and_is_tried_again_by_one_call(story: Story, ask: Vendors) -> None:
    ask.by_name = {"apollo": ask.apollo}
    ask.apollo.says = Unavailable("503")
    story.burst(20)
    ask.ask()
    assert len(ask.apollo.asked) == TOGETHER
    health = VendorHealth.objects.get(vendor="apollo")
    assert health.is_open(at=story.world.now)
    story.wait(HOUR)
    enrich_due(at=story.world.now)
    assert len(ask.apollo.asked) == TOGETHER + 1
    ask.apollo.says = company("apollo", employee_count=250, country="DE")
    story.wait(HOUR)
    ask.ask()
    story.wait(MINUTE)
    ask.ask()
    health.refresh_from_db()
    assert (health.failures, health.open_until, health.error) == (0, None, "")
    assert len(set(ask.apollo.asked)) == 20


def test_a_refused_key_is_not_hammered_and_shown(story: Story, ask: Vendors) -> None:
    ask.by_name = {"apollo": ask.apollo}
    ask.apollo.says = AuthRevoked("Apollo: 401: the credential is not accepted")
    story.form("jo@a.test")
    ask.ask()
    for number in range(10):
        story.form(f"jo@b{number}.test")
        ask.ask()
    assert len(ask.apollo.asked) == 1
    ask.keys["apollo"] = "another"
    ask.apollo.says = company("apollo", employee_count=250, country="DE")
    lead = story.form("jo@c.test")["id"]
    ask.ask()
    assert story.lead(lead)["employee_count"] == 250


def test_a_vendor_that_asked_us_to_wait_is_left_alone_so_long(story: Story, ask: Vendors) -> None:
    ask.by_name = {"apollo": ask.apollo}
    ask.apollo.says = RateLimited("slow down", retry_after=120)
    story.form("jo@a.test")
    ask.ask()
    story.form("jo@b.test")
    story.wait(timedelta(seconds=119))
    ask.ask()
    assert len(ask.apollo.asked) == 1
    story.wait(timedelta(seconds=2))
    ask.apollo.says = company("apollo", employee_count=250, country="DE")
    ask.ask()
    assert set(ask.apollo.asked) == {"a.test", "b.test"}


def test_our_own_limit_of_credits(story: Story, ask: Vendors) -> None:
    Vendor.objects.filter(name="apollo").update(credits_a_day=3)
    ask.by_name = {"apollo": ask.apollo}
    ask.apollo.says = company("apollo", employee_count=250, country="DE")
    story.burst(9)
    for _time in range(5):
        ask.ask()
        story.wait(MINUTE)
    assert len(ask.apollo.asked) == 3
    story.wait(DAY)
    ask.ask()
    assert len(ask.apollo.asked) == 6


def test_a_burst_costs_few_calls(story: Story, ask: Vendors) -> None:
    """As many in one call as each vendor takes, and never more companies than may be paid for."""
    ask.by_name = {"apollo": ask.apollo, "zoominfo": ask.zoominfo}
    ask.apollo.takes, ask.zoominfo.takes = 10, 25
    ask.apollo.says, ask.zoominfo.says = company("apollo", employee_count=250), company("zoominfo", country="DE")
    leads = story.burst(60)
    assert ask.ask() == 60
    assert (sorted(ask.apollo.calls), ask.zoominfo.calls) == ([5, 5, 10, 10, 10, 10, 10], [25, 25, 10])
    assert set(Lead.objects.filter(pk__in=leads).values_list("country", flat=True)) == {"DE"}


def test_a_burst_never_asks_about_more_than_the_credits_left(story: Story, ask: Vendors) -> None:
    Vendor.objects.filter(name="apollo").update(credits_a_day=7)
    ask.by_name = {"apollo": ask.apollo}
    ask.apollo.takes, ask.apollo.says = 10, company("apollo", employee_count=250, country="DE")
    story.burst(20)
    for _time in range(5):
        ask.ask()
        story.wait(MINUTE)
    assert ask.apollo.calls == [7]


def test_a_call_that_fails_as_a_whole_counts_once(story: Story, ask: Vendors) -> None:
    ask.by_name = {"apollo": ask.apollo}
    ask.apollo.takes, ask.apollo.says = 10, Unavailable("503")
    story.burst(10)
    ask.ask()
    health = VendorHealth.objects.get(vendor="apollo")
    assert (ask.apollo.calls, health.failures, health.open_until) == ([10], 1, None)


def test_a_company_that_fails_in_a_call_spoils_no_other(story: Story, ask: Vendors) -> None:
    ask.by_name = {"apollo": ask.apollo}
    ask.apollo.takes, ask.apollo.says = 10, company("apollo", employee_count=250, country="DE")
    ask.apollo.says_of = {
        "a1.test": InvalidRequest("it takes no such domain"),
        "a2.test": QuotaExhausted("used up"),
        "a3.test": NoMatch(),
    }
    leads = story.burst(5)
    ask.ask()
    assert [story.lead(lead)["employee_count"] for lead in leads] == [250, None, None, None, 250]
    waiting = set(Enquiry.objects.filter(done_at=None).values_list("domain", flat=True))
    assert waiting == {"a2.test"}
    assert VendorHealth.objects.get(vendor="apollo").is_open(at=story.world.now)
    story.wait(HOUR)
    story.wait(SECOND)
    ask.ask()
    assert ask.apollo.asked[-1] == "a2.test"
    assert story.lead(leads[2])["employee_count"] == 250


def test_a_worker_that_died_in_the_middle_is_made_up_for(story: Story, ask: Vendors) -> None:
    ask.apollo.says = company("apollo", employee_count=250, country="DE")
    lead = story.form()["id"]
    now = story.world.now
    Enquiry.objects.update(claimed_until=now + 90 * SECOND, attempts=1)
    assert ask.ask() == 0
    story.wait(91 * SECOND)
    assert ask.ask() == 1
    assert story.lead(lead)["employee_count"] == 250


def test_an_enquiry_is_given_up_in_the_end(story: Story, ask: Vendors) -> None:
    ask.by_name = {"apollo": ask.apollo}
    ask.apollo.says = Unavailable("503")
    story.form()
    for _hour in range(30):
        ask.ask()
        story.wait(HOUR)
    assert not Enquiry.objects.filter(done_at=None).exists()
    assert len(ask.apollo.asked) < 40


def test_a_lead_without_any_vendor_is_not_enquired_about(story: Story, ask: Vendors) -> None:
    ask.by_name = {}
    lead = story.form()["id"]
    assert not Enquiry.objects.exists()
    story.wait(3 * MINUTE + SECOND)
    assert story.lead(lead)["state"] == "assigned"


def test_bad_data_is_asked_about_again(story: Story, ask: Vendors) -> None:
    ask.by_name = {"apollo": ask.apollo}
    ask.apollo.says = company("apollo", employee_count=250, country="DE")
    lead = story.form()["id"]
    ask.ask()
    story.wait(3 * MINUTE + SECOND)
    story.do(lead, "recycle", reason="bad_data", field="employee_count")
    assert story.lead(lead)["employee_count"] is None
    VendorAnswer.objects.all().delete()
    ask.apollo.says = company("apollo", employee_count=8000, country="DE")
    ask.ask()
    assert story.lead(lead)["employee_count"] == 8000
    assert Enquiry.objects.filter(lead=lead).count() == 2


@override_settings(APOLLO_API_KEY="a" * 20)
def test_a_credential_is_told_from_another_without_being_told() -> None:
    one = vendors.fingerprint("apollo")
    with override_settings(APOLLO_API_KEY="b" * 20):
        other = vendors.fingerprint("apollo")
    assert one
    assert one != other
    assert "a" * 20 not in one
    assert vendors.fingerprint("clearbit") == ""
    assert set(vendors.providers()) == {"apollo"}
