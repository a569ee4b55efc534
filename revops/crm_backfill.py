"""Leads that were held here before the CRM was connected, or while it was not: it is told of them later.

A change while nothing is connected leaves its delivery as skipped. The last one of a lead says the whole truth of it,
so that one is taken up again and goes out as any other: nothing is owed twice, and where it stopped, it goes on.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django_q.tasks import async_task

from leads import states
from leads.models import Assignment, CrmRecord, Delivery, Lead

# What is on its way at a time, and how far apart: what changes meanwhile goes out between them.
PORTION = 150
APART, NOT_APART = timedelta(seconds=2), timedelta(0)
# A lead that ended while nothing was connected is told of for so long, if the CRM knew it as open.
ENDED = timedelta(days=90)
Status = Delivery.Status
KINDS = ("crm.owner", "crm.state")


@dataclass(frozen=True)
class Progress:
    """Of the leads that the CRM is to know: how many there are, wait to be taken up, are on their way, failed."""

    total: int
    waiting: int
    under_way: int
    failed: int

    @property
    def left(self) -> int:
        return self.waiting + self.under_way

    @property
    def known(self) -> int:
        return self.total - self.left - self.failed


def take_up(*, at: datetime, most: int = PORTION, apart: timedelta = APART) -> int:
    """Let up to `most` deliveries be on their way, `apart` from each other. Returns how many were added."""
    with transaction.atomic():
        room = most - Delivery.objects.filter(status=Status.PENDING, kind__in=KINDS)[:most].count()
        skipped = _told_of(at=at).filter(said=Status.SKIPPED).order_by("pk").values_list("last", flat=True)
        rows = Delivery.objects.filter(pk__in=list(skipped[:room]), status=Status.SKIPPED).order_by("lead_id")
        found = list(rows.select_for_update(skip_locked=True, no_key=True))
        for position, delivery in enumerate(found):
            delivery.status, delivery.done_at, delivery.attempts = Status.PENDING, None, 0
            delivery.send_at = delivery.next_try_at = at + position * apart
        Delivery.objects.bulk_update(found, ["status", "done_at", "attempts", "send_at", "next_try_at"])
        if found:
            async_task("revops.jobs.deliver")
    return len(found)


def progress(*, at: datetime) -> Progress:
    said = {status: Count("pk", filter=Q(said=status)) for status in (Status.SKIPPED, Status.PENDING, Status.DEAD)}
    counted = _told_of(at=at).aggregate(total=Count("pk"), **{f"of_{status}": count for status, count in said.items()})
    return Progress(counted["total"], counted["of_skipped"], counted["of_pending"], counted["of_dead"])


def _told_of(*, at: datetime) -> QuerySet[Any]:
    """The leads that the CRM is to know, each with its last delivery there and what became of that: those that are open
    and have been with a person, and those it knows as open that have ended since."""
    ended_since = CrmRecord.objects.filter(lead__entered_at__gt=at - ENDED, wrote_at__lt=F("lead__entered_at"))
    deliveries = Delivery.objects.filter(lead=OuterRef("pk"), kind__in=KINDS).order_by("-pk")
    return (
        Lead.objects.filter(Q(state__in=states.OPEN) | Q(pk__in=ended_since.values("lead")))
        .filter(Exists(Assignment.objects.filter(lead=OuterRef("pk"))))
        .annotate(
            last=Subquery(deliveries.values("pk")[:1]),
            said=Subquery(deliveries.values("status")[:1]),
        )
    )
