"""The page of performance weights, for managers their own teams', and the button that works them out anew."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_q.tasks import async_task

from revops import clock
from revops.dashboard import performance as shown
from revops.dashboard.asking import Manages
from revops.dashboard.scope import zone_of
from revops.roles import is_revops
from sla.terms import TeamHours


@login_required
@never_cache
@require_safe
def performance(request: HttpRequest) -> HttpResponse:
    """Each rep's numbers and weight. Reps have no such page."""
    manages = Manages.of(request.user)
    if not manages:
        return redirect("queue")
    values = {
        "constants": shown.constants(),
        "computed_at": shown.computed_at(),
        "used_by": shown.used_by(manages.teams),
        "panels": shown.panels(manages.teams),
        "fits": shown.fits(),
        "may_refresh": manages.everything,
    }
    zone = zone_of([team.pk for team in manages.teams], TeamHours.load())
    with timezone.override(zone):
        return render(request, "dashboard/performance.html", values | {"now": clock.now(), "zone": zone})


@login_required
@require_POST
def refresh(request: HttpRequest) -> HttpResponse:
    if not is_revops(request.user):
        raise PermissionDenied
    async_task("revops.jobs.performance")
    messages.success(request, "They are being worked out anew. Look again in a minute.")
    return redirect("dashboard-performance")
