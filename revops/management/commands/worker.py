import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from django.core.management.base import BaseCommand

from revops.jobs import plant_schedules
from revops.loops import Loop
from revops.sweep import pulse_age

MANAGE = Path(__file__).resolve().parents[3] / "manage.py"
# The cluster beats once a minute; one that has missed three is taken for frozen.
STALE = timedelta(minutes=4)
GRACE = timedelta(seconds=20)
log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "Run django-q2's cluster, and start it again when it dies or freezes."

    def handle(self, *args: Any, **options: Any) -> None:
        keeper = Keeper()
        try:
            Loop().run(keeper.look)
        finally:
            keeper.end()


class Keeper:
    """Keeps one cluster alive. A killed worker can freeze a whole cluster (django-q2 #23, #339): its pulse tells."""

    def __init__(self) -> None:
        self._cluster: subprocess.Popen[bytes] | None = None
        self._since = datetime.now(UTC)

    def look(self) -> float:
        """Start the cluster, or start it anew when it is dead or frozen. Seconds until the next look."""
        if self._cluster is None:
            plant_schedules()
            self._start()
        elif self._cluster.poll() is not None:
            log.warning("worker_died", code=self._cluster.returncode)
            self._start()
        elif self._frozen():
            log.warning("worker_frozen")
            self.end()
            self._start()
        return 1.0

    def end(self) -> None:
        if self._cluster is None or self._cluster.poll() is not None:
            return
        self._cluster.send_signal(signal.SIGTERM)
        try:
            self._cluster.wait(timeout=GRACE.total_seconds())
        except subprocess.TimeoutExpired:
            os.killpg(self._cluster.pid, signal.SIGKILL)
            self._cluster.wait()

    def _start(self) -> None:
        command = [sys.executable, str(MANAGE), "qcluster"]
        # A group of its own, so that a frozen cluster can be ended with all it began.
        self._cluster = subprocess.Popen(command, start_new_session=True)  # noqa: S603
        self._since = datetime.now(UTC)

    def _frozen(self) -> bool:
        age = pulse_age("worker")
        return datetime.now(UTC) - self._since > STALE and (age is None or age > STALE)
