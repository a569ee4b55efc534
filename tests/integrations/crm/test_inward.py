"""What reps do with leads in the CRM and what becomes of it here, over both."""

from datetime import timedelta
from typing import Any

import pytest

from leads.models import Assignment, CrmPull, Lead, LeadEvent, OwnerOverride
from revops import lifecycle
from sla.models import Breach
from tests.integrations.crm.office import Office, office
from tests.world import DAY, HOUR, MINUTE, check_law

pytestmark = pytest.mark.django_db
__all__ = ["office"]  # a fixture


def kinds(lead: Lead) -> list[str]:
    return list(LeadEvent.objects.filter(lead=lead).order_by("pk").values_list("kind", flat=True))


# Conversions


def test_converted_there_is_converted_here(office: Office) -> None:
    lead = office.held_by("ada", "accepted")
    office.wait(HOUR / 2)
    office.convert()
    there = office.there()
    converted_at = office.world.now
    office.sync()
    lead = office.world.again(lead)
    assert lead.state == "converted"
    assert str(there["opportunity"]) in lead.converted_opportunity
    event = LeadEvent.objects.get(lead=lead, kind="convert")
    assert (event.user, event.door, event.data["verified"]) == (office.world.reps[0].user, "crm", True)
    assert abs(event.at - converted_at) < MINUTE
    turn = Assignment.objects.get(lead=lead)
    assert (turn.outcome, turn.ended_at) == ("converted", event.at)
    assert office.record(lead).conversion == "followed"
    check_law()


def test_a_conversion_is_followed_once(office: Office) -> None:
    lead = office.held_by("ada", "accepted")
    office.convert()
    for _pull in range(3):
        office.sync()
        office.vendor.book.change(office.there(), status="Working")
    CrmPull.objects.filter(kind="leads").update(since=None)
    office.sync()
    assert kinds(lead).count("convert") == 1
    assert "crm_converted" not in kinds(lead)


def test_who_converts_what_they_hold_has_accepted_it(office: Office) -> None:
    lead = office.held_by("ada")
    office.wait(MINUTE)
    office.convert()
    office.sync()
    assert office.world.again(lead).state == "converted"
    assert kinds(lead)[-2:] == ["accept", "convert"]
    turn = Assignment.objects.get(lead=lead)
    assert turn.accepted_at is not None
    assert turn.accepted_at < turn.accept_by
    check_law()


def test_converted_in_time_and_heard_of_late_is_no_lapse(office: Office) -> None:
    lead = office.held_by("ada")
    office.wait(2 * HOUR - MINUTE)
    office.convert()
    office.wait(3 * MINUTE)
    assert office.world.again(lead).state == "overdue"
    assert Breach.objects.get().cause == "ignored"
    office.sync()
    assert office.world.again(lead).state == "converted"
    assert Breach.objects.get().cause == "system_delay"
    assert LeadEvent.objects.get(lead=lead, kind="accept").data["late"] is False
    check_law()


def test_converted_between_two_deadlines_that_no_sweep_has_seen(office: Office) -> None:
    """After the one to accept by, before the one that would have taken it away."""
    lead = office.held_by("ada")
    turn = Assignment.objects.get(lead=lead)
    for step in (3 * HOUR, 90 * MINUTE):
        if step == 90 * MINUTE:
            office.convert()
        office.world.now += step
        office.vendor.control(advance=step.total_seconds())
    office.pull()
    assert office.world.again(lead).state == "converted"
    assert kinds(lead)[-3:] == ["expire", "accept", "convert"]
    accepted = LeadEvent.objects.get(lead=lead, kind="accept")
    assert accepted.data["late"] is True
    assert turn.accept_by < accepted.at < accepted.noticed_at == office.world.now
    assert LeadEvent.objects.get(lead=lead, kind="expire").noticed_at == office.world.now
    assert list(Breach.objects.values_list("step", flat=True)) == ["accept"]
    check_law()


