"""Owners, leads and what was done with them."""

from datetime import UTC, datetime

from revops.integrations.crm.port import Crm, Owners
from tests.integrations.crm.conftest import LEAD, People, Vendor, pull


def test_everybody_who_may_own_a_record(crm: Crm, people: People) -> None:
    found = {user.name: user for user in crm.users()}
    assert found["Ada Rep"].email == "Ada@crm.test"
    assert found["Ada Rep"].active
    assert not found["Gina Gone"].active
    assert found["Inbound"].queue
    assert len(found) == 4


def test_hundreds_of_users_come_by_page(vendor: Vendor, crm: Crm) -> None:
    for number in range(250):
        vendor.book.add("user", name=f"Rep {number}", email=f"rep{number}@crm.test", active=True)
    assert len({user.id for user in crm.users()}) == 250


def test_an_owner_is_an_address(vendor: Vendor, crm: Crm, people: People) -> None:
    for owner in (people.ada, people.gina, people.queue):
        vendor.book.add("lead", email=f"{owner['name'][:3]}@acme.test", owner=owner.number)
    owners = Owners.of(crm.users())
    emails = {lead.email: owners.email(lead.owner_id) for lead in pull(crm.leads).items}
    assert emails == {"Ada@acme.test": "Ada@crm.test", "Gin@acme.test": "gina@crm.test", "Inb@acme.test": ""}
    assert owners.email("nobody") == ""


def test_a_lead_before_and_after_it_is_converted(vendor: Vendor, crm: Crm, people: People) -> None:
    lead = vendor.book.add("lead", email="jim@acme.test", company="Acme", owner=people.ada.number, status="Working")
    (before,) = pull(crm.leads).items
    assert (before.email, before.company, before.status) == ("jim@acme.test", "Acme", "Working")
    assert (before.converted, before.opportunity_id) == (False, "")
    vendor.act(do="convert", id=lead.number)
    (after,) = pull(crm.leads).items
    (deal,) = pull(crm.opportunities).items
    (account,) = pull(crm.accounts).items
    assert after.converted
    assert (after.opportunity_id, after.account_id) == (deal.id, account.id)
    assert after.converted_on == vendor.book.clock.now().date()
    assert deal.owner_id == before.owner_id
    assert deal.contacts == ("jim@acme.test",)


def test_activities_tell_who_did_what_with_whom(vendor: Vendor, crm: Crm, people: People) -> None:
    lead = vendor.book.add("lead", email="jim@acme.test", owner=people.ada.number)
    vendor.act(do="log", id=lead.number, what="call")
    vendor.act(do="log", id=lead.number, what="mail")
    vendor.act(do="log", id=lead.number, what="mail", values={"inbound": True})
    vendor.act(do="log", id=lead.number, what="meeting")
    vendor.act(do="log", id=lead.number, what="task", values={"done": False})
    found = pull(crm.activities).items
    (person,) = pull(crm.leads).items
    assert sorted((one.kind, one.inbound, one.done) for one in found) == [
        ("call", False, True),
        ("mail", False, True),
        ("mail", True, True),
        ("meeting", False, True),
        ("task", False, False),
    ]
    assert {one.people for one in found} == {(person.id,)}
    assert {one.owner_id for one in found} == {person.owner_id}
    assert len({one.id for one in found}) == 5
    assert not any(one.automatic for one in found)


def test_a_machines_mail_is_not_a_persons(vendor: Vendor, crm: Crm, people: People) -> None:
    lead = vendor.book.add("lead", email="jim@acme.test", owner=people.ada.number)
    at = datetime(2026, 11, 3, 10, tzinfo=UTC)
    vendor.book.log(lead, "mail", automatic=True, when=at)
    (found,) = pull(crm.activities).items
    assert (found.kind, found.automatic, found.at) == ("mail", True, at)


def test_an_activity_names_the_deal_it_is_about(vendor: Vendor, crm: Crm, people: People) -> None:
    lead = vendor.book.add("lead", email="jim@acme.test", company="Acme", owner=people.ada.number)
    vendor.act(do="convert", id=lead.number)
    vendor.act(do="log", id=lead.number, what="call")
    (found,) = pull(crm.activities).items
    (deal,) = pull(crm.opportunities).items
    assert found.about == (deal.id,)


def test_a_deleted_activity_is_gone_by_the_id_it_had(vendor: Vendor, crm: Crm) -> None:
    lead = vendor.book.add("lead", email="jim@acme.test")
    number = vendor.act(do="log", id=lead.number, what="call")
    before = pull(crm.activities)
    vendor.an_hour_later()
    vendor.act(do="delete", kind="activity", id=number)
    found = pull(crm.activities, before.until)
    assert [one.id for one in found.gone] == [before.items[0].id]
    assert found.items == []


def test_the_connection_tells_whom_it_talks_to_and_what_is_left(vendor: Vendor, crm: Crm) -> None:
    vendor.control(usage=[1000, 5000])
    vendor.book.add("lead", **{"email": LEAD.email})
    said = crm.check()
    assert (said.calls_left, said.calls_a_day, said.missing_fields) == (4000, 5000, ())
    assert said.organisation
