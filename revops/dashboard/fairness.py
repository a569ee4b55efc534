"""The fairness ledger: by territory what each rep was given of their share, what they are owed and why, and who is left
out now. For those who answer for the team."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.contrib.auth.decorators import login_required
from django.db.models import Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from leads import wording
from leads.models import Team
from revops import clock
from revops.dashboard.asking import Asked, Manages, asked_by
from revops.dashboard.charts import Segment
from revops.roles import Anybody, visible_leads
from revops.rules import standing
from routing import roster
from routing.availability import LeftOut
from routing.fairness import CapUse, Standing, standings
from routing.models import Share, TurnCredit
from routing.rules import TerritoryRule
from routing.strategies import NAMES

# Of a rep's credits as many are told one by one.
TOLD = 5
IN = {"": "held", "hour": "this hour", "day": "today", "week": "this week"}
Place = tuple[int, int]


@dataclass(frozen=True)
class Credit:
    """A turn given back. `lead_id` is 0 where the lead is no longer the reader's to see."""

    lead_id: int
    company: str
    why: str
    at: datetime


@dataclass(frozen=True)
class Row:
    """A rep in a territory, in words; `share` is '' for one who is switched off. `due` is what their shares came to, by
    the weights and the people of when each lead was given. `bar` draws the balance from one lead ahead to one owed.
    """

    name: str
    share: str
    given: int
    due: str
    balance: str
    tone: str
    bar: Sequence[Segment]
    credits: tuple[Credit, ...]
    credited: int
    caps: tuple[tuple[str, bool], ...]
    out: str

    @property
    def earlier(self) -> int:
        return self.credited - len(self.credits)


@dataclass(frozen=True)
class Panel:
    """A territory as it is in force; `given` are the leads of all who ever had one in turn here."""

    name: str
    team: str
    strategy: str
    is_fallback: bool
    is_on: bool
    given: int
    rows: tuple[Row, ...]

    @property
    def elsewhere(self) -> int:
        """Those of people who are not in its team any more."""
        return self.given - sum(row.given for row in self.rows) if self.rows else 0

    @property
    def has_caps(self) -> bool:
        return any(row.caps for row in self.rows)

    @property
    def taking(self) -> int:
        return sum(not row.out for row in self.rows)


@login_required
@never_cache
@require_safe
def fairness(request: HttpRequest) -> HttpResponse:
    at, manages = clock.now(), Manages.of(request.user)
    if not manages:
        return redirect("queue")
    asked = asked_by(request, manages, at=at)
    teams = {team.pk: team for team in ([asked.team] if asked.team else manages.teams)}
    values = {"asked": asked, "back": asked.address(), "panels": panels(teams, asked, request.user, at=at), "now": at}
    with timezone.override(asked.zone):
        return render(request, "dashboard/fairness.html", values)


def panels(teams: Mapping[int, Team], asked: Asked, user: Anybody, *, at: datetime) -> list[Panel]:
    """The territories of these teams, in the order in which they are tried."""
    rules = standing().routing
    bench = roster.read(rules, hours=asked.terms, at=at)
    shown = [rule for rule in rules.territories if rule.team_id in teams]
    given, credited = _shares(shown)
    told = _credits(shown, user)
    found = []
    for rule in shown:
        mine = {rep: count for (pool, rep), count in given.items() if pool == rule.pool_id}
        rows = [
            _row(one, told[rule.pool_id, one.seat.rep.pk], credited.get((rule.pool_id, one.seat.rep.pk), 0), asked, at)
            for one in standings(bench, rule, mine)
        ]
        found.append(_panel(rule, teams[rule.team_id], sum(mine.values()), rows))
    return found


def _panel(rule: TerritoryRule, team: Team, given: int, rows: Iterable[Row]) -> Panel:
    ordered = tuple(sorted(rows, key=lambda row: row.name.casefold()))
    return Panel(rule.name, team.name, NAMES[rule.strategy], rule.is_fallback, team.active, given, ordered)


def _shares(rules: Sequence[TerritoryRule]) -> tuple[dict[Place, int], dict[Place, int]]:
    """The leads given in turn, and the turns given back, by pool and rep."""
    rows = Share.objects.filter(pool__in=[rule.pool_id for rule in rules])
    given: dict[Place, int] = {}
    credited: dict[Place, int] = {}
    for pool, rep, count, credit in rows.values_list("pool_id", "rep_id", "given", "credit"):
        given[pool, rep], credited[pool, rep] = count, credit
    return given, credited


def _credits(rules: Sequence[TerritoryRule], user: Anybody) -> dict[Place, list[Credit]]:
    """The latest credits of each rep and territory."""
    place = Window(RowNumber(), partition_by=["pool", "rep"], order_by=["-at", "-pk"])
    rows = TurnCredit.objects.filter(pool__in=[rule.pool_id for rule in rules]).annotate(place=place)
    latest: dict[Place, list[TurnCredit]] = defaultdict(list)
    for row in rows.filter(place__lte=TOLD).select_related("lead").order_by("-at", "-pk"):
        latest[row.pool_id, row.rep_id].append(row)
    ids = {row.lead_id for told in latest.values() for row in told}
    seen = set(visible_leads(user).filter(pk__in=ids).values_list("pk", flat=True))
    found: dict[Place, list[Credit]] = defaultdict(list)
    found.update({place: [_credit(row, seen) for row in told] for place, told in latest.items()})
    return found


def _credit(row: TurnCredit, seen: Collection[int]) -> Credit:
    if row.lead_id not in seen:
        return Credit(0, "", row.get_why_display(), row.at)
    return Credit(row.lead_id, str(row.lead), row.get_why_display(), row.at)


def _row(one: Standing, told: Sequence[Credit], credited: int, asked: Asked, at: datetime) -> Row:
    words, tone = balance(one.owed)
    return Row(
        name=one.seat.rep.name,
        share=f"{one.part:.0%}" if one.part else "",
        given=one.given,
        due=f"{one.given - credited + one.owed:,.2f}",
        balance=words,
        tone=tone,
        bar=_drawn(one.owed),
        credits=tuple(told),
        credited=credited,
        caps=tuple((_used(cap), cap.is_full) for cap in one.caps),
        out=left_out(one.out, asked.zone, at=at) if one.out else "",
    )


def balance(owed: float) -> tuple[str, str]:
    """A balance in words, and its tone: of the leads that all could take, nobody is a whole lead off."""
    return wording.balance(owed), "danger" if abs(owed) >= 1 else "calm"


def _drawn(owed: float) -> tuple[Segment, ...]:
    """The balance from the middle of a bar: owed to the right, ahead to the left, to one lead at either end."""
    width = round(50 * min(abs(owed), 1.0), 2)
    tone = "danger" if abs(owed) >= 1 else "accent"
    return (Segment(50.0 if owed > 0 else 50.0 - width, width, tone),) if width else ()


def _used(cap: CapUse) -> str:
    return f"{cap.n} of {cap.most} {IN[cap.period]}"


def left_out(out: LeftOut, zone: tzinfo, *, at: datetime) -> str:
    """Why somebody may take no lead now, and until when where that is known."""
    known = out.until or out.told.get("away_until")
    until = datetime.fromisoformat(known) if isinstance(known, str) else known
    words = out.why[:1].upper() + out.why[1:]
    return f"{words} until {wording.moment(until, zone, at=at)}" if until else words
