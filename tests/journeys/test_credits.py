"""Credits: what our limits and the vendor allow is spent, who is left out waits, and the past is not rewritten."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from leads.models import LeadEvent
from revops import lifecycle
from revops.integrations.errors import QuotaExhausted
from routing import enquiries
from routing.models import Enquiry, Vendor, VendorAnswer
from tests.admin.conftest import typed
from tests.journeys.conftest import Story
from tests.journeys.scripted import Vendors, company
from tests.world import DAY, HOUR, MINUTE, SECOND

KNOWN = {"employee_count": 250, "country": "DE"}


@pytest.fixture
def apollo(ask: Vendors) -> Vendors:
    """Apollo alone, which knows every company."""
    ask.by_name = {"apollo": ask.apollo}
    ask.apollo.says = company("apollo", **KNOWN)
    return ask


def limit(**limits: int | None) -> Vendor:
    Vendor.objects.filter(name="apollo").update(**limits)
    return Vendor.objects.get(name="apollo")


def in_the_admin(client: Client, **changes: Any) -> None:
    """RevOps changes the vendor's page."""
    client.force_login(User.objects.get_or_create(username="root", is_staff=True, is_superuser=True)[0])
    url = f"/admin/routing/vendor/{Vendor.objects.get(name='apollo').pk}/change/"
    answer = client.post(url, typed(client, url, **changes))
    assert answer.status_code == 302, answer.context["adminform"].form.errors


@pytest.mark.parametrize("raised_to", [2, None])
@pytest.mark.parametrize("name", ["credits_a_day", "credits_a_month"])
def test_a_raised_limit_is_used_at_once(
    story: Story, apollo: Vendors, client: Client, name: str, raised_to: int | None
) -> None:
    """In the buffer the lead goes on with the answer, in its time."""
    limit(**{name: 0})
    lead = story.form()["id"]
    apollo.ask()
    story.wait(4 * MINUTE)
    assert (story.lead(lead)["state"], story.lead(lead)["due_step"]) == ("buffer", "ceiling")
    in_the_admin(client, **{name: raised_to})
    apollo.ask()
    assert (story.lead(lead)["state"], story.lead(lead)["employee_count"]) == ("assigned", 250)


def test_a_raised_limit_brings_what_is_still_of_use(story: Story, apollo: Vendors, client: Client) -> None:
    """A lead with a rep by now, days later, is told too; one that has ended costs nothing."""
    limit(credits_a_day=0)
    held, ended = story.form("jo@acme.test")["id"], story.form("ann@other.test")["id"]
    apollo.ask()
    story.wait(5 * MINUTE + SECOND)
    story.do(ended, "recycle", reason="not_icp")
    assert story.lead(ended)["state"] == "suppressed"
    story.wait(3 * DAY)
    due = story.lead(held)["due_at"]
    in_the_admin(client, credits_a_day=10)
    apollo.ask()
    assert (story.lead(held)["employee_count"], story.lead(held)["due_at"]) == (250, due)
    assert apollo.apollo.asked == ["acme.test"]
    assert LeadEvent.objects.get(lead=held, kind="enriched").data["late"] is True
    assert not Enquiry.objects.filter(done_at=None).exists()


def test_a_lowered_limit_wakes_nobody(story: Story, apollo: Vendors, client: Client) -> None:
    limit(credits_a_day=3, credits_a_month=0)
    story.form()
    apollo.ask()
    in_the_admin(client, credits_a_day=2)
    assert apollo.ask() == 0


