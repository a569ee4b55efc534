"""Ways back other than a date: a pricing visit, intent over the bar, a feature that ships, a backlog's slot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from leads import states
from leads.actor import Actor
from leads.deadline import Deadline
from leads.intake.registering import held
from leads.models import IntentSignal, Lead
from recycle import enrolments
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

    Raises Feature.DoesNotExist. Shipping again changes nothing: each has come back or has its slot.
    """

    def act(m: Moment) -> int:
        feature = Feature.objects.select_for_update().get(key=key)
        if feature.shipped_at is not None:
            return 0
        feature.shipped_at = m.at
        feature.save(update_fields=["shipped_at"])
        asked = Enrolment.objects.filter(feature=feature, ended_at__isnull=True).values_list("lead_id", flat=True)
        leads = [lead for lead in holding.locked(list(asked)) if lead.state == states.NURTURE]
        _in_turn(leads, m)
        return len(leads)

    return holding.within(at=at, by=by, act=act)


def _in_turn(leads: Sequence[Lead], m: Moment) -> None:
    slots = dict(zip(leads, m.pace.take(len(leads)), strict=True))
    back([lead for lead, slot in slots.items() if slot <= m.at], m, by="feature")
    for lead, slot in slots.items():
        if slot > m.at:
            _soon(lead, slot, m)


def _soon(lead: Lead, slot: datetime, m: Moment) -> None:
    due = min(slot, lead.deadline.at)
    lead.postpone(Deadline("return", due, m.terms.at_once("return", at=due).terms))
    note(lead, m, "feature_shipped")


def slots_for(persons: Mapping[int, str], m: Moment) -> dict[int, datetime]:
    """The next free slots of a backlog's persons, given by position; whoever joins an open lead of theirs needs none.

    The open leads are held first: a place is given out under a lock that comes after theirs.
    """
    open_now = held(persons.values())
    first = {persons[position]: position for position in sorted(persons, reverse=True)}
    starting = sorted(position for key, position in first.items() if key not in open_now)
    return dict(zip(starting, m.pace.take(len(starting)), strict=True))


def back(leads: Sequence[Lead], m: Moment, *, by: str) -> None:
    """Out of nurture and into the buffer, because of `by`."""
    enrolments.end(leads, at=m.at, by=by)
    for lead in leads:
        lead.re_engage(deadline=m.terms.buffer(source=lead.source, at=m.at), because=by, **m.now())
        entered(lead, m)


def _stays(leads: Sequence[Lead]) -> QuerySet[Enrolment]:
    return Enrolment.objects.filter(lead__in=[lead.pk for lead in leads], ended_at__isnull=True)
