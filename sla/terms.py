"""Deadlines from policies and calendars, read once for a transaction and then worked out without the database."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cached_property
from typing import Any, Self

from leads.deadline import REMINDER, TOUCH_REMINDER, Deadline, by_the_clock
from sla import business_time, reminders
from sla.business_time import NeverOpen, WorkingHours
from sla.models import Calendar, CalendarDay, Policy, RepCalendar, TeamCalendar
from sla.public_holidays import LIBRARY, OwnDay

# Of a policy, what is kept with an assignment for after its acceptance.
FOR_THE_TURN = ("touch_within", "untouched_after", "disposition_days", "cool_down")
# Kept beside those, and none where a turn began before there were any.
REMINDERS_OF_THE_TURN = "touch_reminders"
OF_A_REP = ("accept", "touch")
BUILT_IN = Policy(name="built-in defaults")
NINE_TO_SIX = ((time(9), time(18)),)
OFFICE_HOURS = WorkingHours("UTC", (NINE_TO_SIX,) * 5 + ((), ()))


@dataclass(frozen=True)
class Desk:
    """Somebody's hours and which version of which calendar they are."""

    hours: WorkingHours
    calendar: dict[str, Any]


@dataclass(frozen=True)
class Step:
    """A step of a window: how long after its opening, in business or in wall time."""

    name: str
    after: timedelta
    business: bool = True


class TeamHours:
    """Every team's hours as they stand now; `load()` reads them in three queries, and the reps' own once they are asked
    for."""

    def __init__(self, desks: Mapping[int, Desk]) -> None:
        self._desks = desks

    @classmethod
    def load(cls) -> "TeamHours":
        return cls(_desks())

    def hours(self, team_id: int | None) -> WorkingHours:
        return self._desk(team_id).hours

    def opens(self, *, rep_id: int, team_id: int, at: datetime) -> datetime:
        """`at` itself while this rep works, by their own hours or else the team's; otherwise when they next do."""
        own = self._reps.get(rep_id)
        return business_time.next_opening(own.hours if own else self.hours(team_id), at)

    def own_hours(self, rep_id: int) -> WorkingHours | None:
        """The rep's own hours, where they are not the team's."""
        own = self._reps.get(rep_id)
        return own.hours if own else None

    @cached_property
    def _reps(self) -> dict[int, Desk]:
        """The hours of reps who have their own."""
        rows = RepCalendar.objects.select_related("calendar").prefetch_related("calendar__hours", "calendar__days")
        return {row.rep_id: _desk_of(row.calendar) for row in rows}

    def period(self, *, team_id: int, name: str, at: datetime) -> tuple[datetime, datetime]:
        """The hour, day or week ("per_hour" and so on) of the team's own clock that `at` is in, and the next one."""
        return business_time.period(self.hours(team_id).timezone, name, at)

    def _desk(self, team_id: int | None) -> Desk:
        if team_id is None:
            return Desk(WorkingHours("UTC"), {"always_open": True})
        return self._desks.get(team_id) or Desk(OFFICE_HOURS, {"default": "Mon–Fri 9–18 UTC"})


def _desks() -> dict[int, Desk]:
    rows = TeamCalendar.objects.select_related("calendar").prefetch_related("calendar__hours", "calendar__days")
    return {row.team_id: _desk_of(row.calendar) for row in rows}


def _desk_of(calendar: Calendar) -> Desk:
    told = {"id": calendar.pk, "version": calendar.version}
    return Desk(working_hours(calendar), told | ({"holidays": LIBRARY} if calendar.country else {}))


