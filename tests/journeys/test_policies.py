"""What a policy says is what happens: minutes for a demo request, a cool-down that ends, terms that no edit moves; and
no absence, change of calendar or change of zone moves a clock that runs."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils.dateparse import parse_datetime

from leads import timeline
from leads.models import Assignment, Delivery, Lead
from revops.timers import SLIPS_BEFORE_THE_LADDER
from routing.models import Absence
from sla.models import Calendar, CalendarDay, Policy, RepCalendar
from tests.journeys.conftest import Story, came
from tests.world import HOUR, MINUTE

INSTANT = timedelta(microseconds=1)


@pytest.fixture
def demo(story: Story) -> Policy:
    """Demo requests have minutes."""
    return Policy.objects.create(
        name="Demo", source="demo", buffer_min=0, buffer_max=30, accept_within=5, release_after=10, touch_within=5,
        untouched_after=10, pool_alert_after=5, pool_assign_after=10, reminders="40%, 1 min", cool_down=15,
    )  # fmt: skip


def test_a_demo_request_has_minutes(story: Story, demo: Policy, settings: Any) -> None:
    """Five to accept, five more in all; reminded at two and at four; the pool's clock in minutes too."""
    settings.SLACK_BOT_TOKEN = "xoxb-test"
    lead = story.form(source="demo")["id"]
    story.wait(INSTANT)
    assert story.lead(lead)["state"] == "assigned"
    began = story.world.now
    times = Delivery.objects.filter(kind="slack.reminder").order_by("send_at").values_list("send_at", flat=True)
    assert [time - began for time in times] == [2 * MINUTE, 4 * MINUTE]
    for wait, state in ((5 * MINUTE, "assigned"), (INSTANT, "overdue"), (5 * MINUTE, "shark_tank")):
        story.wait(wait)
        assert story.lead(lead)["state"] == state
    story.wait(5 * MINUTE + INSTANT)
    assert story.kinds(lead)[-1] == "pool_unclaimed"
    story.wait(5 * MINUTE)
    assert (story.lead(lead)["state"], story.kinds(lead)[-1]) == ("assigned", "assign")


def test_a_cool_down_ends(story: Story, demo: Policy) -> None:
    """Who let it lapse may claim it when the policy's minutes are over, and no instant earlier."""
    demo.pool_alert_after, demo.pool_assign_after = 60, 120
    demo.save()
    lead = story.form(source="demo")["id"]
    story.wait(INSTANT)
    lazy = story.holder(lead)
    story.wait(10 * MINUTE + INSTANT)
    assert story.lead(lead)["state"] == "shark_tank"
    story.world.now += 15 * MINUTE - INSTANT
    story.do(lead, "claim", by=lazy, expect=403)
    story.world.now += INSTANT
    assert story.do(lead, "claim", by=lazy)["owner"]["id"] == lazy.pk
    assert Lead.objects.get(pk=lead).slips < SLIPS_BEFORE_THE_LADDER


def test_the_turn_keeps_the_terms_of_its_whole_length(story: Story) -> None:
    """The policy is edited before the acceptance: the hour to call that the assignment came with stays an hour, also
    when they ask for a call again, and the turn tells each window afterwards."""
    policy = story.world.policy
    lead = came(story)
    policy.touch_within, policy.untouched_after, policy.disposition_days = 5, 10, 1
    policy.save()
    accepted = story.do(lead, "accept")
    assert parse_datetime(accepted["due_at"]) == story.world.now + HOUR
    story.wait(10 * MINUTE)
    story.form(hand_raise=True)
    assert Lead.objects.get(pk=lead).due_at == story.world.now + HOUR
    touched = story.do(lead, "touch", kind="call")
    assert parse_datetime(touched["due_at"]) == story.world.now + timedelta(days=14)
    story.do(lead, "convert", opportunity="006A0001")
    turn = Assignment.objects.get(lead=lead)
    assert (turn.accept_within, turn.touch_within) == (120, 60)
    steps = turn.terms["steps"]
    assert {"accept", "release", "touch", "untouched", "disposition"} <= steps.keys()
    # Twice five days, each of nine hours.
    assert (steps["disposition"]["business_s"], steps["disposition"]["wall_s"]) == (90 * 3600, 14 * 86400)
    assert steps["touch"]["business_s"] == steps["touch"]["wall_s"] == 3600


def test_the_timeline_tells_each_window_in_both_times(story: Story) -> None:
    """Given at 17:24 of a Monday, accepted six minutes later and called at once."""
    story.world.now = story.world.now.replace(hour=17, minute=20)
    lead = came(story)
    story.world.now += 6 * MINUTE
    story.do(lead, "accept")
    story.do(lead, "touch", kind="call")
    told = timeline.windows(Assignment.objects.filter(lead=lead)).values()
    assert set(told) == {
        "2 h of working time to accept (17 h by the clock)",
        "1 h of working time to first touch (16 h by the clock)",
        "14 d to decide (90 h of working time)",
    }


def test_a_short_absence_stops_no_clock(story: Story) -> None:
    """Away for an hour in the middle of the window: the lead stays, and its deadline acts."""
    lead = came(story)
    holder, due = story.holder(lead), Lead.objects.get(pk=lead).due_at
    hour_off = {"starts_at": story.world.now + 30 * MINUTE, "ends_at": story.world.now + 90 * MINUTE}
    Absence.objects.create(rep=holder, **hour_off)
    story.wait(HOUR)
    assert (story.holder(lead), Lead.objects.get(pk=lead).due_at) == (holder, due)
    story.wait(HOUR + INSTANT)
    assert story.lead(lead)["state"] == "overdue"


def test_no_change_of_hours_or_zone_moves_a_window_that_runs(story: Story) -> None:
    """T4, T6: the rep works in another zone from now on, the team's calendar moves to another zone, today becomes a
    holiday: what runs keeps the deadline and the version that it began with, what begins now has the new one."""
    lead, calendar = came(story), story.world.calendar
    before = Lead.objects.get(pk=lead)
    kathmandu = Calendar.objects.create(name="Kathmandu", timezone="Asia/Kathmandu")
    RepCalendar.objects.create(rep=story.holder(lead), calendar=kathmandu)
    calendar.timezone, calendar.version = "Australia/Lord_Howe", 2
    calendar.save()
    CalendarDay.objects.create(calendar=calendar, day=story.world.now.date(), name="Founders’ day")
    story.wait(MINUTE)
    after = Lead.objects.get(pk=lead)
    assert (after.due_at, after.terms) == (before.due_at, before.terms)
    assert after.terms["calendar"]["version"] == 1
    accepted = story.do(lead, "accept")
    # At 21:05 of Monday there; Tuesday, 9:00 there, is 22:00 UTC, and the hour ends at 23:00.
    assert parse_datetime(accepted["due_at"]) == before.due_at.replace(hour=23, minute=0)
    assert Assignment.objects.get(lead=lead).terms["steps"]["touch"]["business_s"] == 3600
