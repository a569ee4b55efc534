"""How the lifecycle holds leads: locks in one order, deadlocks tried again, a lead that raises put aside."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import structlog
from django.db import OperationalError, connection, transaction
from django.db.models import DurationField, ExpressionWrapper, F, Value
from django.db.models.functions import Least, Power

from leads.actor import SYSTEM, Actor
from leads.locks import A_MOMENT, letting_others_by, waiting_at_most
from leads.locks import TRIES as A_WHILE
from leads.models import Lead
from leads.models.lead import LeadQuerySet
from leads.reading import NEVER_ASKED, WITH, WITH_WHOM, Columns, attach
from revops.deadlines import settle, to_read
from revops.moment import Moment
from routing.roster import hold_roster

BATCH = 2_000
TRIES = 3
# A lead that raises is tried again after this long, doubling up to an hour.
FIRST_RETRY = timedelta(minutes=1)
LAST_RETRY = timedelta(hours=1)
# So many leads in a row that raise the same, and it is a setting that is wrong.
ENOUGH_ALIKE = 8
DEADLOCK = "40P01"
Result = TypeVar("Result")
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Taken:
    """How many leads were due and taken, and how many of them were put aside since acting on them raised; the
    deadlines of the others."""

    count: int
    aside: int = 0
    due: Sequence[datetime] = ()


def retrying(work: Callable[[], Result]) -> Result:
    """Run a transaction again when the database ended it to break a deadlock."""
    for attempt in range(TRIES):
        try:
            return work()
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) != DEADLOCK or attempt == TRIES - 1:
                raise
    raise AssertionError("the last try returns or raises")


def within(*, at: datetime, by: Actor, act: Callable[[Moment], Result]) -> Result:
    """One transaction of the lifecycle around `act`. Called with no transaction open, it can be tried again."""

    def work() -> Result:
        with transaction.atomic():
            hold_roster()
            return _lived(act, at=at, by=by)

    return work() if connection.in_atomic_block else retrying(work)


def alone(*, at: datetime, by: Actor, act: Callable[[Moment], Result], tries: int = A_WHILE) -> Result:
    """`within` with the roster held by nobody else.

    Everybody waits for who holds it so. Where it must wait in turn, as for a lead that somebody has held for long, it
    is rolled back, lets the others by and is tried again, `tries` times in all.
    """

    def work() -> Result:
        with transaction.atomic():
            hold_roster(exclusive=True, tries=1)
            with waiting_at_most(A_MOMENT):
                return _lived(act, at=at, by=by)

    again = work if connection.in_atomic_block else partial(retrying, work)
    return letting_others_by(again, tries=tries)


def _lived(act: Callable[[Moment], Result], *, at: datetime, by: Actor) -> Result:
    m = Moment(at=at, by=by)
    result = act(m)
    m.finish()
    return result


def past_what_raises(leads: LeadQuerySet, *, at: datetime, by: Actor, act: Callable[[Moment], Result]) -> Result:
    """`within`; should one of `leads` that is due raise when it is settled, it is put aside and `act` goes past it.

    A person's accept and a new form must not fail because the system fails on a lead.
    """
    try:
        return within(at=at, by=by, act=act)
    except OperationalError:
        raise
    except Exception:
        due = list(leads.due(at=at).values_list("pk", flat=True))
        if not due or not _Culprits(at=at).put_aside_of(due):
            raise
        return within(at=at, by=by, act=act)


def locked(lead_ids: Sequence[int]) -> list[Lead]:
    """These leads, locked in the order of their ids.

    Read in a statement of its own after the lock: one that waited for it would join the owner of before.
    """
    rows = Lead.objects.filter(pk__any_of=lead_ids).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk"))
    return held(lead_ids)


def held(lead_ids: Sequence[int], *, asked: Columns | None = None) -> list[Lead]:
    """These leads, which this transaction has locked, in the order of their ids; with no more than what is `asked`, and
    `settle` reads the rest of those that go on."""
    rows = Lead.objects.filter(pk__any_of=lead_ids).order_by("pk").defer(*NEVER_ASKED)
    leads = list(rows.only(*asked[Lead]) if asked else rows)
    attach(leads, *(WITH_WHOM if asked else WITH))
    return leads


def act_on_due(*, at: datetime, limit: int = BATCH) -> Taken:
    """Take up to `limit` leads that are due and that nobody else holds, and act.

    A batch that raises is halved until the lead to blame stands alone, and only that one is put aside. When one after
    the other of them raises the same, it is no lead's fault: the rest of the batch is put aside without a try.
    """
    taken: dict[int, datetime] = {}

    def act(m: Moment) -> None:
        taken.clear()
        rows = _take_due(at=at, limit=limit)
        taken.update((pk, due_at) for pk, due_at, *_step in rows)
        if taken:
            settle(held(list(taken), asked=to_read({(state, step) for *_lead, state, step in rows})), m)

    try:
        within(at=at, by=SYSTEM, act=act)
    except OperationalError:
        raise
    except Exception as error:
        culprits = _Culprits(at=at)
        culprits.find(list(taken), error)
        for pk in Lead.objects.put_aside().filter(pk__in=taken).values_list("pk", flat=True):
            del taken[pk]
        return Taken(len(taken) + culprits.count, culprits.count, list(taken.values()))
    return Taken(len(taken), due=list(taken.values()))


def _take_due(*, at: datetime, limit: int) -> list[tuple[int, datetime, str, str]]:
    """Each one's id, deadline, state and step, in the order of their ids."""
    rows = Lead.objects.due(at=at).order_by("due_at", "pk").select_for_update(skip_locked=True, no_key=True)
    found = sorted(rows.values_list("pk", "due_at", "state", "due_step")[:limit])
    return [(pk, due_at, state, step) for pk, due_at, state, step in found if due_at and step]


