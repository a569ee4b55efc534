"""Territories in their order, turns that stay fair, and a way on for every lead, whoever is missing."""

from collections import Counter
from datetime import time, timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.explaining import explain
from leads.models import Alert, Lead, Rep, Team, Territory
from revops import lifecycle
from routing.models import Absence, Decision, Pool
from sla.models import Breach, Calendar, TeamCalendar, WeeklyHours
from tests.journeys.conftest import Story
from tests.world import DAY, HOUR, MINUTE, World, person


def add_territory(world: World, name: str, country: str, position: int = 1) -> list[Rep]:
    team = Team.objects.create(name=name, manager=world.manager, deputy=world.deputy, slack_channel="C-X", active=True)
    reps = [person(f"{name.lower()}{number}@airtight.test", team) for number in range(2)]
    criteria = {"all": [{"field": "country", "op": "is", "value": country}]}
    territory = Territory.objects.create(name=name, team=team)
    Pool.objects.create(territory=territory, position=position, criteria=criteria)
    return reps


def test_the_first_territory_that_takes_it(story: Story) -> None:
    nordic = add_territory(story.world, "Nordic", "SE")
    lead, other = story.form("a@acme.test", country="Sweden")["id"], story.form("b@acme.test")["id"]
    story.wait(4 * MINUTE)
    assert story.holder(lead) in nordic
    assert story.holder(other) in story.world.reps
    steps = story.api.get(f"leads/{other}/decision/", story.api.system).json()["results"][0]["steps"]
    assert [(passed["name"], passed["verdict"]) for passed in steps["territories"]] == [
        ("Nordic", "unknown"), ("Everywhere", "fallback"),
    ]  # fmt: skip


def test_turns_are_fair(story: Story) -> None:
    story.world.capture_all([{"email": f"p{number}@acme.test"} for number in range(31)])
    story.wait(4 * MINUTE)
    counts = Counter(Lead.objects.values_list("owner__user__first_name", flat=True))
    assert max(counts.values()) - min(counts.values()) <= 1


def test_who_comes_back_is_not_flooded(story: Story) -> None:
    away = story.world.reps[0]
    Absence.objects.create(rep=away, starts_at=story.world.now - DAY, ends_at=story.world.now + HOUR)
    story.world.capture_all([{"email": f"p{number}@acme.test"} for number in range(30)])
    story.wait(4 * MINUTE)
    assert not Lead.objects.filter(owner=away).exists()
    story.world.now += HOUR
    story.world.capture_all([{"email": f"q{number}@acme.test"} for number in range(9)])
    story.wait(4 * MINUTE)
    assert Lead.objects.filter(owner=away).count() == 3


def test_everybody_away_falls_back_and_is_pooled(story: Story) -> None:
    """Fifteen open minutes, then the fallback territory, then the Shark Tank."""
    nordic = add_territory(story.world, "Nordic", "SE")
    for rep in nordic:
        Absence.objects.create(rep=rep, starts_at=story.world.now - DAY, ends_at=story.world.now + DAY)
    lead = story.form(country="SE")["id"]
    story.wait(4 * MINUTE)
    assert (story.lead(lead)["state"], story.lead(lead)["due_step"]) == ("routing", "fallback")
    story.wait(16 * MINUTE)
    assert story.holder(lead) in story.world.reps
    told = "Everywhere takes this lead as the fallback, since nobody of Nordic may take it now; "
    assert story.why(lead)[0].startswith(told)
    told_apart = explain(Decision.objects.filter(lead=lead, rep__isnull=False).get(), reps={}, deals={})
    ends = story.world.now + DAY - 20 * MINUTE
    assert told_apart.left_out[:2] == (("somebody who left, of Nordic", "away", ends),) * 2
    for rep in story.world.reps:
        Absence.objects.create(rep=rep, starts_at=story.world.now - DAY, ends_at=story.world.now + DAY)
    second = story.form("b@acme.test", country="SE")["id"]
    story.wait(4 * MINUTE)
    story.wait(16 * MINUTE)
    assert story.lead(second)["state"] == "shark_tank"
    story.wait(HOUR + MINUTE)
    story.wait(3 * HOUR)
    assert story.holder(second) == story.world.manager