def test_a_limit_raised_while_it_is_being_asked_is_not_missed(
    story: Story, apollo: Vendors, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(credits_a_day=0)
    lead = story.form()["id"]
    landing = lifecycle.enriched

    def raised_meanwhile(*args: Any, **kwargs: Any) -> None:
        limit(credits_a_day=5)
        enquiries.wake(at=story.world.now + SECOND)
        landing(*args, **kwargs)

    monkeypatch.setattr(lifecycle, "enriched", raised_meanwhile)
    apollo.ask()
    monkeypatch.undo()
    monkeypatch.setattr("revops.clock.now", lambda: story.world.now)
    assert Enquiry.objects.get().next_try_at == story.world.now + SECOND
    assert story.lead(lead)["employee_count"] is None


def test_a_new_period_serves_who_was_left_out(story: Story, apollo: Vendors) -> None:
    limit(credits_a_month=1)
    first = story.form("jo@a.test")["id"]
    apollo.ask()
    story.wait(HOUR)
    second = story.form("jo@b.test")["id"]
    apollo.ask()
    for _day in range(31):
        apollo.ask()
        story.wait(DAY)
    assert [story.lead(lead)["employee_count"] for lead in (first, second)] == [250, 250]


def test_a_vendor_whose_own_credits_come_back_after_days(story: Story, apollo: Vendors) -> None:
    apollo.apollo.says = QuotaExhausted("Apollo: the credits are used up")
    lead = story.form()["id"]
    for _time in range(12):
        apollo.ask()
        story.wait(6 * HOUR)
    assert len(apollo.apollo.asked) > 5
    apollo.apollo.says = company("apollo", **KNOWN)
    story.wait(8 * HOUR)
    apollo.ask()
    assert story.lead(lead)["employee_count"] == 250


def test_credits_go_to_who_waits_in_the_buffer_first(story: Story, apollo: Vendors, client: Client) -> None:
    limit(credits_a_day=0)
    old = [story.form(f"jo@old{number}.test")["id"] for number in range(30)]
    for _time in range(3):
        apollo.ask()
    story.wait(6 * MINUTE)
    new = story.form("jo@new.test")["id"]
    in_the_admin(client, credits_a_day=1)
    apollo.ask()
    assert story.lead(new)["employee_count"] == 250
    assert {story.lead(lead)["employee_count"] for lead in old} == {None}


def test_what_was_spent_is_not_rewritten_by_another_price(story: Story, apollo: Vendors) -> None:
    vendor = limit(credits_a_day=10)
    story.form("jo@a.test")
    apollo.ask()
    apollo.apollo.costs = 2
    story.form("jo@b.test")
    apollo.ask()
    assert enquiries.credits_left(vendor, at=story.world.now) == 7
    apollo.apollo.costs = 5
    assert enquiries.credits_left(vendor, at=story.world.now) == 7
    assert list(VendorAnswer.objects.order_by("pk").values_list("credits", flat=True)) == [1, 2]


@pytest.mark.parametrize(("each", "hours"), [(1, 24), (2, 25), (3, 25), (4, 26), (5, 26), (9, 34)])
def test_when_as_much_is_free_as_a_match_costs(story: Story, ask: Vendors, each: int, hours: int) -> None:
    """1, 2 and 2 credits were paid an hour apart, of 5 a day; what costs more than the limit is not waited for."""
    began = story.world.now
    for hour, credits in enumerate((1, 2, 2)):
        paid = {"credits": credits, "asked_at": began + hour * HOUR, "outcome": "match"}
        VendorAnswer.objects.create(vendor="apollo", domain=f"a{hour}.test", **paid)
    limited = limit(credits_a_day=5)
    now = began + 10 * HOUR
    assert enquiries.free_at(limited, each=each, at=now) == began + hours * HOUR


def test_only_a_match_costs_anything(story: Story, apollo: Vendors) -> None:
    apollo.apollo.says = QuotaExhausted("used up")
    story.form("jo@a.test")
    apollo.ask()
    assert enquiries.spent(Vendor.objects.get(name="apollo"), since=story.world.now - DAY) == 0


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
    story.wait(30 * DAY)
    ask.ask()
    assert Enquiry.objects.get().done_at is None
    story.wait(2 * DAY)
    ask.ask()
    enquiry = Enquiry.objects.get()
    assert (enquiry.done_at is not None, enquiry.attempts, ask.apollo.asked) == (True, 3, [])


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
    assert enquiries.credits_left(Vendor.objects.get(name="apollo"), at=story.world.now) == 1
