"""What a delivery to Slack says, worked out at the moment of sending."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from leads import states, wording
from leads.deliveries import TO_THE_REP
from leads.discretion import unnamed
from leads.models import Alert, Delivery, Lead, SentBack
from leads.sizes import people
from revops import alerts
from revops.integrations import slack_blocks as cards
from revops.integrations.slack_blocks import LeadCard
from revops.passed_by import passed_by
from revops.rules import standing
from routing import claiming
from routing.models import Decision


@dataclass(frozen=True)
class Sending:
    """A delivery about to be sent: the row, the card of its lead, the time, whether other reps read it too, and the
    alert that it passes on, where it does."""

    delivery: Delivery
    card: LeadCard
    at: datetime
    discreet: bool = False
    alert: Alert | None = None

    @property
    def lead(self) -> Lead:
        return self.delivery.lead

    @property
    def whose(self) -> str:
        """The rep it is about, '' where that is not told."""
        rep = self.delivery.rep
        return rep.name if rep and not self.discreet else ""


def message(delivery: Delivery, *, at: datetime, discreet: bool = False) -> cards.Message:
    """What it says now, to whoever reads it; where other reps do it is `discreet`, and tells of nobody's lapse."""
    [told] = messages([delivery], at=at, discreet=discreet)
    return told


def messages(deliveries: Sequence[Delivery], *, at: datetime, discreet: bool = False) -> list[cards.Message]:
    """The same of several, which reads why they went where they went, and what is passed on, once for all."""
    routed = {} if discreet else _routed({row.lead_id for row in deliveries})
    alerts_of = _alerts([row.event_id for row in deliveries if row.kind == alerts.PASSED_ON])
    told = []
    for row in deliveries:
        reader = row.rep_id if row.kind in TO_THE_REP else None
        card = card_of(row, why=_why(routed.get(row.lead_id), reader), discreet=discreet)
        told.append(MESSAGES[row.kind](Sending(row, card, at, discreet, alerts_of.get(row.event_id))))
    return told


def lead_card(lead: Lead, *, reader: int | None = None) -> LeadCard:
    """A lead as a card shows it to a rep, or with no `reader` to a channel."""
    return bare_card(lead, why=_why(_routed({lead.pk}).get(lead.pk), reader))


def card_of(row: Delivery, *, why: str = "", discreet: bool) -> LeadCard:
    """The lead that a delivery tells of. Where reps read of one whose contact is for whoever claims it, its domain does
    not stand for a company without a name, nor on the same card once it is claimed."""
    lead = row.lead
    hidden = discreet and lead.contact_is_hidden
    if row.kind == "slack.pool":
        hidden = lead.territory is None or lead.territory.team.hides_contact
    return bare_card(lead, why=why, domain=not hidden)


def bare_card(lead: Lead, *, why: str = "", domain: bool = True) -> LeadCard:
    """The same, with what is known without asking."""
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
        company=lead.company or (lead.domain if domain else "") or "Company unknown",
        person=lead.name,
        job_title=lead.job_title,
        facts=[(label, value) for label, value in facts if value],
        source=wording.source(lead.source),
        why=why,
        due_at=lead.due_at,
        url=page_of(lead),
        token=str(lead.seq),
    )


def page_of(lead: Lead) -> str:
    return f"{settings.AIRTIGHT_URL}{reverse('lead', args=[lead.pk])}"


def _routed(lead_ids: Collection[int]) -> dict[int, Decision]:
    """The latest routing of each."""
    rows = Decision.objects.filter(lead__in=lead_ids, kind="routing").select_related("rep__user")
    return {row.lead_id: row for row in rows.order_by("lead_id", "-at", "-pk").distinct("lead_id")}


def _why(decision: Decision | None, reader: int | None) -> str:
    """Why it went to whom it went, told to that rep or of them."""
    if decision is None:
        return ""
    told = unnamed(decision.sentence)
    return told if decision.rep is None or decision.rep_id == reader else wording.told_of(decision.rep.name, told)


def _assigned(sending: Sending) -> cards.Message:
    return cards.assigned_card(sending.card, title="Overdue" if sending.lead.state == states.OVERDUE else "New lead")


def _overdue(sending: Sending) -> cards.Message:
    late = None if sending.discreet else sending.at - sending.delivery.event.at
    return cards.overdue_card(sending.card, rep=sending.whose, late=late)


def _untouched(sending: Sending) -> cards.Message:
    waited = None if sending.discreet else sending.at - sending.lead.entered_at
    return cards.untouched_card(sending.card, rep=sending.whose, waited=waited)


def _reminder(sending: Sending) -> cards.Message:
    due = sending.lead.due_at or sending.at
    return cards.reminder_card(sending.card, left=due - sending.at)


def _touch_reminder(sending: Sending) -> cards.Message:
    due = sending.lead.due_at or sending.at
    return cards.touch_reminder_card(sending.card, left=due - sending.at)


def _pool(sending: Sending) -> cards.Message:
    lead = sending.lead
    skills = sorted(claiming.needed(lead, standing().routing))
    card = replace(sending.card, due_at=_assigned_at(lead))
    return cards.pool_card(card, contact=not lead.contact_is_hidden, skills=skills)


def _assigned_at(lead: Lead) -> datetime | None:
    """When the system gives away what nobody has claimed; its manager is told before that."""
    told = lead.terms.get("steps", {}).get("assign")
    return datetime.fromisoformat(told["at"]) if told else None


def _joined(sending: Sending) -> cards.Message:
    return cards.decided_card(sending.card, "They came back with another form")


def _sent_back(sending: Sending) -> cards.Message:
    """To the rep who lost it, with the reason they were given."""
    row = SentBack.objects.filter(event=sending.delivery.event).first()
    return cards.sent_back_card(sending.card, reason=row.reason if row else "")


def _pricing_visit(sending: Sending) -> cards.Message:
    visited_at, contact = sending.delivery.event.at, not sending.discreet
    return cards.pricing_visit_card(sending.card, last_owner=sending.whose, visited_at=visited_at, contact=contact)


def _passed_on(sending: Sending) -> cards.Message:
    """RevOps' is the delivery that was made as they were asked."""
    alert = sending.alert
    if alert is None:
        raise Alert.DoesNotExist(f"Delivery {sending.delivery.pk} passes on what is no alert.")
    before = passed_by(alert, to_revops=sending.delivery.created_at == alert.revops_at)
    owner = sending.lead.owner
    return cards.passed_on_card(
        sending.card,
        what=alerts.WHAT[alert.kind],
        rep=owner.name if owner else "",
        waited=sending.at - alert.raised_at if before.waited else None,
        passed_by=before.told,
    )


def _alerts(events: Sequence[int]) -> dict[int, Alert]:
    """The alerts that these events raised, with who is asked of them and when those are away."""
    rows = Alert.objects.filter(event__in=events).select_related("lead", "team__manager__user", "team__deputy__user")
    rows = rows.prefetch_related("team__manager__absences", "team__deputy__absences")
    return {alert.event_id: alert for alert in rows} if events else {}


def _revops(sending: Sending) -> cards.Message:
    if sending.discreet:
        return cards.revops_card(sending.card, holder="", lapses=None)
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
