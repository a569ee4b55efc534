"""The clock's hand: acts on every deadline that has passed, however many of these run at once."""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Min, Q
from django_q.models import OrmQ
from django_q.tasks import async_task

from leads.actor import SYSTEM
from leads.models import Lead
from leads.queues import free_to_claim
from revops import alerts, delivery_claims, lateness, lifecycle
from revops.holding import BATCH, Taken
from revops.models import Heartbeat
from revops.roster_changes import InTheWay, begin_absences, leaves_to_begin
from routing.models import Enquiry
from sla.breaches import TOLERANCE
from sla.models import Outage

BEAT = timedelta(seconds=5)
NEVER = timedelta.max
# The sign of life of `manage.py sweep`; whoever sweeps, the schedule too, gives the other one.
TIMER = "timer"
# The sign that a leave could not begin, since somebody held what it needs.
GAVE_WAY = "leave that waits"


def sweep(*, at: datetime, batch: int = BATCH) -> Taken:
    """Act on all that is due at `at`, batch after batch."""
    done = [sweep_batch(at=at, batch=batch)]
    while done[-1].count == batch:
        done.append(_act(at=at, batch=batch))
    return Taken(sum(taken.count for taken in done), aside=sum(taken.aside for taken in done))


def sweep_batch(*, at: datetime, batch: int = BATCH) -> Taken:
    """Act on up to `batch` of what is due at `at`; as many as that says that more may be due."""
    notice_outage(at=at)
    _begin_absences(at=at)
    return _act(at=at, batch=batch)


def _act(*, at: datetime, batch: int) -> Taken:
    began = time.monotonic()
    with _uncollected():
        taken = lifecycle.act_on_due(at=at, limit=batch)
    lateness.keep(taken.due, at=at + timedelta(seconds=time.monotonic() - began))
    while _passed_on(at=at, batch=batch) == batch:
        beat("sweep")
    beat("sweep")
    return taken


def _passed_on(*, at: datetime, batch: int) -> int:
    with _uncollected():
        return alerts.pass_on(at=at, limit=batch)


def _begin_absences(*, at: datetime) -> None:
    """Unless one just had to give way: everybody waits while it waits, so it is not tried at once again."""
    if leaves_to_begin(at=at) and (pulse_age(GAVE_WAY) or NEVER) > BEAT:
        try:
            begin_absences(at=at, by=SYSTEM)
        except InTheWay:
            beat(GAVE_WAY)


@contextmanager
def _uncollected() -> Iterator[None]:
    """What a batch makes lives to its end: looking for garbage among it costs a fifth of the time and finds none."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def next_due() -> datetime | None:
    """The earliest deadline there is of leads that are not put aside.

    Those are taken by the first sweep after their retry: no index tells the earliest, and none needs to, for a sweep
    that waits looks again every second all the same.
    """
    return Lead.objects.filter(retry_at__isnull=True).aggregate(at=Min("due_at"))["at"]


def wake_workers(*, at: datetime) -> None:
    """Nudge a worker for what has come due by itself, unless a nudge is waiting already."""
    free = free_to_claim(at=at) & Q(next_try_at__lte=at)
    waiting = {
        "revops.jobs.deliver": delivery_claims.due(at=at),
        "revops.jobs.enrich": Enquiry.objects.filter(free, done_at__isnull=True),
    }
    due = [job for job, rows in waiting.items() if rows.exists()]
    if due and not OrmQ.objects.exists():
        for job in due:
            async_task(job)


def notice_outage(*, at: datetime) -> None:
    """Keep for how long no sweep ran, before acting on what fell due meanwhile: it is nobody's lapse."""
    if (pulse_age("sweep") or timedelta(0)) <= TOLERANCE:
        return
    with transaction.atomic():
        pulse = Heartbeat.objects.select_for_update().get(name="sweep")  # of several sweeps that start, one notes it
        gap = datetime.now(UTC) - pulse.at
        if gap > TOLERANCE:
            Outage.objects.create(started_at=at - gap, ended_at=at)
            pulse.at += gap
            pulse.save()


def beat(name: str) -> None:
    """Leave a sign of life, in real time: a moved clock must not make a dead process look alive."""
    at = datetime.now(UTC)
    if not Heartbeat.objects.filter(name=name, at__gt=at - BEAT).exists():
        Heartbeat.objects.update_or_create(name=name, defaults={"at": at})


def pulse_age(name: str) -> timedelta | None:
    """How long ago a process gave its last sign of life."""
    row = Heartbeat.objects.filter(name=name).first()
    return datetime.now(UTC) - row.at if row else None
