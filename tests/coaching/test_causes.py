"""Why a deadline was let pass is kept with each breach, and is the rep's alone where nothing else explains it."""

from datetime import UTC, datetime, time, timedelta

import pytest

from leads.models import Delivery, Lead
from revops import lifecycle
from routing.models import Absence, LoadCap
from sla.business_time import WorkingHours
from sla.causes import Alert, Evidence, cause
from sla.models import Breach, Calendar, RepCalendar, WeeklyHours
from tests.world import HOUR, MINUTE, MONDAY, World

NINE_TO_SIX = WorkingHours("UTC", (((time(9), time(18)),),) * 5 + ((), ()))
AFTERNOONS = WorkingHours("UTC", (((time(13), time(18)),),) * 5 + ((), ()))
TEN, NOON = MONDAY, MONDAY + 2 * HOUR
FRIDAY = datetime(2026, 10, 30, 17, 30, tzinfo=UTC)


def alert(told_at: datetime | None) -> Alert:
    return Alert(7, "sent" if told_at else "dead", told_at)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (Evidence(NINE_TO_SIX), "ignored"),
        (Evidence(NINE_TO_SIX, alert=alert(TEN)), "ignored"),
        (Evidence(NINE_TO_SIX, alert=alert(TEN + HOUR)), "ignored"),
        (Evidence(NINE_TO_SIX, alert=alert(TEN + HOUR + MINUTE)), "not_told"),
        (Evidence(NINE_TO_SIX, alert=alert(None)), "not_told"),
        (Evidence(NINE_TO_SIX, own=AFTERNOONS), "after_hours"),
        (Evidence(NINE_TO_SIX, own=NINE_TO_SIX), "ignored"),
        (Evidence(NINE_TO_SIX, away=[(TEN, TEN + HOUR)]), "ignored"),
        (Evidence(NINE_TO_SIX, away=[(TEN - HOUR, TEN + HOUR + MINUTE)]), "absence"),
        (Evidence(NINE_TO_SIX, away=[(TEN + 4 * HOUR, TEN + 9 * HOUR)]), "ignored"),
        (Evidence(NINE_TO_SIX, held=3, cap=3), "at_cap"),
        (Evidence(NINE_TO_SIX, held=2, cap=3), "ignored"),
        # What never reached them goes before what else was so.
        (Evidence(NINE_TO_SIX, own=AFTERNOONS, alert=alert(None), held=9, cap=1), "not_told"),
    ],
)
def test_the_first_that_explains_it(known: Evidence, expected: str) -> None:
    found, because = cause("accept", TEN, NOON, known)
    assert found == expected
    assert bool(because) == (expected != "ignored")


def test_half_of_a_window_is_half_of_its_working_time() -> None:
    """Assigned on Friday half an hour before the end: told on Monday at nine, three quarters are still to come."""
    due = MONDAY + 30 * MINUTE
    monday = MONDAY - HOUR
    assert cause("accept", FRIDAY, due, Evidence(NINE_TO_SIX, alert=alert(monday)))[0] == "ignored"
    assert cause("accept", FRIDAY, due, Evidence(NINE_TO_SIX, alert=alert(monday + 31 * MINUTE)))[0] == "not_told"


def test_an_alert_explains_nothing_once_it_is_accepted() -> None:
    assert cause("touch", TEN, NOON, Evidence(NINE_TO_SIX, alert=alert(None)))[0] == "ignored"


# Told as stories, by the sweep


def causes(lead: Lead) -> list[tuple[str, str]]:
    return list(Breach.objects.filter(lead=lead).order_by("at", "pk").values_list("step", "cause"))


def test_slack_dead_for_the_whole_window_is_not_the_reps(world: World, settings: object) -> None:
    settings.SLACK_BOT_TOKEN = "xoxb-test"  # type: ignore[attr-defined]
    lead = world.to_state("shark_tank")
    assert causes(lead) == [("accept", "not_told"), ("release", "not_told")]
    breach = Breach.objects.filter(lead=lead).first()
    assert breach is not None
    row = Delivery.objects.get(lead=lead, kind="slack.assigned")
    assert breach.because == {"delivery": row.pk, "status": "pending"}


def test_an_alert_that_arrived_late_explains_the_first_step_and_not_the_next(world: World, settings: object) -> None:
    settings.SLACK_BOT_TOKEN = "xoxb-test"  # type: ignore[attr-defined]
    lead = world.to_state("assigned")
    told_at = world.now + 90 * MINUTE
    Delivery.objects.filter(lead=lead, kind="slack.assigned").update(status="sent", done_at=told_at)
    world.pass_time(2 * HOUR + MINUTE)
    world.pass_time(2 * HOUR)
    assert causes(lead) == [("accept", "not_told"), ("release", "ignored")]


