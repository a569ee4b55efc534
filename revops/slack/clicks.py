"""Buttons pressed and dialogs submitted, by the rep whose Slack member it is: one call of the lifecycle each."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from leads import states
from leads.models import Alert, Lead, Rep
from revops import alerts, clock, lifecycle
from revops.integrations.errors import VendorError
from revops.integrations.slack_blocks import ACCEPT, CLAIM, RECYCLE, SEEN
from revops.roles import actor, answerable_leads, teams_managed, visible_leads
from revops.slack.dialog import recycle_dialog
from revops.slack.doing import Outcome
from revops.slack.payloads import Pressed, Submitted
from revops.slack.sending import connection

DIALOG_SECONDS = 2.0

ANOTHER_WORKSPACE = "This belongs to another Slack workspace. Nothing was changed."
NOT_A_REP = "Airtight does not know you as a rep. Ask RevOps to connect your Slack member. Nothing was changed."
NOT_TO_SEE = "This is for who answers for the team. Nothing was changed."
NO_SUCH_LEAD = "This lead is not with you. Nothing was changed."


class Unwanted(Exception):
    """The click changes nothing; the message is for who clicked."""


def press(pressed: Pressed) -> Outcome:
    """Do what the button says, or say why not."""
    try:
        done = BUTTONS[pressed.action](pressed, _who(pressed), clock.now()) or "Done."
        return Outcome(done=done, aside=done if pressed.action == SEEN else "")
    except (Unwanted, lifecycle.Refused) as refusal:
        return Outcome(refusal=str(refusal))


def submit(submitted: Submitted) -> Outcome:
    """Give the lead back, or say beside which field why not."""
    try:
        rep = _who(submitted)
        _current(submitted, rep)
        lead = lifecycle.recycle(submitted.lead_id, submitted.answers, at=clock.now(), by=actor(rep.user, door="slack"))
    except lifecycle.BadAnswer as error:
        return Outcome(errors={field: texts[0] for field, texts in error.errors.items()})
    except (Unwanted, lifecycle.Refused) as refusal:
        return Outcome(refusal=str(refusal))
    return Outcome(done=f"Recycled: {lead}.")


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
        # Read anew: it may have gone on since it was read, and by that it is told.
        raise Unwanted(_how_it_stands(leads.filter(pk=lead.pk).first() or lead, rep))
    return lead


def _how_it_stands(lead: Lead, rep: Rep) -> str:
    if lead.owner is not None and lead.owner.pk == rep.pk:
        done = "You have accepted it already." if lead.state == states.ACCEPTED else "It came back to you since."
        return f"{done} See {_page(lead.pk)}"
    if lead.owner is not None:
        return f"Already taken by {lead.owner.name}."
    return f"This card is out of date. The lead is now: {states.LABELS[lead.state]}."


def _accept(pressed: Pressed, rep: Rep, at: datetime) -> str:
    lead = lifecycle.accept(_current(pressed, rep).pk, at=at, by=actor(rep.user, door="slack"))
    return f"You accepted {lead}. See {_page(lead.pk)}"


def _claim(pressed: Pressed, rep: Rep, at: datetime) -> str:
    lead = lifecycle.claim(_current(pressed, rep).pk, at=at, by=actor(rep.user, door="slack"))
    return f"You claimed {lead}. See {_page(lead.pk)}"


def _ask_why(pressed: Pressed, rep: Rep, at: datetime) -> str:
    """Open the recycle dialog."""
    lead = _current(pressed, rep)
    if lead.owner_id != rep.pk:
        raise Unwanted("Only the rep who holds this lead may do that.")
    slack_now = replace(connection(), timeout=DIALOG_SECONDS)
    try:
        slack_now.open_view(pressed.trigger_id, recycle_dialog(lead, rep, seq=pressed.seq, at=at))
    except VendorError:
        raise Unwanted(f"The dialog could not be opened. Recycle it here: {_page(lead.pk)}") from None
    return ""


def _seen(pressed: Pressed, rep: Rep, at: datetime) -> str:
    """Who answers for the team has seen it: nobody else is asked."""
    lead = visible_leads(rep.user).filter(pk=pressed.lead_id).first()
    teams = teams_managed(rep.user)
    if lead is None or not Alert.objects.filter(lead=lead, team__in=teams).exists():
        raise Unwanted(NOT_TO_SEE)
    if not alerts.see(alerts.open_for(teams).filter(lead=lead), by_id=rep.user_id, how=Alert.How.SLACK, at=at):
        raise Unwanted("Seen already, or the lead has gone on since.")
    return f"Thank you: that you have seen {lead} is kept, and nobody else is asked."


def _page(lead_id: int) -> str:
    return f"{settings.AIRTIGHT_URL}{reverse('lead', args=[lead_id])}"


# By action id. A button's text is told to who was kept waiting; for everybody else the card says it.
BUTTONS: dict[str, Callable[[Pressed, Rep, datetime], str | None]] = {
    ACCEPT: _accept,
    CLAIM: _claim,
    RECYCLE: _ask_why,
    SEEN: _seen,
}
