"""A comparison of rules as somebody asks for it: one at a time, by a worker, from the beginning if that one is killed.

Whoever compares holds a lock of the database's, which ends with its session: nobody else compares meanwhile, and after
a kill the next worker may. Which one is under way, and how far, is in its row.
"""

from contextlib import suppress
from datetime import datetime

import structlog
from django.db import IntegrityError, transaction
from django_q.tasks import async_task

from leads.locks import Lock
from revops import backtesting, clock
from revops.alone import alone
from revops.backtesting import Progress
from revops.refusals import Refused
from revops.rules import Rules
from routing.models import Backtest

Status = Backtest.Status
# A worker is ended after so long; other tasks have a minute.
MOST_SECONDS = 1_800
MOST_ATTEMPTS = 3
LONGEST_ERROR = 500
log = structlog.get_logger(__name__)


class OneIsUnderWay(Refused):
    """Comparisons are made one at a time."""

    def __init__(self) -> None:
        super().__init__("A comparison is under way: wait for it, or cancel it first.")


class Cancelled(Exception):
    """Somebody ended the comparison while it was made."""


def ask(*, days: int, against: int | None, at: datetime, by_id: int | None) -> Backtest:
    """Compare the draft, or the version of this number, with what is in force now, as both stand now.

    Raises OneIsUnderWay, NoSuchVersion.
    """
    base, candidate = backtesting.in_force(), backtesting.other(against)
    row = Backtest(
        asked_by_id=by_id,
        asked_at=at,
        seen_at=at,
        days=days,
        base_name=base.name,
        base=base.rules.document,
        candidate_name=candidate.name,
        candidate=candidate.rules.document,
    )
    return _begun(row)


def again(row: Backtest, *, at: datetime) -> Backtest:
    """Compare the same two once more from the beginning, over the leads up to now. Raises OneIsUnderWay."""
    row.status, row.attempts, row.done, row.total = Status.WAITING, 0, 0, 0
    row.result, row.error, row.ended_at, row.seen_at, row.asked_at = None, "", None, at, at
    return _begun(row)


def _begun(row: Backtest) -> Backtest:
    try:
        with transaction.atomic():
            row.save()
            _nudge()
    except IntegrityError as error:
        if "only" not in str(error):
            raise
        raise OneIsUnderWay from None
    return row


def cancel(pk: int, *, at: datetime) -> bool:
    """End it, if it is under way; its worker notices within a moment."""
    rows = Backtest.objects.filter(pk=pk, status__in=Backtest.UNDER_WAY)
    return bool(rows.update(status=Status.CANCELLED, ended_at=at))


def take_up() -> None:
    """Nudge a worker if a comparison is under way: the one that had it may have been killed."""
    if Backtest.objects.filter(status__in=Backtest.UNDER_WAY).exists():
        _nudge()


def _nudge() -> None:
    async_task("revops.jobs.backtest", timeout=MOST_SECONDS)


def run(*, tell: Progress) -> None:
    """Make the comparison that is under way, unless somebody is at it. `tell` is called as it goes on."""
    with alone(Lock.BACKTEST) as mine:
        row = Backtest.objects.filter(status__in=Backtest.UNDER_WAY).first() if mine else None
        if row is None:
            return
        if row.attempts >= MOST_ATTEMPTS:
            _end(row, Status.FAILED, error=f"Its worker was ended {MOST_ATTEMPTS} times. Try fewer days.")
            return
        # Counted before the work, which may end this process.
        _update(row, status=Status.RUNNING, attempts=row.attempts + 1, done=0, total=0, seen_at=clock.now())
        _make(row, tell)


def _make(row: Backtest, tell: Progress) -> None:
    def progress(done: int, total: int) -> None:
        _update(row, done=done, total=total, seen_at=clock.now())
        tell(done, total)

    base, candidate = Rules(None, row.base), Rules(None, row.candidate)
    try:
        result = backtesting.compare(base, candidate, days=row.days, at=row.asked_at, progress=progress)
        _end(row, Status.DONE, result=result)
    except Cancelled:
        log.info("backtest_cancelled", id=row.pk)
    except Exception as error:
        log.exception("backtest_failed", id=row.pk)
        with suppress(Cancelled):
            _end(row, Status.FAILED, error=f"{type(error).__name__}: {error}"[:LONGEST_ERROR])


def _end(row: Backtest, status: str, **values: object) -> None:
    at = clock.now()
    _update(row, status=status, ended_at=at, seen_at=at, **values)


def _update(row: Backtest, **values: object) -> None:
    """Raises Cancelled where it is not under way any more, or was cancelled and asked for again meanwhile."""
    mine = Backtest.objects.filter(pk=row.pk, asked_at=row.asked_at, status__in=Backtest.UNDER_WAY)
    if not mine.update(**values):
        raise Cancelled
