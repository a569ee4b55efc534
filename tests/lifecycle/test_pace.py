"""Returns of every kind are paced together, per rep and day, in whatever order they are called for."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from leads.models import Lead, LeadEvent
from recycle.models import Feature
from recycle.pacing import Pace
from revops import lifecycle
from revops.returns import PRICING_VISIT, Signal
from tests.lifecycle.conftest import give_back, with_reps
from tests.world import CLIENT, DAY, HOUR, MINUTE, MONDAY, World

# Three reps, two a day each.
A_DAY = 6


def ship(world: World, key: str) -> int:
    return lifecycle.ship_feature(key, at=world.now, by=world.actor(world.revops))


def waiting_for(world: World, key: str, count: int) -> list[Lead]:
    """Leads in nurture that asked for a feature."""
    Feature.objects.create(key=key, name=key)
    return give_back(world, with_reps(world, count, name=key), "feature_gap", feature=key)


def backlog(world: World, count: int, folder: Path, name: str = "old") -> None:
    """A backlog of so many rows is imported."""
    file = folder / f"{name}.csv"
    file.write_text("email\n" + "".join(f"{name}{number}@{name}.test\n" for number in range(count)), encoding="utf-8")
    call_command("import_leads", str(file), "--as", "backlog", "--report", str(folder / "report.csv"), verbosity=0)


def due() -> dict[int, datetime | None]:
    return dict(Lead.objects.filter(state="nurture").values_list("pk", "due_at"))


def by_day() -> Counter[date]:
    """How many came back on each day, and how many are promised each day."""
    came = LeadEvent.objects.filter(kind="re_engage").values_list("at", flat=True)
    promised = Lead.objects.filter(state="nurture", due_step="return").values_list("due_at", flat=True)
    return Counter(moment.astimezone(UTC).date() for moment in (*came, *promised) if moment)


@pytest.fixture(autouse=True)
def _time(world: World, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.AIRTIGHT_RETURNS_PER_REP_AND_DAY = 2
    monkeypatch.setattr("revops.clock.now", lambda: world.now)


def test_shipping_twice_moves_nobody(world: World) -> None:
    waiting_for(world, "sso", 8)
    assert ship(world, "sso") == 8
    slots = due()
    back = LeadEvent.objects.filter(kind="re_engage").count()
    world.now += 3 * HOUR
    assert ship(world, "sso") == 0
    assert due() == slots
    assert LeadEvent.objects.filter(kind="re_engage").count() == back


def test_a_second_feature_on_the_same_day_waits_for_the_first(world: World) -> None:
    waiting_for(world, "sso", 8)
    waiting_for(world, "scim", 8)
    ship(world, "sso")
    ship(world, "scim")
    assert max(by_day().values()) <= A_DAY
    for _quarter in range(16):
        world.pass_time(6 * HOUR)
    assert not due()


@pytest.mark.parametrize("first", ["backlog", "feature"])
def test_a_backlog_and_a_feature_share_the_days(world: World, tmp_path: Path, first: str) -> None:
    waiting_for(world, "sso", 5)
    calls: list[Callable[[], object]] = [lambda: backlog(world, 7, tmp_path), lambda: ship(world, "sso")]
    for call in calls if first == "backlog" else reversed(calls):
        call()
    assert max(by_day().values()) <= A_DAY
    assert sum(by_day().values()) == 12


def test_a_second_backlog_waits_for_the_first(world: World, tmp_path: Path) -> None:
    backlog(world, 10, tmp_path, "one")
    world.now += HOUR
    backlog(world, 10, tmp_path, "two")
    assert max(by_day().values()) <= A_DAY


def test_a_days_dates_leave_it_no_room_for_a_feature(world: World) -> None:
    """Six were promised the third of December; a feature that ships the day before leaves that day out."""
    december = datetime(2026, 12, 2, 10, tzinfo=UTC)
    give_back(world, with_reps(world, A_DAY, name="timing"), "timing", until="2026-12-03")
    waiting_for(world, "sso", 8)
    world.now = december
    ship(world, "sso")
    assert by_day()[date(2026, 12, 3)] == A_DAY
    assert max(by_day().values()) <= A_DAY


def test_too_many_on_one_date_come_over_several_days(world: World) -> None:
    give_back(world, with_reps(world, 14, name="timing"), "timing")
    world.pass_time(90 * DAY + MINUTE)
    came = Lead.objects.exclude(state="nurture").count()
    assert came == A_DAY
    assert max(by_day()[day] for day in by_day() if day > world.now.date()) <= A_DAY
    for _day in range(3):
        world.pass_time(DAY)
    assert not due()


@pytest.mark.parametrize("days", [93, 300])
def test_after_an_outage_the_room_is_counted_over_every_batch(world: World, days: int) -> None:
    """What was due while nobody swept is booked at its date, and still uses up the day it comes back on."""
    leads = give_back(world, with_reps(world, 14, name="timing"), "timing")
    world.now += days * DAY
    for start in range(0, 14, 2):
        lifecycle.act_on_due(at=world.now, limit=2)
        assert Lead.objects.filter(pk__in=[lead.pk for lead in leads[: start + 2]], due_at__gte=world.now).exists()
    assert Lead.objects.exclude(state="nurture").count() == A_DAY


def test_whoever_comes_by_themselves_comes_at_once_and_uses_up_room(world: World) -> None:
    visitors = give_back(world, with_reps(world, 7, name="budget"), "budget")
    dated = give_back(world, with_reps(world, 2, name="timing"), "timing")
    world.now += 90 * DAY - HOUR
    for lead in visitors:
        visit = Signal(PRICING_VISIT, 10, world.now, person_key=lead.person_key)
        lifecycle.signal(visit, at=world.now, by=CLIENT)
    assert {world.again(lead).state for lead in visitors} == {"buffer"}
    world.pass_time(2 * HOUR)
    assert {world.again(lead).state for lead in dated} == {"nurture"}
    world.pass_time(DAY)
    assert "nurture" not in {world.again(lead).state for lead in dated}


def test_a_promised_slot_is_kept_against_a_flood_of_dates(world: World, tmp_path: Path) -> None:
    give_back(world, with_reps(world, 10, name="timing"), "timing")
    world.now += 90 * DAY - 5 * HOUR
    backlog(world, 2, tmp_path)
    slots = due()
    world.pass_time(7 * HOUR)
    slotted = Lead.objects.filter(reason__code="backlog", state="nurture")
    assert {lead.pk: lead.due_at for lead in slotted}.items() <= slots.items()
    assert max(by_day().values()) <= A_DAY


def test_what_the_rules_turned_away_is_judged_in_time_and_takes_no_room(world: World) -> None:
    for number in range(8):
        world.capture(f"small{number}@tiny.test", employee_count=2)
    world.pass_time(6 * MINUTE)
    assert set(Lead.objects.values_list("reason__code", flat=True)) == {"rule_not_icp"}
    waiting_for(world, "sso", 2)
    world.pass_time(180 * DAY)
    assert not Lead.objects.filter(reason__code="rule_not_icp", life=1).exists()
    assert ship(world, "sso") == 2
    world.pass_time(9 * HOUR)
    assert Lead.objects.filter(reason__code="feature_gap", life=2).count() == 2


def test_the_review_of_what_a_rep_gave_back_is_a_return_too(world: World) -> None:
    give_back(world, with_reps(world, 8, name="budget"), "budget")
    world.pass_time(180 * DAY + MINUTE)
    assert Lead.objects.filter(life=2).count() == A_DAY
    assert set(Lead.objects.filter(life=1).values_list("due_step", flat=True)) == {"review"}


def test_a_shipped_feature_costs_no_more_queries_with_more_leads(world: World) -> None:
    counts = []
    for key, leads in (("sso", 3), ("scim", 20)):
        waiting_for(world, key, leads)
        world.now += 10 * DAY
        with CaptureQueriesContext(connection) as queries:
            assert ship(world, key) == leads
        counts.append(len(queries))
    assert counts[0] == counts[1]


@given(
    calls=st.lists(st.tuples(st.integers(0, 80), st.integers(0, 40)), max_size=8),
    a_day=st.integers(1, 40),
    returned=st.integers(0, 50),
)
def test_no_day_is_ever_promised_more_than_it_holds(calls: list[tuple[int, int]], a_day: int, returned: int) -> None:
    """Calls at hours after one another; what each was given is promised to the next."""
    promised: Counter[date] = Counter({(MONDAY + 2 * DAY).date(): 3})
    held = promised.copy()
    at = MONDAY
    for hours, count in calls:
        at += hours * HOUR
        came = returned if at.date() == MONDAY.date() else 0
        slots = Pace(a_day=a_day, returned=came, promised=promised, at=at).take(count)
        assert len(slots) == count
        assert all(slot >= at for slot in slots)
        assert slots == sorted(slots)
        promised.update(slot.date() for slot in slots)
    for day, leads in promised.items():
        used = returned if day == MONDAY.date() else 0
        assert leads <= max(a_day - used, held[day])


def test_a_days_worth_is_spread_over_the_day() -> None:
    slots = Pace(a_day=24, returned=0, promised={}, at=MONDAY).take(40)
    assert slots[:2] == [MONDAY, MONDAY + HOUR]
    assert {later - earlier for earlier, later in pairwise(slots)} == {HOUR}
    assert slots[-1] == MONDAY + timedelta(hours=39)
