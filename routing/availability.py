"""Who may take a lead now, and for everybody else why not and until when: pure, over what was read of the reps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from leads.models import Rep
from routing.criteria import is_unknown
from routing.rules import NO_CAPS, PERIODS, Caps, TerritoryRule, folded

IN_COOL_DOWN, BY_A_RECYCLE = "in cool-down after a lapse", "excluded by a recycle"
BY_A_MANAGER = "sent back from them by a manager"
SENT_BACK = "sent_back"
# Why a lead is kept from a rep, by what its own list says; a reroute is a recycle.
KEPT_FROM = {"lapse": IN_COOL_DOWN, SENT_BACK: BY_A_MANAGER}
# What ends a turn, and with it a place under the cap of open leads, for somebody who is at it.
TO_FREE_ONE = "recycle or convert one first"
A_PERIOD = dict(zip(PERIODS, ("an hour", "a day", "a week"), strict=True))


class Periods(Protocol):
    """What leads are counted by: hours, days, weeks. The lifecycle gives them, for calendars are not routing's."""

    def period(self, *, team_id: int, name: str, at: datetime) -> tuple[datetime, datetime]:
        """The team's own hour, day or week that `at` is in: when it began, and when the next begins."""


class Hours(Periods, Protocol):
    """With them the hours that people work."""

    def at_work(self, *, rep_id: int, team_id: int, at: datetime) -> datetime | None:
        """`at` itself while the rep works, else when they next do; None is never."""

    def team_at_work(self, *, team_id: int, at: datetime) -> datetime | None:
        """`at` itself while the team works, by its own hours, else when it next does; None is never."""


@dataclass
class Seat:
    """A rep as they stand at a moment; `given` are the leads of the running hour, day and week."""

    rep: Rep
    away_until: datetime | None = None
    open: int = 0
    caps: Caps = NO_CAPS
    given: dict[str, int] = field(default_factory=dict)
    skills: frozenset[str] = frozenset()

    @property
    def is_on(self) -> bool:
        return self.rep.active and self.rep.user.is_active

    def took(self) -> None:
        """One more lead is theirs."""
        self.open += 1
        for name in self.given:
            self.given[name] += 1


@dataclass(frozen=True)
class LeftOut:
    """Why a rep may not take it. `until` is when hours or a cap would let them; `told` are the numbers it rests on."""

    why: str
    until: datetime | None = None
    told: Mapping[str, Any] = field(default_factory=dict)

    def as_step(self, rep_id: int) -> dict[str, Any]:
        until = {"until": self.until.isoformat()} if self.until else {}
        return {"rep": rep_id, "why": self.why, **until, **self.told}


OFF, TAKES_NONE, OUT_OF_HOURS = LeftOut("off"), LeftOut("takes no leads from routing"), "outside working hours"
# Their calendar, or their team's, has no opening within a year.
NEVER = LeftOut("never at work")


def ever(seat: Seat, at: datetime) -> LeftOut | None:
    """Why the rep may take no lead at all now, whatever lead it is and whatever the hour."""
    if not seat.is_on:
        return OFF
    if not seat.rep.takes_routing:
        return TAKES_NONE
    if seat.away_until is not None and seat.away_until > at:
        return LeftOut("away", told={"away_until": seat.away_until.isoformat()})
    return full(seat)


def full(seat: Seat) -> LeftOut | None:
    """Why the rep may hold no more leads."""
    most = seat.caps.open_leads
    if most is not None and seat.open >= most:
        return LeftOut(f"at the cap of {most} open leads", told={"cap": "open_leads", "n": seat.open, "most": most})
    return None


def now(seat: Seat, at: datetime, hours: Hours) -> LeftOut | None:
    """Why the rep may take no lead until later: a cap of the running hour, day or week, or their hours."""
    if (capped := given_enough(seat, at, hours)) is not None:
        return capped
    opens = hours.at_work(rep_id=seat.rep.id, team_id=seat.rep.team_id, at=at)
    if opens is None:
        return NEVER
    return LeftOut(OUT_OF_HOURS, opens) if opens > at else None


def given_enough(seat: Seat, at: datetime, hours: Hours) -> LeftOut | None:
    """The cap of the running hour, day or week that the rep has reached; of several the one that lasts longest.

    A cap of 0 has no end: the next hour lets them take none either.
    """
    latest = None
    for name, most in _periods(seat.caps):
        given = seat.given.get(name, 0)
        if most == 0:
            return LeftOut(f"at the cap of 0 {A_PERIOD[name]}", told={"cap": name, "n": given, "most": 0})
        if given >= most:
            _began, ends = hours.period(team_id=seat.rep.team_id, name=name, at=at)
            opens = hours.at_work(rep_id=seat.rep.id, team_id=seat.rep.team_id, at=ends)
            if opens is None:
                return NEVER
            if latest is None or opens > (latest.until or opens):
                told = {"cap": name, "n": given, "most": most}
                latest = LeftOut(f"at the cap of {most} {A_PERIOD[name]}", opens, told)
    return latest


def _periods(caps: Caps) -> list[tuple[str, int]]:
    return [(name, most) for name in A_PERIOD if (most := getattr(caps, name)) is not None]


def for_this(seat: Seat, excluded: Mapping[int, LeftOut], skills: frozenset[str]) -> LeftOut | None:
    """Why the rep may not take this lead: it is kept from them, or asks for a skill that they have not."""
    if why := excluded.get(seat.rep.id):
        return why
    if missing := skills - seat.skills:
        return LeftOut(f"lacks the skill {', '.join(sorted(missing))}", told={"skills": sorted(missing)})
    return None


def excluded_from(entries: list[Mapping[str, Any]], at: datetime) -> dict[int, LeftOut]:
    """From whom a lead is kept at `at`, by its own list: a recycle that excluded them, the cool-down of a
    lapse, or that it was sent back from them."""
    found = {}
    for entry in entries:
        until = entry["until"]
        if until is None or datetime.fromisoformat(until) > at:
            why = KEPT_FROM.get(entry["why"], BY_A_RECYCLE)
            found[entry["rep"]] = LeftOut(why, told={"kept_until": until} if until else {})
    return found


def asked_skills(rule: TerritoryRule, facts: Mapping[str, Any]) -> frozenset[str]:
    """The skills that this lead's rep must have: the territory's, and what the lead says in its skill field."""
    said = facts.get(rule.skill_field) if rule.skill_field else None
    values = said if isinstance(said, list) else [said]
    return rule.skills | {folded(value) for value in values if not is_unknown(value)}
