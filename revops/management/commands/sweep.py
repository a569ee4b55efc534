import time
from datetime import timedelta
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from revops import clock, timer_notices
from revops.crew import Crew
from revops.holding import BATCH
from revops.ladder import Ladder, NoLastResort
from revops.loops import Loop
from revops.notices import tell_revops
from revops.sweep import TIMER, beat, next_due, sweep, sweep_batch, wake_workers

# A lead that comes in may be due before the one we wait for, so we never sleep longer than this.
LONGEST_NAP = timedelta(seconds=1)
log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "Act on every deadline that has passed; waits for the next one. Any number of these may run at once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="do what is due now and end; exit 1 if a lead was put aside"
        )
        parser.add_argument("--workers", type=int, default=2, help="processes that share the work, from 1 (default 2)")

    def handle(self, *args: Any, once: bool, workers: int, **options: Any) -> None:
        if workers < 1:
            raise CommandError("--workers takes the number of processes that share the work, from 1.")
        if once:
            _must_be_answered()
            self._sweep_once()
            return
        try:
            _must_be_answered()
        except Error as error:  # it is waited for, as later; every sweep that runs then says who is missing
            log.warning("database_away", error=str(error).strip()[:200])
        crew = Crew(_step, size=workers)
        try:
            Loop().run(Watch(crew).look)
        finally:
            crew.end()

    def _sweep_once(self) -> None:
        taken = sweep(at=clock.now())
        acted = taken.count - taken.aside
        self.stdout.write(
            f"{acted:,} deadline{'' if acted == 1 else 's'} acted on, "
            f"{taken.aside:,} lead{'' if taken.aside == 1 else 's'} put aside."
        )
        if taken.aside:
            raise CommandError(
                "What is put aside stays due and is tried again within the hour; "
                "its error stands at /admin/ under Leads, “put aside”."
            )


class Watch:
    """Looks after the crew, and now and then whether the other hand of the clock moves: a worker that gives no sign of
    life cannot tell so itself."""

    EVERY = 60.0  # seconds

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._next = time.monotonic() + self.EVERY

    def look(self) -> float:
        wait = self._crew.look()
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + self.EVERY
            if timer_notices.is_silent("worker"):
                _tell_revops()
        return wait


def _tell_revops() -> None:
    """Whatever goes wrong with it, the sweep goes on."""
    try:
        tell_revops(at=clock.now())
    except Error:
        raise  # the loop waits for the database
    except Exception:
        log.exception("telling_revops_raised")


def _must_be_answered() -> None:
    """Without somebody at the end of the ladder a sweep that begins could only put leads aside."""
    try:
        Ladder().last_resort()
    except NoLastResort as error:
        raise CommandError(f"Nothing was swept. {error}") from None


def _step() -> float:
    """One batch, so that a long backlog neither hides that we live nor delays our end."""
    at = clock.now()
    beat(TIMER)
    if sweep_batch(at=at).count == BATCH:
        return 0.0
    wake_workers(at=at)
    due = next_due()
    nap = LONGEST_NAP if due is None else min(max(due - clock.now(), timedelta(milliseconds=50)), LONGEST_NAP)
    return nap.total_seconds()
