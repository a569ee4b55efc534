"""Deadlines run on the hours a team works, an edit never moves one, and an outage of ours is nobody's breach."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.utils.dateparse import parse_datetime

from leads.models import Lead
from revops import admin_attention
from revops.models import Heartbeat
from routing import qualification
from sla import fitting
from sla.models import Breach, CalendarDay, Outage
from sla.terms import TeamHours
from tests.journeys.conftest import Story, came
from tests.world import HOUR, MINUTE, MONDAY


def test_17_59_plus_two_hours_is_10_59(story: Story) -> None:
    story.world.now = MONDAY.replace(hour=17, minute=56)
    lead = story.form()["id"]
    story.world.now = MONDAY.replace(hour=17, minute=59)
    story.wait(0 * MINUTE)
    story.world.now = MONDAY.replace(hour=17, minute=59, second=0, microsecond=1)
    story.wait(0 * MINUTE)
    due = Lead.objects.get(pk=lead).due_at
    assert due == datetime(2026, 11, 3, 10, 59, 0, 1, tzinfo=UTC)


def test_outside_hours_it_waits_for_the_opening(story: Story) -> None:
    story.world.now = MONDAY.replace(hour=20)
    lead = story.form()["id"]
    story.wait(4 * MINUTE)
    waiting = story.lead(lead)
    assert (waiting["state"], waiting["due_at"]) == ("routing", "2026-11-03T09:00:00Z")
    assert "at work now" in story.why(lead)[0]
    story.wait(13 * HOUR)
    assert story.lead(lead)["state"] == "assigned"


def test_held_leads_of_a_team_that_never_opens_go_on_by_the_clock(story: Story) -> None:
    """Its own days close it while reps hold two leads. One lapses, is pooled, lapses again and climbs; the other is
    accepted: no step waits for an opening, none raises, and RevOps is told."""
    lapsed, held = came(story), came(story, "b@acme.test")
    world, today = story.world, story.world.now.date()
    CalendarDay.objects.bulk_create(
        CalendarDay(calendar=world.calendar, day=today + timedelta(days=day)) for day in range(800)
    )
    accepted = story.do(held, "accept")
    assert parse_datetime(accepted["due_at"]) == world.now + HOUR
    states = []
    for wait in (2 * HOUR, 2 * HOUR, 4 * HOUR, 2 * HOUR, 2 * HOUR):
        story.wait(wait + timedelta(microseconds=1))
        states.append(story.lead(lapsed)["state"])
    assert states == ["overdue", "shark_tank", "assigned", "overdue", "assigned"]
    assert story.holder(lapsed) == world.manager
    assert not Lead.objects.put_aside().exists()
    assert [team.pk for team in fitting.never_open(TeamHours.load(), at=world.now)] == [world.team.pk]
    assert any("never opens within a year" in one.text for one in admin_attention.attention())
    assert [one.id for one in run_checks(tags=["database"], databases=["default"])] == ["revops.W012"]


def test_an_edit_moves_no_running_deadline(story: Story) -> None:
    first = story.form("a@acme.test")["id"]
    story.wait(4 * MINUTE)
    due = story.lead(first)["due_at"]
    story.world.policy.accept_within, story.world.policy.release_after = 30, 60
    story.world.policy.save()
    second = story.form("b@acme.test")["id"]
    story.wait(4 * MINUTE)
    assert story.lead(first)["due_at"] == due
    assert story.lead(second)["due_at"] == (story.world.now + 30 * MINUTE).isoformat().replace("+00:00", "Z")


def test_an_outage_is_nobodys_breach(story: Story) -> None:
    """Six hours without a sweep: one lead was shown before, one came in during it."""
    shown = story.form("shown@acme.test")["id"]
    story.wait(4 * MINUTE)
    rep = story.holder(shown)
    story.world.now += HOUR
    unseen = story.form("unseen@acme.test")["id"]
    story.wait(5 * HOUR)
    assert story.lead(unseen)["state"] == "assigned"
    assert not Breach.objects.filter(lead=unseen).exists()
    assert story.lead(unseen)["due_at"] > story.world.now.isoformat()
    lapses = Breach.objects.filter(lead=shown, rep=rep)
    assert {lapse.cause for lapse in lapses} == {"system_delay"}
    for lapse in lapses:
        assert lapse.noticed_at == story.world.now
        assert lapse.at < lapse.noticed_at
    pooled = story.lead(shown)
    assert pooled["state"] == "shark_tank"
    assert pooled["due_at"] > story.world.now.isoformat()


def test_a_lead_that_raises_stops_nobody(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """D9: it is put aside with its error and its deadline, the others go on; once it is mended it goes on too."""
    leads = [story.form(f"p{number}@acme.test")["id"] for number in range(12)]
    poison, real = leads[5], qualification.facts

    def raising(lead: Lead) -> dict[str, Any]:
        if lead.pk == poison:
            raise ValueError("a value nobody thought of")
        return real(lead)

    monkeypatch.setattr(qualification, "facts", raising)
    due = Lead.objects.get(pk=poison).due_at
    story.wait(4 * MINUTE, all_well=False)
    assert [story.lead(lead)["state"] for lead in leads].count("assigned") == 11
    story.wait(2 * MINUTE, all_well=False)
    aside = Lead.objects.get(pk=poison)
    assert (aside.state, aside.due_at, aside.error_count) == ("buffer", due, 2)
    assert aside.error == "ValueError: a value nobody thought of"
    assert aside.retry_at is not None
    assert aside.retry_at > story.world.now
    with pytest.raises(SystemExit):
        call_command("audit")
    monkeypatch.setattr(qualification, "facts", real)
    story.wait(HOUR)
    mended = Lead.objects.get(pk=poison)
    assert (mended.state, mended.retry_at, mended.error, mended.error_count) == ("assigned", None, "", 0)


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[set[int]], None]:
    """Let the rules raise on these leads."""
    real = qualification.facts

    def fail(leads: set[int]) -> None:
        def raising(lead: Lead) -> dict[str, Any]:
            if lead.pk in leads:
                raise ValueError("a value nobody thought of")
            return real(lead)

        monkeypatch.setattr(qualification, "facts", raising)

    return fail


def test_a_form_joins_a_lead_that_the_system_fails_on(story: Story, failing: Callable[[set[int]], None]) -> None:
    """The lead is due and raises: the form and the others sent with it are taken in all the same."""
    lead = story.form("jo@acme.test")["id"]
    failing({lead})
    story.world.now += 6 * MINUTE
    answers = story.world.capture_all([{"email": "ann@acme.test"}, {"email": "jo@acme.test", "job_title": "CTO"}])
    assert [answer.outcome for answer in answers] == ["new", "joined"]
    aside = Lead.objects.get(pk=lead)
    assert (aside.state, aside.job_title, aside.error_count) == ("buffer", "CTO", 1)
    failing(set())
    story.wait(HOUR)
    assert story.lead(lead)["state"] == "assigned"


def test_a_person_may_act_on_a_lead_that_the_system_fails_on(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its deadline raises; that is no fault of the rep's, whose accept stands."""
    lead = story.form()["id"]
    story.wait(4 * MINUTE)
    story.world.now += 3 * HOUR
    monkeypatch.setattr("revops.timers.breach", broken)
    assert story.do(lead, "accept")["state"] == "accepted"
    assert Lead.objects.get(pk=lead).error == ""


