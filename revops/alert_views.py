"""The alerts that somebody is to see, as who answers for a team; a button says that they have."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from leads.models import Alert, Team
from revops import clock
from revops.alerts import WHAT, asked, open_for, see
from revops.pages import back
from revops.roles import Anybody, teams_managed
from sla.terms import TeamHours

MOST = 200


@dataclass(frozen=True)
class Row:
    """An alert in words: `asked` is who is asked now, `next_at` when the next one is."""

    pk: int
    lead_id: int
    company: str
    what: str
    holder: str
    team: str
    raised_at: datetime
    asked: str
    next_at: datetime | None


def rows(user: Anybody, *, team: Team | None = None, most: int = MOST) -> list[Row]:
    """The longest unseen first."""
    found = open_for(teams_managed(user)).select_related("lead__owner__user", "team")
    return [_row(alert) for alert in (found.filter(team=team) if team else found)[:most]]


def _row(alert: Alert) -> Row:
    lead = alert.lead
    return Row(
        pk=alert.pk,
        lead_id=alert.lead_id,
        company=lead.company or lead.domain or "No company named",
        what=WHAT.get(alert.kind, alert.kind),
        holder=lead.owner.name if lead.owner else "",
        team=alert.team.name,
        raised_at=alert.raised_at,
        asked=asked(alert),
        next_at=alert.due_at,
    )


@login_required
@never_cache
@require_safe
def alerts(request: HttpRequest) -> HttpResponse:
    teams = teams_managed(request.user)
    if not teams:
        raise Http404
    with timezone.override(_zone(teams)):
        return render(request, "alerts/alerts.html", {"alerts": rows(request.user), "now": clock.now()})


@login_required
@require_POST
def seen(request: HttpRequest, pk: int) -> HttpResponse:
    """Seen by whoever may: who answers for the team. Seen before, or moot by now, it is said so."""
    teams = teams_managed(request.user)
    if not Alert.objects.filter(pk=pk, team__in=teams).exists():
        raise Http404
    if see(open_for(teams).filter(pk=pk), by_id=int(request.user.pk or 0), how=Alert.How.PAGE, at=clock.now()):
        messages.success(request, "Kept: you have seen it, and nobody else is asked.")
    else:
        messages.info(request, "Seen already, or the lead has gone on since.")
    return redirect(back(request, reverse("alerts")))


def _zone(teams: Collection[Team]) -> ZoneInfo:
    """Their own where they share one, else UTC."""
    hours = TeamHours.load()
    zones = {hours.hours(team.pk).timezone for team in teams}
    return ZoneInfo(zones.pop()) if len(zones) == 1 else ZoneInfo("UTC")
