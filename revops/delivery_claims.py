"""Takes deliveries for one worker: a message a second for each conversation, and what waited too long together."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet

from leads.deliveries import REMINDERS
from leads.locks import CONVERSATIONS
from leads.models import Conversation, Delivery
from leads.queues import free_to_claim
from revops.slack.conversations import key_in_sql

CLAIM = timedelta(seconds=90)
# Slack takes about one message a second for each conversation.
PACE = timedelta(seconds=1)
# What is this late was held up: it is told together with whatever else its conversation waits for.
HELD_UP = timedelta(minutes=5)
# One delivery in so many is the CRM's.
SHARE = 4
# What is told of a delivery, and to whom.
TOLD = (
    "lead__owner__user",
    "lead__territory__team",
    "lead__reason__track",
    "event",
    "rep__user",
    "team__manager__user",
)
NEXT = """
INSERT INTO leads_conversation AS c (key, free_at, error, member, channel) VALUES (%s, %s, '', '', '')
ON CONFLICT (key) DO UPDATE SET free_at = excluded.free_at WHERE c.free_at IS NULL OR c.free_at <= %s
RETURNING 1
"""


def claim(*, at: datetime, limit: int) -> list[Delivery]:
    """Take some and count the attempt before it is made: a delivery that kills its worker must not do so for ever."""
    with transaction.atomic():
        # People wait for what they are told, so it goes first; but the CRM has its share however much that is.
        kept = _kept(at=at, limit=limit)
        told = _told(at=at, limit=limit - min(len(kept), limit // SHARE))
        ids = [*told, *kept[: limit - len(told)]]
        Delivery.objects.filter(pk__in=ids).update(claimed_until=at + CLAIM, attempts=F("attempts") + 1)
        along = Delivery.objects.filter(told_with__in=ids, status=Delivery.Status.PENDING)
        along.update(attempts=F("attempts") + 1)
    rows = Delivery.objects.select_related(*TOLD).in_bulk(ids)
    return [rows[pk] for pk in ids]


def next_free(*, at: datetime) -> datetime | None:
    """When the next conversation is free that something waits for; None when nothing waits for its pace alone."""
    waiting = due(at=at).exclude(kind__startswith="crm.").alias(lane=key_in_sql())
    paced = Conversation.objects.filter(free_at__gt=at).filter(Exists(waiting.filter(lane=OuterRef("key"))))
    first: datetime | None = paced.aggregate(at=Min("free_at"))["at"]
    return first


def due(*, at: datetime) -> QuerySet[Delivery]:
    """What nobody is sending and nothing else takes along."""
    rows = Delivery.objects.filter(status=Delivery.Status.PENDING, next_try_at__lte=at, told_with=None)
    return rows.filter(free_to_claim(at=at)).order_by("next_try_at", "pk")


def _kept(*, at: datetime, limit: int) -> list[int]:
    rows = due(at=at).filter(kind__startswith="crm.").select_for_update(skip_locked=True, no_key=True)
    return list(rows.values_list("pk", flat=True)[:limit])


def _told(*, at: datetime, limit: int) -> list[int]:
    if not settings.SLACK_BOT_TOKEN and not settings.SLACK_WEBHOOK_URL:
        rows = due(at=at).exclude(kind__startswith="crm.").select_for_update(skip_locked=True, no_key=True)
        pks = rows.values_list("pk", flat=True)
        return list(pks.filter(_urgent(at))[:limit]) or list(pks[:limit])
    taken: list[int] = []
    others: set[str] = set()
    while len(taken) < limit and (row := _next(at=at, but=taken, others=others)) is not None:
        if row.lane and not _has_its_turn(row.lane, at=at):
            others.add(row.lane)  # another worker was quicker
            continue
        taken.append(row.pk)
        if row.lane and row.send_at <= at - HELD_UP:
            _take_along(row, at=at)
    return taken


def _next(*, at: datetime, but: list[int], others: set[str]) -> Any:
    busy = Conversation.objects.filter(key=OuterRef("lane"), free_at__gt=at)
    rows = due(at=at).exclude(kind__startswith="crm.").exclude(pk__in=but).annotate(lane=key_in_sql())
    rows = rows.exclude(lane__in=others) if others else rows
    free = rows.exclude(Exists(busy)).select_for_update(skip_locked=True, no_key=True, of=("self",))
    urgent = free.filter(_urgent(at)).first()
    if urgent is not None and urgent.lane:
        # Who waits for what was held up is told of both in one message.
        return free.filter(lane=urgent.lane, send_at__lte=at - HELD_UP).first() or urgent
    return urgent or free.first()


def _urgent(at: datetime) -> Q:
    """A reminder goes before whatever else waits."""
    return Q(kind__in=REMINDERS, send_at__gt=at - HELD_UP)


def _has_its_turn(lane: str, *, at: datetime) -> bool:
    """Without waiting: two workers that take several, each in its own order, would wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", [CONVERSATIONS, lane])
        if cursor.fetchone() == (False,):
            return False
        cursor.execute(NEXT, [lane, at + PACE, at])
        return cursor.fetchone() is not None


def _take_along(head: Any, *, at: datetime) -> None:
    """The others of its conversation that were held up, and what cannot wait, go out in one message with it, and stay
    with it on every try.

    One that was tried by itself joins no digest that was tried: which of the two tells of it could not be told. And who
    has others to take along is not taken along: those would be left behind.
    """
    others = Delivery.objects.filter(told_with=OuterRef("pk"), status=Delivery.Status.PENDING)
    rows = due(at=at).filter(attempts=0) if head.attempts and head.tells.exists() else due(at=at)
    rows = rows.annotate(lane=key_in_sql()).filter(~Exists(others), lane=head.lane)
    rows = rows.filter(_urgent(at) | Q(send_at__lte=at - HELD_UP))
    locked = rows.exclude(pk=head.pk).select_for_update(skip_locked=True, no_key=True, of=("self",))
    Delivery.objects.filter(pk__in=list(locked.values_list("pk", flat=True))).update(told_with=head.pk)