class _Culprits:
    """Halves a batch that raised. `alike` counts the single leads that raised the same, one after the other."""

    def __init__(self, *, at: datetime) -> None:
        self.at = at
        self.last = ""
        self.alike = 0
        self.count = 0

    def put_aside_of(self, lead_ids: Sequence[int]) -> int:
        """Settle those of `lead_ids` that can be. Returns how many were put aside instead."""
        self._try(lead_ids)
        return self.count

    def find(self, lead_ids: Sequence[int], error: Exception) -> None:
        """Settle those of `lead_ids`, which raised `error` together, that can be; put the others aside."""
        if len(lead_ids) <= 1 or self.alike >= ENOUGH_ALIKE:
            self.count += put_aside(lead_ids, error, at=self.at)
            self.alike = self.alike + 1 if self.last == _told(error) else 1
            self.last = _told(error)
            return
        middle = len(lead_ids) // 2
        for half in (lead_ids[:middle], lead_ids[middle:]):
            self._try(half)

    def _try(self, lead_ids: Sequence[int]) -> None:
        try:
            within(at=self.at, by=SYSTEM, act=partial(_settle, lead_ids))
        except OperationalError:
            raise
        except Exception as error:
            self.find(lead_ids, error)
        else:
            self.alike = 0


def _settle(lead_ids: Sequence[int], m: Moment) -> int:
    return settle(locked(lead_ids), m)


def _told(error: Exception) -> str:
    """The error as RevOps reads it; of the database's only what it says first, for the rest quotes the row."""
    diagnosis = getattr(error.__cause__, "diag", None)
    text = diagnosis.message_primary if diagnosis is not None and diagnosis.message_primary else str(error)
    return f"{type(error).__name__}: {text}"[:500].replace("\x00", "")


def put_aside(lead_ids: Sequence[int], error: Exception, *, at: datetime) -> int:
    """Try those of these leads that are due again later, show them to RevOps, and let their deadlines stand.

    Returns how many.
    """
    doubled = ExpressionWrapper(
        Value(FIRST_RETRY) * Power(2.0, Least(F("error_count"), Value(10))), output_field=DurationField()
    )
    count = Lead.objects.filter(pk__in=lead_ids, due_at__lt=at).update(
        retry_at=Value(at) + Least(doubled, Value(LAST_RETRY)), error=_told(error), error_count=F("error_count") + 1
    )
    log.error("leads_put_aside", count=count, first=min(lead_ids, default=None), error=_told(error))
    return count


def try_again(lead_ids: Sequence[int], *, at: datetime) -> list[int]:
    """Let those of these leads that are put aside be taken by the next sweep. Returns which those were."""
    with transaction.atomic():
        aside = Lead.objects.put_aside().filter(pk__in=lead_ids).order_by("pk").select_for_update(no_key=True)
        found = list(aside.values_list("pk", flat=True))
        Lead.objects.filter(pk__in=found).update(retry_at=at)
    return found
