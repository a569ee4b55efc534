"""Sends what is owed. The rows are the queue: claim some, call out with no transaction open, keep the answer."""

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F, Q
from django_q.tasks import async_task

from leads.models import Delivery
from revops import crm_health, crm_writing
from revops.integrations.errors import VendorError
from revops.slack import sending

CLAIM = timedelta(seconds=90)
# Few at a time, so that all of them are sent long before the claim ends.
BATCH = 4
# No further one of a batch is begun after this: `jobs` has the sum.
BUDGET_SECONDS = 8.0
MOST_TRIES = 12
GIVE_UP_AFTER = timedelta(hours=24)
FIRST_WAIT, LAST_WAIT = 5.0, 900.0
WITH = ("lead__owner__user", "lead__territory__team", "lead__reason", "event", "rep__user", "team__manager__user")
# What sends each vendor's deliveries: it returns what to keep of the answer, or None when nothing is to be sent now.
SENDERS: dict[str, Callable[[Delivery, datetime], dict[str, Any] | None]] = {
    "slack": sending.send,
    "crm": crm_writing.send,
}
log = structlog.get_logger(__name__)


def deliver_due(*, at: datetime, limit: int = BATCH) -> int:
    """Send up to `limit` deliveries that are due. Returns how many were taken."""
    _leave_the_crm_alone(at=at)
    taken, ends = _claim(at=at, limit=limit), monotonic() + BUDGET_SECONDS
    for position, delivery in enumerate(taken):
        if monotonic() > ends:
            _give_back(taken[position:])
            return position
        _send(delivery, at=at)
    return len(taken)


def _leave_the_crm_alone(*, at: datetime) -> None:
    """While its circuit is open, what is owed to it waits, and no try is counted."""
    until = crm_health.closed_until(at=at)
    if until is not None:
        waiting = Delivery.objects.filter(status=Delivery.Status.PENDING, kind__startswith="crm.", next_try_at__lte=at)
        waiting.update(next_try_at=until)


def _give_back(deliveries: Sequence[Delivery]) -> None:
    ids = [delivery.pk for delivery in deliveries]
    pending = Delivery.objects.filter(pk__in=ids, status=Delivery.Status.PENDING)
    pending.update(claimed_until=None, attempts=F("attempts") - 1)


def _claim(*, at: datetime, limit: int) -> list[Delivery]:
    """Take some and count the attempt before it is made: a delivery that kills its worker must not do so for ever."""
    with transaction.atomic():
        rows = Delivery.objects.filter(status=Delivery.Status.PENDING, next_try_at__lte=at)
        rows = rows.filter(Q(claimed_until__isnull=True) | Q(claimed_until__lt=at)).order_by("next_try_at", "pk")
        rows = rows.select_for_update(skip_locked=True, no_key=True)
        # People wait for what they are told; the CRM, which takes longer, comes after.
        told, kept = rows.exclude(kind__startswith="crm."), rows.filter(kind__startswith="crm.")
        ids = list(told.values_list("pk", flat=True)[:limit]) or list(kept.values_list("pk", flat=True)[:limit])
        Delivery.objects.filter(pk__in=ids).update(claimed_until=at + CLAIM, attempts=F("attempts") + 1)
    return list(Delivery.objects.filter(pk__in=ids).select_related(*WITH).order_by("next_try_at", "pk"))


def _send(delivery: Delivery, *, at: datetime) -> None:
    vendor = delivery.kind.partition(".")[0]
    if delivery.attempts > MOST_TRIES and at - delivery.send_at > GIVE_UP_AFTER:
        _done(delivery, Delivery.Status.DEAD, at=at, error=delivery.error or "Gave up after too many tries.")
        return
    try:
        answer = SENDERS[vendor](delivery, at)
    except VendorError as error:
        _failed(delivery, error, at=at)
    except Exception as error:
        log.exception("delivery_raised", delivery=delivery.pk)
        _failed(delivery, VendorError(f"{type(error).__name__} while sending", permanent=False), at=at)
    else:
        status = Delivery.Status.DROPPED if answer is None else Delivery.Status.SENT
        _done(delivery, status, at=at, answer=answer or {})


def _failed(delivery: Delivery, error: VendorError, *, at: datetime) -> None:
    if error.permanent:
        _done(delivery, Delivery.Status.DEAD, at=at, error=str(error))
        return
    wait = error.retry_after if error.retry_after is not None else _backed_off(delivery.attempts)
    changed: dict[str, Any] = {
        "next_try_at": at + timedelta(seconds=wait),
        "claimed_until": None,
        "error": str(error)[:500],
    }
    Delivery.objects.filter(pk=delivery.pk, status=Delivery.Status.PENDING).update(**changed)


def _backed_off(attempts: int) -> float:
    """Full jitter, doubling from 5 s to 15 min."""
    return random.uniform(1, min(LAST_WAIT, FIRST_WAIT * 2**attempts))  # noqa: S311


def _done(
    delivery: Delivery, status: str, *, at: datetime, answer: dict[str, Any] | None = None, error: str = ""
) -> None:
    Delivery.objects.filter(pk=delivery.pk, status=Delivery.Status.PENDING).update(
        status=status, done_at=at, claimed_until=None, error=error[:500], answer=answer or delivery.answer
    )


def hurry(vendor: str, *, at: datetime) -> None:
    """Whatever waits for another try at this vendor is tried now: it is mended."""
    waiting = Delivery.objects.filter(status=Delivery.Status.PENDING, kind__startswith=f"{vendor}.", send_at__lte=at)
    with transaction.atomic():
        if waiting.update(next_try_at=at):
            async_task("revops.jobs.deliver")


def retry(delivery_id: int, *, at: datetime) -> bool:
    """Put a delivery that failed for good back in the queue. False when it is not one of those."""
    dead = Delivery.objects.filter(pk=delivery_id, status=Delivery.Status.DEAD)
    with transaction.atomic():
        found = dead.update(status=Delivery.Status.PENDING, done_at=None, attempts=0, next_try_at=at, error="")
        if found:
            async_task("revops.jobs.deliver")
    return bool(found)
