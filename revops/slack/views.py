"""Slack's door: buttons pressed and dialogs submitted, by the rep whose Slack member it is.

The lifecycle is called at once and Slack acknowledged within its three seconds; whatever is to be said besides is said
by a job. Only a dialog is opened in the request, since the click's trigger is good for three seconds.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from django_q.tasks import async_task

from leads import states
from leads.models import Lead, Reason, Rep
from recycle.models import Feature
from revops import clock, lifecycle
from revops.api.bodies import declared
from revops.integrations.errors import VendorError
from revops.integrations.slack_blocks import ACCEPT, CLAIM, RECYCLE
from revops.integrations.slack_dialog import REASON, Choice, errors_response, recycle_view
from revops.integrations.slack_signature import BadSignature, verify
from revops.roles import actor, answerable_leads
from revops.slack import payloads
from revops.slack.payloads import NotUnderstood, Pressed, Submitted
from revops.slack.sending import connection

LARGEST_BODY = 1024 * 1024
DIALOG_SECONDS = 2.0
# What the dialog has a field for; other reasons are given on the lead's page.
ASKED_IN_SLACK = (Reason.Asks.NOTHING, Reason.Asks.UNTIL, Reason.Asks.FEATURE)

ANOTHER_WORKSPACE = "This belongs to another Slack workspace. Nothing was changed."
NOT_A_REP = "Airtight does not know you as a rep. Ask RevOps to connect your Slack member. Nothing was changed."
NO_SUCH_LEAD = "This lead is not with you. Nothing was changed."


class Unwanted(Exception):
    """The click changes nothing; the message is for who clicked."""


@csrf_exempt
@require_POST
def slack(request: HttpRequest) -> HttpResponse:
    """Every interaction arrives here. 401 says no more than that: whoever forged it learns nothing."""
    if not settings.SLACK_SIGNING_SECRET:
        raise Http404
    if declared(request.META) > LARGEST_BODY:
        return HttpResponse(status=413)
    if not _is_signed(request):
        return HttpResponse(status=401)
    try:
        said = payloads.read(request.body)
    except NotUnderstood:
        return HttpResponse(status=400)
    if isinstance(said, Pressed):
        return _press(said)
    return _submit(said) if isinstance(said, Submitted) else HttpResponse()


def _is_signed(request: HttpRequest) -> bool:
    try:
        verify(
            secrets=settings.SLACK_SIGNING_SECRET.split(","),
            timestamp=request.headers.get("X-Slack-Request-Timestamp", ""),
            signature=request.headers.get("X-Slack-Signature", ""),
            body=request.body,
            # Real time, as Slack's own clock has it, wherever a trial's clock may stand.
            at=datetime.now(UTC),
        )
    except BadSignature:
        return False
    return True


def _press(pressed: Pressed) -> HttpResponse:
    """A button: do it, or tell who pressed it why not. Slack is acknowledged either way."""
    act = BUTTONS.get(pressed.action)
    if act is None:
        return HttpResponse()
    try:
        act(pressed, _who(pressed), clock.now())
    except (Unwanted, lifecycle.Refused) as refusal:
        if pressed.response_url:
            async_task("revops.slack.jobs.tell", pressed.response_url, str(refusal))
    return HttpResponse()


def _submit(submitted: Submitted) -> HttpResponse:
    """The recycle dialog: it closes when the lead went back, else it says beside its fields why not."""
    try:
        rep = _who(submitted)
        _current(submitted, rep)
        lifecycle.recycle(submitted.lead_id, submitted.answers, at=clock.now(), by=actor(rep.user, door="slack"))
    except lifecycle.BadAnswer as error:
        return JsonResponse(errors_response({field: texts[0] for field, texts in error.errors.items()}))
    except (Unwanted, lifecycle.Refused) as refusal:
        return JsonResponse(errors_response({REASON: str(refusal)}))
    return HttpResponse()


def _who(said: Pressed | Submitted) -> Rep:
    """The rep who clicked. Raises Unwanted."""
    if settings.SLACK_TEAM_ID and said.workspace != settings.SLACK_TEAM_ID:
        raise Unwanted(ANOTHER_WORKSPACE)
    known = Rep.objects.select_related("user", "team").filter(active=True, user__is_active=True)
    rep = known.filter(slack_user_id=said.member).first() if said.member else None
    if rep is None:
        raise Unwanted(NOT_A_REP)
    return rep


def _current(said: Pressed | Submitted, rep: Rep) -> Lead:
    """The lead, if the card that was clicked still speaks of this turn of it. Raises Unwanted.

    A card outlives its turn; only becoming overdue leaves it as it was, for a late accept is still an accept.
    """
    leads = answerable_leads(rep.user).select_related("owner__user")
    lead = leads.filter(pk=said.lead_id).first()
    if lead is None:
        raise Unwanted(NO_SUCH_LEAD)
    if lead.events.filter(seq__gt=said.seq).exclude(kind="expire").exists() or said.seq > lead.seq:
        raise Unwanted(_how_it_stands(lead, rep))
    return lead


def _how_it_stands(lead: Lead, rep: Rep) -> str:
    if lead.owner is not None and lead.owner.pk == rep.pk:
        done = "You have accepted it already." if lead.state == states.ACCEPTED else "It came back to you since."
        return f"{done} See {_page(lead.pk)}"
    if lead.owner is not None:
        return f"Already taken by {lead.owner.name}."
    return f"This card is out of date. The lead is now: {states.LABELS[lead.state]}."


def _accept(pressed: Pressed, rep: Rep, at: datetime) -> None:
    lead = _current(pressed, rep)
    lifecycle.accept(lead.pk, at=at, by=actor(rep.user, door="slack"))


def _claim(pressed: Pressed, rep: Rep, at: datetime) -> None:
    lead = _current(pressed, rep)
    lifecycle.claim(lead.pk, at=at, by=actor(rep.user, door="slack"))


def _ask_why(pressed: Pressed, rep: Rep, at: datetime) -> None:
    """Open the recycle dialog."""
    lead = _current(pressed, rep)
    if lead.owner_id != rep.pk:
        raise Unwanted("Only the rep who holds this lead may do that.")
    slack_now = replace(connection(), timeout=DIALOG_SECONDS)
    try:
        slack_now.open_view(pressed.trigger_id, _dialog(pressed))
    except VendorError:
        raise Unwanted(f"The dialog could not be opened. Recycle it here: {_page(lead.pk)}") from None


def _dialog(pressed: Pressed) -> dict[str, Any]:
    reasons = Reason.objects.filter(active=True, for_people=True, asks__in=ASKED_IN_SLACK).order_by("position", "pk")
    features = Feature.objects.filter(shipped_at__isnull=True).order_by("name", "pk")
    return recycle_view(
        [Choice(reason.code, reason.label, reason.hint) for reason in reasons],
        [Choice(feature.key, feature.name) for feature in features],
        f"{pressed.lead_id}:{pressed.seq}",
    )


def _page(lead_id: int) -> str:
    return f"{settings.AIRTIGHT_URL}{reverse('lead', args=[lead_id])}"


BUTTONS: dict[str, Callable[[Pressed, Rep, datetime], None]] = {ACCEPT: _accept, CLAIM: _claim, RECYCLE: _ask_why}
