"""Deadlines as people see them: in the hours and the zone of the team that answers for the lead."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from leads import wording
from leads.countdown import Countdown, Span, countdown
from leads.models import Lead
from sla.business_time import NeverOpen, WorkingHours
from sla.terms import TeamHours


class Desk:
    """Every team's hours, read once for a page that is shown at `at`."""

    def __init__(self, teams: TeamHours, *, at: datetime) -> None:
        self._teams = teams
        self.at = at

    @classmethod
    def load(cls, *, at: datetime) -> "Desk":
        return cls(TeamHours.load(), at=at)

    @property
    def hours(self) -> TeamHours:
        return self._teams

    def zone(self, team_id: int | None) -> ZoneInfo:
        return ZoneInfo(self._teams.hours(team_id).timezone)

    def clock(self, lead: Lead, team_id: int | None) -> Countdown | None:
        """The lead's deadline running down, None for a lead that has ended."""
        if lead.due_at is None:
            return None
        step = lead.terms.get("steps", {}).get(lead.due_step, {})
        opened = min(_opened(lead), lead.due_at)
        hours = self._teams.hours(team_id)
        # Steps of before that run by the clock say no business time, and not what they count.
        by_hours = step.get("business_s") is not None and step.get("counts") != "wall"
        business = by_hours and hours.spans is not None
        spans = list(_open_spans(hours, opened, lead.due_at)) if business else [(opened, lead.due_at)]
        return countdown(lead.due_at, spans, business=business, at=self.at)

    def due(self, lead: Lead, team_id: int | None) -> str:
        return wording.moment(lead.due_at, self.zone(team_id), at=self.at) if lead.due_at else ""


def _opened(lead: Lead) -> datetime:
    opened = lead.terms.get("opened_at")
    return datetime.fromisoformat(opened) if opened else lead.entered_at


def _open_spans(hours: WorkingHours, start: datetime, end: datetime) -> Iterator[Span]:
    try:
        for opens, closes in hours.openings(start):
            if opens >= end:
                return
            yield opens, min(closes, end)
    except NeverOpen:
        yield start, end


def team_of(lead: Lead) -> int | None:
    """The team whose hours a lead's deadline runs on: its holder's, else its territory's."""
    if lead.owner is not None:
        return lead.owner.team_id
    return lead.territory.team_id if lead.territory else None
