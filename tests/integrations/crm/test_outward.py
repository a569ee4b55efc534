"""What a change here does to the lead in the CRM, over both: made once, owned by whom it should be, in its order."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from leads.locks import WRITING
from leads.models import CrmRecord, CrmUser, Delivery, Lead, VendorHealth
from revops import crm_health, crm_ids, crm_writing, deliver, jobs, lifecycle
from revops.admin_attention import attention
from revops.integrations.crm.port import OWNER_FIELDS, Crm, LeadRef
from revops.integrations.errors import NotFound, Refused, Unavailable
from tests.integrations.crm.office import Office, office
from tests.locks import held_elsewhere
from tests.world import HOUR, MINUTE, World, check_law

pytestmark = pytest.mark.django_db
__all__ = ["office"]  # a fixture


def writes(office: Office) -> list[dict[str, Any]]:
    return office.vendor.requests("write")


def test_an_assigned_lead_is_made_there_with_its_owner(office: Office) -> None:
    lead = office.held_by("ada", first_name="Jo", last_name="Doe")
    there = office.there()
    assert (there["owner"], there["state"]) == (office.users["ada"].number, "Assigned")
    assert (there["last_name"], there["company"]) == ("Doe", "Acme")
    assert there["external_id"] == crm_ids.external_id(lead)
    assert there["assigned_at"] is not None
    assert there["due_at"] is not None
    assert not there["accepted_at"]
    assert not there["ended_at"]
    record = office.record(lead)
    assert record.wrote_owner == CrmUser.objects.get(name="Ada Rep").pk
    assert office.deliveries().get().answer["owner"] == record.wrote_owner


def test_each_change_is_written(office: Office) -> None:
    lead = office.held_by("ada")
    office.world.accept(lead)
    office.send()
    there = office.there()
    assert (there["state"], bool(there["accepted_at"])) == ("Sales accepted (SAL)", True)
    ada = office.world.actor(office.world.reps[0])
    lifecycle.touch(lead.pk, kind="call", at=office.world.now, by=ada)
    office.send()
    assert office.there()["first_touch_at"] is not None
    office.world.recycle(lead, "timing")
    office.send()
    there = office.there()
    assert (there["state"], there["reason"]) == ("Nurture", "Timing")
    assert set(office.deliveries().values_list("status", flat=True)) == {"sent"}


def test_a_lapse_is_written_too(office: Office) -> None:
    office.held_by("ada")
    office.wait(2 * HOUR + MINUTE)
    office.send()
    assert office.there()["state"] == "Overdue"
    office.wait(2 * HOUR)
    office.send()
    assert (office.there()["state"], office.there()["owner"]) == ("Shark Tank", office.users["ada"].number)


def test_a_rep_without_a_user_there_leaves_the_owner_and_is_named(office: Office) -> None:
    lead = office.held_by("cleo")
    said = writes(office)[-1]["said"]
    assert "OwnerId" not in said
    assert "hubspot_owner_id" not in said.get("properties", said)
    answer = office.deliveries().get().answer
    assert answer["owner_left"] == f"rep {lead.owner_id} is no active user of the CRM"
    assert office.record(lead).wrote_owner == ""


def test_a_user_who_left_a_moment_ago_leaves_the_owner(office: Office) -> None:
    office.pull()
    office.vendor.book.change(office.users["ada"], active=False)
    office.held_by("ada")
    delivery = office.deliveries().get()
    assert (delivery.status, "owner_left" in delivery.answer) == ("sent", True)
    assert office.there()["state"] == "Assigned"


def test_what_the_rules_turned_away_never_comes_there(office: Office) -> None:
    lead = office.world.capture("jo@acme.test", employee_count=2)
    office.world.pass_time(6 * MINUTE)
    assert office.world.again(lead).state == "nurture"
    assert office.send() == ["dropped"]
    assert writes(office) == []


def test_a_person_there_already_is_found_and_keeps_what_was_typed(office: Office) -> None:
    known = office.vendor.book.add("lead", email="jo@acme.test", company="ACME Holding", last_name="Dough")
    office.held_by("ada", last_name="Doe")
    assert office.there().number == known.number
    assert (known["company"], known["last_name"], known["state"]) == ("ACME Holding", "Dough", "Assigned")


def test_a_later_delivery_says_it_all(office: Office) -> None:
    lead = office.world.to_state("accepted")
    assert office.send() == ["dropped", "sent"]
    assert office.there()["state"] == "Sales accepted (SAL)"
    assert office.record(lead).wrote_at is not None


def test_an_older_one_that_failed_never_undoes_a_later_one(office: Office) -> None:
    lead = office.world.to_state("assigned")
    office.vendor.fail({"method": "write", "error": "validation"})
    assert office.send() == ["dead"]
    office.world.accept(lead)
    assert office.send() == ["dead", "sent"]
    before = dict(office.there().values)
    first = office.deliveries().first()
    assert deliver.retry(first.pk, at=office.world.now)
    assert office.send() == ["dropped", "sent"]
    assert office.there().values == before


def test_one_worker_at_a_time_writes_a_lead(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    lead = office.world.to_state("assigned")
    with held_elsewhere((WRITING << 32) + lead.pk):
        assert office.send() == ["pending"]
    delivery = office.deliveries().get()
    assert delivery.next_try_at == office.world.now + timedelta(seconds=crm_writing.SOON)
    office.world.accept(lead)
    office.world.now += MINUTE
    assert office.send() == ["dropped", "sent"]


@pytest.mark.parametrize("which", [1, 2])
def test_a_lost_answer_and_another_try_make_one_lead(office: Office, which: int) -> None:
    """Of making it, and of writing it."""
    office.world.to_state("assigned")
    passes = {"method": "write", "effect": True}
    office.vendor.fail(*[passes] * (which - 1), {"method": "write", "status": 500, "effect": True})
    assert office.send() == ["pending"]
    office.wait(20 * MINUTE)
    assert office.send() == ["sent"]
    assert office.there()["state"] == "Assigned"


def test_asked_to_slow_down_it_waits_as_long_and_counts_no_try(office: Office) -> None:
    office.world.to_state("assigned")
    office.vendor.fail({"method": "write", "status": 429, "retry_after": 120})
    assert office.send() == ["pending"]
    asked = len(office.vendor.requests())
    office.world.now += MINUTE
    assert office.send() == ["pending"]
    assert len(office.vendor.requests()) == asked
    office.world.now += 2 * MINUTE
    assert office.send() == ["sent"]
    assert office.deliveries().get().attempts == 2


def test_a_revoked_key_is_alarmed_and_not_hammered(office: Office) -> None:
    office.vendor.control(locked_out=True, end_tokens=True)
    office.world.to_state("assigned")
    assert office.send() == ["pending"]
    asked = len(office.vendor.requests())
    health = VendorHealth.objects.get(vendor="crm")
    assert health.refuses(crm_health.fingerprint())
    for _quarter in range(8):
        office.world.now += 15 * MINUTE
        office.send()
    assert len(office.vendor.requests()) == asked
    assert office.deliveries().get().attempts == 1
    office.vendor.control(locked_out=False)
    crm_health.try_again()
    office.world.now += 16 * MINUTE
    assert office.send() == ["sent"]


MADE_AT_FIRST = ["users", "upsert_lead", "write_lead", "upsert_lead", "write_lead", "write_lead"]
KNOWN_ALREADY = ["users", "owner_of_lead", "write_lead", "upsert_lead", "write_lead", "write_lead"]


@pytest.mark.parametrize(("known", "expected"), [(False, MADE_AT_FIRST), (True, KNOWN_ALREADY)])
def test_the_longest_delivery_begun_last_ends_before_its_worker_is(
    office: Office, monkeypatch: pytest.MonkeyPatch, crm: Crm, settings: Any, known: bool, expected: list[str]
) -> None:
    """Each call that a delivery may need, taking all of its time."""
    lead = office.held_by("ada") if known else None
    CrmUser.objects.all().delete()
    calls: list[str] = []
    faults = [NotFound("merged away"), Refused("who has left", fields=tuple(OWNER_FIELDS))]

    def counted(name: str) -> Any:
        def call(*said: Any, **named: Any) -> Any:
            calls.append(name)
            if name == "write_lead" and faults:
                raise faults.pop(0)
            return getattr(crm, name)(*said, **named)

        return call

    slow = SimpleNamespace(**{name: counted(name) for name in set(MADE_AT_FIRST + KNOWN_ALREADY)})
    monkeypatch.setattr("revops.crm_writing._kept", lambda _fingerprint: slow)
    if lead is None:
        office.held_by("ada")
    else:
        office.world.accept(lead)
        office.send()
    assert set(office.deliveries().values_list("status", flat=True)) == {"sent"}
    assert calls == expected
    longest = jobs.MOST_SECONDS + deliver.BUDGET_SECONDS + len(calls) * crm_writing.CALL_SECONDS
    assert longest < settings.Q_CLUSTER["timeout"] - 5


def test_a_missing_setting_is_waited_for_as_a_refused_key_is(office: Office, settings: Any) -> None:
    url, client = settings.SALESFORCE_BASE_URL, settings.SALESFORCE_CLIENT_ID
    settings.SALESFORCE_BASE_URL, settings.SALESFORCE_CLIENT_ID = url or "https://acme.my.salesforce.com", ""
    office.world.to_state("assigned")
    assert office.send() == ["pending"]
    assert "SALESFORCE_CLIENT_ID" in office.deliveries().get().error
    assert any("SALESFORCE_CLIENT_ID" in notice.text for notice in attention())
    office.world.now += HOUR
    assert office.send() == ["pending"]
    assert office.deliveries().get().attempts == 1
    assert office.vendor.requests() == []
    settings.SALESFORCE_BASE_URL, settings.SALESFORCE_CLIENT_ID = url, client
    office.world.now += 16 * MINUTE
    assert office.send() == ["sent"]


def test_where_nothing_was_asked_nothing_is_known_of_the_crm(office: Office) -> None:
    lead = office.held_by("ada")
    CrmRecord.objects.update(read_only=True)
    crm_health.failed(Unavailable("the line is dead"), at=office.world.now)
    asked = len(office.vendor.requests())
    office.world.accept(lead)
    assert office.send() == ["sent", "sent"]
    assert office.deliveries().last().answer["left"] == "converted there"
    assert len(office.vendor.requests()) == asked
    assert VendorHealth.objects.get(vendor="crm").failures == 1


def test_a_record_taken_over_keeps_what_a_pull_says_meanwhile(office: Office) -> None:
    lead = office.world.to_state("assigned")
    record = CrmRecord.objects.create(crm_id="7")
    CrmRecord.objects.update(status="Working", owner_name="Ben Rep")
    crm_writing._belongs_to(lead, record, LeadRef("7", created=False))
    record.refresh_from_db()
    assert (record.lead, record.status, record.owner_name) == (lead, "Working", "Ben Rep")


def test_a_record_that_is_anothers_by_the_time_it_is_written_is_not_known_as_written(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead, other = office.held_by("ada"), office.held_by("ada", email="kim@globex.test")
    own, others = office.record(lead), office.record(other)
    say = crm_writing._say_to

    def handed_on(*said: Any) -> Any:
        CrmRecord.objects.filter(pk=others.pk).update(lead=lead, wrote_at=None, wrote_owner="")  # by a pull
        return say(*said)

    monkeypatch.setattr("revops.crm_writing._say_to", handed_on)
    office.world.accept(other)
    office.send()
    assert CrmRecord.objects.get(pk=others.pk).wrote_at is None
    assert office.record(lead) == own


def test_a_failing_crm_is_left_alone_for_a_while(office: Office) -> None:
    for number in range(6):
        office.world.capture(f"jo{number}@acme.test")
    office.world.pass_time(4 * MINUTE)
    office.vendor.fail(*[{"status": 503}] * 40)
    office.send()
    assert len(office.vendor.requests()) < 12
    assert set(office.deliveries().values_list("status", flat=True)) == {"pending"}
    assert crm_health.closed_until(at=office.world.now) is not None
    assert any("The CRM failed 3 times in a row" in notice.text for notice in attention())


def test_people_are_told_before_the_crm(office: Office, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.EMAIL_HOST = "mail.test"
    sent: list[str] = []
    monkeypatch.setattr(
        "revops.deliver.SENDERS", dict.fromkeys(("crm", "slack"), lambda row, _at: sent.append(row.kind))
    )
    for number in range(3):
        office.world.capture(f"jo{number}@acme.test")
    office.world.pass_time(4 * MINUTE)
    office.send()
    assert [kind.partition(".")[0] for kind in sent] == ["slack"] * 3 + ["crm"] * 3


@pytest.mark.parametrize("vendor", ["salesforce"], indirect=True)  # HubSpot tells of no calls that are left to others
def test_pulls_leave_the_days_last_calls_to_what_must_be_written(office: Office) -> None:
    office.vendor.control(usage=[90_000, 100_000])
    assert "are used" in office.pull().error
    assert crm_health.closed_until(at=office.world.now) is None
    office.held_by("ada")
    assert office.there()["state"] == "Assigned"


def test_a_refusal_of_one_record_is_dead_and_stops_no_other(office: Office) -> None:
    office.world.to_state("assigned")
    office.vendor.fail({"method": "write", "error": "validation"})
    assert office.send() == ["dead"]
    assert crm_health.closed_until(at=office.world.now) is None
    assert "Only a manager may set this reason" in office.deliveries().get().error
    assert deliver.retry(office.deliveries().get().pk, at=office.world.now)
    assert office.send() == ["sent"]


def test_a_lead_deleted_there_is_made_anew(office: Office) -> None:
    lead = office.held_by("ada")
    first = office.there().number
    office.vendor.act(do="delete", kind="lead", id=first)
    office.world.accept(lead)
    assert office.send() == ["sent", "sent"]
    assert office.there().number != first
    assert office.there()["state"] == "Sales accepted (SAL)"


def test_a_converted_lead_is_left_as_it_is_where_it_takes_no_change(office: Office) -> None:
    lead = office.held_by("ada", "accepted")
    office.convert()
    before = dict(office.there().values)
    ada = office.world.actor(office.world.reps[0])
    lifecycle.convert(lead.pk, at=office.world.now, by=ada)
    assert office.send()[-1] == "sent"
    if office.vendor.app.name == "salesforce":
        assert office.there().values == before
        assert office.record(lead).read_only
        assert office.deliveries().last().answer["left"] == "converted there"
    else:
        assert office.there()["state"] == "Converted"


def test_without_a_crm_it_is_skipped(world: World) -> None:
    world.to_state("assigned")
    assert set(Delivery.objects.filter(kind="crm.owner").values_list("status", flat=True)) == {"skipped"}


def test_ours_is_told_from_the_lead_of_that_number_elsewhere(office: Office) -> None:
    lead = office.held_by("ada")
    assert crm_ids.read_external_id(crm_ids.external_id(lead)) == lead.pk
    other = Lead(pk=lead.pk, captured_at=lead.captured_at + timedelta(microseconds=1))
    assert crm_ids.external_id(other) != crm_ids.external_id(lead)
    assert [crm_ids.read_external_id(text) for text in ("", "7", "x-1", "٣-1", "-5-1", "9" * 30 + "-1")] == [None] * 6


def test_a_second_lead_of_a_person_takes_over_the_record(office: Office) -> None:
    """HubSpot knows a person once; Salesforce has a lead for each of theirs."""
    lead = office.held_by("ada", "accepted")
    office.convert()
    office.sync()
    assert office.world.again(lead).state == "converted"
    office.wait(48 * HOUR)
    again = office.held_by("ada")
    assert again.pk != lead.pk
    record = office.record(again)
    assert (record.lead_id, record.wrote_at is None) == (again.pk, False)
    expected = 1 if office.vendor.app.name == "hubspot" else 2
    assert len(office.vendor.leads("jo@acme.test")) == CrmRecord.objects.count() == expected
    office.sync()
    assert office.world.again(again).state == "assigned"
    check_law()
