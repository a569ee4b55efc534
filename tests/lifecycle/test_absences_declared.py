"""Who declared an absence, and when: what the rep said too late undoes no lapse; nothing else is held against them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from leads.models import Lead, Rep
from revops import lifecycle
from routing.models import Absence
from sla.models import Breach, Outage
from tests.world import DAY, HOUR, MINUTE, World

FRIDAY = datetime(2026, 10, 30, 16, 56, tzinfo=UTC)
SATURDAY = datetime(2026, 10, 31, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("revops.clock.now", lambda: world.now)


@pytest.fixture
def lead(world: World) -> Lead:
    """Given on Friday at 17:00, to be answered by Monday at 10:00: an hour of work on either side of the weekend."""
    world.now = FRIDAY
    return world.to_state("assigned")


def declared(lead: Lead, *, at: datetime, by: Rep, world: World, since: datetime, until: datetime) -> Absence:
    absence = Absence(rep=lead.owner, starts_at=since, ends_at=until)
    lifecycle.declare_absence(absence, at=at, by=world.actor(by))
    return absence


def lapses(lead: Lead) -> list[tuple[str, str]]:
    return list(Breach.objects.filter(lead=lead).order_by("at", "pk").values_list("step", "cause"))


# Leave, which hands on what the rep holds


@pytest.mark.parametrize(
    "at",
    [FRIDAY - 4 * DAY, FRIDAY + HOUR, FRIDAY + 5 * HOUR, SATURDAY],
    ids=["days before", "within the first half", "on Friday evening", "on Saturday"],
)
def test_leave_that_was_declared_in_time_is_no_lapse(world: World, lead: Lead, at: datetime) -> None:
    leave = {"since": SATURDAY, "until": SATURDAY + 9 * DAY}
    declared(lead, at=at, by=lead.owner, world=world, **leave)
    world.now = SATURDAY
    world.pass_time(MINUTE)
    assert world.again(lead).owner != lead.owner
    assert lapses(lead) == []


def test_leave_that_was_declared_after_half_of_the_window_is_one(world: World, lead: Lead) -> None:
    """On Monday at half past nine, for a quarter of an hour later: the sweep that begins it goes by what was said."""
    world.now = SATURDAY + 2 * DAY + 9 * HOUR + 30 * MINUTE
    leave = {"since": world.now + 15 * MINUTE, "until": world.now + 9 * DAY}
    declared(lead, at=world.now, by=lead.owner, world=world, **leave)
    world.pass_time(16 * MINUTE)
    assert world.again(lead).owner != lead.owner
    assert lapses(lead) == [("accept", "ignored")]


def test_leave_that_begins_late_and_was_declared_early_is_none(world: World, lead: Lead) -> None:
    monday = SATURDAY + 2 * DAY + 9 * HOUR + 30 * MINUTE
    declared(lead, at=FRIDAY, by=lead.owner, world=world, since=monday, until=monday + 9 * DAY)
    world.now = monday
    world.pass_time(MINUTE)
    assert world.again(lead).owner != lead.owner
    assert lapses(lead) == []


def test_what_a_manager_enters_for_who_is_ill_is_not_held_against_them(world: World, lead: Lead) -> None:
    world.now = SATURDAY + 2 * DAY + 9 * HOUR + 50 * MINUTE
    leave = {"since": world.now - HOUR, "until": world.now + 9 * DAY}
    declared(lead, at=world.now, by=world.manager, world=world, **leave)
    assert world.again(lead).owner != lead.owner
    assert lapses(lead) == []


def test_of_before_it_was_kept_nobody_knows_and_nobody_is_late(world: World, lead: Lead) -> None:
    Absence.objects.create(rep=lead.owner, starts_at=SATURDAY, ends_at=SATURDAY + 9 * DAY)
    world.now = SATURDAY
    world.pass_time(MINUTE)
    assert world.again(lead).owner != lead.owner
    assert lapses(lead) == []


# A short absence, which leaves the lead where it is


@pytest.mark.parametrize(
    ("minute", "by", "cause"),
    [(118, "rep", "ignored"), (61, "rep", "ignored"), (60, "rep", "absence"), (118, "manager", "absence")],
)
def test_a_short_absence_explains_a_lapse_unless_the_rep_declared_it_late(
    world: World, minute: int, by: str, cause: str
) -> None:
    """Assigned at 10:04; the absence says that they were away for all of it."""
    lead = world.to_state("assigned")
    at, who = world.now + minute * MINUTE, lead.owner if by == "rep" else world.manager
    whole = {"since": world.now, "until": world.now + 3 * HOUR}
    declared(lead, at=at, by=who, world=world, **whole)
    world.pass_time(2 * HOUR + MINUTE)
    assert lapses(lead) == [("accept", cause)]


def test_half_is_half_of_the_window_that_was_let_pass(world: World) -> None:
    """Declared when the answer was as good as due, and half of the time until the lead is taken away was ahead."""
    lead = world.to_state("assigned")
    whole = {"since": world.now, "until": world.now + 5 * HOUR}
    declared(lead, at=world.now + 118 * MINUTE, by=lead.owner, world=world, **whole)
    world.pass_time(2 * HOUR + MINUTE)
    world.pass_time(2 * HOUR)
    assert lapses(lead) == [("accept", "ignored"), ("release", "absence")]


def test_one_declared_late_does_not_take_away_one_declared_in_time(world: World) -> None:
    lead = world.to_state("assigned")
    since = world.now
    declared(lead, at=since - DAY, by=lead.owner, world=world, since=since, until=since + 90 * MINUTE)
    declared(lead, at=since + 100 * MINUTE, by=lead.owner, world=world, since=since, until=since + 3 * HOUR)
    world.pass_time(2 * HOUR + MINUTE)
    assert lapses(lead) == [("accept", "absence")]


# An outage of ours, which is measured as the window is


@pytest.mark.parametrize(("hour", "minutes", "cause"), [(3, 60, "ignored"), (9, 15, "system_delay")])
def test_an_outage_of_the_night_takes_nothing_of_a_window_in_working_time(
    world: World, lead: Lead, hour: int, minutes: int, cause: str
) -> None:
    since = SATURDAY + 2 * DAY + timedelta(hours=hour)
    Outage.objects.create(started_at=since, ended_at=since + minutes * MINUTE)
    world.now = SATURDAY + 2 * DAY + 10 * HOUR
    world.pass_time(MINUTE)
    assert lapses(lead) == [("accept", cause)]


# What is kept


def test_each_door_says_who_declared_it_and_when(world: World) -> None:
    ada = world.reps[0]
    typed = {"starts_at": "2026-11-09T09:00", "ends_at": "2026-11-20T09:00", "cover": ""}
    form = {
        "rep": ada.pk, "starts_at_0": "2026-11-09", "starts_at_1": "09:00", "ends_at_0": "2026-11-20",
        "ends_at_1": "09:00", "cover": "",
    }  # fmt: skip
    for by, path, answers in (
        (ada, "/absences/", typed),
        (world.manager, f"/absences/?rep={ada.pk}", typed),
        (world.revops, "/admin/routing/absence/add/", form),
    ):
        client = Client()
        client.force_login(by.user)
        assert client.post(path, answers).status_code == 302, path
        absence = Absence.objects.get()
        assert (absence.declared_at, absence.declared_by) == (world.now, by.user)
        assert absence.said_at == (world.now if by == ada else None)
        absence.delete()


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"ends_at": DAY}, "revops"),
        ({"starts_at": -DAY}, "revops"),
        ({"ends_at": -DAY}, "rep"),
        ({"starts_at": DAY}, "rep"),
        ({}, "rep"),
    ],
    ids=["longer", "earlier", "shorter", "later", "another cover"],
)
def test_who_adds_time_to_it_declares_it_anew(world: World, change: dict[str, timedelta], by: str) -> None:
    ada = world.reps[0]
    first = world.now
    absence = Absence(rep=ada, starts_at=first + 3 * DAY, ends_at=first + 9 * DAY)
    lifecycle.declare_absence(absence, at=first, by=world.actor(ada))
    absence.cover = world.reps[1]
    for name, more in change.items():
        setattr(absence, name, getattr(absence, name) + more)
    world.now += HOUR
    lifecycle.declare_absence(absence, at=world.now, by=world.actor(world.revops))
    absence.refresh_from_db()
    told = (world.now, world.revops.user) if by == "revops" else (first, ada.user)
    assert (absence.declared_at, absence.declared_by) == told


def test_nobody_declares_without_a_time(world: World) -> None:
    ada = world.reps[0]
    with pytest.raises(IntegrityError, match="absence_declared_at_a_time"), transaction.atomic():
        Absence.objects.create(rep=ada, starts_at=world.now, ends_at=world.now + DAY, declared_by=ada.user)
