"""A small form about one lead: a dialog on the page it was asked from, or a page of its own without JavaScript."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from leads.models import Lead
from revops.pages import back
from revops.roles import rep_of


@dataclass(frozen=True)
class LeadDialog:
    """`name` is the template of the form's body; its fields read `form`."""

    name: str
    lead: Lead
    form: Any
    zone: tzinfo


def hold_or_leave(request: HttpRequest, lead: Lead, allowed: Sequence[str]) -> HttpResponse | None:
    """None for who may be asked; else the way to the lead's page with the reason."""
    rep = rep_of(request.user)
    if lead.state in allowed and rep is not None and lead.owner_id == rep.pk:
        return None
    messages.error(request, "That is for the rep who holds this lead, while they hold it.")
    target = reverse("lead", args=[lead.pk])
    if getattr(request, "htmx", False):
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return redirect(target)


def show_dialog(request: HttpRequest, dialog: LeadDialog, *, failed: bool = False) -> HttpResponse:
    """The form; after a failed answer again, put where the dialog is rather than where the answer would have gone."""
    partial = bool(getattr(request, "htmx", False))
    values = {
        "lead": dialog.lead,
        "form": dialog.form,
        "body": f"{dialog.name}.html",
        "action": request.path,
        "next": back(request, reverse("queue")),
        "zone": dialog.zone,
    }
    with timezone.override(dialog.zone):
        template = "leads/dialog_fragment.html" if partial else "leads/dialog_page.html"
        response = render(request, template, values, status=422 if failed and not partial else 200)
    if partial:
        response["HX-Retarget"], response["HX-Reswap"] = "#dialog", "innerHTML"
    return response
