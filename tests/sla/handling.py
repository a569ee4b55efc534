"""Leads as a team handled them, queued and picked up, and who was late: by the engine, by a count minute by minute, and
by letting the lifecycle live through all of it."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

from leads import states
from leads.models import Lead, LeadEvent
from revops import lifecycle
from revops.sweep import next_due, sweep
from sla.models import Policy, WeeklyHours
from sla.terms import Desk, Terms
from tests.sla.minute_by_minute import Count, Week, count
from tests.world import World

ZONE = "Europe/Amsterdam"
WORKDAYS, LATE = ((time(9), time(17)),), ((time(8), time(21)),)
CALENDARS = {
    "always open": Week(ZONE, None),
    "Mon–Fri 9–17": Week(ZONE, ((WORKDAYS,) * 5 + ((), ()))),
    "Mon–Fri 8–21, Sat 8–17": Week(ZONE, (LATE,) * 5 + (((time(8), time(17)),), ())),
}
ACCEPT, RELEASE = timedelta(hours=2), timedelta(hours=4)
INSTANT = datetime.resolution


class BadTrace(ValueError):
    """The file is no trace; the message names the row and the field."""


@dataclass(frozen=True)
class Handled:
    case: str
    queued_at: datetime
    picked_up_at: datetime


@dataclass(frozen=True)
class Flags:
    """Whether it was overdue, and whether it was taken away, when it was picked up."""

    overdue: bool
    pooled: bool


def read(path: Path) -> list[Handled]:
    """The trace in order of arrival: `case_id`, `queued_at` and `picked_up_at`, times with their zone. Raises
    BadTrace."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = [_handled(row, line) for line, row in enumerate(csv.DictReader(file), start=2)]
    if not rows:
        raise BadTrace(f"{path} has no rows.")
    return sorted(rows, key=lambda row: row.queued_at)


def _handled(row: dict[str, str], line: int) -> Handled:
    try:
        return Handled(row["case_id"], _moment(row["queued_at"]), _moment(row["picked_up_at"]))
    except KeyError as error:
        raise BadTrace(f"Row {line} has no column {error}.") from error
    except ValueError as error:
        raise BadTrace(f"Row {line}: {error}") from error


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"{text} says no time zone.")
    return found


def by_the_engine(leads: Iterable[Handled], week: Week) -> list[Flags]:
    """As the terms of an assignment would have it."""
    terms = Terms([Policy(name="Default")], {1: Desk(week.engine(), {})})
    found = []
    for lead in leads:
        steps = terms.accept(team_id=1, territory_id=None, source="", at=lead.queued_at).terms["steps"]
        due = {step: datetime.fromisoformat(steps[step]["at"]) for step in ("accept", "release")}
        found.append(Flags(lead.picked_up_at > due["accept"], lead.picked_up_at > due["release"]))
    return found


def by_the_minute(leads: Iterable[Handled], week: Week) -> list[Flags]:
    """As counting every minute from the queue to the pick has it."""
    counts = [count(week, lead.queued_at, lead.picked_up_at) for lead in leads]
    return [Flags(_past(counted, ACCEPT), _past(counted, RELEASE)) for counted in counts]


def _past(counted: Count, amount: timedelta) -> bool:
    return counted.worked >= amount and counted.after(amount) < counted.end


def by_the_lifecycle(leads: Iterable[Handled], week: Week, world: World) -> list[Flags]:
    """As the product does it: forms come in, the sweep acts on each deadline as it passes, reps accept or claim."""
    works(world, week)
    flags: dict[str, Flags] = {}
    for at, lead, picked in _happenings(leads):
        _sweep_until(at)
        world.now = at
        if picked:
            flags[lead.case] = _picked(lead, world)
        else:
            world.capture(_email(lead))
    return [flags[lead.case] for lead in leads]


def works(world: World, week: Week) -> None:
    """The team keeps these hours; leads reach a rep at once, and stay in the pool once they are there."""
    world.calendar.hours.all().delete()
    world.calendar.timezone, world.calendar.always_open = week.zone, week.spans is None
    world.calendar.save()
    WeeklyHours.objects.bulk_create(
        WeeklyHours(calendar=world.calendar, weekday=weekday, opens=opens, closes=closes)
        for weekday, spans in enumerate(week.spans or ())
        for opens, closes in spans
    )
    for field, value in {"buffer_min": 0, "buffer_max": 0, "pool_assign_after": 60 * 24 * 90}.items():
        setattr(world.policy, field, value)
    world.policy.save()


def _happenings(leads: Iterable[Handled]) -> list[tuple[datetime, Handled, bool]]:
    queued = [(lead.queued_at, lead, False) for lead in leads]
    picked = [(lead.picked_up_at, lead, True) for lead in leads]
    return sorted([*queued, *picked], key=lambda happening: (happening[0], happening[2]))


def _sweep_until(at: datetime) -> None:
    """Act on what is due before `at`, each as soon as it has passed: the windows it opens begin then."""
    for due in iter(next_due, None):
        if due >= at:
            return
        sweep(at=due + INSTANT)


def _picked(handled: Handled, world: World) -> Flags:
    lead = world.again(Lead.objects.get(email=_email(handled)))
    told = set(LeadEvent.objects.filter(lead=lead).values_list("kind", flat=True))
    if lead.state in (states.ASSIGNED, states.OVERDUE):
        rep = lead.owner
        lifecycle.accept(lead.pk, at=world.now, by=world.actor(rep))
    elif lead.state == states.SHARK_TANK:
        kept_from = {row["rep"] for row in lead.excluded_reps}
        rep = next(rep for rep in world.reps if rep.pk not in kept_from)
        lifecycle.claim(lead.pk, at=world.now, by=world.actor(rep))
    else:
        return Flags("expire" in told, "release" in told)
    lifecycle.convert(lead.pk, at=world.now, by=world.actor(rep))
    return Flags("expire" in told, "release" in told)


def _email(handled: Handled) -> str:
    return f"case{handled.case}@acme.test"


def differences(leads: list[Handled], found: list[Flags], wanted: list[Flags]) -> Iterator[str]:
    for lead, one, other in zip(leads, found, wanted, strict=True):
        if one != other:
            yield f"case {lead.case}, queued {lead.queued_at}, picked up {lead.picked_up_at}: {one}, counted {other}"
