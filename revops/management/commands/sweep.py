from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from revops import clock
from revops.crew import Crew
from revops.loops import Loop
from revops.sweep import BATCH, next_due, sweep, sweep_batch, wake_workers

# A lead that comes in may be due before the one we wait for, so we never sleep longer than this.
LONGEST_NAP = timedelta(seconds=1)


class Command(BaseCommand):
    help = "Act on every deadline that has passed; waits for the next one. Any number of these may run at once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what is due now and end")
        parser.add_argument("--workers", type=int, default=2, help="processes that share the work (default 2)")

    def handle(self, *args: Any, once: bool, workers: int, **options: Any) -> None:
        if once:
            acted = sweep(at=clock.now())
            self.stdout.write(f"{acted} deadline{'' if acted == 1 else 's'} acted on.")
            return
        crew = Crew(_step, size=max(workers, 1))
        try:
            Loop().run(crew.look)
        finally:
            crew.end()


def _step() -> float:
    """One batch, so that a long backlog neither hides that we live nor delays our end."""
    at = clock.now()
    if sweep_batch(at=at) == BATCH:
        return 0.0
    wake_workers(at=at)
    due = next_due()
    nap = LONGEST_NAP if due is None else min(max(due - clock.now(), timedelta(milliseconds=50)), LONGEST_NAP)
    return nap.total_seconds()
