"""Which of an account's deals counts for the bypass; those left out are named with why."""

from datetime import timedelta
from typing import Any

import pytest

from leads.models import Account, AccountDomain, DomainClaim, Lead, Opportunity
from tests.journeys.conftest import Story, came, steps
from tests.world import DAY, MINUTE, SECOND


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"is_closed": True}, "closed"),
        ({"kind": "Renewal"}, "of type Renewal"),
        ({"kind": ""}, "of type unknown"),
        ({"days_past": 31}, "more than 30 days past its close date"),
        ({"quiet": 90 * DAY + SECOND}, "not active in the last 90 days"),
    ],
)
def test_one_left_out_is_named_with_why(story: Story, settings: Any, changed: dict[str, Any], why: str) -> None:
    settings.AIRTIGHT_DEAL_TYPES = ["New business"]
    deal = a_deal(story, **changed)
    lead = came(story)
    assert "start_routing" in story.kinds(lead)
    verdict = story.api.get(f"leads/{lead}/decision/", story.api.system).json()["results"][1]
    assert verdict["steps"]["deals_left_out"] == [{"opportunity": deal.pk, "why": why}]


@pytest.mark.parametrize(
    "changed",
    [{"kind": "NEW BUSINESS "}, {"days_past": 30}, {"days_past": -400}, {"close_date": None}, {"quiet": 89 * DAY}],
)
def test_one_that_counts(story: Story, settings: Any, changed: dict[str, Any]) -> None:
    settings.AIRTIGHT_DEAL_TYPES = ["Expansion", " new business"]
    deal = a_deal(story, **changed)
    lead = came(story)
    assert story.holder(lead).pk == deal.owner_id
    assert steps(story, lead)["deal"] == deal.pk


def test_the_days_are_settings(story: Story, settings: Any) -> None:
    settings.AIRTIGHT_DEAL_DAYS_PAST_CLOSE, settings.AIRTIGHT_DEAL_DAYS_QUIET = 0, 7
    a_deal(story, days_past=1)
    a_deal(story, quiet=8 * DAY)
    lead = came(story)
    assert "start_routing" in story.kinds(lead)


def test_of_several_the_most_recently_active(story: Story) -> None:
    account = story.world.account()
    story.world.deal(account, story.world.reps[0], last_activity_at=story.world.now - DAY)
    later = story.world.deal(account, story.world.reps[1])
    closed = story.world.deal(account, story.world.reps[2], is_closed=True)
    lead = came(story)
    assert story.holder(lead).pk == later.owner_id
    assert [item["why"] for item in steps(story, lead)["deals_left_out"]] == [
        "another was active more recently",
        "closed",
    ]
    assert closed.pk == steps(story, lead)["deals_left_out"][1]["opportunity"]


def test_a_contact_is_known_whatever_the_case_and_the_tag(story: Story) -> None:
    account = story.world.account()
    story.world.deal(account, story.world.reps[0])
    theirs = ["no address", "Jo Doe <JO+crm@ACME.test>"]
    story.world.deal(account, story.world.reps[1], contacts=theirs, last_activity_at=story.world.now - 80 * DAY)
    assert story.holder(came(story, "jo+form@acme.test")).pk == story.world.reps[1].pk


def test_a_contact_of_a_deal_that_does_not_count_changes_nothing(story: Story) -> None:
    account = story.world.account()
    story.world.deal(account, story.world.reps[0])
    story.world.deal(account, story.world.reps[1], contacts=["jo@acme.test"], is_closed=True)
    assert story.holder(came(story)).pk == story.world.reps[0].pk


def sharers(story: Story) -> tuple[Account, Account]:
    """Two accounts that say of acme.test that it is theirs; the first has it."""
    first, now = story.world.account("Acme Rockets"), story.world.now
    second = Account.objects.create(name="Acme Pumps", external_id="2", imported_at=now)
    DomainClaim.objects.create(account=second, domain="acme.test")
    return first, second


@pytest.mark.parametrize("company", ["Acme Pumps", "Acme Rockets", "Somebody"])
def test_a_deal_at_any_account_that_shares_the_domain_counts(story: Story, company: str) -> None:
    _first, second = sharers(story)
    deal = story.world.deal(second, story.world.reps[1])
    lead = came(story, company=company)
    assert story.holder(lead).pk == story.world.reps[1].pk
    assert steps(story, lead)["deal"] == deal.pk
    shares = {
        "Acme Rockets": ", which shares its domain with Acme Rockets,",
        "Somebody": ", one of those that give acme.test as theirs,",
    }.get(company, "")
    assert story.why(lead, reader=story.world.reps[1].user)[0].startswith(f"Acme Pumps{shares} has an open deal")


def test_of_several_at_accounts_that_share_a_domain_the_persons_own_counts(story: Story) -> None:
    first, second = sharers(story)
    story.world.deal(first, story.world.reps[0])
    theirs = story.world.deal(
        second, story.world.reps[1], contacts=["jo@acme.test"], last_activity_at=story.world.now - DAY
    )
    lead, other = came(story), came(story, "al@acme.test")
    assert steps(story, lead)["deal"] == theirs.pk
    assert story.holder(other).pk == story.world.reps[0].pk


def test_who_has_another_domain_shares_no_deal(story: Story) -> None:
    first, second = sharers(story)
    story.world.deal(first, story.world.reps[0])
    AccountDomain.objects.create(account=second, domain="pumps.test")
    lead = came(story, "jo@pumps.test")
    assert "start_routing" in story.kinds(lead)


def test_a_website_typed_with_personal_mail_is_no_bypass_but_the_fact_is_kept(story: Story) -> None:
    story.world.deal(story.world.account(), story.world.reps[0])
    lead = came(story, "jo@gmail.com", website="https://acme.test")
    assert "start_routing" in story.kinds(lead)
    kept = Lead.objects.get(pk=lead)
    assert (kept.account, kept.domain) == (None, "acme.test")


def test_of_hundreds_the_nearest_are_named(story: Story) -> None:
    account = story.world.account()
    Opportunity.objects.bulk_create(
        Opportunity(account=account, name=f"Old {n}", is_closed=n > 1, last_activity_at=story.world.now - 200 * DAY)
        for n in range(40)
    )
    kept = steps(story, came(story))
    assert "deals_left_out" not in kept  # the latest decision is the routing
    lead = Lead.objects.get()
    verdict = lead.decisions.get(kind="qualification").steps
    assert [item["why"] for item in verdict["deals_left_out"][:3]] == ["not active in the last 90 days"] * 2 + [
        "closed"
    ]
    assert (len(verdict["deals_left_out"]), verdict["deals_unnamed"]) == (10, 30)


def a_deal(story: Story, *, days_past: int = 0, quiet: timedelta = 0 * DAY, **fields: Any) -> Opportunity:
    now = story.world.now + 4 * MINUTE  # when the buffer ends
    values = {"kind": "New business", "close_date": (now - days_past * DAY).date(), **fields}
    account = Account.objects.first() or story.world.account()
    return story.world.deal(account, story.world.reps[2], last_activity_at=now - quiet, **values)
