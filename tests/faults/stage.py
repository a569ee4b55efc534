"""The product's own processes over a test's database, and what they are given to do."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
VENDORS = ("SLACK_", "APOLLO_", "ZOOMINFO_", "CLEARBIT_", "HUBSPOT_", "SALESFORCE_", "CRM_", "ENRICHMENT_", "EMAIL_")


def size(usual: int) -> int:
    """How many leads a run is of; FAULT_LEADS for a run in small."""
    return int(os.environ.get("FAULT_LEADS", usual))


def say(text: str) -> None:
    sys.stdout.write(f"\n{text}\n")


class Processes:
    """Whatever `start` began is ended on leaving, with all that it began in turn."""

    def __init__(self, log: Path, **variables: str) -> None:
        self._log = log.open("ab")
        self._variables = _environment() | variables
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """`manage.py` with this command, or another module by "-m"."""
        words = [sys.executable, *(command if command[0] == "-m" else ("manage.py", *command))]
        process = subprocess.Popen(
            words, cwd=ROOT, env=self._variables, stdout=self._log, stderr=self._log, start_new_session=True
        )
        self.running[command[-1]] = process
        return process

    def kill_all(self) -> None:
        """At once, as a machine that loses its power; `manage.py` and its children see to their own."""
        for process in self.running.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        self.running.clear()

    def end(self) -> None:
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
        self.running.clear()
        self._log.close()


@contextmanager
def processes(log: Path, **variables: str) -> Iterator[Processes]:
    found = Processes(log, **variables)
    try:
        yield found
    finally:
        found.end()


def _environment() -> dict[str, str]:
    mine = {name: value for name, value in os.environ.items() if not name.startswith(VENDORS)}
    return mine | {
        "DATABASE_URL": url_of(connection.settings_dict),
        "DJANGO_SETTINGS_MODULE": "revops.settings",
        "SECRET_KEY": "for a test",
        "HTTPS": "0",
        "ALLOWED_HOSTS": "127.0.0.1",
        "AIRTIGHT_LAST_RESORT": "rita@airtight.test",
        "LOG_LEVEL": "WARNING",
    }


def url_of(database: dict[str, Any]) -> str:
    who = quote(database["USER"]) + (f":{quote(database['PASSWORD'])}" if database["PASSWORD"] else "")
    where = quote(database["HOST"], safe="") + (f":{database['PORT']}" if database["PORT"] else "")
    return f"postgresql://{who}@{where}/{database['NAME']}"


def wait_until(met: Callable[[], object], what: str, *, seconds: float) -> float:
    """How long it took."""
    began = time.monotonic()
    while not met():
        assert time.monotonic() - began < seconds, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.05)
    return time.monotonic() - began
