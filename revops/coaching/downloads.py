"""The breaches of a rep, or of a team, as a file for a one-to-one: for whoever reads the page that it is of."""

import csv
from collections.abc import Collection, Iterable, Iterator

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from leads.intake.csv_safe import safe_row
from leads.models import Rep, Team
from revops import clock
from revops.coaching import record
from revops.coaching.record import One, Span
from revops.coaching.views import days_of, readable_rep, span_of
from revops.roles import reader_of, teams_managed, visible_leads
from sla.models import Remark
from sla.terms import TeamHours

COLUMNS = ("rep", "due", "noticed", "lead", "company", "step", "cause", "because", "how_late", "comments", "notes")


@login_required
@never_cache
@require_safe
def rep_file(request: HttpRequest, pk: int) -> HttpResponse:
    rep = readable_rep(request.user, pk)
    return _file(request, [rep], rep.team, name=rep.name)


@login_required
@never_cache
@require_safe
def team_file(request: HttpRequest, pk: int) -> HttpResponse:
    team = next((team for team in teams_managed(request.user) if team.pk == pk), None)
    if team is None:
        raise Http404
    return _file(request, Rep.objects.filter(team=team).select_related("user"), team, name=team.name)


def _file(request: HttpRequest, reps: Collection[Rep], team: Team, *, name: str) -> HttpResponse:
    """Rep by rep, by name, the latest breach of each first."""
    hours, days = TeamHours.load(), days_of(request.GET)
    span = span_of(team.pk, days, hours, at=clock.now())
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="breaches-{slugify(name) or "rep"}-{days}-days.csv"'
    writer = csv.writer(answer)
    writer.writerow(COLUMNS)
    rows = list(record.latest_first(reps, span))
    seen, reader = visible_leads(request.user), reader_of(request.user)
    found = record.one_by_one(rows, reps, seen=seen, reader=reader, hours=hours)
    by_name = sorted(found, key=lambda one: (one.rep.name.casefold(), one.rep.pk))
    writer.writerows(safe_row(row) for row in _rows(by_name, span))
    return answer


def _rows(found: Iterable[One], span: Span) -> Iterator[list[object]]:
    """Times in the team's zone, as on the page; no lead's number where the reader may not open it."""
    for one in found:
        due, noticed = (time.astimezone(span.zone).isoformat() if time else "" for time in (one.at, one.noticed_at))
        said = [_said(one, kind) for kind in (Remark.Kind.COMMENT, Remark.Kind.NOTE)]
        told = [one.company, one.step, one.cause, one.because, one.late]
        yield [one.rep.name, due, noticed, one.lead_id or "", *told, *said]


def _said(one: One, kind: str) -> str:
    return " / ".join(f"{said.text} ({said.by})" for said in one.remarks if said.kind == kind)
