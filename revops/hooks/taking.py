"""What becomes of an event that is to be believed: a signal, a lead, a visitor with a name, or nothing.

Each is taken in a transaction of its own, in which its id goes first: sent again, it does nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.db import IntegrityError, transaction

from leads import visitors
from leads.actor import Actor
from leads.intake.lead_form import UnusableLead, clean_lead
from revops import lifecycle
from revops.capture import Knock
from revops.holding import retrying
from revops.hooks.events import Event, user_key
from revops.hooks.rules import rule_for
from revops.models import HookEvent, HookRule, HookSource
from revops.returns import Signal

BY = Actor("client", "hook")
IGNORED, DUPLICATE = "ignored", "duplicate"
Outcome = HookEvent.Outcome


def take(source: HookSource, rules: Sequence[HookRule], event: Event, *, at: datetime) -> str:
    """What became of it: an outcome of HookEvent's, IGNORED or DUPLICATE."""
    rule = None if event.is_bot else rule_for(event, rules)
    does = rule.does if rule else HookRule.Does.NOTHING
    names_somebody = bool(_ids(event)) and not event.is_bot
    if does == HookRule.Does.NOTHING and not names_somebody:
        return IGNORED
    return retrying(partial(_once, source, rule, event, at))


def _once(source: HookSource, rule: HookRule | None, event: Event, at: datetime) -> str:
    with transaction.atomic():
        row = HookEvent(source=source, event_id=event.id, outcome=Outcome.IDENTIFIED, received_at=at)
        if not _is_first(row):
            return DUPLICATE
        row.outcome = _taken(source, rule, event, at)
        if row.outcome == IGNORED:
            row.delete()
        else:
            row.save(update_fields=["outcome"])
    return row.outcome


def _is_first(row: HookEvent) -> bool:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def _taken(source: HookSource, rule: HookRule | None, event: Event, at: datetime) -> str:
    if rule is not None and rule.does == HookRule.Does.LEAD:
        return _lead(source, rule, event, at)
    identified = _identify(event, at)
    if rule is not None and rule.does == HookRule.Does.SIGNAL:
        return _signal(source, rule, event, at)
    return Outcome.IDENTIFIED if identified else IGNORED


def _ids(event: Event) -> list[str]:
    """Under which ids the visits are kept that belong to whom this event names."""
    if event.call == "alias":
        return [event.previous, user_key(event.previous)] if event.previous else []
    if event.call == "identify" or (event.user and event.visitor):
        return [one for one in (event.visitor, user_key(event.user) if event.user else "") if one]
    return []


def _identify(event: Event, at: datetime) -> bool:
    """Only who says so is taken to be somebody: an e-mail in an event's properties may be a friend's."""
    person, ids = _who(event), _ids(event)
    if not person or not ids:
        return False
    lifecycle.identify(ids, person, since=event.occurred_at, at=at, by=BY)
    return True


def _who(event: Event) -> str:
    return event.person_key or (visitors.last_known(user_key(event.user)) if event.user else "")


def _signal(source: HookSource, rule: HookRule, event: Event, at: datetime) -> str:
    person = _who(event)
    visitor = event.visitor or (user_key(event.user) if event.user else "")
    if not person and event.user:
        visitor = user_key(event.user)
    if not (person or visitor or event.domain):
        return IGNORED
    sent = Signal(
        kind=rule.kind,
        points=rule.points if event.points is None else event.points,
        occurred_at=event.occurred_at,
        person_key=person,
        domain=event.domain,
        anonymous_id=visitor,
        dedupe_id=f"hook:{source.pk}:{event.id}",
    )
    return Outcome.SIGNAL if lifecycle.signal(sent, at=at, by=BY) else DUPLICATE


def _lead(source: HookSource, rule: HookRule, event: Event, at: datetime) -> str:
    row = {"occurred_at": event.occurred_at.isoformat(), **event.row, "anonymous_id": event.visitor}
    reference = f"{source.name}: {event.id}"
    try:
        form = clean_lead(row, received_at=at, default_source=rule.lead_source or source.name)
    except UnusableLead as error:
        code = f"bad_{error.problems[0].field}"
        refused = lifecycle.refuse(code, at=at, by=BY, reference=reference, source=source.name)
        lifecycle.capture([], at=at, by=BY, refused=[refused])
        return Outcome.REFUSED
    [captured] = lifecycle.capture([Knock(form, reference=reference)], at=at, by=BY)
    if event.user and captured.outcome != "suppressed":
        lifecycle.identify([user_key(event.user)], form.person_key, since=event.occurred_at, at=at, by=BY)
    return Outcome.LEAD
