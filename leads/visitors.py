"""Visitors without a name, and whose visits theirs were once they said who they are.

A visit belongs to whoever identifies next with its anonymous id, within the look-back; once it does it stays theirs.
Until somebody does, it counts for the one who identified last.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q

from leads.locks import VISITORS
from leads.models import Identification, IntentSignal

LOOK_BACK = timedelta(days=90)
LONGEST_ID = 200


@dataclass(frozen=True)
class Known:
    """`for_now`: nobody has identified since the visit, so it may turn out to be another's."""

    person_key: str
    for_now: bool


def hold(anonymous_ids: Collection[str]) -> None:
    """Take these visitors' locks to the commit: a visit and an identification that meet must see each other.

    To be taken before any lead's.
    """
    with connection.cursor() as cursor:
        for anonymous_id in sorted(set(anonymous_ids)):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [VISITORS, anonymous_id])


def who_was(anonymous_id: str, *, at: datetime) -> Known | None:
    """Whose visit of that moment it is, as far as is known."""
    said = Identification.objects.filter(anonymous_id=anonymous_id)
    after = said.filter(at__gte=at, at__lte=at + LOOK_BACK).order_by("at", "pk").first()
    if after is not None:
        return Known(after.person_key, for_now=False)
    before = said.filter(at__lt=at, at__gte=at - LOOK_BACK).order_by("-at", "-pk").first()
    return Known(before.person_key, for_now=True) if before is not None else None


def last_known(anonymous_id: str) -> str:
    """The person who identified last with this id, '' for none."""
    last = Identification.objects.filter(anonymous_id=anonymous_id).order_by("-at", "-pk").first()
    return last.person_key if last is not None else ""


def stitch(anonymous_ids: Collection[str], person_key: str, *, at: datetime) -> list[IntentSignal]:
    """This person identified at `at`; the visits that have become theirs, those for now included."""
    hold(anonymous_ids)
    rows = [Identification(anonymous_id=one, person_key=person_key, at=at) for one in sorted(set(anonymous_ids))]
    Identification.objects.bulk_create(rows, ignore_conflicts=True)
    found = []
    for row in rows:
        _forget_the_middle(row.anonymous_id, at=at)
        earlier = _unsettled(row.anonymous_id, Q(occurred_at__lte=at, occurred_at__gte=at - LOOK_BACK))
        found += _given(earlier, person_key, for_now=False)
        if last_known(row.anonymous_id) == person_key:
            later = _unsettled(row.anonymous_id, Q(occurred_at__gt=at, occurred_at__lte=at + LOOK_BACK))
            found += _given([one for one in later if one.person_key != person_key], person_key, for_now=True)
    return found


def _forget_the_middle(anonymous_id: str, *, at: datetime) -> None:
    """A site may identify with every page: of a run of the same person's, the first and the last tell everything."""
    said = Identification.objects.filter(anonymous_id=anonymous_id, at__lte=at).order_by("-at", "-pk")
    latest = list(said[:3])
    if len(latest) == 3 and len({one.person_key for one in latest}) == 1:
        latest[1].delete()


def _unsettled(anonymous_id: str, when: Q) -> list[IntentSignal]:
    open_rows = Q(person_key="") | Q(is_provisional=True)
    return list(IntentSignal.objects.filter(open_rows, when, anonymous_id=anonymous_id))


def _given(signals: list[IntentSignal], person_key: str, *, for_now: bool) -> list[IntentSignal]:
    """Make them this person's. Returns those that were not before."""
    gained = [one for one in signals if one.person_key != person_key]
    IntentSignal.objects.filter(pk__in=[one.pk for one in signals]).update(
        person_key=person_key, is_provisional=for_now
    )
    return gained