def test_somebody_else_who_converts_it_jumps_no_queue_but_is_shown(office: Office) -> None:
    lead = office.held_by("ada")
    office.sync()
    office.vendor.book.change(office.there(), owner=office.users["ben"].number)
    office.convert()
    office.sync()
    lead = office.world.again(lead)
    assert (lead.state, lead.owner) == ("assigned", office.world.reps[0])
    assert kinds(lead).count("crm_converted") == 1
    assert office.record(lead).conversion == "waiting"
    office.sync()
    assert kinds(lead).count("crm_converted") == 1
    office.world.accept(lead)
    office.sync()
    assert office.world.again(lead).state == "converted"
    assert office.record(lead).conversion == "followed"
    check_law()


@pytest.mark.parametrize("state", ["overdue", "shark_tank", "nurture"])
def test_converted_where_no_rule_allows_it_is_kept_and_shown(office: Office, state: str) -> None:
    lead = office.held_by("ada", "accepted" if state == "nurture" else "assigned")
    office.sync()
    if state == "nurture":
        office.world.recycle(lead, "timing")
    else:
        office.wait(2 * HOUR)
        office.wait(2 * HOUR if state == "shark_tank" else MINUTE)
    office.send()
    assert office.world.again(lead).state == state
    office.vendor.book.change(office.there(), owner=office.users["ben"].number)
    office.convert()
    office.sync()
    assert office.world.again(lead).state == state
    assert office.record(lead).conversion == "waiting"
    assert "crm_converted" in kinds(lead)
    check_law()


def test_converted_by_hand_here_is_verified_by_the_crm(office: Office) -> None:
    lead = office.held_by("ada", "accepted")
    lifecycle.convert(lead.pk, at=office.world.now, by=office.world.actor(office.world.reps[0]))
    assert office.world.again(lead).converted_opportunity == ""
    office.convert()
    office.sync()
    assert office.world.again(lead).converted_opportunity
    assert kinds(lead).count("convert") == 1


def test_an_old_opportunity_does_not_end_a_new_lead(office: Office) -> None:
    """HubSpot's contact is one for ever; Salesforce makes a new lead."""
    known = office.vendor.book.add("lead", email="jo@acme.test", company="Acme", owner=office.users["ben"].number)
    office.vendor.book.convert(known)
    office.wait(3 * DAY)
    lead = office.held_by("ada", "accepted")
    office.sync()
    assert office.world.again(lead).state == "accepted"
    assert "crm_converted" not in kinds(lead)


# Touches


def test_a_call_there_is_a_touch_seen(office: Office) -> None:
    lead = office.held_by("ada", "accepted")
    office.wait(10 * MINUTE)
    called_at = office.log("call")["when"]
    office.sync()
    turn = Assignment.objects.get(lead=lead)
    assert abs(turn.first_touch_at - called_at) < timedelta(seconds=1)
    assert turn.first_touch_by_hand is False
    lead = office.world.again(lead)
    assert (lead.first_touch_at, lead.due_step) == (turn.first_touch_at, "disposition")
    event = LeadEvent.objects.get(lead=lead, kind="touch")
    assert (event.at, event.user, event.data["seen"]) == (turn.first_touch_at, office.world.reps[0].user, True)
    office.sync()
    office.sync()
    assert kinds(lead).count("touch") == 1
    assert office.there()["first_touch_at"] is not None
    check_law()


@pytest.mark.parametrize(
    ("what", "values"),
    [
        ("mail", {"inbound": True}),
        ("call", {"inbound": True}),
        ("mail", {"automatic": True}),
        ("task", {"done": False}),
        ("task", {}),
    ],
)
def test_what_is_no_touch(office: Office, what: str, values: dict[str, Any]) -> None:
    lead = office.held_by("ada", "accepted")
    office.log(what, **values)
    office.sync()
    assert office.world.again(lead).first_touch_at is None
    assert "touch" not in kinds(lead)


def test_a_colleagues_call_is_a_touch_and_their_name_is_kept(office: Office) -> None:
    lead = office.held_by("ada", "accepted")
    office.log("call", by="ben")
    office.sync()
    assert office.world.again(lead).first_touch_at is not None
    assert LeadEvent.objects.get(lead=lead, kind="touch").user == office.world.reps[1].user


def test_a_call_in_time_that_is_heard_of_late_is_no_lapse(office: Office) -> None:
    lead = office.held_by("ada", "accepted")
    office.wait(HOUR - MINUTE)
    office.log("call")
    office.wait(3 * MINUTE)
    assert office.world.again(lead).due_step == "untouched"
    assert Breach.objects.get().cause == "ignored"
    office.sync()
    assert Breach.objects.get().cause == "system_delay"
    assert office.world.again(lead).due_step == "disposition"
    check_law()


