"""Sends what is owed. The rows are the queue: claim some, call out with no transaction open, keep the answer."""

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django_q.tasks import async_task

from leads.models import Delivery
from leads.queues import free_to_claim
from revops import crm_health, crm_writing
from revops.delivery_claims import claim
from revops.integrations.errors import VendorError
from revops.slack import health, posted, second_channel, sending
from revops.slack.sending import Waits

# Few at a time, so that all of them are sent long before the claim ends.
BATCH = 4
# Beside a batch, however much waits: a card that shows what has passed asks people for what is no longer theirs to do.
CARDS_BESIDE = 1
# No further one of a batch is begun after this: `jobs` has the sum.
BUDGET_SECONDS = 8.0
MOST_TRIES = 12
GIVE_UP_AFTER = timedelta(hours=24)
FIRST_WAIT, LAST_WAIT = 5.0, 900.0
# In the answer of a delivery that a person has put back in the queue: how often it had been tried by then.
TRIED_BEFORE = "tried_before"
# What sends each vendor's deliveries: it returns what to keep of the answer, or None when nothing is to be sent now.
SENDERS: dict[str, Callable[[Delivery, datetime], dict[str, Any] | None]] = {
    "slack": sending.send,
    "crm": crm_writing.send,
}
log = structlog.get_logger(__name__)


def deliver_due(*, at: datetime, limit: int = BATCH) -> int:
    """Send up to `limit` deliveries that are due, and bring cards up to date. Returns how many were taken."""
    _leave_alone("crm", until=crm_health.closed_until(at=at), at=at)
    _leave_alone("slack", until=health.closed_until(at=at), at=at)
    taken, ends = claim(at=at, limit=limit), monotonic() + BUDGET_SECONDS
    second_channel.tell(at=at)  # after the claim: what it cannot mail must not be kept from Slack
    for position, delivery in enumerate(taken):
        if monotonic() > ends:
            _give_back(taken[position:])
            return position
        _send(delivery, at=at)
    if monotonic() > ends:
        return len(taken)
    return len(taken) + posted.refresh(at=at, limit=CARDS_BESIDE if taken else limit)


def _leave_alone(vendor: str, *, until: datetime | None, at: datetime) -> None:
    """While its circuit is open, what is owed to it waits, and no try is counted."""
    if until is not None:
        waiting = Delivery.objects.filter(status=Delivery.Status.PENDING, next_try_at__lte=at)
        free = waiting.filter(free_to_claim(at=at), kind__startswith=f"{vendor}.")
        free.update(next_try_at=until)


def _give_back(deliveries: Sequence[Delivery]) -> None:
    ids = [delivery.pk for delivery in deliveries]
    pending = Delivery.objects.filter(Q(pk__in=ids) | Q(told_with__in=ids), status=Delivery.Status.PENDING)
    pending.update(claimed_until=None, attempts=F("attempts") - 1)


def _send(delivery: Delivery, *, at: datetime) -> None:
    vendor = delivery.kind.partition(".")[0]
    if _tries(delivery) > MOST_TRIES and at - delivery.send_at > GIVE_UP_AFTER:
        Delivery.objects.filter(pk=delivery.pk).update(attempts=F("attempts") - 1)  # that one is not made
        _done(delivery, Delivery.Status.DEAD, at=at, error=delivery.error or "Gave up after too many tries.")
        return
    try:
        answer = SENDERS[vendor](delivery, at)
    except Waits as waits:
        _wait(delivery, waits)
    except VendorError as error:
        _failed(delivery, error, at=at)
    except Exception as error:
        log.exception("delivery_raised", delivery=delivery.pk)
        _failed(delivery, VendorError(f"{type(error).__name__} while sending", permanent=False), at=at)
    else:
        dropped = answer is None or "left_out" in answer
        _done(delivery, Delivery.Status.DROPPED if dropped else Delivery.Status.SENT, at=at, answer=answer or {})
        if answer and vendor == "slack" and sending.works_again(delivery, answer, at=at):
            hurry("slack", at=at)


def _wait(delivery: Delivery, waits: Waits) -> None:
    """No try is counted: it is not this delivery that fails. One that Slack may have posted keeps a try, so that it is
    looked for first."""
    pending = Delivery.objects.filter(status=Delivery.Status.PENDING)
    tried = Greatest(F("attempts") - 1, 1 if waits.asked else 0)
    pending.filter(told_with=delivery).update(attempts=tried)
    changed = {"next_try_at": waits.until, "claimed_until": None, "error": str(waits)[:500]}
    pending.filter(pk=delivery.pk).update(**changed, attempts=tried)


def _failed(delivery: Delivery, error: VendorError, *, at: datetime) -> None:
    mendable = error.configuration and delivery.kind.startswith("slack.") and at - delivery.send_at < GIVE_UP_AFTER
    if error.permanent and not mendable:
        _done(delivery, Delivery.Status.DEAD, at=at, error=str(error))
        return
    wait = error.retry_after if error.retry_after is not None else _backed_off(_tries(delivery))
    changed: dict[str, Any] = {
        "next_try_at": at + timedelta(seconds=health.LOOK_AGAIN.total_seconds() if mendable else wait),
        "claimed_until": None,
        "error": str(error)[:500],
    }
    Delivery.objects.filter(pk=delivery.pk, status=Delivery.Status.PENDING).update(**changed)


def _tries(delivery: Delivery) -> int:
    """Since it was put in the queue, or put back."""
    return delivery.attempts - int(delivery.answer.get(TRIED_BEFORE, 0))


def _backed_off(attempts: int) -> float:
    """Full jitter, doubling from 5 s to 15 min."""
    return random.uniform(1, min(LAST_WAIT, FIRST_WAIT * 2**attempts))  # noqa: S311


def _done(
    delivery: Delivery, status: str, *, at: datetime, answer: dict[str, Any] | None = None, error: str = ""
) -> None:
    """Keep what became of it. Whatever was to be told with one that was not sent goes out without it."""
    shows = delivery.shows if status == Delivery.Status.SENT else None
    Delivery.objects.filter(pk=delivery.pk, status=Delivery.Status.PENDING).update(
        status=status,
        done_at=at,
        claimed_until=None,
        error=error[:500],
        answer=answer or delivery.answer,
        shows=shows,
    )
    Delivery.objects.filter(told_with=delivery, status=Delivery.Status.PENDING).update(told_with=None)


def hurry(vendor: str, *, at: datetime) -> None:
    """Whatever waits for another try at this vendor is tried now: it is mended."""
    waiting = Delivery.objects.filter(status=Delivery.Status.PENDING, kind__startswith=f"{vendor}.", send_at__lte=at)
    with transaction.atomic():
        if waiting.update(next_try_at=at):
            async_task("revops.jobs.deliver")


def retry(delivery_id: int, *, at: datetime) -> bool:
    """Put a delivery that failed for good back in the queue, with as many tries again. Those before stay counted: one
    whose answer was lost then is looked for. False when it is not one of those."""
    dead = Delivery.objects.filter(pk=delivery_id, status=Delivery.Status.DEAD)
    with transaction.atomic():
        row = dead.select_for_update(no_key=True).first()
        if row is not None:
            changed = {"done_at": None, "next_try_at": at, "told_with": None, "answer": {TRIED_BEFORE: row.attempts}}
            dead.update(status=Delivery.Status.PENDING, **changed)
            async_task("revops.jobs.deliver")
    return row is not None
