"""What a delivery to Slack says, worked out at the moment of sending, and whether it still holds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from leads import states, wording
from leads.models import Delivery, Lead, SentBack, Team
from leads.sizes import people
from revops.integrations import slack_blocks as cards
from revops.integrations.errors import VendorError
from revops.integrations.slack import Posted, SlackConnection
from revops.integrations.slack_blocks import LeadCard
from revops.rules import standing
from revops.slack import by_mail
from routing import claiming
from routing.models import Decision

# Alerts that hold only until the lead moves on; the rest are true whenever they arrive.
UNTIL_IT_MOVES = {
    "slack.assigned",
    "slack.reminder",
    "slack.overdue",
    "slack.pool",
    "slack.untouched",
    "slack.pool_unclaimed",
    "slack.revops",
}
TO_THE_REP = ("slack.assigned", "slack.reminder", "slack.joined", "slack.pricing_visit_owner", "slack.sent_back")
CARDS_WITH_BUTTONS = ("slack.assigned", "slack.reminder", "slack.pool")


@dataclass(frozen=True)
class Sending:
    """A delivery about to be sent: the row, the card of its lead, and the time."""

    delivery: Delivery
    card: LeadCard
    at: datetime

    @property
    def lead(self) -> Lead:
        return self.delivery.lead


def connection() -> SlackConnection:
    return SlackConnection(settings.SLACK_BASE_URL, settings.SLACK_BOT_TOKEN, settings.SLACK_TIMEOUT)


def send(delivery: Delivery, at: datetime) -> dict[str, Any] | None:
    """Send one delivery; the channel and time of the message, or None when it no longer holds. Raises VendorError."""
    if not holds(delivery):
        return None
    if delivery.kind == "slack.decided":
        return _decide(delivery, at)
    reader = delivery.rep_id if delivery.kind in TO_THE_REP else None
    card = lead_card(delivery.lead, reader=reader)
    text, blocks = MESSAGES[delivery.kind](Sending(delivery, card, at))
    if (address := _mail_instead(delivery)) is not None:
        return dict(by_mail.send(delivery, card, text, to=address))
    slack = connection()
    channel = _channel(delivery, slack)
    if channel is None:
        return None
    if delivery.attempts > 1 and (found := _already_posted(delivery, slack, channel)):
        return vars(found)
    return vars(slack.post_message(channel=channel, text=text, blocks=blocks, dedupe_id=delivery.dedupe_key))


def _already_posted(delivery: Delivery, slack: SlackConnection, channel: str) -> Posted | None:
    """The message of a try whose answer was lost, or whose worker was killed. None where we may not look."""
    try:
        return slack.find_posted(channel=channel, dedupe_id=delivery.dedupe_key, oldest=delivery.send_at)
    except VendorError as error:
        if not error.permanent:
            raise
        return None


def _mail_instead(delivery: Delivery) -> str | None:
    """The address to mail to where Slack cannot be used: no connection, or a team without a channel."""
    if delivery.kind in TO_THE_REP:
        return delivery.rep.user.email if delivery.rep and not settings.SLACK_BOT_TOKEN else None
    team = delivery.team
    if team is None or (settings.SLACK_BOT_TOKEN and _team_channel(delivery, team)):
        return None
    return team.alert_email


def holds(delivery: Delivery) -> bool:
    """Whether what the delivery says is still so."""
    lead = delivery.lead
    if delivery.kind == "slack.untouched":
        return lead.seq == _seq_at(delivery) and lead.due_step == "untouched"
    if delivery.kind == "slack.joined":
        return lead.owner_id is not None and lead.owner_id == delivery.rep_id
    if delivery.kind in UNTIL_IT_MOVES:
        return lead.seq == _seq_at(delivery)
    return True


def _seq_at(delivery: Delivery) -> int:
    """The lead's seq when the event happened: its own, or that of the transition before it."""
    if delivery.event.seq is not None:
        return delivery.event.seq
    earlier = delivery.lead.events.filter(pk__lt=delivery.event_id, seq__isnull=False).order_by("-seq").first()
    return earlier.seq if earlier and earlier.seq else 0


def _channel(delivery: Delivery, slack: SlackConnection) -> str | None:
    """Where it goes: the rep's own conversation, the team's Shark Tank, or the manager's channel."""
    if delivery.kind in TO_THE_REP:
        return _direct(delivery, slack)
    if delivery.team is None:
        return None
    channel = _team_channel(delivery, delivery.team)
    if not channel:
        raise VendorError(f"Team {delivery.team} has no Slack channel.", permanent=True, configuration=True)
    return channel


def _team_channel(delivery: Delivery, team: Team) -> str:
    return team.shark_tank_channel if delivery.kind == "slack.pool" else team.slack_channel


def _direct(delivery: Delivery, slack: SlackConnection) -> str | None:
    rep = delivery.rep
    if rep is None:
        return None
    if not rep.slack_user_id:
        found = slack.find_user(rep.user.email)
        if found is None:
            raise VendorError(f"No Slack member with the e-mail of rep {rep.pk}.", permanent=True, configuration=True)
        rep.slack_user_id = found
        rep.save(update_fields=["slack_user_id"])
    return slack.open_direct_message(rep.slack_user_id)