def test_a_call_before_the_lead_was_taken_away_gives_no_lapse(office: Office) -> None:
    """It stays in the pool, for nobody is picked; but the rep may claim it and has no slip."""
    lead = office.held_by("ada", "accepted")
    office.wait(HOUR + MINUTE)
    office.log("call")
    office.wait(3 * HOUR)
    before = office.world.again(lead)
    assert (before.state, before.slips, len(before.excluded_reps)) == ("shark_tank", 1, 1)
    office.sync()
    after = office.world.again(lead)
    assert (after.state, after.slips, after.excluded_reps) == ("shark_tank", 0, [])
    assert dict(Breach.objects.values_list("step", "cause")) == {"touch": "ignored", "untouched": "system_delay"}
    assert Assignment.objects.get(lead=lead).first_touch_at is not None
    lifecycle.claim(lead.pk, at=office.world.now, by=office.world.actor(office.world.reps[0]))
    check_law()


def test_a_call_heard_of_before_the_sweep_comes_first(office: Office) -> None:
    lead = office.held_by("ada", "accepted")
    office.wait(HOUR - MINUTE)
    office.log("call")
    office.world.now += 3 * MINUTE
    office.vendor.control(advance=180)
    office.pull()
    assert office.world.again(lead).due_step == "disposition"
    assert not Breach.objects.exists()


def test_a_call_after_the_deadline_that_no_sweep_has_seen(office: Office) -> None:
    """Hearing of it takes the lead away first, at the time that was due; the call is of the turn that ended so."""
    lead = office.held_by("ada", "accepted")
    office.wait(HOUR + MINUTE)
    office.world.now += 3 * HOUR
    office.vendor.control(advance=3 * 3600)
    called_at = office.log("call")["when"]
    office.world.now += 5 * MINUTE
    office.vendor.control(advance=300)
    assert office.pull().left_out["activities"] == 0
    check_law()
    turn = Assignment.objects.get(lead=lead)
    assert (turn.outcome, turn.ended_at) == ("untouched", office.world.now)
    assert abs(turn.first_touch_at - called_at) < timedelta(seconds=1)
    after = office.world.again(lead)
    assert (after.state, after.slips) == ("shark_tank", 1)
    assert office.world.reps[0].open_leads == 0


def test_a_call_that_was_seen_takes_the_place_of_one_logged_by_hand(office: Office) -> None:
    lead = office.held_by("ada", "accepted")
    ada = office.world.actor(office.world.reps[0])
    lifecycle.touch(lead.pk, kind="call", at=office.world.now + MINUTE, by=ada)
    office.wait(3 * DAY)
    called_at = office.log("call")["when"]
    office.sync()
    turn = Assignment.objects.get(lead=lead)
    assert turn.first_touch_by_hand is False
    assert abs(turn.first_touch_at - called_at) < timedelta(seconds=1)
    assert office.world.again(lead).first_touch_at == turn.first_touch_at
    lifecycle.touch(lead.pk, kind="mail", at=office.world.now, by=ada)
    office.log("mail", at=called_at - HOUR)
    office.sync()
    turn.refresh_from_db()
    assert abs(turn.first_touch_at - (called_at - HOUR)) < timedelta(seconds=1)
    assert turn.first_touch_by_hand is False


def test_a_call_while_nobody_held_it_is_on_the_timeline_and_no_touch(office: Office) -> None:
    lead = office.held_by("ada", "accepted")
    office.world.recycle(lead, "timing")
    office.wait(HOUR)
    office.log("call")
    office.sync()
    office.sync()
    assert kinds(lead).count("crm_activity") == 1
    assert "touch" not in kinds(lead)
    assert office.world.again(lead).state == "nurture"


def test_a_meeting_to_come_is_a_touch_when_it_was(office: Office) -> None:
    lead = office.held_by("ada", "accepted")
    office.log("meeting", at=office.world.now + HOUR / 2)
    office.sync()
    assert office.world.again(lead).first_touch_at is None
    office.wait(HOUR / 2)
    office.sync()
    assert office.world.again(lead).first_touch_at is not None
    assert kinds(lead).count("touch") == 1