@pytest.mark.parametrize("how", ["reminder", "mail"])
def test_who_was_told_by_another_way_was_told(world: World, settings: object, how: str) -> None:
    settings.SLACK_BOT_TOKEN = "xoxb-test"  # type: ignore[attr-defined]
    lead = world.to_state("assigned")
    rows = Delivery.objects.filter(lead=lead)
    if how == "mail":
        rows.filter(kind="slack.assigned").update(mailed_at=world.now + 5 * MINUTE)
    else:
        first = rows.filter(kind="slack.reminder").order_by("send_at")[:1].get()
        Delivery.objects.filter(pk=first.pk).update(status="sent", done_at=world.now + 55 * MINUTE)
    world.pass_time(2 * HOUR + MINUTE)
    assert causes(lead) == [("accept", "ignored")]


def test_outside_their_own_hours(world: World) -> None:
    """Ada works afternoons from now on; her team's clock runs on, and what passed of it is not hers."""
    lead = world.to_state("assigned")
    calendar = Calendar.objects.create(name="Evenings", timezone="UTC")
    WeeklyHours.objects.create(calendar=calendar, weekday=0, opens=time(16), closes=time(20))
    RepCalendar.objects.create(rep=lead.owner, calendar=calendar)
    world.pass_time(2 * HOUR + MINUTE)
    assert causes(lead) == [("accept", "after_hours")]


def test_a_short_absence_leaves_the_lead_and_explains_the_lapse(world: World) -> None:
    lead = world.to_state("assigned")
    since = world.now + 10 * MINUTE
    Absence.objects.create(rep=lead.owner, starts_at=since, ends_at=since + 3 * HOUR)
    world.pass_time(2 * HOUR + MINUTE)
    assert causes(lead) == [("accept", "absence")]


def test_a_lead_past_the_cap(world: World) -> None:
    """An open deal's lead comes in spite of the cap; the one before it, which the cap allowed, is the rep's."""
    first = world.to_state("assigned", "a@one.test")
    LoadCap.objects.create(rep=first.owner, open_leads=1)
    world.now += MINUTE
    account = world.account()
    world.deal(account, first.owner)
    second = world.to_state("assigned", "jo@acme.test")
    assert second.owner == first.owner
    world.pass_time(2 * HOUR - 4 * MINUTE)
    world.pass_time(5 * MINUTE)
    assert causes(first) == [("accept", "ignored")]
    assert causes(second) == [("accept", "at_cap")]
    assert Breach.objects.get(lead=second).because == {"held": 1, "cap": 1}


def test_a_mistake_of_routing_is_nobodys_lapse_once_it_is_known(world: World) -> None:
    """Ada lets it lapse, Ben claims it and says that the territory is wrong: it was wrong for Ada, too."""
    lead = world.to_state("shark_tank")
    assert causes(lead) == [("accept", "ignored"), ("release", "ignored")]
    mate = next(rep for rep in world.reps if rep.pk != lead.assignments.get().rep_id)
    lifecycle.claim(lead.pk, at=world.now, by=world.actor(mate))
    world.recycle(lead, "wrong_territory", field="country")
    assert causes(lead) == [("accept", "misrouted"), ("release", "misrouted")]
    assert Breach.objects.filter(lead=lead)[0].because == {"reason": "wrong_territory", "by": mate.pk}


def test_another_reason_leaves_it_as_it_was(world: World) -> None:
    lead = world.to_state("overdue")
    world.recycle(lead, "timing")
    assert causes(lead) == [("accept", "ignored")]


def test_a_lapse_that_is_noticed_with_the_mistake_is_judged_with_it(world: World) -> None:
    """The rep gives it back a moment after the deadline, before any sweep: both are of one transaction."""
    lead = world.to_state("assigned")
    world.now += 2 * HOUR + timedelta(seconds=30)
    world.recycle(lead, "wrong_territory", field="country")
    assert causes(lead) == [("accept", "misrouted")]


@pytest.mark.parametrize("noticed", ["before", "with it"])
def test_a_mistake_of_routing_goes_before_what_is_not_found_yet_alone(
    world: World, settings: object, noticed: str
) -> None:
    """The alert never arrived: that is found with the lapse, and stays. Found together, the mistake is told."""
    settings.SLACK_BOT_TOKEN = "xoxb-test"  # type: ignore[attr-defined]
    lead = world.to_state("assigned")
    world.now += 2 * HOUR + timedelta(seconds=30)
    if noticed == "before":
        world.pass_time(timedelta(0))
    world.recycle(lead, "wrong_territory", field="country")
    assert causes(lead) == [("accept", "not_told" if noticed == "before" else "misrouted")]


def test_our_own_delay_stays_ours_where_routing_was_mistaken_too(world: World) -> None:
    lead = world.to_state("assigned")
    world.now += 2 * HOUR + 3 * MINUTE
    world.recycle(lead, "wrong_territory", field="country")
    assert causes(lead) == [("accept", "system_delay")]
