"""Who is away: a rep says so for themselves, and who answers for a team for its people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from leads import wording
from leads.models import Rep
from revops import clock, lifecycle
from revops.desk import Desk
from revops.forms import AbsenceForm
from revops.pages import back
from revops.roles import Anybody, actor, rep_of, teams_managed
from routing.models import Absence


@dataclass(frozen=True)
class Member:
    """Somebody of a team that the reader answers for, and their absences now and ahead."""

    rep: Rep
    absences: Sequence[Absence]

    def is_away(self, at: datetime) -> bool:
        return any(absence.starts_at <= at for absence in self.absences)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def absences(request: HttpRequest) -> HttpResponse:
    """One's own; with `rep` in the address those of somebody on a team that one answers for."""
    at = clock.now()
    me, team = rep_of(request.user), _people(request.user)
    rep = _whose(request, me, team)
    if rep is None:
        return render(request, "absences.html", {"rep": None, "team": _members(team, at=at), "now": at})
    own, zone = rep == me, Desk.load(at=at).zone(rep.team_id)
    form = AbsenceForm(request.POST if request.method == "POST" else None, rep=rep, zone=zone, at=at, own=own)
    if form.is_valid():
        absence = Absence(rep=rep, **form.cleaned_data)
        count = lifecycle.declare_absence(absence, at=at, by=actor(request.user, door="page"))
        messages.success(request, _noted(count, absence, at=at, own=own))
        return redirect(request.get_full_path())
    with timezone.override(zone):
        values = {
            "rep": rep,
            "own": own,
            "form": form,
            "absences": _ahead([rep], at=at),
            "team": _members(team, at=at),
            "now": at,
            "zone": zone,
        }
        return render(request, "absences.html", values, status=422 if form.is_bound else 200)


@login_required
@require_POST
def end_absence(request: HttpRequest, pk: int) -> HttpResponse:
    """One's own absence, or that of somebody on a team one answers for; anybody else's is not found."""
    at = clock.now()
    mine = Q(rep__user=request.user.pk) | Q(rep__team__in=teams_managed(request.user))
    absence = get_object_or_404(Absence.objects.select_related("rep__user").filter(mine), pk=pk)
    has_begun = absence.starts_at < at
    ended = lifecycle.end_absence(pk, at=at, by=actor(request.user, door="page"))
    own = absence.rep.user_id == request.user.pk
    messages.success(request, _told(absence, own=own, has_begun=has_begun, ended=ended))
    return redirect(back(request, reverse("absences")))


def _told(absence: Absence, *, own: bool, has_begun: bool, ended: bool) -> str:
    who, is_, was, gets = ("You", "are", "were", "get") if own else (absence.rep.name, "is", "was", "gets")
    if not ended:
        return f"{who} {was} back already."
    return f"{who} {is_} back and {gets} new leads again." if has_begun else "It is taken back."


def _people(user: Anybody) -> QuerySet[Rep]:
    """Those whom this user may say are away, themselves left out."""
    reps = Rep.objects.filter(team__in=teams_managed(user), active=True, user__is_active=True)
    return reps.exclude(user=user.pk).select_related("user", "team").order_by("team__name", "user__first_name", "pk")


def _whose(request: HttpRequest, me: Rep | None, team: QuerySet[Rep]) -> Rep | None:
    """Whose absences are asked about. Raises Http404 for somebody else's rep."""
    text = request.GET.get("rep", "")
    if not text:
        return me
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Http404
    return me if me is not None and me.pk == int(text) else get_object_or_404(team, pk=int(text))


def _ahead(reps: Sequence[Rep], *, at: datetime) -> QuerySet[Absence]:
    rows = Absence.objects.filter(rep__in=reps, ends_at__gt=at)
    return rows.select_related("cover__user").order_by("starts_at", "pk")


def _members(team: QuerySet[Rep], *, at: datetime) -> list[Member]:
    reps = list(team)
    ahead: dict[int, list[Absence]] = {rep.pk: [] for rep in reps}
    for absence in _ahead(reps, at=at):
        ahead[absence.rep_id].append(absence)
    return [Member(rep, ahead[rep.pk]) for rep in reps]


def _noted(count: int, absence: Absence, *, at: datetime, own: bool) -> str:
    whose, who, gets = ("Your", "You", "get") if own else (f"{absence.rep.name}'s", absence.rep.name, "gets")
    if count:
        return f"{whose} absence is noted, and {wording.count(count, 'lead')} went on to colleagues."
    since = "meanwhile" if absence.starts_at <= at else "from then on"
    return f"{whose} absence is noted. {who} {gets} no new leads {since}."
