"""What a request asks of the dashboard: whose teams, which days. Bad input falls back, and says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.dateparse import parse_date, parse_datetime

from leads.models import Team
from revops import rules
from revops.dashboard.scope import BadPeriod, Period, Scope, zone_of
from revops.roles import Anybody, is_revops, teams_managed
from sla.at_work import WorkTerms

DAYS = (7, 30, 90)
USUAL = 30


@dataclass(frozen=True)
class Manages:
    """Whom somebody may look at: some teams, or with `everything` all there is."""

    teams: Sequence[Team]
    everything: bool

    @classmethod
    def of(cls, user: Anybody) -> "Manages":
        return cls(teams_managed(user), is_revops(user))

    def __bool__(self) -> bool:
        return self.everything or bool(self.teams)

    def only(self, team_id: str) -> Team | None:
        """The team with this id, if it is one of these."""
        return next((team for team in self.teams if str(team.pk) == team_id), None)


@dataclass(frozen=True)
class Asked:
    """A look at the figures; `problem` says what of the request could not be used."""

    manages: Manages
    team: Team | None
    period: Period
    zone: ZoneInfo
    terms: WorkTerms
    problem: str = ""

    @property
    def revops(self) -> bool:
        return self.manages.everything

    def scope(self, *, at: datetime, seen_since: datetime | None = None) -> Scope:
        return Scope.load(at=at, period=self.period, teams=self._teams(), terms=self.terms, seen_since=seen_since)

    def _teams(self) -> list[int] | None:
        if self.team is not None:
            return [self.team.pk]
        return None if self.revops else [team.pk for team in self.manages.teams]

    @property
    def query(self) -> dict[str, str]:
        """The look as the parameters of an address."""
        if self.period.days:
            days = {"days": str(self.period.days)}
        else:
            days = {"from": f"{self.first:%Y-%m-%d}", "to": f"{self.last:%Y-%m-%d}"}
        return days | ({"team": str(self.team.pk)} if self.team else {})

    @property
    def first(self) -> datetime:
        return self.period.since.astimezone(self.zone)

    @property
    def last(self) -> datetime:
        return self.period.until.astimezone(self.zone) - timedelta(days=1)

    def address(self, **changed: str) -> str:
        """The dashboard's address with this look, changed."""
        return f"{reverse('dashboard')}?{urlencode(self.query | changed)}"

    def leads(self, figure: str, **narrowed: object) -> str:
        """The address of the leads behind a figure."""
        kept = {name: str(value) for name, value in narrowed.items() if value is not None}
        return f"{reverse('dashboard-leads')}?{urlencode({'figure': figure} | self.query | kept)}"

    @property
    def fairness(self) -> str:
        """The address of the fairness ledger."""
        return f"{reverse('fairness')}?{urlencode(self.query)}"

    @property
    def overrides(self) -> str:
        """The address of the owners that were changed in the CRM."""
        return f"{reverse('dashboard-overrides')}?{urlencode(self.query)}"


def ask(given: Mapping[str, str], manages: Manages, *, at: datetime) -> Asked:
    """Read a query string. Raises Team.DoesNotExist for a team that is not the asker's."""
    terms = WorkTerms.of(rules.standing().policies)
    team = manages.only(given["team"]) if given.get("team") else None
    if given.get("team") and team is None:
        raise Team.DoesNotExist
    zone = zone_of([row.pk for row in ([team] if team else manages.teams)], terms)
    try:
        period, problem = period_of(given, at=at, zone=zone), ""
    except BadPeriod as error:
        period, problem = Period.last(USUAL, at=at, zone=zone), str(error)
    return Asked(manages, team, period, zone, terms, problem)


def asked_by(request: HttpRequest, manages: Manages, *, at: datetime) -> Asked:
    """What a page is asked for; a bad period is told on it. Raises Http404 for another's team."""
    try:
        asked = ask(request.GET, manages, at=at)
    except Team.DoesNotExist:
        raise Http404("No such team among yours.") from None
    if asked.problem:
        messages.warning(request, f"{asked.problem} Here are the last {USUAL} days.")
    return asked


def period_of(given: Mapping[str, str], *, at: datetime, zone: ZoneInfo) -> Period:
    """`days`, or `from` and `to`; the last 30 days when nothing is asked. Raises BadPeriod."""
    if given.get("from") or given.get("to"):
        first, last = _day(given.get("from", "")), _day(given.get("to", ""))
        today = at.astimezone(zone).date()
        return Period.between(first or last or today, last or today, zone=zone)
    text = given.get("days") or str(USUAL)
    if text not in {str(days) for days in DAYS}:
        raise BadPeriod(f"The figures cover the last {', '.join(map(str, DAYS[:-1]))} or {DAYS[-1]} days, or your own.")
    return Period.last(int(text), at=at, zone=zone)


def _day(text: str) -> date | None:
    try:
        found = parse_date(text) if text else None
    except ValueError:
        found = None
    if text and found is None:
        raise BadPeriod("A day is written like 2026-11-30.")
    return found


def seen_since(given: Mapping[str, str]) -> datetime | None:
    """The last look that a link stands for; None when it says none, or not in a way that can be read."""
    try:
        moment = parse_datetime(given.get("seen", ""))
    except ValueError:
        return None
    return moment if moment and moment.tzinfo and 2000 <= moment.year <= 2200 else None