def broken(*args: Any, **kwargs: Any) -> None:
    raise ValueError("a policy nobody thought of")


def test_a_setting_that_is_wrong_is_no_leads_fault(story: Story, failing: Callable[[set[int]], None]) -> None:
    """All raise the same: after a few the rest are put aside without a try, and one mended setting frees them all."""
    answers = story.world.capture_all([{"email": f"p{number}@acme.test"} for number in range(100)])
    tries: list[int] = []
    failing(Watching(tries))
    story.wait(4 * MINUTE, all_well=False)
    assert Lead.objects.put_aside().count() == 100
    assert len(tries) < 30
    failing(set())
    story.wait(HOUR)
    assert {story.lead(answer.lead_id)["state"] for answer in answers[::20] if answer.lead_id} == {"assigned"}
    assert not Lead.objects.put_aside().exists()


class Watching(set[int]):
    """Every lead is in it, and it remembers who was asked for."""

    def __init__(self, seen: list[int]) -> None:
        super().__init__()
        self.seen = seen

    def __contains__(self, lead: object) -> bool:
        self.seen.append(0)
        return True


def test_a_window_that_our_own_outage_overlapped_is_nobodys_lapse(story: Story) -> None:
    """The sweep was away in the middle of the rep's two hours and back before their end."""
    lead = story.form()["id"]
    story.wait(4 * MINUTE)
    rep = story.holder(lead)
    Heartbeat.objects.update(at=datetime.now(UTC) - timedelta(minutes=30))
    story.wait(HOUR)
    [outage] = Outage.objects.all()
    assert outage.ended_at == story.world.now
    assert timedelta(minutes=29) < outage.ended_at - outage.started_at < timedelta(minutes=31)
    story.wait(HOUR + MINUTE)
    [lapse] = Breach.objects.filter(lead=lead, rep=rep)
    assert (lapse.cause, lapse.noticed_at - lapse.at) == ("system_delay", MINUTE)


def test_a_window_after_the_outage_is_the_reps_own(story: Story) -> None:
    story.wait(MINUTE)
    Heartbeat.objects.update(at=datetime.now(UTC) - timedelta(minutes=30))
    story.wait(MINUTE)
    assert Outage.objects.count() == 1
    lead = story.form()["id"]
    story.wait(4 * MINUTE)
    story.wait(2 * HOUR + MINUTE)
    assert Breach.objects.get(lead=lead).cause == "ignored"
