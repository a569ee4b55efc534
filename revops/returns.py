"""Ways back other than a date: a pricing visit, intent over the bar, a feature that ships, a backlog's slot."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from leads import states, visitors
from leads.actor import Actor
from leads.deadline import Deadline
from leads.intake.registering import held
from leads.models import IntentSignal, Lead
from recycle import enrolments
from recycle.models import Enrolment, Feature
from revops import holding, rules
from revops.deadlines import settle
from revops.handoff import entered, note
from revops.moment import Moment
from routing import qualification
from routing.models import SignalKind

PRICING_VISIT = "pricing_visit"
LOW_INTENT = "rule_low_intent"
BATCH = 500


@dataclass(frozen=True)
class Signal:
    """Something that was done by a person (`person_key`), a company (`domain`) or a visitor without a name yet.

    `points` are those it was sent with; what they count, and for how long, is told by the kind.
    """

    kind: str
    points: int
    occurred_at: datetime
    person_key: str = ""
    domain: str = ""
    anonymous_id: str = ""
    dedupe_id: str = ""


def signal(sent: Signal, *, at: datetime, by: Actor) -> bool:
    """Keep a signal and let it bring back whom it may. False when it had come before."""
    return holding.within(at=at, by=by, act=lambda m: _signal(sent, m))


def knows_signal(kind: str) -> bool:
    """Whether signals of this kind mean anything here beside the points that they are sent with."""
    return kind == PRICING_VISIT or SignalKind.objects.filter(name=kind).exists()


def _signal(sent: Signal, m: Moment) -> bool:
    row = IntentSignal(received_at=m.at, **vars(sent))
    if row.anonymous_id:
        _find_the_visitor(row)
    if not _is_new(row):
        return False
    leads = _open_leads_of(row, m)
    for lead in leads:
        lead.note("signal", **m.now(), signal=row.kind, points=row.points)
        m.changed(lead)
    _bring_back(leads, [row], m)
    return True


def _find_the_visitor(row: IntentSignal) -> None:
    visitors.hold([row.anonymous_id])
    if not row.person_key and (known := visitors.who_was(row.anonymous_id, at=row.occurred_at)):
        row.person_key, row.is_provisional = known.person_key, known.for_now


def _open_leads_of(row: IntentSignal, m: Moment) -> list[Lead]:
    """The leads that a signal is about, held and settled; those of a company are not the ones with free mail."""
    if row.person_key:
        whose = Q(person_key=row.person_key)
    elif row.domain:
        whose = Q(domain=row.domain, is_free_mail=False)
    else:
        return []
    leads = holding.locked(list(Lead.objects.open().filter(whose).values_list("pk", flat=True)))
    settle(leads, m)
    return leads


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


def identify(anonymous_ids: Collection[str], person_key: str, *, since: datetime, at: datetime, by: Actor) -> int:
    """A visitor said at `since` who they are: the earlier visits are theirs now, and may bring them back.

    Returns how many visits they gained.
    """

    def act(m: Moment) -> int:
        gained = visitors.stitch(anonymous_ids, person_key, at=since)
        if gained:
            leads = _open_leads_of(IntentSignal(person_key=person_key), m)
            for lead in leads:
                lead.note("stitched", **m.now(), visits=len(gained))
                m.changed(lead)
            _bring_back(leads, gained, m)
        return len(gained)

    return holding.within(at=at, by=by, act=act)


def _bring_back(leads: Sequence[Lead], signals: Sequence[IntentSignal], m: Moment) -> None:
    """Out of nurture come those whose track waits for what has just been heard."""
    waiting = [lead for lead in leads if lead.state == states.NURTURE]
    prices = max((one.occurred_at for one in signals if one.kind == PRICING_VISIT), default=None)
    if prices is not None:
        since = [lead for lead in waiting if lead.entered_at <= prices]
        _pricing_visit(enrolments.waiting_for("pricing", since), m)
    _intent_is_back(enrolments.waiting_for("intent", waiting), m)


def _pricing_visit(leads: Sequence[Lead], m: Moment) -> None:
    """Somebody without a budget looks at prices: the last owner and the manager are told, and the lead comes back."""
    last = {row.lead_id: row.last_owner for row in _stays(leads).select_related("last_owner__team")}
    for lead in leads:
        owner = last.get(lead.pk)
        note(lead, m, "pricing_visit", rep_id=owner.pk if owner else None, team_id=owner.team_id if owner else None)
    back(leads, m, by="pricing")


def _intent_is_back(leads: Sequence[Lead], m: Moment) -> list[Lead]:
    waiting = [lead for lead in leads if lead.state == states.NURTURE]
    found = qualification.intents(waiting, m.rules.routing.intent_bar, at=m.at) if waiting else {}
    ready = [lead for lead in waiting if found[lead.pk].reaches_the_bar]
    back(ready, m, by="intent")
    return ready


def intent_is_back(lead_ids: Sequence[int] | None = None, *, at: datetime, by: Actor) -> int:
    """Bring back those of the leads, or of all, that wait for intent and have enough of it by now. Returns how many.

    A score moves without a signal too: when RevOps changes a rule, and when what counted against somebody fades.
    """
    waiting = Lead.objects.filter(state=states.NURTURE, reason__code=LOW_INTENT).order_by("pk")
    if lead_ids is not None:
        waiting = waiting.filter(pk__in=lead_ids)
    count, last, bar = 0, 0, rules.standing().routing.intent_bar
    while batch := list(waiting.filter(pk__gt=last)[:BATCH]):
        last = batch[-1].pk
        found = qualification.intents(batch, bar, at=at)
        if ready := [lead.pk for lead in batch if found[lead.pk].reaches_the_bar]:
            count += holding.within(at=at, by=by, act=partial(_still_ready, ready))
    return count


def _still_ready(lead_ids: Sequence[int], m: Moment) -> int:
    leads = holding.locked(lead_ids)
    settle(leads, m)
    return len(_intent_is_back([lead for lead in leads if lead.reason and lead.reason.code == LOW_INTENT], m))


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