def test_without_any_rule_revops_has_it(story: Story) -> None:
    Pool.objects.all().delete()
    lead = story.form()["id"]
    story.wait(4 * MINUTE)
    assert story.holder(lead) == story.world.revops


def test_a_rep_who_is_switched_off_loses_all_of_theirs(story: Story) -> None:
    story.world.capture_all([{"email": f"p{number}@acme.test"} for number in range(9)])
    story.wait(4 * MINUTE)
    gone = story.world.reps[0]
    mine = list(Lead.objects.filter(owner=gone))
    story.do(mine[0].pk, "accept")
    moved = lifecycle.switch_off(gone.pk, at=story.world.now, by=story.world.actor(story.world.revops))
    assert moved == 3
    assert not Lead.objects.filter(owner=gone).exists()
    assert Lead.objects.filter(state="assigned").count() == 9


def test_leave_hands_on_and_accepted_leads_go_to_the_cover(story: Story) -> None:
    first, second = story.form("a@acme.test")["id"], story.form("b@acme.test")["id"]
    story.world.capture_all([{"email": f"p{number}@acme.test"} for number in range(4)])
    story.wait(4 * MINUTE)
    rep, cover = story.holder(first), story.holder(second)
    story.do(first, "accept")
    leave = Absence(rep=rep, cover=cover, starts_at=story.world.now + HOUR, ends_at=story.world.now + 5 * DAY)
    lifecycle.declare_absence(leave, at=story.world.now, by=story.world.actor(rep))
    assert Lead.objects.filter(owner=rep).count() == 2
    story.wait(HOUR + MINUTE)
    assert not Lead.objects.filter(owner=rep).exists()
    assert story.holder(first) == cover
    assert story.lead(first)["state"] == "assigned"


def test_a_backlog_is_released_at_a_pace(story: Story, tmp_path: object) -> None:
    """Three reps, ten a day each: thirty a day, the first one at once."""
    rows = [{"email": f"p{number}@acme.test"} for number in range(60)]
    forms = story.world.forms(rows)
    slots = [story.world.now + timedelta(days=1) * number / 30 for number in range(60)]
    knocks = [lifecycle.Knock(form, slot=slot) for form, slot in zip(forms, slots, strict=True)]
    lifecycle.capture(knocks, at=story.world.now, by=story.world.actor(story.world.revops))
    assert set(Lead.objects.values_list("state", "reason__code")) == {("nurture", "backlog")}
    story.wait(DAY)
    assert 29 <= Lead.objects.exclude(state="nurture").count() <= 31
    story.wait(DAY)
    assert not Lead.objects.filter(state="nurture").exists()


def test_the_last_resort_who_leaves_keeps_nothing(story: Story) -> None:
    """Past the last rung a lead that must go starts the ladder again, at somebody who is there."""
    Pool.objects.all().delete()
    lead = story.form()["id"]
    story.wait(4 * MINUTE)
    rita = story.holder(lead)
    assert rita == story.world.revops
    other = person("otto@airtight.test", story.world.team, takes=False)
    other.user.groups.add(Group.objects.get(name="RevOps"))
    assert lifecycle.switch_off(rita.pk, at=story.world.now, by=story.world.actor(other)) == 1
    assert story.holder(lead) == other


def test_an_absence_declared_after_half_the_window_is_still_a_breach(story: Story) -> None:
    lead = story.form()["id"]
    story.wait(4 * MINUTE)
    rep = story.holder(lead)
    story.world.now += HOUR + MINUTE
    leave = Absence(rep=rep, starts_at=story.world.now, ends_at=story.world.now + 5 * DAY)
    lifecycle.declare_absence(leave, at=story.world.now, by=story.world.actor(rep))
    assert story.holder(lead) != rep
    assert list(Breach.objects.filter(rep=rep).values_list("step", flat=True)) == ["accept"]


