"""A fault of ours while something of the CRM's is reported: it is tried again, and nothing else waits for it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError

from leads.models import Assignment, CrmMeeting, CrmPull, CrmRecord, Lead, LeadEvent, OwnerOverride
from revops import lifecycle
from tests.integrations.crm.office import Office, office
from tests.world import HOUR, MINUTE, check_law

pytestmark = pytest.mark.django_db
__all__ = ["office"]  # a fixture

Break = Callable[..., None]


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Break:
    """Let a report of the lifecycle raise for one lead, until `monkeypatch.undo()` mends it."""

    def break_it(report: str, lead: Lead, error: Exception | None = None) -> None:
        told = getattr(lifecycle, report)

        def raises(lead_id: int, *args: Any, **named: Any) -> bool:
            if lead_id == lead.pk:
                raise error or RuntimeError("a fault of ours")
            return told(lead_id, *args, **named)

        monkeypatch.setattr(lifecycle, report, raises)

    return break_it


def test_a_conversion_that_raised_is_followed_later_and_holds_up_no_other(
    office: Office, broken: Break, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = office.held_by("ada", "accepted"), office.held_by("ada", "accepted", "kim@globex.test")
    for email in ("jo@acme.test", "kim@globex.test"):
        office.vendor.act(do="convert", id=office.there(email).number)
    converted_at = office.world.now
    broken("converted_in_crm", bad)
    assert office.sync().left_out["leads"] == 1
    assert office.world.again(good).state == "converted"
    assert office.world.again(bad).state == "accepted"
    office.sync()
    assert office.record(bad).conversion == "waiting"
    monkeypatch.undo()
    office.sync(after=10 * MINUTE)
    assert office.world.again(bad).state == "converted"
    assert office.record(bad).conversion == "followed"
    assert abs(LeadEvent.objects.get(lead=bad, kind="convert").at - converted_at) < MINUTE
    check_law()


def test_one_that_waits_and_raises_holds_up_no_other(
    office: Office, broken: Break, monkeypatch: pytest.MonkeyPatch
) -> None:
    emails = ("jo@acme.test", "kim@globex.test")
    bad, good = [office.held_by("ada", email=email) for email in emails]
    office.sync()
    for email in emails:
        office.vendor.book.change(office.there(email), owner=office.users["ben"].number)
        office.vendor.act(do="convert", id=office.there(email).number)
    office.sync()
    assert set(CrmRecord.objects.values_list("conversion", flat=True)) == {"waiting"}
    for lead in (bad, good):
        office.world.accept(lead)
    CrmPull.objects.filter(kind="leads").update(since=office.world.now + HOUR)  # no page brings them again
    broken("converted_in_crm", bad)
    assert office.pull().error == ""
    assert [office.world.again(lead).state for lead in (bad, good)] == ["accepted", "converted"]
    monkeypatch.undo()
    office.pull()
    assert office.world.again(bad).state == "converted"


def test_a_touch_that_raised_is_reported_again(office: Office, broken: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    lead = office.held_by("ada", "accepted")
    office.wait(5 * MINUTE)
    called_at = office.log("call")["when"]
    broken("touched_in_crm", lead)
    assert office.sync().left_out["activities"] == 1
    office.sync()
    CrmPull.objects.filter(kind="activities").update(since=office.world.now + HOUR)  # no page brings it again
    office.sync()
    assert office.world.again(lead).first_touch_at is None
    monkeypatch.undo()
    office.sync()
    turn = Assignment.objects.get(lead=lead)
    assert abs(turn.first_touch_at - called_at) < timedelta(seconds=1)
    assert LeadEvent.objects.get(lead=lead, kind="touch").data["touch"] == "call"
    assert not CrmMeeting.objects.exists()
    check_law()


def test_a_meeting_that_raised_is_reported_again(
    office: Office, broken: Break, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = office.held_by("ada", "accepted")
    office.log("meeting", at=office.world.now + 20 * MINUTE)
    office.sync()
    broken("touched_in_crm", lead)
    office.wait(20 * MINUTE)
    office.sync()
    assert office.world.again(lead).first_touch_at is None
    monkeypatch.undo()
    office.sync()
    assert office.world.again(lead).first_touch_at is not None
    assert not CrmMeeting.objects.exists()


def test_what_raises_again_and_again_waits_behind_what_did_not(office: Office, broken: Break, monkeypatch: Any) -> None:
    bad, good = office.held_by("ada", "accepted"), office.held_by("ada", "accepted", "kim@globex.test")
    broken("touched_in_crm", bad)
    monkeypatch.setattr("revops.crm_activities.MOST_MEETINGS", 1)
    for number, lead in enumerate((bad, good)):
        people = [office.record(lead).crm_id]
        owner = office.record(lead).wrote_owner
        at = office.world.now + number * MINUTE
        CrmMeeting.objects.create(crm_id=f"m{number}", at=at, owner_crm_id=owner, people=people)
    for _pull in range(2):
        office.sync()
    assert office.world.again(good).first_touch_at is not None
    assert list(CrmMeeting.objects.values_list("pk", flat=True)) == ["m0"]


def test_an_owner_that_could_not_be_reported_is_when_the_record_comes_again(
    office: Office, broken: Break, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = office.held_by("ada")
    office.sync()
    office.give("ben")
    broken("owner_changed_in_crm", lead)
    assert office.sync().left_out["leads"] == 1
    monkeypatch.undo()
    office.vendor.book.change(office.there(), status="Working")
    office.sync()
    assert OwnerOverride.objects.get().owner_name == "Ben Rep"


@pytest.mark.parametrize("report", ["converted_in_crm", "touched_in_crm"])
def test_a_database_that_is_away_is_no_fault_of_a_lead(
    office: Office, broken: Break, monkeypatch: pytest.MonkeyPatch, report: str
) -> None:
    """The page comes again."""
    lead = office.held_by("ada", "accepted")
    office.log("call")
    if report == "converted_in_crm":
        office.convert()
    office.wait(5 * MINUTE)
    broken(report, lead, OperationalError("the connection is lost"))
    with pytest.raises(OperationalError):
        office.pull()
    monkeypatch.undo()
    assert office.pull().left_out == {"accounts": 0, "opportunities": 0, "leads": 0, "activities": 0}
    assert LeadEvent.objects.filter(lead=lead, kind="touch").count() == 1
    assert office.world.again(lead).state == ("converted" if report == "converted_in_crm" else "accepted")
