import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from revops import clock
from revops.loops import Loop
from revops.sweep import next_due, sweep, wake_deliveries

MANAGE = Path(__file__).resolve().parents[3] / "manage.py"
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
        mates = [_mate() for _ in range(max(workers, 1) - 1)]
        try:
            Loop().run(_step)
        finally:
            for mate in mates:
                mate.send_signal(signal.SIGTERM)
            for mate in mates:
                mate.wait(timeout=30)


def _mate() -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, str(MANAGE), "sweep", "--workers", "1"])  # noqa: S603


def _step() -> float:
    at = clock.now()
    sweep(at=at)
    wake_deliveries(at=at)
    due = next_due()
    nap = LONGEST_NAP if due is None else min(max(due - clock.now(), timedelta(milliseconds=50)), LONGEST_NAP)
    return nap.total_seconds()