def test_leave_that_was_planned_takes_the_lead_along_and_is_no_breach(story: Story) -> None:
    """Entered last week, it begins when all but a few minutes of the time to accept are gone."""
    gone = story.world.reps[0]
    leave = Absence(rep=gone, starts_at=story.world.now + 2 * HOUR, ends_at=story.world.now + 9 * DAY)
    lifecycle.declare_absence(leave, at=story.world.now - 4 * DAY, by=story.world.actor(gone))
    story.world.capture_all([{"email": f"p{number}@acme.test"} for number in range(3)])
    story.wait(4 * MINUTE)
    lead = Lead.objects.get(owner=gone)
    story.wait(117 * MINUTE)
    assert story.holder(lead.pk) != gone
    assert not Breach.objects.filter(rep=gone).exists()


def test_a_short_absence_moves_nothing_until_it_is_made_longer(story: Story) -> None:
    lead = story.form()["id"]
    story.wait(4 * MINUTE)
    rep = story.holder(lead)
    short = Absence(rep=rep, starts_at=story.world.now, ends_at=story.world.now + 4 * HOUR)
    assert lifecycle.declare_absence(short, at=story.world.now, by=story.world.actor(rep)) == 0
    story.wait(MINUTE)
    assert story.holder(lead) == rep
    short.ends_at = story.world.now + 9 * DAY
    short.save()
    story.wait(MINUTE)
    assert story.holder(lead) != rep


def test_one_absence_that_raises_stops_nobody(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    lead = story.form()["id"]
    Absence.objects.create(rep=story.world.reps[0], starts_at=story.world.now, ends_at=story.world.now + 9 * DAY)

    def broken(*args: object) -> None:
        raise ValueError("a calendar nobody thought of")

    monkeypatch.setattr("revops.roster_changes.begin_absence", broken)
    story.wait(4 * MINUTE)
    assert story.lead(lead)["state"] == "assigned"


def test_a_batch_up_the_ladder_asks_no_more_for_more_leads(story: Story) -> None:
    """With no territory at all every lead goes to the last resort, and a day later up the ladder again."""
    Pool.objects.all().delete()
    counts = []
    for size in (3, 30):
        story.world.capture_all([{"email": f"p{number}@at{size}.test"} for number in range(size)])
        with CaptureQueriesContext(connection) as seen:
            story.wait(4 * MINUTE)
        counts.append(len(seen))
        Lead.objects.filter(state="assigned").update(territory=story.world.territory)
        Alert.objects.all().delete()  # what passing those of before on asks is no cost of this batch
        with CaptureQueriesContext(connection) as seen:
            story.wait(4 * HOUR + MINUTE)
        counts.append(len(seen))
    assert counts[2] <= counts[0]
    assert counts[3] <= counts[1]


def test_nobody_is_waited_for_through_a_long_closing(story: Story) -> None:
    """The team is shut for longer than the lead may wait, so that nobody there comes free in time."""
    for rep in add_territory(story.world, "Nordic", "SE"):
        Absence.objects.create(rep=rep, starts_at=story.world.now - DAY, ends_at=story.world.now + 30 * DAY)
    calendar = Calendar.objects.create(name="Fridays")
    WeeklyHours.objects.create(calendar=calendar, weekday=4, opens=time(9), closes=time(17))
    TeamCalendar.objects.filter(team__name="Nordic").delete()
    TeamCalendar.objects.create(team=Team.objects.get(name="Nordic"), calendar=calendar)
    Pool.objects.filter(territory__name="Nordic").update(longest_wait=24)
    lead = story.form(country="SE")["id"]
    story.wait(4 * MINUTE)
    assert story.holder(lead) in story.world.reps
    Pool.objects.filter(territory__name="Nordic").update(longest_wait=120)
    patient = story.form("b@acme.test", country="SE")["id"]
    story.wait(4 * MINUTE)
    assert story.lead(patient)["due_at"] == "2026-11-06T09:15:00Z"