class Terms(TeamHours):
    """Every policy and calendar as they stand now; `load()` reads them in four queries."""

    def __init__(self, policies: Iterable[Policy], desks: Mapping[int, Desk]) -> None:
        super().__init__(desks)
        self._policies = {(policy.territory_id, policy.source.casefold()): policy for policy in policies}
        # What opens at one moment under one policy has the same terms, which nobody changes: worked out once.
        self._opened: dict[Any, Deadline] = {}

    @classmethod
    def load(cls) -> "Terms":
        return cls(Policy.objects.all(), _desks())

    @classmethod
    def of(cls, policies: Iterable[Policy]) -> Self:
        """These policies, and every calendar as it stands now."""
        return cls(policies, _desks())

    def policy(self, territory_id: int | None, source: str) -> Policy:
        """The most particular policy: territory and source, territory, source, then the default."""
        source = source.casefold()
        for key in ((territory_id, source), (territory_id, ""), (None, source), (None, "")):
            if key in self._policies:
                return self._policies[key]
        return BUILT_IN

    def buffer(self, *, source: str, at: datetime) -> Deadline:
        return self._open(_in_the_buffer, team_id=None, territory_id=None, source=source, at=at)

    def at_once(self, step: str, *, at: datetime) -> Deadline:
        return self.until(at, step, team_id=None, at=at)

    def until(self, due: datetime, step: str, *, team_id: int | None, at: datetime) -> Deadline:
        """Waiting by the clock from `at` until a time that something else says, with the team's hours in it."""

        def work_out() -> Deadline:
            steps = {step: self._by_the_clock(team_id, at, due)}
            return Deadline(step, due, {"opened_at": at.isoformat(), "steps": steps})

        return self._once(("until", step, due, team_id, at), work_out)

    def fallback(self, *, team_id: int | None, territory_id: int | None, source: str, at: datetime) -> Deadline:
        return self._open(_to_fall_back, team_id=team_id, territory_id=territory_id, source=source, at=at)

    def accept(self, *, team_id: int, territory_id: int | None, source: str, at: datetime) -> Deadline:
        return self._open(_to_accept, team_id=team_id, territory_id=territory_id, source=source, at=at)

    def touch(
        self,
        *,
        team_id: int,
        territory_id: int | None,
        source: str,
        at: datetime,
        turn: Mapping[str, Any] | None = None,
        claimed: bool = False,
    ) -> Deadline:
        """Once accepted. `turn` are the terms of the assignment: what its policy said when it began holds for all of
        it, on the calendar of when this window opens. `claimed` in the Shark Tank, it has waited long enough, and is
        due at once."""
        policy = agreed(turn or {}) or self.policy(territory_id, source)
        within = _touch_within(policy, claimed=claimed)
        steps = [
            Step("touch", _minutes(within)),
            Step("untouched", _minutes(policy.untouched_after)),
            Step("disposition", timedelta(days=policy.disposition_days), business=False),
            *_reminders(TOUCH_REMINDER, policy.touch_reminders, _minutes(within)),
        ]
        return self._work_out(steps, policy, team_id, at)

    def decide_by(self, due: datetime, terms: Mapping[str, Any], *, team_id: int, at: datetime) -> Deadline:
        """Touched at `at`: the disposition of these terms is due by the clock, at `due`."""
        step = {**self._by_the_clock(team_id, at, due), "opened_at": at.isoformat()}
        return Deadline("disposition", due, {**terms, "steps": {**terms.get("steps", {}), "disposition": step}})

    def seen_by(self, *, team_id: int, policy: Policy, at: datetime) -> datetime:
        """Until when an alert raised `at` is to be seen, before it is passed on."""
        within = policy.acknowledge_within
        seen = self._once(
            ("seen", team_id, policy.pk, within, at),
            lambda: self._work_out([Step("seen", _minutes(within))], policy, team_id, at),
        )
        return seen.at

    def minutes(self, *, territory_id: int | None, source: str, claimed: bool = False) -> dict[str, int]:
        """How long a turn that begins now has, as the assignment keeps it for the figures."""
        policy = self.policy(territory_id, source)
        return {"accept_within": policy.accept_within, "touch_within": _touch_within(policy, claimed=claimed)}

    def touch_by(self, *, team_id: int, territory_id: int | None, source: str, at: datetime) -> datetime:
        """Until when a lead given `at` is to be touched: the time to accept and the time to first touch together."""
        policy = self.policy(territory_id, source)
        return business_time.add(self.hours(team_id), at, _minutes(policy.accept_within + policy.touch_within))

    def pool(self, *, team_id: int | None, territory_id: int | None, source: str, at: datetime) -> Deadline:
        return self._open(_in_the_pool, team_id=team_id, territory_id=territory_id, source=source, at=at)

    def _by_the_clock(self, team_id: int | None, at: datetime, due: datetime) -> dict[str, Any]:
        return by_the_clock(at, due, business_time.between(self.hours(team_id), at, due))

    def _open(
        self,
        steps: Callable[[Policy], list[Step]],
        *,
        team_id: int | None,
        territory_id: int | None,
        source: str,
        at: datetime,
    ) -> Deadline:
        def work_out() -> Deadline:
            policy = self.policy(territory_id, source)
            return self._work_out(steps(policy), policy, team_id, at)

        return self._once((steps, team_id, territory_id, source, at), work_out)

    def _once(self, key: Any, work_out: Callable[[], Deadline]) -> Deadline:
        if key not in self._opened:
            self._opened[key] = work_out()
        return self._opened[key]

    def _work_out(self, steps: list[Step], policy: Policy, team_id: int | None, at: datetime) -> Deadline:
        desk = _running(self._desk(team_id), steps, at)
        terms: dict[str, Any] = {
            "opened_at": at.isoformat(),
            "policy": {"id": policy.pk, "name": policy.name, "version": policy.version},
            "calendar": desk.calendar,
            "steps": {step.name: _step(step, desk.hours, at) for step in steps},
            **(_of_the_turn(policy) if steps[0].name in OF_A_REP else {}),
        }
        first = steps[0].name
        return Deadline(first, datetime.fromisoformat(terms["steps"][first]["at"]), terms)


