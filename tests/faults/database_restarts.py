"""D5: PostgreSQL is ended at once, as by a crash, while leads come in twenty a second (a minute and a half each):

    ./run test tests/faults/database_restarts.py -s

The web server, the sweep and the worker run on over it, with connections that are kept and with connections that are
not. No lead that was answered with a 2xx is missing, nobody has to restart a process, and within thirty seconds of the
database's return leads are taken in again and the clock's two hands are at work. It ends with the audit.
"""

import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import dj_database_url
import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection
from knox.models import AuthToken

from leads.models import Lead
from revops.models import Heartbeat
from revops.private_postgres import Cluster, Programs, find_programs
from revops.roles import API_CLIENT
from tests.faults.stage import ROOT, Processes, processes, say, wait_until
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

A_SECOND, BEFORE, AFTER = 20, 10, 40
BACK_WITHIN = 30.0
PORT = 8091


class Database:
    """A durable cluster of this run's own, for a restart forgets what a forgetful one had acknowledged."""

    def __init__(self, cluster: Cluster, programs: Programs, url: str) -> None:
        self.cluster, self.programs, self.url = cluster, programs, url

    def restart_at_once(self) -> None:
        """As `pg_ctl restart -m immediate`: no session is waited for, and what was not written is recovered."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            [backend] = cursor.fetchone()
        server = int(Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(server, signal.SIGQUIT)
        connection.close()
        wait_until(lambda: not Path(f"/proc/{server}").exists(), "the server has ended", seconds=30)
        wait_until(self._is_back, "the server is back", seconds=60)

    def _is_back(self) -> bool:
        self.cluster.revive(self.programs)
        try:
            connection.ensure_connection()
        except Exception:
            return False
        return True


@pytest.fixture
def database() -> Iterator[Database]:
    programs = find_programs(os.environ, ROOT / ".venv")
    cluster = Cluster.for_one_run(ROOT / ".airtight", durable=True)
    with cluster.use(programs) as url, _moved_to(url):
        call_command("migrate", verbosity=0)
        yield Database(cluster, programs, url)


@contextmanager
def _moved_to(url: str) -> Iterator[None]:
    usual = dict(connection.settings_dict)
    connection.close()
    there = dj_database_url.parse(url)
    connection.settings_dict.update({key: there[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")})
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(usual)


class Intake:
    """Sends leads at a steady pace, whatever is answered, and keeps what was."""

    def __init__(self, token: str) -> None:
        self._token = token
        self.answers: list[tuple[float, int, str]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Intake":
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def taken(self) -> list[str]:
        return [email for _when, status, email in self.answers if 200 <= status < 300]

    def taken_since(self, when: float) -> bool:
        return any(at > when and 200 <= status < 300 for at, status, _email in list(self.answers))

    def _run(self) -> None:
        with ThreadPoolExecutor(16) as pool:
            number = 0
            while not self._stop.wait(1 / A_SECOND):
                pool.submit(self._send, f"p{number}@in{number}.test")
                number += 1

    def _send(self, email: str) -> None:
        sent = time.monotonic()
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        body = json.dumps({"email": email, "company": "Acme"}).encode()
        try:
            with urlopen(Request(f"http://127.0.0.1:{PORT}/api/v1/leads/", body, headers), timeout=20) as answer:
                status = answer.status
        except HTTPError as error:
            status = error.code
        except OSError:
            status = 0
        self.answers.append((sent, status, email))


def _client_token() -> str:
    user = User.objects.create_user("website@airtight.test", "website@airtight.test")
    user.groups.add(Group.objects.get_or_create(name=API_CLIENT)[0])
    return str(AuthToken.objects.create(user=user)[1])


def _beats_since(at: datetime) -> set[str]:
    return set(Heartbeat.objects.filter(at__gt=at, name__in=("sweep", "worker")).values_list("name", flat=True))


def _start(started: Processes) -> None:
    started.start("-m", "gunicorn", f"--bind=127.0.0.1:{PORT}", "--workers=2", "--threads=4", "--no-control-socket",
                  "revops.wsgi:application")  # fmt: skip
    started.start("sweep")
    started.start("worker")


@pytest.mark.parametrize("kept", [0, 600])
def test_d5_an_immediate_restart_under_load(database: Database, tmp_path: Path, kept: int) -> None:
    world = World.make()
    token = _client_token()
    with processes(tmp_path / "log", DATABASE_CONN_MAX_AGE=str(kept)) as started:
        _start(started)
        with Intake(token) as intake:
            wait_until(lambda: intake.taken, "the first lead is taken in", seconds=60)
            wait_until(lambda: len(_beats_since(world.now)) == 2, "both hands of the clock beat", seconds=120)
            time.sleep(BEFORE)
            before = len(intake.taken)
            assert before >= BEFORE * A_SECOND / 2, "the load is not on"
            database.restart_at_once()
            back, back_at = time.monotonic(), datetime.now(UTC)
            took_in = wait_until(lambda: intake.taken_since(back), "a lead is taken in again", seconds=BACK_WITHIN)
            swept = wait_until(lambda: "sweep" in _beats_since(back_at), "it is swept again", seconds=BACK_WITHIN)
            # The schedule's own beat comes once a minute.
            worked = wait_until(lambda: "worker" in _beats_since(back_at), "the worker works again", seconds=100)
            time.sleep(max(0.0, AFTER - (time.monotonic() - back)))
        assert [name for name, process in started.running.items() if process.poll() is not None] == []
        taken = intake.taken
    there = set(Lead.objects.values_list("email", flat=True))
    missing = [email for email in taken if email not in there]
    statuses = dict(Counter(status for _when, status, _email in intake.answers))
    say(
        f"CONN_MAX_AGE {kept}: {before:,} taken in before and {len(taken) - before:,} after, answers {statuses}; taken "
        f"in again after {took_in:.1f} s, swept {swept:.1f} s later, worker {worked:.1f} s; {len(missing)} missing"
    )
    assert missing == []
    call_command("audit")
    assert len(taken) - before >= AFTER * A_SECOND / 2