def test_a_meeting_called_off_is_none(office: Office) -> None:
    lead = office.held_by("ada", "accepted")
    meeting = office.log("meeting", at=office.world.now + HOUR / 2)
    office.sync()
    office.vendor.act(do="delete", kind="activity", id=meeting.number)
    office.sync()
    office.wait(HOUR / 2)
    office.sync()
    assert office.world.again(lead).first_touch_at is None


# Owners


def test_an_owner_changed_by_hand_is_kept_and_written_back(office: Office) -> None:
    lead = office.held_by("ada")
    office.sync()
    office.give("ben")
    office.sync()
    override = OwnerOverride.objects.get()
    assert (override.lead, override.holder, override.team) == (lead, office.world.reps[0], office.world.team)
    assert (override.owner_name, override.written_back) == ("Ben Rep", True)
    assert override.by_name == "Ben Rep"
    assert office.there()["owner"] == office.users["ada"].number
    assert "crm_override" in kinds(lead)
    for _pull in range(3):
        office.sync()
    assert OwnerOverride.objects.count() == 1
    assert office.world.again(lead).owner == office.world.reps[0]
    check_law()


def test_who_insists_is_not_fought_for_ever(office: Office) -> None:
    lead = office.held_by("ada", "accepted")
    office.log("call")
    office.sync()
    for _time in range(5):
        office.give("ben")
        office.sync()
    assert list(OwnerOverride.objects.order_by("pk").values_list("written_back", flat=True)) == [True] * 3 + [False]
    assert office.there()["owner"] == office.users["ben"].number
    assert kinds(lead).count("crm_override") == 3


def test_our_own_write_is_no_override(office: Office) -> None:
    lead = office.held_by("ada")
    office.sync()
    office.world.accept(lead)
    office.sync()
    office.vendor.book.change(office.there(), status="Working - Contacted")
    office.sync()
    assert not OwnerOverride.objects.exists()
    assert office.record(lead).status == "Working - Contacted"


def test_whose_it_was_at_first_is_no_override(office: Office) -> None:
    """A queue's when it was made, and our rep has no user there to give it to."""
    known = office.vendor.book.add("lead", email="jo@acme.test", company="Acme", owner=office.users["queue"].number)
    office.held_by("cleo")
    office.sync()
    office.vendor.book.change(known, owner=office.users["ben"].number)
    office.sync()
    assert not OwnerOverride.objects.exists()


def test_given_away_there_while_it_is_in_the_pool_is_listed_and_not_written(office: Office) -> None:
    lead = office.held_by("ada")
    office.sync()
    office.wait(2 * HOUR)
    office.wait(2 * HOUR)
    office.send()
    office.give("ben")
    office.sync()
    override = OwnerOverride.objects.get()
    assert (override.lead, override.holder, override.written_back) == (lead, None, False)
    assert office.there()["owner"] == office.users["ben"].number


def test_given_away_there_while_who_holds_it_has_no_user_there_is_listed_and_not_written(office: Office) -> None:
    lead = office.held_by("ada")
    office.sync()
    cleo = office.world.reps[2]
    office.wait(2 * HOUR)
    office.wait(2 * HOUR)
    lifecycle.claim(lead.pk, at=office.world.now, by=office.world.actor(cleo))
    office.send()
    office.give("ben")
    for _pull in range(2):
        office.sync()
    override = OwnerOverride.objects.get()
    assert (override.lead, override.holder, override.written_back) == (lead, cleo, False)
    assert office.there()["owner"] == office.users["ben"].number


def test_a_page_that_comes_again_does_nothing_twice(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies after the lifecycle was told and before the page was kept."""
    lead = office.held_by("ada", "accepted")
    office.sync()
    office.give("ben")
    office.log("call")
    office.wait(5 * MINUTE)
    with monkeypatch.context() as dying:
        dying.setattr("revops.crm_leads.LeadPage.keep", _dies)
        with pytest.raises(KeyboardInterrupt):
            office.pull()
    office.pull()
    office.pull()
    assert OwnerOverride.objects.count() == 1
    assert kinds(lead).count("crm_override") == 1
    assert kinds(lead).count("touch") == 1


def _dies(_page: object) -> int:
    raise KeyboardInterrupt