def _in_the_buffer(policy: Policy) -> list[Step]:
    return [
        Step("ready", timedelta(seconds=policy.buffer_min), business=False),
        Step("ceiling", timedelta(seconds=policy.buffer_max), business=False),
    ]


def _to_fall_back(policy: Policy) -> list[Step]:
    return [Step("fallback", _minutes(policy.route_within))]


def _to_accept(policy: Policy) -> list[Step]:
    return [
        Step("accept", _minutes(policy.accept_within)),
        Step("release", _minutes(policy.release_after)),
        *_reminders(REMINDER, policy.reminders, _minutes(policy.accept_within)),
    ]


def _in_the_pool(policy: Policy) -> list[Step]:
    return [
        Step("alert", _minutes(policy.pool_alert_after)),
        Step("assign", _minutes(policy.pool_assign_after)),
    ]


def _running(desk: Desk, steps: Iterable[Step], at: datetime) -> Desk:
    """The desk, or one that is always open where its calendar has no opening left for one of these steps: a deadline
    that waited for it would never act, so all of them run by the clock on the wall."""
    try:
        business_time.add(desk.hours, at, max((step.after for step in steps if step.business), default=timedelta(0)))
    except NeverOpen:
        return Desk(WorkingHours(desk.hours.timezone), {**desk.calendar, "never_opens": True})
    return desk


def _reminders(prefix: str, text: str, window: timedelta) -> Iterator[Step]:
    for number, after in enumerate(reminders.offsets(text, window), start=1):
        yield Step(f"{prefix}{number}", after)


def _minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def _step(step: Step, hours: WorkingHours, at: datetime) -> dict[str, Any]:
    if not step.business:
        due = at + step.after
        return by_the_clock(at, due, business_time.between(hours, at, due))
    due = business_time.add(hours, at, step.after)
    return {"at": due.isoformat(), "wall_s": (due - at).total_seconds(), "business_s": step.after.total_seconds()}


def _of_the_turn(policy: Policy) -> dict[str, int | str]:
    """What a policy says for a whole turn of a rep's, kept with the turn's terms."""
    return {field: getattr(policy, field) for field in (*FOR_THE_TURN, REMINDERS_OF_THE_TURN)}


def _touch_within(policy: Policy, *, claimed: bool) -> int:
    return min(policy.claim_touch_within, policy.touch_within) if claimed else policy.touch_within


def agreed(turn: Mapping[str, Any]) -> Policy | None:
    """The policy as an assignment's terms have it; None for those of before, which do not tell all of it."""
    if any(field not in turn for field in FOR_THE_TURN):
        return None
    told = turn.get("policy", {})
    kept = {field: turn[field] for field in FOR_THE_TURN} | {REMINDERS_OF_THE_TURN: turn.get(REMINDERS_OF_THE_TURN, "")}
    return Policy(pk=told.get("id"), name=told.get("name", ""), version=told.get("version", 1), **kept)


def working_hours(calendar: Calendar) -> WorkingHours:
    """A stored calendar as the engine reads it."""
    if calendar.always_open:
        return WorkingHours(calendar.timezone)
    days: list[list[tuple[time, time]]] = [[] for _ in range(7)]
    for span in calendar.hours.all():
        days[span.weekday].append((span.opens, span.closes))
    if not any(days):
        return WorkingHours(calendar.timezone)
    return WorkingHours(
        calendar.timezone,
        tuple(tuple(sorted(day)) for day in days),
        calendar.country,
        calendar.subdivision,
        own_days(calendar.days.all()),
    )


def own_days(rows: Iterable[CalendarDay]) -> tuple[OwnDay, ...]:
    """A calendar's own days as the engine reads them."""
    return tuple(
        OwnDay(row.day, ((row.opens, row.closes),) if row.opens and row.closes else (), row.name, row.every_year)
        for row in rows
    )
