"""Terms for whoever gives leads out: a calendar without an opening, as where its own days close a whole year, says so
in place of raising."""

from datetime import datetime
from functools import cached_property

from sla import business_time
from sla.business_time import NeverOpen
from sla.terms import Terms


class WorkTerms(Terms):
    """None, in what is asked here, is never."""

    def at_work(self, *, rep_id: int, team_id: int, at: datetime) -> datetime | None:
        """`at` itself while this rep works, else when they next do. The team works too, for deadlines are its."""
        if self.team_at_work(team_id=team_id, at=at) is None:
            return None
        try:
            return self.opens(rep_id=rep_id, team_id=team_id, at=at)
        except NeverOpen:
            return None

    def team_at_work(self, *, team_id: int, at: datetime) -> datetime | None:
        """`at` itself while the team's calendar is open, else when it next opens within a year."""
        known = self._works.get(team_id)
        if known is None or known[0] != at:
            known = self._works[team_id] = at, business_time.opening_within_a_year(self.hours(team_id), at)
        return known[1]

    @cached_property
    def _works(self) -> dict[int, tuple[datetime, datetime | None]]:
        """The last answer for each team: a bench asks for every rep of it."""
        return {}

    def touch_due(self, *, team_id: int, territory_id: int | None, source: str, at: datetime) -> datetime | None:
        """As `touch_by`."""
        try:
            return self.touch_by(team_id=team_id, territory_id=territory_id, source=source, at=at)
        except NeverOpen:
            return None