def _decide(delivery: Delivery, at: datetime) -> dict[str, Any] | None:
    """Take the buttons off every card of this lead that still has some."""
    if not settings.SLACK_BOT_TOKEN:
        return None
    lead, slack = delivery.lead, connection()
    posted = lead.deliveries.filter(kind__in=CARDS_WITH_BUTTONS, status=Delivery.Status.SENT, pk__lt=delivery.pk)
    updated = 0
    for row in [row for row in posted if row.answer.get("ts") and not row.answer.get("decided")]:
        text, blocks = cards.decided_card(lead_card(lead), headline(lead))
        try:
            slack.update_message(channel=row.answer["channel"], ts=row.answer["ts"], text=text, blocks=blocks)
        except VendorError as error:
            if error.code not in ("message_not_found", "cant_update_message", "edit_window_closed"):
                raise
        row.answer = {**row.answer, "decided": True}
        row.save(update_fields=["answer"])
        updated += 1
    return {"updated": updated} if updated else None


def headline(lead: Lead) -> str:
    """What became of a lead, in a few words."""
    if lead.state == states.ACCEPTED and lead.owner:
        return f"Accepted by {lead.owner.name}"
    if lead.state in states.REASONED and lead.reason:
        return f"Recycled: {lead.reason}"
    return states.LABELS[lead.state]


def lead_card(lead: Lead, *, reader: int | None = None) -> LeadCard:
    """A lead as a card shows it to a rep, or with no `reader` to a channel."""
    facts = [
        ("E-mail", lead.email),
        ("Phone", lead.phone),
        ("Size", people(lead)),
        ("Industry", lead.industry),
        ("Where", ", ".join(part for part in (lead.city, lead.region, wording.country(lead.country)) if part)),
        ("Intent", str(lead.intent_score) if lead.intent_score is not None else "unknown"),
    ]
    return LeadCard(
        lead_id=lead.pk,
        company=lead.company or lead.domain or "Company unknown",
        person=lead.name,
        job_title=lead.job_title,
        facts=[(label, value) for label, value in facts if value],
        source=wording.source(lead.source),
        why=_why(lead, reader),
        due_at=lead.due_at,
        url=f"{settings.AIRTIGHT_URL}{reverse('lead', args=[lead.pk])}",
        token=str(lead.seq),
    )


def _why(lead: Lead, reader: int | None) -> str:
    """Why it went to whom it went, told to that rep or of them."""
    routed = Decision.objects.filter(lead=lead, kind="routing").select_related("rep__user")
    decision = routed.order_by("-at", "-pk").first()
    if decision is None or decision.rep is None or decision.rep_id == reader:
        return decision.sentence if decision else ""
    return wording.told_of(decision.rep.name, decision.sentence)


def _overdue(sending: Sending) -> cards.Message:
    rep = sending.delivery.rep
    late = sending.at - sending.delivery.event.at
    return cards.overdue_card(sending.card, rep=rep.name if rep else "", late=late)


def _untouched(sending: Sending) -> cards.Message:
    rep = sending.delivery.rep
    return cards.untouched_card(sending.card, rep=rep.name if rep else "", waited=sending.at - sending.lead.entered_at)


def _reminder(sending: Sending) -> cards.Message:
    due = sending.lead.due_at or sending.at
    return cards.reminder_card(sending.card, left=due - sending.at)


def _pool(sending: Sending) -> cards.Message:
    lead = sending.lead
    skills = sorted(claiming.needed(lead, standing().routing))
    return cards.pool_card(sending.card, contact=not lead.contact_is_hidden, skills=skills)


def _joined(sending: Sending) -> cards.Message:
    return cards.decided_card(sending.card, "They came back with another form")


def _sent_back(sending: Sending) -> cards.Message:
    """To the rep who lost it, with the reason they were given."""
    row = SentBack.objects.filter(event=sending.delivery.event).first()
    return cards.sent_back_card(sending.card, reason=row.reason if row else "")


def _pricing_visit(sending: Sending) -> cards.Message:
    rep = sending.delivery.rep
    return cards.pricing_visit_card(
        sending.card, last_owner=rep.name if rep else "", visited_at=sending.delivery.event.at
    )


def _revops(sending: Sending) -> cards.Message:
    owner = sending.lead.owner
    return cards.revops_card(sending.card, holder=owner.name if owner else "nobody", lapses=sending.lead.slips)


MESSAGES: dict[str, Callable[[Sending], cards.Message]] = {
    "slack.assigned": lambda sending: cards.assigned_card(sending.card),
    "slack.reminder": _reminder,
    "slack.overdue": _overdue,
    "slack.pool": _pool,
    "slack.untouched": _untouched,
    "slack.pool_unclaimed": lambda sending: cards.pool_unclaimed_card(
        sending.card, waited=sending.at - sending.lead.entered_at
    ),
    "slack.joined": _joined,
    "slack.sent_back": _sent_back,
    "slack.pricing_visit": _pricing_visit,
    "slack.pricing_visit_owner": _pricing_visit,
    "slack.revops": _revops,
}
