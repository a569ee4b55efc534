"""The rep's verbs as forms: each reads the clock, calls the lifecycle once and says what became of it."""

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from leads import states
from leads.forms import ConvertForm, TouchForm
from leads.models import Lead
from leads.views.dialogs import LeadDialog, hold_or_leave, show_dialog
from revops import clock, lifecycle
from revops.desk import Desk, team_of
from revops.pages import back
from revops.refusals import Refused
from revops.roles import actor, answerable_leads

TOUCHED = {"call": "Call logged.", "mail": "Mail logged.", "meeting": "Meeting logged.", "other": "Touch logged."}


@login_required
@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    at = clock.now()
    get_object_or_404(answerable_leads(request.user), pk=pk)
    try:
        lead = lifecycle.accept(pk, at=at, by=actor(request.user, door="page"))
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{lead} is yours. {_next_step(lead, at=at)}")
    return redirect(back(request, reverse("queue")))


@login_required
@require_POST
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    at = clock.now()
    get_object_or_404(answerable_leads(request.user), pk=pk)
    try:
        lead = lifecycle.claim(pk, at=at, by=actor(request.user, door="page"))
    except Refused as error:
        messages.error(request, str(error))
        return redirect(back(request, reverse("shark-tank")))
    messages.success(request, f"You claimed {lead}. {_next_step(lead, at=at)}")
    return redirect("lead", pk=pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def touch(request: HttpRequest, pk: int) -> HttpResponse:
    at = clock.now()
    lead = get_object_or_404(answerable_leads(request.user), pk=pk)
    zone = Desk.load(at=at).zone(team_of(lead))
    form = TouchForm(request.POST if request.method == "POST" else None, at=at, zone=zone)
    dialog = LeadDialog("leads/touch", lead, form, zone)
    if not form.is_valid():
        return hold_or_leave(request, lead, states.OWNED) or show_dialog(request, dialog, failed=form.is_bound)
    kind, meeting_at = form.cleaned_data["kind"], form.cleaned_data["meeting_at"]

    def log() -> str:
        lifecycle.touch(pk, kind=kind, meeting_at=meeting_at, at=at, by=actor(request.user, door="page"))
        return TOUCHED[kind]

    return _done(request, log)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def convert(request: HttpRequest, pk: int) -> HttpResponse:
    at = clock.now()
    lead = get_object_or_404(answerable_leads(request.user), pk=pk)
    form = ConvertForm(request.POST if request.method == "POST" else None)
    dialog = LeadDialog("leads/convert", lead, form, Desk.load(at=at).zone(team_of(lead)))
    if not form.is_valid():
        return hold_or_leave(request, lead, (states.ACCEPTED,)) or show_dialog(request, dialog, failed=form.is_bound)
    opportunity = form.cleaned_data["opportunity"]

    def finish() -> str:
        lifecycle.convert(pk, opportunity=opportunity, at=at, by=actor(request.user, door="page"))
        return f"{lead} is converted." + ("" if opportunity else " It is listed as unverified.")

    return _done(request, finish)


def _done(request: HttpRequest, act: Callable[[], str]) -> HttpResponse:
    """Do it and go back to where the form came from, with what to say about it."""
    try:
        messages.success(request, act())
    except Refused as error:
        messages.error(request, str(error))
    return redirect(back(request, reverse("queue")))


def _next_step(lead: Lead, *, at: datetime) -> str:
    due = Desk.load(at=at).due(lead, team_of(lead))
    return f"First touch is due {due}." if lead.due_step == "touch" else f"Decide by {due}."
