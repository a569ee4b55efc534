"""What django-q2 runs. Each job is safe to run twice, and nothing depends on its being run."""

import time
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django_q.models import OrmQ, Schedule, Task
from django_q.tasks import async_task
from knox.models import AuthToken

from leads import visitors
from leads.actor import SYSTEM
from leads.locks import SENDERS, Lock
from leads.models import IntentSignal
from revops import backtest_desk, clock, crm_backfill, crm_health, lifecycle, scoring
from revops.alone import alone, one_of
from revops.crm_pull import catch_up, pull
from revops.deliver import deliver_due
from revops.delivery_claims import PACE, next_free
from revops.enrich import enrich_due
from revops.models import HookEvent, IdempotencyKey
from revops.notices import tell_revops
from revops.sweep import beat
from revops.sweep import sweep as sweep_due
from routing.models import Backtest

KEPT = timedelta(days=30)
# A task is ended at 60 s. At the worst the last batch of deliveries begins at the end of these, and its last delivery,
# of six calls to the CRM of 6 s each, at the end of the batch's 8: that makes 54.
MOST_SECONDS = 10
# What runs how often, in minutes.
DAILY = 24 * 60
RECURRING = {
    "sweep": 1,
    "deliver": 1,
    "enrich": 1,
    "sync_crm": 5,
    "notices": 5,
    "backtests": 5,
    "intent": 15,
    "performance": DAILY,
    "prune": DAILY,
}


def sweep() -> int:
    beat("worker")
    return sweep_due(at=clock.now()).count


def deliver() -> int:
    """Send what is due, for less time than a worker is given; what is left is left to the next nudge."""
    beat("worker")
    sent, started = 0, time.monotonic()
    with _a_senders_place() as free:
        if not free:
            return 0
        while time.monotonic() - started < MOST_SECONDS:
            if taken := deliver_due(at=clock.now()):
                sent += taken
                beat("worker")
            elif not _waits_for_its_pace():
                return sent
    async_task("revops.jobs.deliver")
    return sent


def _a_senders_place() -> AbstractContextManager[bool]:
    """Whether another worker may send. Who is one too many leaves it to those at it, who look until nothing is left.

    Each change asks for sending, and the clock waits its turn in the same queue: of several workers one is always free
    for it.
    """
    queue: dict[str, Any] = settings.Q_CLUSTER
    return one_of(max(queue["workers"] - 1, 1), SENDERS)


def _waits_for_its_pace() -> bool:
    """Wait, under a second, until the next conversation takes a message again; false when none has any waiting. One
    worker does: the others have other work."""
    with alone(Lock.SLACK_PACE) as held:
        free = next_free(at=clock.now()) if held else None
        if free is not None:
            time.sleep(min(max((free - clock.now()).total_seconds(), 0), PACE.total_seconds()))
        return free is not None


def enrich() -> int:
    """Ask vendors about the companies that leads wait for, for less time than a worker is given."""
    beat("worker")
    asked, started = 0, time.monotonic()
    while time.monotonic() - started < MOST_SECONDS and (taken := enrich_due(at=clock.now())):
        asked += taken
    return asked


def sync_crm() -> None:
    """Pull what changed in the CRM, for less time than a worker is given; what is left is pulled by the next job. And
    let go out what it was not told while it was not connected."""
    beat("worker")
    at = clock.now()
    crm = crm_health.connected(at=at)
    if crm is None:
        catch_up(at=at)
        return
    crm_backfill.take_up(at=at)
    if pull(crm, at=at, seconds=MOST_SECONDS).unfinished:
        async_task("revops.jobs.sync_crm")


def intent() -> int:
    """Leads below the bar whose score passes it by now, though nothing was heard of them."""
    beat("worker")
    return lifecycle.intent_is_back(at=clock.now(), by=SYSTEM)


def notices() -> None:
    """What RevOps is told of no one lead. A week whose Monday no worker saw is told of later, and told of once."""
    tell_revops(at=clock.now())


def performance() -> int:
    """What each rep's leads came to, and what that is worth in leads."""
    return scoring.refresh(at=clock.now())


def backtest() -> None:
    """Compare two versions of the rules, if that was asked for; for as long as it takes."""
    backtest_desk.run(tell=lambda _done, _total: beat("worker"))


def backtests() -> None:
    """A comparison whose worker was killed begins again."""
    backtest_desk.take_up()


def prune() -> None:
    """Delete what nobody asks for any more: old answers to repeated requests, ids of events that were taken, visits of
    whoever never said who they are, ended sessions, tokens, what the queue remembers of its tasks, old comparisons."""
    at = clock.now()
    IdempotencyKey.objects.filter(created_at__lt=at - KEPT).delete()
    HookEvent.objects.filter(received_at__lt=at - HookEvent.KEPT).exclude(outcome=HookEvent.Outcome.LEAD).delete()
    unclaimed = IntentSignal.objects.filter(person_key="", domain="")
    unclaimed.filter(occurred_at__lt=at - visitors.LOOK_BACK, received_at__lt=at - visitors.LOOK_BACK).delete()
    Backtest.objects.filter(ended_at__lt=at - Backtest.KEPT).delete()
    Task.objects.filter(stopped__lt=at - KEPT).delete()
    AuthToken.objects.filter(expiry__lt=at).delete()
    call_command("clearsessions")


def plant_schedules() -> None:
    """All recurring work: the clock's second hand and the deliveries once a minute, notices, tidying."""
    ours = Schedule.objects.filter(name__startswith="airtight-")
    ours.exclude(name__in=[f"airtight-{name}" for name in RECURRING]).delete()  # of an older version
    for name, minutes in RECURRING.items():
        Schedule.objects.get_or_create(
            name=f"airtight-{name}",
            defaults={
                "func": f"revops.jobs.{name}",
                "schedule_type": Schedule.MINUTES,
                "minutes": minutes,
                "repeats": -1,
            },
        )
    if not OrmQ.objects.exists():
        async_task("revops.jobs.sweep")  # the first beat, for which the schedule would take half a minute
