"""What a delivery to Slack says, worked out at the moment of sending, and whether it still holds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from leads import states, wording
from leads.deadline import TOUCH_REMINDER
from leads.deliveries import TO_THE_REP, reminded_at
from leads.discretion import unnamed
from leads.models import Alert, Delivery, Lead, SentBack
from leads.sizes import people
from revops import alerts
from revops.integrations import slack_blocks as cards
from revops.integrations.slack_blocks import LeadCard
from revops.rules import standing
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


@dataclass(frozen=True)
class Sending:
    """A delivery about to be sent: the row, the card of its lead, and the time."""

    delivery: Delivery
    card: LeadCard
    at: datetime

    @property
    def lead(self) -> Lead:
        return self.delivery.lead


def holds(delivery: Delivery) -> bool:
    """Whether what the delivery says is still so."""
    lead = delivery.lead
    if delivery.kind == "slack.untouched":
        return lead.seq == _seq_at(delivery) and lead.due_step == "untouched"
    if delivery.kind == "slack.touch_reminder":
        return _still_untouched(delivery)
    if delivery.kind == "slack.assigned":
        return _still_theirs(delivery)
    if delivery.kind == "slack.joined":
        return lead.owner_id is not None and lead.owner_id == delivery.rep_id
    if delivery.kind == alerts.PASSED_ON:
        return Alert.objects.filter(alerts.still_so(), event=delivery.event_id, done_at__isnull=True).exists()
    if delivery.kind in UNTIL_IT_MOVES:
        return lead.seq == _seq_at(delivery)
    return True


def _still_theirs(delivery: Delivery) -> bool:
    """Becoming overdue leaves a lead with its rep, who is to know of it all the more."""
    lead = delivery.lead
    if lead.seq == _seq_at(delivery):
        return True
    since = lead.events.filter(seq__gt=_seq_at(delivery)).exclude(kind="expire")
    return lead.state == states.OVERDUE and not since.exists()


def _still_untouched(delivery: Delivery) -> bool:
    """In the same window: who asks for a call again has begun another, with reminders of its own."""
    lead = delivery.lead
    in_its_turn = lead.seq == _seq_at(delivery) and lead.due_step == "touch"
    return in_its_turn and delivery.send_at in reminded_at(lead, TOUCH_REMINDER)


def _seq_at(delivery: Delivery) -> int:
    """The lead's seq when the event happened: its own, or that of the transition before it."""
    if delivery.event.seq is not None:
        return delivery.event.seq
    earlier = delivery.lead.events.filter(pk__lt=delivery.event_id, seq__isnull=False).order_by("-seq").first()
    return earlier.seq if earlier and earlier.seq else 0


def message(delivery: Delivery, *, at: datetime) -> cards.Message:
    """What it says now, to whoever reads it."""
    reader = delivery.rep_id if delivery.kind in TO_THE_REP else None
    return MESSAGES[delivery.kind](Sending(delivery, lead_card(delivery.lead, reader=reader), at))


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
    if decision is None:
        return ""
    told = unnamed(decision.sentence)
    return told if decision.rep is None or decision.rep_id == reader else wording.told_of(decision.rep.name, told)


def _assigned(sending: Sending) -> cards.Message:
    return cards.assigned_card(sending.card, title="Overdue" if sending.lead.state == states.OVERDUE else "New lead")


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


def _touch_reminder(sending: Sending) -> cards.Message:
    due = sending.lead.due_at or sending.at
    return cards.touch_reminder_card(sending.card, left=due - sending.at)


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


def _passed_on(sending: Sending) -> cards.Message:
    alert, owner = Alert.objects.get(event=sending.delivery.event_id), sending.lead.owner
    return cards.passed_on_card(
        sending.card,
        what=alerts.WHAT[alert.kind],
        rep=owner.name if owner else "",
        waited=sending.at - alert.raised_at,
    )


def _revops(sending: Sending) -> cards.Message:
    owner = sending.lead.owner
    return cards.revops_card(sending.card, holder=owner.name if owner else "nobody", lapses=sending.lead.slips)


MESSAGES: dict[str, Callable[[Sending], cards.Message]] = {
    "slack.assigned": _assigned,
    "slack.reminder": _reminder,
    "slack.touch_reminder": _touch_reminder,
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
    alerts.PASSED_ON: _passed_on,
}
