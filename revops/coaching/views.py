"""The coaching pages: a team's for who answers for it, and a rep's for that rep and whoever answers for them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from leads.models import Rep, Team
from revops import clock
from revops.coaching import record
from revops.coaching.record import Span, Tally
from revops.pages import back
from revops.roles import Anybody, reader_of, rep_of, teams_managed, visible_leads
from sla.models import Breach, Remark
from sla.terms import TeamHours

DAYS = (30, 90, 365)
USUAL = 90
LONGEST = 500
PAGE = 50


class RemarkForm(forms.Form):
    text = forms.CharField(
        max_length=LONGEST,
        error_messages={"required": "Write something.", "max_length": f"At most {LONGEST} characters."},
    )


@dataclass(frozen=True)
class TeamPanel:
    team: Team
    rows: tuple[tuple[Rep, Tally], ...]


@login_required
@never_cache
@require_safe
def team_record(request: HttpRequest) -> HttpResponse:
    """Every rep of the reader's teams, by name: it is no ranking."""
    teams = teams_managed(request.user)
    if not teams:
        return redirect("coaching-mine")
    at, hours = clock.now(), TeamHours.load()
    days = days_of(request.GET)
    spans = {team.pk: span_of(team.pk, days, hours, at=at) for team in teams}
    panels = [panel for panel in _panels(teams, spans) if panel.rows]
    values = {"panels": panels, "days": days, "choices": DAYS, "few": record.FEW}
    return render(request, "coaching/team.html", values | {"now": at})


def _panels(teams: Iterable[Team], spans: Mapping[int, Span]) -> Iterator[TeamPanel]:
    """All teams are read together, however many a reader answers for."""
    reps = Rep.objects.filter(team__in=spans).select_related("user")
    named = sorted(reps, key=lambda rep: rep.name.casefold())
    found = record.tallies({rep.pk: spans[rep.team_id] for rep in named})
    shown = [rep for rep in named if (rep.active and rep.takes_routing) or found[rep.pk] != record.NOTHING]
    for team in teams:
        yield TeamPanel(team, tuple((rep, found[rep.pk]) for rep in shown if rep.team_id == team.pk))


@login_required
@never_cache
@require_safe
def my_record(request: HttpRequest) -> HttpResponse:
    rep = rep_of(request.user)
    if rep is None:
        raise Http404
    return _rep_page(request, rep)


@login_required
@never_cache
@require_safe
def rep_record(request: HttpRequest, pk: int) -> HttpResponse:
    return _rep_page(request, readable_rep(request.user, pk))


def readable_rep(user: Anybody, pk: int) -> Rep:
    """Raises Http404 for a rep whose record this user may not read, as for one that there is not."""
    rep = get_object_or_404(Rep.objects.select_related("user", "team"), pk=pk)
    if not may_read(user, rep):
        raise Http404
    return rep


def may_read(user: Anybody, rep: Rep) -> bool:
    """The rep, and who answers for their team."""
    return rep.user_id == user.pk or rep.team in teams_managed(user)


def _rep_page(request: HttpRequest, rep: Rep) -> HttpResponse:
    at, hours, days = clock.now(), TeamHours.load(), days_of(request.GET)
    span = span_of(rep.team_id, days, hours, at=at)
    mine = rep.user_id == request.user.pk
    page = Paginator(record.latest_first([rep], span), PAGE).get_page(request.GET.get("page"))
    seen, reader = visible_leads(request.user), reader_of(request.user)
    values = {
        "rep": rep,
        "mine": mine,
        "days": days,
        "choices": DAYS,
        "few": record.FEW,
        "tally": record.tallies({rep.pk: span})[rep.pk],
        "weeks": record.weeks(rep, span),
        "breaches": record.one_by_one(list(page), [rep], seen=seen, reader=reader, hours=hours),
        "zone": span.zone,
        "here": f"?days={days}",
        "page": page,
        "longest": LONGEST,
        "now": at,
    }
    with timezone.override(span.zone):
        return render(request, "coaching/rep.html", values)


@login_required
@require_POST
def remark(request: HttpRequest, pk: int) -> HttpResponse:
    """The rep says something of their own breach, or who answers for them to it; both read both."""
    breach = get_object_or_404(Breach.objects.select_related("rep__team", "rep__user"), pk=pk)
    if not may_read(request.user, breach.rep):
        raise Http404
    form = RemarkForm(request.POST)
    if form.is_valid():
        kind = Remark.Kind.COMMENT if breach.rep.user_id == request.user.pk else Remark.Kind.NOTE
        Remark.objects.create(
            breach=breach, kind=kind, by_id=int(request.user.pk or 0), at=clock.now(), text=form.cleaned_data["text"]
        )
    else:
        messages.error(request, str(form.errors["text"][0]))
    return redirect(f"{back(request, reverse('coaching-rep', args=[breach.rep_id]))}#breach-{pk}")


def days_of(given: Mapping[str, str]) -> int:
    return next((days for days in DAYS if given.get("days") == str(days)), USUAL)


def span_of(team_id: int, days: int, hours: TeamHours, *, at: datetime) -> Span:
    """Whole days of the team's zone, today the last."""
    zone = ZoneInfo(hours.hours(team_id).timezone)
    midnight = at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return Span(midnight - timedelta(days=days - 1), at, zone)
