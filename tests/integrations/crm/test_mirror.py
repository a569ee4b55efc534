"""The CRM's accounts and deals in ours: whole, then what changed, then what is gone; over both CRMs."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from leads.models import Account, AccountDomain, CrmPull, DomainClaim, Lead, Opportunity, Rep
from revops import crm_health, crm_pull
from revops.integrations.crm.port import Crm
from revops.integrations.errors import Unavailable
from routing.models import NameAnswer
from tests.integrations.crm.conftest import People, Vendor, long_ago
from tests.world import HOUR, MINUTE, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def reps(world: World) -> list[Rep]:
    """Ada is a rep of ours by the address that the CRM has for her, in other letters."""
    world.reps[0].user.email = "ada@CRM.test"
    world.reps[0].user.save()
    return world.reps


@pytest.fixture
def pull(crm: Crm, world: World) -> Callable[..., crm_pull.Pulled]:
    def run(**options: Any) -> crm_pull.Pulled:
        world.now += MINUTE
        return crm_pull.pull(options.pop("crm", crm), at=world.now, **options)

    return run


def add_account(vendor: Vendor, name: str, domain: str, owner: Any = None, **more: Any) -> Any:
    return vendor.book.add(
        "account", at=long_ago(), name=name, domain=domain, website=f"https://www.{domain}", owner=owner, **more
    )


def add_deal(vendor: Vendor, account: Any, owner: Any) -> Any:
    return vendor.book.add("opportunity", name="Acme 500", account=account.number, owner=owner.number, stage="Proposal")


def test_everything_the_first_time(vendor: Vendor, people: People, reps: list[Rep], pull: Callable[..., Any]) -> None:
    acme = add_account(vendor, "Acme GmbH", "acme.test", people.ada.number, employees=250, country="Germany")
    add_deal(vendor, acme, people.ada)
    done = pull()
    assert (done.error, done.rows) == ("", {"accounts": 1, "opportunities": 1, "leads": 0, "activities": 0})
    account = Account.objects.get()
    assert (account.name, account.owner, account.employee_count, account.country) == ("Acme GmbH", reps[0], 250, "DE")
    assert AccountDomain.objects.get().domain == "acme.test"
    deal = Opportunity.objects.get()
    assert (deal.account, deal.owner, deal.is_closed) == (account, reps[0], False)


def test_a_lead_goes_to_the_deals_owner(
    vendor: Vendor, people: People, reps: list[Rep], world: World, pull: Callable[..., Any]
) -> None:
    acme = add_account(vendor, "Acme GmbH", "acme.test", people.ben.number)
    deal = vendor.book.add(
        "opportunity", name="Acme 500", account=acme.number, owner=people.ada.number, stage="Proposal"
    )
    pull()
    Opportunity.objects.update(last_activity_at=world.now)
    lead = world.capture("jo@acme.test")
    world.pass_time(4 * MINUTE)
    assert world.again(lead).owner == reps[0]
    assert world.again(lead).opportunity.name == deal["name"]


def test_what_changed_and_only_that(vendor: Vendor, people: People, reps: list[Rep], pull: Callable[..., Any]) -> None:
    acme = add_account(vendor, "Acme GmbH", "acme.test", people.ada.number)
    add_account(vendor, "Globex", "globex.test", people.ada.number)
    pull()
    vendor.an_hour_later()
    vendor.act(do="own", kind="account", id=acme.number, owner=people.gina.number)
    done = pull()
    assert done.rows["accounts"] == 1
    changed = Account.objects.get(name="Acme GmbH")
    assert (changed.owner, changed.owner_email) == (None, "gina@crm.test")
    assert Account.objects.get(name="Globex").owner == reps[0]


def test_who_becomes_a_rep_later_owns_what_was_theirs(
    vendor: Vendor, people: People, reps: list[Rep], pull: Callable[..., Any]
) -> None:
    add_account(vendor, "Globex", "globex.test", people.ben.number)
    pull()
    assert Account.objects.get().owner is None
    reps[1].user.email = "ben@crm.test"
    reps[1].user.save()
    pull()
    assert Account.objects.get().owner == reps[1]


def test_a_pull_that_is_stopped_goes_on(
    vendor: Vendor, crm: Crm, reps: list[Rep], pull: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("revops.standins.salesforce.app.BATCH", 100)
    for number in range(450):
        add_account(vendor, f"Company {number}", f"company{number}.test")
    read, pages = crm.accounts, []

    def dies_after_one(since: Any, cursor: str = "") -> Any:
        if pages:
            raise Unavailable("the line is dead")
        pages.append(cursor)
        return read(since, cursor)

    monkeypatch.setattr(type(crm), "accounts", lambda _self, since, cursor="": dies_after_one(since, cursor))
    first = pull()
    assert CrmPull.objects.get(kind="accounts").cursor
    assert "the line is dead" in first.error
    assert 0 < Account.objects.count() < 450
    asked: list[str] = []
    monkeypatch.setattr(
        type(crm), "accounts", lambda _self, since, cursor="": (asked.append(cursor), read(since, cursor))[1]
    )
    assert pull().error == ""
    assert "" not in asked
    assert Account.objects.count() == 450


def test_a_merged_account_lives_on_in_its_heir(
    vendor: Vendor, people: People, reps: list[Rep], world: World, pull: Callable[..., Any]
) -> None:
    kept = add_account(vendor, "Acme GmbH", "acme.test", people.ada.number)
    lost = add_account(vendor, "Acme Deutschland", "acme-de.test", people.ada.number)
    pull()
    lead = world.capture("jo@acme-de.test")
    world.pass_time(4 * MINUTE)
    vendor.an_hour_later()
    merged = Account.objects.get(name="Acme Deutschland")
    NameAnswer.objects.create(joined="acmede", name="Acme DE", account=merged, by=world.revops.user, at=world.now)
    vendor.act(do="merge", kind="account", id=kept.number, other=lost.number)
    pull()
    account = Account.objects.get()
    assert {row.domain for row in account.domains.all()} == {"acme.test", "acme-de.test"}
    assert "Acme Deutschland" in account.aliases
    assert NameAnswer.objects.get().account == account
    assert Lead.objects.get(pk=lead.pk).account == account


def test_two_accounts_of_one_domain(
    vendor: Vendor, people: People, reps: list[Rep], world: World, pull: Callable[..., Any]
) -> None:
    """The first has it; a lead that types the second's very name is the second's, and so is its open deal."""
    add_account(vendor, "Acme Rockets", "acme.test", people.ben.number)
    pumps = add_account(vendor, "Acme Pumps", "acme.test", people.ben.number)
    add_deal(vendor, pumps, people.ada)
    pull()
    pull(full=True)
    assert AccountDomain.objects.get().account.name == "Acme Rockets"
    assert DomainClaim.objects.get().account.name == "Acme Pumps"
    Opportunity.objects.update(last_activity_at=world.now)
    lead = world.capture("jo@acme.test", company="Acme Pumps")
    world.pass_time(4 * MINUTE)
    assert world.again(lead).account == Account.objects.get(name="Acme Pumps")
    assert world.again(lead).owner == reps[0]


def test_who_no_longer_says_so_claims_it_no_more(
    vendor: Vendor, people: People, reps: list[Rep], pull: Callable[..., Any]
) -> None:
    add_account(vendor, "Acme Rockets", "acme.test", people.ada.number)
    pumps = add_account(vendor, "Acme Pumps", "acme.test", people.ada.number)
    pull()
    pumps.values |= {"domain": "pumps.test", "website": "https://pumps.test"}
    pull(full=True)
    assert not DomainClaim.objects.exists()
    assert AccountDomain.objects.get(domain="pumps.test").account.name == "Acme Pumps"


def test_what_is_deleted_keeps_no_owner_and_no_open_deal(
    vendor: Vendor, people: People, reps: list[Rep], pull: Callable[..., Any]
) -> None:
    acme = add_account(vendor, "Acme GmbH", "acme.test", people.ada.number)
    deal = vendor.book.add(
        "opportunity", name="Acme 500", account=acme.number, owner=people.ada.number, stage="Proposal"
    )
    pull()
    vendor.an_hour_later()
    vendor.act(do="delete", kind="opportunity", id=deal.number)
    vendor.act(do="delete", kind="account", id=acme.number)
    pull()
    assert Account.objects.get().owner is None
    assert Opportunity.objects.get().is_closed


def test_the_domains_of_what_is_deleted_are_the_living_claimers(
    vendor: Vendor, people: People, reps: list[Rep], pull: Callable[..., Any]
) -> None:
    gone = add_account(vendor, "Acme Rockets", "acme.test", people.ada.number)
    add_account(vendor, "Acme Pumps", "acme.test", people.ada.number)
    lone = add_account(vendor, "Globex", "globex.test", people.ada.number)
    pull()
    vendor.an_hour_later()
    vendor.act(do="delete", kind="account", id=gone.number)
    vendor.act(do="delete", kind="account", id=lone.number)
    pull()
    assert AccountDomain.objects.get().account.name == "Acme Pumps"
    assert not DomainClaim.objects.exists()
    add_account(vendor, "Globex again", "globex.test", people.ada.number)
    pull(full=True)
    assert AccountDomain.objects.get(domain="globex.test").account.name == "Globex again"


def test_so_are_those_of_what_a_full_pull_misses(
    vendor: Vendor, people: People, reps: list[Rep], pull: Callable[..., Any]
) -> None:
    first = add_account(vendor, "Acme Rockets", "acme.test", people.ada.number)
    add_account(vendor, "Acme Pumps", "acme.test", people.ada.number)
    pull()
    Account.objects.filter(name="Acme Rockets").update(external_id="not-there-any-more")
    vendor.act(do="delete", kind="account", id=first.number)
    pull(full=True)
    assert AccountDomain.objects.get().account.name == "Acme Pumps"


def test_a_merged_account_hands_on_what_it_claims_and_its_heir_claims_nothing_of_its_own(
    vendor: Vendor, people: People, reps: list[Rep], pull: Callable[..., Any]
) -> None:
    lost = add_account(vendor, "Acme Rockets", "acme.test", people.ada.number)
    kept = add_account(vendor, "Acme Pumps", "acme.test", people.ada.number)
    add_account(vendor, "Acme Valves", "acme.test", people.ada.number)
    pull()
    vendor.an_hour_later()
    vendor.act(do="merge", kind="account", id=kept.number, other=lost.number)
    pull()
    assert AccountDomain.objects.get(domain="acme.test").account.name == "Acme Pumps"
    assert [row.account.name for row in DomainClaim.objects.all()] == ["Acme Valves"]


def test_a_full_pull_closes_what_is_not_in_it(
    vendor: Vendor, people: People, reps: list[Rep], pull: Callable[..., Any]
) -> None:
    """A deletion that no incremental pull was told of."""
    acme = add_account(vendor, "Acme GmbH", "acme.test", people.ada.number)
    add_account(vendor, "Globex", "globex.test", people.ada.number)
    pull()
    Account.objects.filter(name="Globex").update(external_id="not-there-any-more")
    pull(full=True)
    assert Account.objects.get(external_id="not-there-any-more").owner is None
    assert Account.objects.get(name=acme["name"]).owner == reps[0]


def test_accounts_from_a_file_stay(vendor: Vendor, people: People, reps: list[Rep], world: World, pull: Any) -> None:
    ours = world.account("Initech", "initech.test", owner=reps[1])
    add_account(vendor, "Acme GmbH", "acme.test", people.ada.number)
    pull(full=True)
    ours.refresh_from_db()
    assert ours.owner == reps[1]


def test_a_crm_in_trouble_is_told_and_left_alone(vendor: Vendor, reps: list[Rep], world: World, pull: Any) -> None:
    vendor.fail({"method": "read", "error": "quota"}, {"method": "read", "error": "quota"})
    done = pull()
    assert done.error
    assert CrmPull.objects.filter(kind="accounts").exclude(error="").exists() or not CrmPull.objects.exists()
    assert crm_health.closed_until(at=world.now)
    assert crm_health.closed_until(at=world.now + HOUR + timedelta(days=7)) is None


@override_settings(SALESFORCE_BASE_URL="", HUBSPOT_ACCESS_TOKEN="")
def test_without_a_crm_the_command_says_what_to_set() -> None:
    with pytest.raises(CommandError, match="SALESFORCE_BASE_URL or HUBSPOT_ACCESS_TOKEN"):
        call_command("sync_crm")
