"""Break-glass: who answers for the holder's team sends one lead back to routing, and says why."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from leads.models import Lead
from leads.timeline import state_words
from leads.views.dialogs import LeadDialog, show_dialog
from leads.views.reading import with_holders
from recycle.recycling import BadAnswer
from revops import clock, lifecycle
from revops.answering import may_send_back
from revops.desk import Desk, team_of
from revops.pages import back
from revops.refusals import Refused
from revops.roles import actor, answerable_leads, visible_leads
from revops.sent_back import LONGEST


class SendBackForm(forms.Form):
    reason = forms.CharField(
        max_length=LONGEST,
        error_messages={
            "required": "Say why: it is kept with the lead, and the rep reads it.",
            "max_length": f"At most {LONGEST} characters.",
        },
    )
    holder = forms.IntegerField(required=False)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    at = clock.now()
    lead = get_object_or_404(with_holders(answerable_leads(request.user)), pk=pk)
    form = SendBackForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        dialog = LeadDialog("leads/send_back", lead, form, Desk.load(at=at).zone(team_of(lead)))
        return _not_theirs(request, lead) or show_dialog(request, dialog, failed=form.is_bound)
    try:
        after = lifecycle.send_back(pk, **form.cleaned_data, at=at, by=actor(request.user, door="page"))
    except (BadAnswer, Refused) as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request, f"{after} was sent back: {state_words(after.state, holder=_holder(request, pk))} now."
        )
    return redirect(_onwards(request, pk))


def _not_theirs(request: HttpRequest, lead: Lead) -> HttpResponse | None:
    """None for who may be asked; else the way to the lead's page with the reason."""
    if may_send_back(request.user.pk, lead):
        return None
    messages.error(request, "Only who answers for the rep's team may send a lead back, while a rep holds it.")
    target = reverse("lead", args=[lead.pk])
    if getattr(request, "htmx", False):
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return redirect(target)


def _onwards(request: HttpRequest, pk: int) -> str:
    """Where the form came from; the dashboard, where the lead has gone to a team that is not theirs."""
    if not visible_leads(request.user).filter(pk=pk).exists():
        return reverse("dashboard")
    return back(request, reverse("lead", args=[pk]))


def _holder(request: HttpRequest, pk: int) -> str:
    """Who has it now, as the rules picked, for who may see it there."""
    lead = visible_leads(request.user).select_related("owner__user").filter(pk=pk).first()
    return lead.owner.name if lead and lead.owner else ""
