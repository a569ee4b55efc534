"""The leads behind a figure, page by page: exactly those that it counts."""

# Every text that makes a query is of this package; every value is a parameter.
# ruff: noqa: S608

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from leads import states, wording
from leads.discretion import Reader
from leads.models import Arrival, Lead
from revops.dashboard.asking import Asked
from revops.dashboard.counting import counted
from revops.dashboard.scope import Scope
from revops.dashboard.sql import Figure
from revops.desk import team_of
from revops.roles import Anybody, reader_of, visible_leads

PAGE = 50
SORTS = {
    "due": ("Deadline", "l.due_at ASC NULLS LAST, l.id"),
    "-due": ("Latest deadline", "l.due_at DESC NULLS LAST, l.id DESC"),
    "new": ("Newest", "l.captured_at DESC, l.id DESC"),
    "old": ("Oldest", "l.captured_at, l.id"),
    "waiting": ("Longest in its state", "l.entered_at, l.id"),
}
WITH = ("owner__user", "owner__team", "territory__team", "reason")


@dataclass(frozen=True)
class Row:
    """A lead on the list; one that is another team's by now keeps its place and tells nothing."""

    lead_id: int | None
    company: str
    person: str
    state: str
    tone: str
    rep: str
    team: str
    due: str
    late: bool
    captured: str
    source: str


@dataclass(frozen=True)
class Listing:
    """A page of leads; `counted` is how many rows the figure counts, which may be more than there are leads."""

    rows: Sequence[Row]
    leads: int
    counted: int
    number: int
    pages: int


def listing(
    figure: Figure, narrowed: dict[str, Any], scope: Scope, *, user: Anybody, asked: Asked, sort: str, page: int
) -> Listing:
    """The page `page` (from 1; the last one when there are fewer) of a figure's leads."""
    total, leads, ids, number = _page(figure, narrowed, scope, sort=sort, page=page)
    found = {lead.pk: lead for lead in Lead.objects.filter(pk__in=ids).select_related(*WITH)}
    seen = set(visible_leads(user).filter(pk__in=ids).values_list("pk", flat=True))
    reader = reader_of(user)
    rows = [_row(found[pk], asked, reader, at=scope.at) if pk in seen else _hidden(found[pk], asked) for pk in ids]
    return Listing(rows, leads, total, number, max(1, -(-leads // PAGE)))


def _page(
    figure: Figure, narrowed: dict[str, Any], scope: Scope, *, sort: str, page: int
) -> tuple[int, int, list[int], int]:
    """Rows counted, leads among them, the ids of one page, and which page that is."""
    text = f"""
        {counted(figure, narrowed, scope)}, size AS (SELECT count(DISTINCT lead_id) AS leads FROM counted), place AS (
            SELECT greatest(least(%(page)s, (leads + {PAGE} - 1) / {PAGE}), 1) AS page FROM size
        )
        SELECT (SELECT count(*) FROM counted), (SELECT leads FROM size), ARRAY(
            SELECT l.id FROM leads_lead l WHERE l.id IN (SELECT lead_id FROM counted) ORDER BY {SORTS[sort][1]}
            LIMIT {PAGE} OFFSET ((SELECT page FROM place) - 1) * {PAGE}
        ), (SELECT page FROM place)"""
    with connection.cursor() as cursor:
        cursor.execute(text, scope.params() | narrowed | {"page": page})
        [(total, leads, ids, number)] = cursor.fetchall()
    return total, leads, ids, number


def _row(lead: Lead, asked: Asked, reader: Reader, *, at: datetime) -> Row:
    team = asked.manages.only(str(team_of(lead)))
    return Row(
        lead_id=lead.pk,
        company=reader.company_of(lead) or "No company named",
        person=lead.name if reader.may_contact(lead) else "",
        state=states.LABELS[lead.state],
        tone=wording.tone(lead.state),
        rep=lead.owner.name if lead.owner else "",
        team=team.name if team else "",
        due=wording.moment(lead.due_at, asked.zone, at=at) if lead.due_at else "",
        late=bool(lead.due_at and lead.due_at < at),
        captured=wording.moment(lead.captured_at, asked.zone, at=at),
        source=wording.source(lead.source),
    )


def _hidden(lead: Lead, asked: Asked) -> Row:
    return Row(None, "Another team's lead by now", "", "", "calm", "", "", "", False, "", "")


@dataclass(frozen=True)
class Knock:
    """A row of the list of refused knocks."""

    at: datetime
    door: str
    source: str
    reason: str
    reference: str

    @classmethod
    def of(cls, row: Arrival) -> "Knock":
        return cls(row.at, row.door, wording.source(row.source), row.code.replace("_", " "), row.reference)


def refusals(code: str, asked: Asked, *, page: int) -> tuple[list[Knock], int, int]:
    """A page of refused knocks, how many there are, and which page it is."""
    rows = Arrival.objects.filter(outcome="refused", at__gte=asked.period.since, at__lt=asked.period.until)
    if code:
        rows = rows.filter(code=code)
    total = rows.count()
    number = max(1, min(page, -(-total // PAGE)))
    start = (number - 1) * PAGE
    return [Knock.of(row) for row in rows.order_by("-at", "-pk")[start : start + PAGE]], total, number
