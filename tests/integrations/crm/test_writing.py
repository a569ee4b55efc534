"""A lead is made once, whatever happens on the way, and says in the CRM what Airtight decided."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

import pytest

from revops.integrations.crm.port import Crm, LeadDates
from revops.integrations.errors import Conflict, NotFound, Refused, VendorError
from tests.integrations.crm.conftest import LEAD, People, Vendor, pull

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def test_a_lead_is_made_with_what_we_know(vendor: Vendor, crm: Crm, people: People) -> None:
    made = crm.upsert_lead(replace(LEAD, job_title="CTO", phone="+31 30 1234567", source="webinar"))
    assert made.created
    (lead,) = pull(crm.leads).items
    assert (lead.id, lead.external_id, lead.email, lead.company) == (made.id, "lead-1", "jim@acme.test", "Acme")
    (record,) = vendor.leads("jim@acme.test")
    assert (record["first_name"], record["last_name"]) == ("Jim", "O'Brien")
    assert (record["title"], record["phone"], record["source"]) == ("CTO", "+31 30 1234567", "webinar")


def test_made_twice_is_one(vendor: Vendor, crm: Crm) -> None:
    first, second = crm.upsert_lead(LEAD), crm.upsert_lead(LEAD)
    assert (first.id, second.created) == (second.id, False)
    assert len(vendor.leads(LEAD.email)) == 1


def test_who_is_there_already_is_found_by_address_and_keeps_what_a_rep_typed(vendor: Vendor, crm: Crm) -> None:
    known = vendor.book.add("lead", email="JIM@acme.test", company="Acme Corporation", last_name="O'Brien-Smith")
    found = crm.upsert_lead(LEAD)
    assert not found.created
    assert (known["company"], known["last_name"]) == ("Acme Corporation", "O'Brien-Smith")
    assert (known["first_name"], known["external_id"]) == ("Jim", "lead-1")
    assert len(vendor.leads(LEAD.email)) == 1


def test_ours_is_found_though_the_address_was_corrected(vendor: Vendor, crm: Crm) -> None:
    made = crm.upsert_lead(LEAD)
    (record,) = vendor.leads(LEAD.email)
    vendor.book.change(record, email="james@acme.test")
    assert crm.upsert_lead(LEAD) == replace(made, created=False)
    assert vendor.leads(LEAD.email) == []


@pytest.mark.parametrize(
    "trouble", [{"truncated": True}, {"status": 500}, {"html": True}, {"status": 502, "html": True}]
)
def test_a_lost_answer_and_another_try_make_one(vendor: Vendor, crm: Crm, trouble: dict[str, object]) -> None:
    vendor.fail({"method": "write", "effect": True, **trouble})
    with pytest.raises(VendorError) as failure:
        crm.upsert_lead(LEAD)
    assert failure.value.ambiguous
    assert not failure.value.permanent
    again = crm.upsert_lead(LEAD)
    assert not again.created
    assert len(vendor.leads(LEAD.email)) == 1


def test_an_answer_that_takes_too_long_and_another_try_make_one(vendor: Vendor, connect: Callable[..., Crm]) -> None:
    hasty = connect(timeout=0.5)
    vendor.fail({"method": "write", "effect": True, "hang": 1.5})
    with pytest.raises(VendorError) as failure:
        hasty.upsert_lead(LEAD)
    assert failure.value.ambiguous
    connect().upsert_lead(LEAD)
    assert len(vendor.leads(LEAD.email)) == 1


def test_two_who_make_it_at_once_make_one(
    vendor: Vendor, connect: Callable[..., Crm], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = connect(), connect()
    both_looked = Barrier(2)
    look = type(first)._find  # type: ignore[attr-defined]

    def look_together(*asked: Any) -> Any:
        found = look(*asked)
        both_looked.wait(timeout=5)
        return found

    monkeypatch.setattr(type(first), "_find", look_together)
    with ThreadPoolExecutor() as pool:
        made = list(pool.map(lambda crm: crm.upsert_lead(LEAD), [first, second]))
    assert made[0].id == made[1].id
    assert sorted(one.created for one in made) == [False, True]
    assert len(vendor.leads(LEAD.email)) == 1


def test_the_index_lags_and_still_there_is_one(vendor: Vendor, crm: Crm) -> None:
    vendor.control(lag=600)
    crm.upsert_lead(LEAD)
    crm.upsert_lead(LEAD)
    assert len(vendor.leads(LEAD.email)) == 1


@pytest.mark.parametrize("word", ["O'Brien", "100% \\ _x", "a' OR Email != null OR Email = 'b", 'x"; {}', "Łódź 北京"])
def test_words_are_words_and_no_query(vendor: Vendor, crm: Crm, word: str) -> None:
    vendor.book.add("lead", email="other@acme.test", last_name="Other")
    odd = replace(LEAD, external_id=f"id-{word}?#", last_name=word)
    crm.upsert_lead(odd)
    assert not crm.upsert_lead(odd).created
    (record,) = vendor.leads(LEAD.email)
    assert (record["last_name"], record["external_id"]) == (word, f"id-{word}?#")


def test_without_a_company_there_is_a_lead_all_the_same(vendor: Vendor, crm: Crm) -> None:
    assert crm.upsert_lead(replace(LEAD, company="")).created
    assert len(vendor.leads(LEAD.email)) == 1


def test_what_we_decided_is_written(vendor: Vendor, crm: Crm, people: People) -> None:
    made = crm.upsert_lead(LEAD)
    ben = next(user.id for user in crm.users() if user.email == "ben@crm.test")
    crm.write_lead(made.id, owner_id=ben, state="assigned", reason="", dates=LeadDates(assigned_at=AT, due_at=AT))
    (record,) = vendor.leads(LEAD.email)
    assert record["owner"] == people.ben.number, "the CRM's own assignment rules must not win"
    assert record["state"] == "assigned"
    assert str(record["assigned_at"]).startswith("2026-11-24T09:30:00")
    assert not record["accepted_at"]
    crm.write_lead(made.id, owner_id=None, state="nurture", reason="Timing", dates=LeadDates(ended_at=AT))
    assert (record["owner"], record["state"], record["reason"]) == (people.ben.number, "nurture", "Timing")
    assert not record["assigned_at"]


def test_written_twice_is_as_once(vendor: Vendor, crm: Crm) -> None:
    made = crm.upsert_lead(LEAD)
    (record,) = vendor.leads(LEAD.email)
    vendor.fail({"method": "write", "effect": True, "status": 500})
    dates = LeadDates(accepted_at=AT)
    with pytest.raises(VendorError) as failure:
        crm.write_lead(made.id, owner_id=None, state="accepted", reason="", dates=dates)
    assert failure.value.ambiguous
    once = dict(record.values)
    crm.write_lead(made.id, owner_id=None, state="accepted", reason="", dates=dates)
    assert record.values == once
    assert once["state"] == "accepted"


def test_a_rep_who_left_gets_no_lead(vendor: Vendor, crm: Crm, people: People) -> None:
    made = crm.upsert_lead(LEAD)
    gina = next(user.id for user in crm.users() if user.name == "Gina Gone")
    with pytest.raises(Refused) as failure:
        crm.write_lead(made.id, owner_id=gina, state="assigned", reason="", dates=LeadDates())
    assert failure.value.permanent
    assert failure.value.fields in {("OwnerId",), ("hubspot_owner_id",)}


def test_a_rule_of_the_admins_is_told_and_not_tried_again(vendor: Vendor, crm: Crm) -> None:
    made = crm.upsert_lead(LEAD)
    vendor.fail({"method": "write", "error": "validation"})
    with pytest.raises(Refused, match="Only a manager may set this reason") as failure:
        crm.write_lead(made.id, owner_id=None, state="nurture", reason="Timing", dates=LeadDates())
    assert (failure.value.permanent, failure.value.configuration, failure.value.ambiguous) == (True, True, False)
    assert failure.value.fields in {("Airtight_Reason__c",), ("airtight_reason",)}
    assert vendor.leads(LEAD.email)[0]["state"] is None


def test_a_lead_that_was_deleted_is_not_found(vendor: Vendor, crm: Crm) -> None:
    made = crm.upsert_lead(LEAD)
    vendor.act(do="delete", kind="lead", id=vendor.leads(LEAD.email)[0].number)
    with pytest.raises(NotFound) as failure:
        crm.write_lead(made.id, owner_id=None, state="accepted", reason="", dates=LeadDates())
    assert failure.value.permanent


def test_a_lead_that_was_converted_is_left_as_it_is(vendor: Vendor, crm: Crm) -> None:
    made = crm.upsert_lead(LEAD)
    vendor.act(do="convert", id=vendor.leads(LEAD.email)[0].number)
    found = crm.upsert_lead(LEAD)
    assert (found.id, found.created) == (made.id, False)
    if vendor.app.name == "hubspot":  # a contact stays what it is
        return
    assert found.converted
    with pytest.raises(Conflict) as failure:
        crm.write_lead(made.id, owner_id=None, state="accepted", reason="", dates=LeadDates())
    assert failure.value.code == "CANNOT_UPDATE_CONVERTED_LEAD"


def test_a_field_the_admin_has_yet_to_make_is_named(vendor: Vendor, crm: Crm) -> None:
    made = crm.upsert_lead(LEAD)
    field = {"salesforce": "Airtight_Due_At__c", "hubspot": "airtight_due_at"}[vendor.app.name]
    vendor.control(hidden_fields=[field])
    assert crm.check().missing_fields == (field,)
    with pytest.raises(Refused, match=field) as failure:
        crm.write_lead(made.id, owner_id=None, state="accepted", reason="", dates=LeadDates())
    assert failure.value.configuration
    vendor.control(hidden_fields=[])
    assert crm.check().missing_fields == ()
