"""What a look at the figures covers: whose leads, which days, and the working hours that durations are counted in."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from leads.models import Team, Territory
from revops.rules import standing
from sla.business_time import NeverOpen, WorkingHours
from sla.models import Policy
from sla.terms import TeamHours, Terms

LONGEST = timedelta(days=366)
TOLERANCE_S = 120
# As seconds since 1970, later than any time there is.
NEVER = 1e12


class BadPeriod(ValueError):
    """The days asked for cannot be shown; the message is for whoever asked."""


@dataclass(frozen=True)
class Period:
    """`since` to `until`, cut at `edges` into days or weeks; the last edge is the end."""

    since: datetime
    until: datetime
    edges: tuple[datetime, ...]
    days: int | None = None

    @property
    def step(self) -> str:
        return "day" if self.edges[1] - self.edges[0] < timedelta(days=2) else "week"

    @classmethod
    def last(cls, days: int, *, at: datetime, zone: ZoneInfo) -> "Period":
        """Today and the days before it, `days` in all."""
        today = at.astimezone(zone).date()
        return cls.between(today - timedelta(days=days - 1), today, zone=zone, days=days)

    @classmethod
    def between(cls, first: date, last: date, *, zone: ZoneInfo, days: int | None = None) -> "Period":
        """Whole days of a zone, both included. Raises BadPeriod."""
        if last < first:
            raise BadPeriod("The first day must come before the last one.")
        if last - first >= LONGEST:
            raise BadPeriod("Choose at most a year.")
        if not 2000 <= first.year <= last.year <= 2200:
            raise BadPeriod("Choose days between 2000 and 2200.")
        end = last + timedelta(days=1)
        step = timedelta(days=1 if (end - first).days <= 31 else 7)
        edges = list(takewhile(lambda day: day < end, (first + step * count for count in range(400))))
        moments = tuple(datetime.combine(day, time(0), zone).astimezone(UTC) for day in [*edges, end])
        return cls(moments[0], moments[-1], moments, days)


@dataclass(frozen=True)
class Openings:
    """A team's openings, so that business time is one search and one addition, in SQL as here.

    In seconds since 1970: what was worked until `t` is the lesser of `t + gap` and `cap` of the last of `opens` that is
    not after `t`. The first of `opens` stands for the time before them all.
    """

    opens: list[float]
    gap: list[float]
    cap: list[float]

    @classmethod
    def of(cls, hours: WorkingHours, *, since: datetime, until: datetime) -> "Openings":
        if hours.spans is None:
            return cls([0.0], [0.0], [NEVER])
        opens, gap, cap = [0.0], [0.0], [0.0]
        for start, end in _openings(hours, since, until):
            opens.append(start.timestamp())
            gap.append(cap[-1] - opens[-1])
            cap.append(cap[-1] + (end - start).total_seconds())
        return cls(opens, gap, cap)

    def worked(self, moment: datetime) -> float:
        """The seconds worked until a moment, counted from the first opening there is."""
        place = bisect_right(self.opens, moment.timestamp()) - 1
        return min(moment.timestamp() + self.gap[place], self.cap[place])


def _openings(hours: WorkingHours, since: datetime, until: datetime) -> Iterable[tuple[datetime, datetime]]:
    try:
        yield from takewhile(lambda span: span[0] < until, hours.openings(since))
    except NeverOpen:
        return


@dataclass(frozen=True)
class Paces:
    """The policies worked out: `rows` are a territory (0 for none), a source by its place among `sources` (from 1,
    0 for any other) and the policy that holds there, so that SQL finds it in one look.
    """

    default: Policy = field(default_factory=Policy)
    sources: tuple[str, ...] = ()
    rows: tuple[tuple[int, int, Policy], ...] = ()

    @classmethod
    def load(cls, terms: Terms) -> "Paces":
        sources = tuple(sorted({policy.source.lower() for policy in standing().policies if policy.source}))
        territories = [None, *Territory.objects.order_by("pk").values_list("pk", flat=True)]
        rows = [
            (territory or 0, place, terms.policy(territory, source))
            for territory in territories
            for place, source in enumerate(("", *sources))
        ]
        return cls(terms.policy(None, ""), sources, tuple(rows))

    def params(self) -> dict[str, Any]:
        return {
            "accept_s": self.default.accept_within * 60,
            "touch_s": self.default.touch_within * 60,
            "sources": list(self.sources),
            "pace_territory": [territory for territory, _source, _policy in self.rows],
            "pace_source": [source for _territory, source, _policy in self.rows],
            "pace_accept": [policy.accept_within * 60 for *_key, policy in self.rows],
            "pace_touch": [policy.touch_within * 60 for *_key, policy in self.rows],
        }


@dataclass(frozen=True)
class Scope:
    """`teams` None stands for everything, leads that no team has yet included."""

    at: datetime
    period: Period
    teams: tuple[int, ...] | None
    desks: dict[int, Openings] = field(default_factory=dict)
    paces: Paces = field(default_factory=Paces)
    seen_since: datetime | None = None

    @classmethod
    def load(
        cls,
        *,
        at: datetime,
        period: Period,
        teams: Iterable[int] | None,
        terms: Terms,
        seen_since: datetime | None = None,
    ) -> "Scope":
        known = Team.objects.order_by("pk").values_list("pk", flat=True)
        # A life may begin some days before it comes to sales; further back than this the first opening stands in.
        early, late = period.since - timedelta(days=14), max(at, period.until)
        hours = {team: terms.hours(team) for team in known}
        desks = {
            team: Openings.of(row, since=early, until=late) for team, row in hours.items() if row.spans is not None
        }
        chosen = None if teams is None else tuple(sorted(teams))
        return cls(at, period, chosen, desks, Paces.load(terms), seen_since)

    def params(self) -> dict[str, Any]:
        """What the figures' SQL names."""
        desks = {f"desk_{part}_{team}": getattr(desk, part) for team, desk in self.desks.items() for part in DESK_PARTS}
        now = {f"desk_now_{team}": desk.worked(self.at) for team, desk in self.desks.items()}
        return (
            desks
            | now
            | {
                "at": self.at,
                "since": self.period.since,
                "until": self.period.until,
                "edges": [edge.timestamp() for edge in self.period.edges],
                "teams": list(self.teams) if self.teams is not None else None,
                "seen_since": self.seen_since or self.at,
                "tolerance": tolerance(),
            }
            | self.paces.params()
        )


DESK_PARTS = ("opens", "gap", "cap")


def tolerance() -> timedelta:
    """How late the sweep may be before a lead past its deadline counts as leaked."""
    return timedelta(seconds=getattr(settings, "AIRTIGHT_SWEEP_TOLERANCE", TOLERANCE_S))


def zone_of(teams: Iterable[int], terms: TeamHours) -> ZoneInfo:
    """The time zone of these teams where they share one, else UTC."""
    zones = {terms.hours(team).timezone for team in teams}
    return ZoneInfo(zones.pop()) if len(zones) == 1 else ZoneInfo("UTC")
