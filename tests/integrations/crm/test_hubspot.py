"""What is HubSpot's alone: dated versions, strings for everything, searches, batches that fail in part."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from revops.integrations.crm.hubspot import HubSpot
from revops.integrations.crm.port import Crm, LeadDates
from revops.integrations.enrichment.firmographics import Match, NoMatch
from revops.integrations.enrichment.hubspot_companies import HubSpotCompanies
from revops.integrations.errors import AuthRevoked, VendorError
from revops.standins.crm.made_up import Size, made_up
from tests.integrations.crm.conftest import LEAD, SECRET, Vendor, long_ago, pull

pytestmark = pytest.mark.parametrize("vendor", ["hubspot"], indirect=True)


def test_the_version_is_a_setting(vendor: Vendor) -> None:
    HubSpot(vendor.url, SECRET, version="2026-03", private_allowed=True).accounts(None)
    assert vendor.requests()[0]["path"] == "/crm/objects/2026-03/companies"


def test_a_search_always_has_its_five_members(vendor: Vendor, crm: Crm) -> None:
    crm.accounts(long_ago())
    (search,) = [one["said"] for one in vendor.requests() if one["path"].endswith("/search")]
    assert set(search) == {"filterGroups", "properties", "limit", "after", "sorts"}


def test_contacts_have_their_own_word_for_when_they_changed(vendor: Vendor, crm: Crm) -> None:
    crm.leads(long_ago())
    crm.opportunities(long_ago())
    searches = [one["said"]["filterGroups"][0]["filters"][0] for one in vendor.requests() if one["said"]]
    assert [one["propertyName"] for one in searches] == ["lastmodifieddate", "hs_lastmodifieddate"]


def test_a_search_whose_answer_repeats_itself_ends(vendor: Vendor, crm: Crm) -> None:
    made_up(vendor.book, at=long_ago(), size=Size(accounts=100, opportunities=0, leads=0))
    since = long_ago() - timedelta(days=100)
    page = crm.accounts(since)
    answer = vendor.app.carry_out
    vendor.app.carry_out = lambda request: answer(_without_window(request))  # type: ignore[method-assign]
    with pytest.raises(VendorError, match="circles"):
        crm.accounts(since, page.cursor)


def _without_window(request: Any) -> Any:
    said = json.loads(request.body)
    said["filterGroups"][0]["filters"].pop()
    object.__setattr__(request, "body", json.dumps(said).encode())
    return request


def test_a_company_has_several_domains(vendor: Vendor, crm: Crm) -> None:
    vendor.book.add("account", name="Acme", domain="acme.test", more_domains="acme.example; acme.invalid;")
    assert pull(crm.accounts).items[0].domains == ("acme.test", "acme.example", "acme.invalid")


def test_a_merged_contact_is_written_where_it_went(vendor: Vendor, crm: Crm) -> None:
    made = crm.upsert_lead(LEAD)
    (loser,) = vendor.leads(LEAD.email)
    winner = vendor.book.add("lead", email="james@acme.test")
    vendor.act(do="merge", kind="lead", id=winner.number, other=loser.number)
    crm.write_lead(made.id, owner_id=None, state="accepted", reason="", dates=LeadDates())
    assert winner["state"] == "accepted"
    assert crm.upsert_lead(LEAD).id == pull(crm.leads).items[0].id


def test_one_that_somebody_made_meanwhile_is_taken(vendor: Vendor, crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    made = crm.upsert_lead(LEAD)
    (record,) = vendor.leads(LEAD.email)
    vendor.book.change(record, email="james@acme.test")
    look: Callable[..., Any] = HubSpot._find
    looks: list[Any] = [lambda *_: None, look]
    monkeypatch.setattr(HubSpot, "_find", lambda *asked: looks.pop(0)(*asked))
    assert crm.upsert_lead(LEAD).id == made.id


def test_every_refusal_has_the_id_that_hubspots_support_asks_for(vendor: Vendor, crm: Crm) -> None:
    vendor.control(locked_out=True)
    with pytest.raises(AuthRevoked, match=r"correlation id [0-9a-f]{16}") as failure:
        crm.accounts(None)
    assert "[hidden]" in str(failure.value), "HubSpot's own words had the token in them"


def test_its_company_records_are_those_of_the_crm(vendor: Vendor, crm: Crm) -> None:
    """One address and one key for both: what enrichment finds there is an account of the CRM."""
    vendor.book.add("account", name="Acme", domain="acme.example", employees=340, revenue=51_000_000, city="Austin")
    records = HubSpotCompanies(SECRET, base_url=vendor.url, private_allowed=True)
    found = records.company(domain="acme.example")
    assert isinstance(found, Match)
    (account,) = pull(crm.accounts).items
    said = found.firmographics
    assert (said.provider_id, said.company_name) == (account.id, account.name)
    assert (said.employee_count, said.annual_revenue, said.city) == (340, 51_000_000, "Austin")
    assert said.tech_stack
    assert said.founded
    assert records.company(domain="not-in-the-crm.example") == NoMatch()
    assert records.check().credits_left is None
