"""Giving a lead back, and the features that leads were given back for."""

from collections.abc import Mapping
from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads import states, wording
from leads.models import Lead, Reason
from leads.views.dialogs import LeadDialog, hold_or_leave, show_dialog
from leads.views.reading import with_holders
from recycle import choosing, product_feedback
from recycle.models import Feature
from recycle.recycling import BadAnswer, candidates
from revops import clock, lifecycle
from revops.desk import Desk, team_of
from revops.pages import back, posted, signed_in
from revops.refusals import Refused
from revops.roles import actor, answerable_leads, is_revops, visible_leads


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def recycle(request: HttpRequest, pk: int) -> HttpResponse:
    at = clock.now()
    lead = get_object_or_404(with_holders(answerable_leads(request.user)), pk=pk)
    if request.method != "POST":
        return hold_or_leave(request, lead, states.OWNED) or _ask(request, lead, at=at)
    given = choosing.answers({name: posted(request, name) for name in request.POST})
    try:
        after = lifecycle.recycle(pk, given, at=at, by=actor(request.user, door="page"))
    except BadAnswer as error:
        return hold_or_leave(request, lead, states.OWNED) or _ask(
            request, lead, at=at, given=given, errors=error.errors
        )
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _what_follows(after, at=at))
    return redirect(back(request, reverse("queue")))


def _ask(
    request: HttpRequest,
    lead: Lead,
    *,
    at: datetime,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, list[str]] | None = None,
) -> HttpResponse:
    zone = Desk.load(at=at).zone(team_of(lead))
    reasons = Reason.objects.filter(active=True, for_people=True).select_related("track").order_by("position", "pk")
    features = Feature.objects.filter(shipped_at__isnull=True).order_by("name", "pk")
    others = candidates(lead)
    seen = set(visible_leads(request.user).filter(pk__in=[other.pk for other in others]).values_list("pk", flat=True))
    form = choosing.form(
        lead, reasons, features, others, seen=seen, at=at, zone=zone, given=given or {}, errors=errors or {}
    )
    return show_dialog(request, LeadDialog("recycle/recycle", lead, form, zone), failed=errors is not None)


def _what_follows(lead: Lead, *, at: datetime) -> str:
    """Where the lead is now that it was given back."""
    due = wording.day(lead.due_at, Desk.load(at=at).zone(team_of(lead))) if lead.due_at else ""
    if lead.state == states.NURTURE and lead.deadline.step == "return":
        return f"{lead} is recycled and comes back on {due}."
    if lead.state == states.NURTURE:
        return f"{lead} is recycled and is judged again on {due}."
    if lead.state == states.SUPPRESSED:
        return f"{lead} is recycled: no sales outreach to {lead.name} any more."
    if lead.state == states.MERGED:
        return f"{lead} is merged into the lead you picked."
    return f"{lead} is recycled and on its way: {states.LABELS[lead.state].lower()} now."


@login_required
@require_safe
def features(request: HttpRequest) -> HttpResponse:
    at = clock.now()
    me = signed_in(request.user)
    zone = Desk.load(at=at).zone(me.rep.team_id if me.rep else None)
    asked = product_feedback.asked_for(visible_leads(request.user), rep_id=me.rep.pk if me.rep else None)
    with timezone.override(zone):
        return render(request, "recycle/features.html", {"features": asked, "may_ship": me.is_revops, "now": at})


@login_required
@require_POST
def ship(request: HttpRequest, key: str) -> HttpResponse:
    at = clock.now()
    if not is_revops(request.user):
        raise PermissionDenied("Only RevOps can say that a feature has shipped.")
    try:
        count = lifecycle.ship_feature(key, at=at, by=actor(request.user, door="page"))
    except Feature.DoesNotExist:
        raise Http404 from None
    leads = wording.count(count, "lead")
    messages.success(
        request, f"Shipped. {leads} {'comes' if count == 1 else 'come'} back, paced so that nobody is flooded."
    )
    return redirect("features")
