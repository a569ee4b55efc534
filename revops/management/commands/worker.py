import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from django.core.management.base import BaseCommand

from revops.jobs import plant_schedules
from revops.loops import Loop
from revops.process_tree import die_with, kill_all, of_group
from revops.sweep import pulse_age

MANAGE = Path(__file__).resolve().parents[3] / "manage.py"
# The cluster beats once a minute, half a minute late at worst; one that has missed two beats is taken for frozen.
STALE = timedelta(seconds=150)
GRACE = timedelta(seconds=20)
log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "Run django-q2's cluster, and start it again when it dies or freezes."

    def handle(self, *args: Any, **options: Any) -> None:
        keeper = Keeper([sys.executable, str(MANAGE), "qcluster"])
        try:
            Loop().run(keeper.look)
        finally:
            keeper.end()


class Keeper:
    """Keeps one cluster alive.

    A killed worker may take the lock of the queue that all share with it, and so freeze the cluster for good (django-q2
    #23, #339). So the loss of any of its processes is the end of the whole, and a pulse tells of what cannot be seen.
    """

    def __init__(self, command: list[str]) -> None:
        self._command = command
        self._cluster: subprocess.Popen[bytes] | None = None
        self._members: set[int] = set()
        self._since = datetime.now(UTC)

    def look(self) -> float:
        """Start the cluster, or start it anew when it is dead, maimed or frozen. Seconds until the next look."""
        if self._cluster is None:
            plant_schedules()
            self._start()
        elif trouble := self._trouble(self._cluster):
            log.warning("worker_restarted", because=trouble)
            self.end()
            self._start()
        return 1.0

    def end(self) -> None:
        """With all that the cluster began, whichever of them are left."""
        if self._cluster is None:
            return
        self._cluster.send_signal(signal.SIGTERM)
        try:
            self._cluster.wait(timeout=GRACE.total_seconds())
        except subprocess.TimeoutExpired:
            log.warning("worker_killed", after=GRACE.total_seconds())
        kill_all(partial(of_group, self._cluster.pid))
        self._cluster.wait()

    def _start(self) -> None:
        self._cluster = subprocess.Popen(  # noqa: S603
            self._command,
            process_group=0,  # its own, and our session: who ends the session ends it too
            preexec_fn=partial(die_with, os.getpid(), signal.SIGTERM),
        )
        self._members, self._since = set(), datetime.now(UTC)

    def _trouble(self, cluster: subprocess.Popen[bytes]) -> str:
        if cluster.poll() is not None:
            return f"it ended with code {cluster.returncode}"
        members = of_group(cluster.pid)
        if lost := self._members - members:
            return f"it lost process {min(lost)}"
        self._members = members
        return "it is frozen" if self._is_frozen() else ""

    def _is_frozen(self) -> bool:
        age = pulse_age("worker")
        return datetime.now(UTC) - self._since > STALE and (age is None or age > STALE)
