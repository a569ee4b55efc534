"""Ways back out of nurture other than a date: a pricing visit, intent over the bar, a feature that ships."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from leads import states
from leads.actor import Actor
from leads.deadline import Deadline
from leads.models import IntentSignal, Lead, Rep
from recycle import enrolments, pacing
from recycle.models import Enrolment, Feature
from revops import holding
from revops.deadlines import settle
from revops.handoff import entered, note
from revops.moment import Moment
from routing import qualification

PRICING_VISIT = "pricing_visit"


@dataclass(frozen=True)
class Signal:
    """Something a person (`person_key`) or a company (`domain`) did. `points` count towards the intent score."""

    kind: str
    points: int
    occurred_at: datetime
    person_key: str = ""
    domain: str = ""
    dedupe_id: str = ""


def signal(sent: Signal, *, at: datetime, by: Actor) -> bool:
    """Keep a signal and let it bring back whom it may. False when it had come before."""
    return holding.within(at=at, by=by, act=lambda m: _signal(sent, m))


def _signal(sent: Signal, m: Moment) -> bool:
    row = IntentSignal(received_at=m.at, **vars(sent))
    if not _is_new(row):
        return False
    whose = {"person_key": sent.person_key} if sent.person_key else {"domain": sent.domain, "is_free_mail": False}
    leads = holding.locked(list(Lead.objects.open().filter(**whose).values_list("pk", flat=True)))
    settle(leads, m)
    for lead in leads:
        lead.note("signal", **m.now(), signal=sent.kind, points=sent.points)
        m.changed(lead)
    waiting = [lead for lead in leads if lead.state == states.NURTURE]
    if sent.kind == PRICING_VISIT:
        _pricing_visit(enrolments.waiting_for("pricing", waiting), m)
    _intent_is_back(enrolments.waiting_for("intent", waiting), m)
    return True


def _is_new(row: IntentSignal) -> bool:
    """Insert the signal unless one with its dedupe id is there; a race is settled by the unique index."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        if not IntentSignal.objects.filter(dedupe_id=row.dedupe_id).exists():
            raise
        return False
    return True


def _pricing_visit(leads: Sequence[Lead], m: Moment) -> None:
    """Somebody without a budget looks at prices: the last owner and the manager are told, and the lead comes back."""
    last = {row.lead_id: row.last_owner for row in _stays(leads).select_related("last_owner__team")}
    for lead in leads:
        owner = last.get(lead.pk)
        note(lead, m, "pricing_visit", rep_id=owner.pk if owner else None, team_id=owner.team_id if owner else None)
    back(leads, m, by="pricing")


def _intent_is_back(leads: Sequence[Lead], m: Moment) -> None:
    verdicts = qualification.qualify(leads)
    back([lead for lead in leads if lead.state == states.NURTURE and verdicts[lead.pk].intent.passes], m, by="intent")


def ship_feature(key: str, *, at: datetime, by: Actor) -> int:
    """A feature has shipped: the leads that asked for it come back, paced so that nobody is flooded. Returns how many.

    Raises Feature.DoesNotExist; shipping twice brings nobody back twice.
    """

    def act(m: Moment) -> int:
        feature = Feature.objects.select_for_update().get(key=key)
        feature.shipped_at = feature.shipped_at or m.at
        feature.save(update_fields=["shipped_at"])
        asked = Enrolment.objects.filter(feature=feature, ended_at__isnull=True).values_list("lead_id", flat=True)
        leads = [lead for lead in holding.locked(list(asked)) if lead.state == states.NURTURE]
        paced = pacing.slots(len(leads), reps=Rep.objects.taking_leads().count(), start=m.at)
        for lead, slot in zip(leads, paced, strict=True):
            if slot <= m.at:
                back([lead], m, by="feature")
            else:
                _soon(lead, slot, m)
        return len(leads)

    return holding.within(at=at, by=by, act=act)


def _soon(lead: Lead, slot: datetime, m: Moment) -> None:
    due = min(slot, lead.deadline.at)
    lead.postpone(Deadline("return", due, m.terms.at_once("return", at=due).terms))
    note(lead, m, "feature_shipped")


def back(leads: Sequence[Lead], m: Moment, *, by: str) -> None:
    """Out of nurture and into the buffer, because of `by`."""
    enrolments.end(leads, at=m.at, by=by)
    for lead in leads:
        lead.re_engage(deadline=m.terms.buffer(source=lead.source, at=m.at), because=by, **m.now())
        entered(lead, m)


def _stays(leads: Sequence[Lead]) -> QuerySet[Enrolment]:
    return Enrolment.objects.filter(lead__in=[lead.pk for lead in leads], ended_at__isnull=True)
