"""How the lifecycle holds leads: locks in one order, deadlocks tried again, a lead that raises put aside."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import structlog
from django.db import OperationalError, connection, transaction
from django.db.models import F

from leads.actor import SYSTEM, Actor
from leads.models import Lead
from revops.deadlines import settle
from revops.moment import Moment
from routing.roster import hold_roster

BATCH = 500
TRIES = 3
WITH = ("reason__track", "territory__team", "owner__team", "account")
# A lead that raises is tried again after this long, doubling up to an hour.
FIRST_RETRY = timedelta(minutes=1)
LAST_RETRY = timedelta(hours=1)
DEADLOCK = "40P01"
Result = TypeVar("Result")
log = structlog.get_logger(__name__)


def retrying(work: Callable[[], Result]) -> Result:
    """Run a transaction again when the database ended it to break a deadlock."""
    for attempt in range(TRIES):
        try:
            return work()
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) != DEADLOCK or attempt == TRIES - 1:
                raise
    raise AssertionError("the last try returns or raises")


def within(*, at: datetime, by: Actor, act: Callable[[Moment], Result], exclusive: bool = False) -> Result:
    """One transaction of the lifecycle around `act`. Called with no transaction open, it can be tried again."""

    def work() -> Result:
        with transaction.atomic():
            hold_roster(exclusive=exclusive)
            m = Moment(at=at, by=by)
            result = act(m)
            m.finish()
        return result

    return work() if connection.in_atomic_block else retrying(work)


def locked(lead_ids: Sequence[int]) -> list[Lead]:
    """These leads, locked in the order of their ids.

    Read in a statement of its own after the lock: one that waited for it would join the owner of before.
    """
    rows = Lead.objects.filter(pk__in=lead_ids).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk"))
    return list(rows.select_related(*WITH))


def act_on_due(*, at: datetime, limit: int = BATCH) -> int:
    """Take up to `limit` leads that are due and that nobody else holds, and act. Returns how many were taken.

    A batch that raises is halved until the lead to blame stands alone, and only that one is put aside.
    """
    taken: list[int] = []

    def act(m: Moment) -> int:
        taken[:] = _take_due(at=at, limit=limit)
        if taken:
            settle(locked(taken), m)
        return len(taken)

    try:
        return within(at=at, by=SYSTEM, act=act)
    except OperationalError:
        raise
    except Exception as error:
        _without_the_culprit(taken, error, at=at)
        return len(taken)


def _take_due(*, at: datetime, limit: int) -> list[int]:
    rows = Lead.objects.due(at=at).order_by("due_at", "pk").select_for_update(skip_locked=True, no_key=True)
    return sorted(rows.values_list("pk", flat=True)[:limit])


def _without_the_culprit(lead_ids: Sequence[int], error: Exception, *, at: datetime) -> None:
    if len(lead_ids) <= 1:
        for pk in lead_ids:
            put_aside(pk, error, at=at)
        return
    middle = len(lead_ids) // 2
    for half in (lead_ids[:middle], lead_ids[middle:]):
        try:
            within(at=at, by=SYSTEM, act=partial(_settle, half))
        except OperationalError:
            raise
        except Exception as inner:
            _without_the_culprit(half, inner, at=at)


def _settle(lead_ids: Sequence[int], m: Moment) -> int:
    return settle(locked(lead_ids), m)


def _told(error: Exception) -> str:
    """The error as RevOps reads it; of the database's only what it says first, for the rest quotes the row."""
    diagnosis = getattr(error.__cause__, "diag", None)
    text = diagnosis.message_primary if diagnosis is not None and diagnosis.message_primary else str(error)
    return f"{type(error).__name__}: {text}"[:500].replace("\x00", "")


def put_aside(lead_id: int, error: Exception, *, at: datetime) -> None:
    """Try this lead again later, show it to RevOps, and let its deadline stand."""
    lead = Lead.objects.only("error_count").get(pk=lead_id)
    wait = min(FIRST_RETRY * 2 ** min(lead.error_count, 10), LAST_RETRY)
    still_due = Lead.objects.filter(pk=lead_id, due_at__lt=at)
    still_due.update(retry_at=at + wait, error=_told(error), error_count=F("error_count") + 1)
    log.error("lead_put_aside", lead=lead_id, error=_told(error))


def try_again(lead_ids: Sequence[int], *, at: datetime) -> list[int]:
    """Let those of these leads that are put aside be taken by the next sweep. Returns which those were."""
    with transaction.atomic():
        aside = Lead.objects.put_aside().filter(pk__in=lead_ids).order_by("pk").select_for_update(no_key=True)
        found = list(aside.values_list("pk", flat=True))
        Lead.objects.filter(pk__in=found).update(retry_at=at)
    return found
