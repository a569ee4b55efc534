"""D16: a database that answers nothing for five seconds, and Slack's three seconds (two minutes):

    ./run test tests/faults/slow_database.py -s

The web server as it runs in production reaches PostgreSQL through a line that can be held up. Somebody presses Accept
in the stand-in for Slack, which waits three seconds as Slack does: it is always acknowledged in time, and what became
of it is told by the response_url.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from django.core.management import call_command
from django.db import connection

from leads.models import Lead, Rep
from revops.slack import doing
from revops.standins.slack.clicks import ACKNOWLEDGE_SECONDS, Airtight
from tests.faults.stage import processes, say, url_of, wait_until
from tests.faults.timer_measured import always_open as always_open
from tests.integrations.conftest import SECRET, TOKEN, Slack
from tests.integrations.conftest import slack as standin
from tests.races.test_races import world as world
from tests.world import MINUTE, World

__all__ = ["standin"]
pytestmark = pytest.mark.django_db(transaction=True)

SLOW = 5.0  # seconds
PORT = 8092


class Line:
    """To the test's PostgreSQL, by a port of this machine. While it is held nothing passes; later all that was said."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self._open.set()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def hold(self, seconds: float) -> None:
        self._open.clear()
        threading.Timer(seconds, self._open.set).start()

    @property
    def is_held(self) -> bool:
        return not self._open.is_set()

    def close(self) -> None:
        self._open.set()
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _address = self._listening.accept()
                far = _to_postgres()
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while said := one.recv(65536):
                self._open.wait()
                other.sendall(said)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def _to_postgres() -> socket.socket:
    where = connection.settings_dict
    port = where["PORT"] or 5432
    if not where["HOST"].startswith("/"):
        return socket.create_connection((where["HOST"], int(port)))
    found = socket.socket(socket.AF_UNIX)
    found.connect(f"{where['HOST']}/.s.PGSQL.{port}")
    return found


@pytest.fixture
def line() -> Iterator[Line]:
    found = Line()
    yield found
    found.close()


@pytest.fixture
def web(line: Line, standin: Slack, always_open: World, tmp_path: Path) -> Iterator[str]:
    """The address of the web server, over the line and beside the stand-in."""
    address = f"http://127.0.0.1:{PORT}"
    standin.app.airtight = Airtight(address, SECRET)
    through = url_of(connection.settings_dict | {"HOST": "127.0.0.1", "PORT": str(line.port)})
    variables = {
        "DATABASE_URL": through, "SLACK_BASE_URL": f"{standin.url}/api/", "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_SIGNING_SECRET": SECRET, "AIRTIGHT_PRIVATE_VENDORS": "1",
    }  # fmt: skip
    with processes(tmp_path / "log", **variables) as started:
        started.start("-m", "gunicorn", f"--bind=127.0.0.1:{PORT}", "--workers=1", "--threads=4",
                      "--no-control-socket", "revops.wsgi:application")  # fmt: skip
        wait_until(lambda: _answers(address), "the web server answers", seconds=60)
        yield address


def _answers(address: str) -> bool:
    with suppress(OSError), urlopen(f"{address}/healthz", timeout=5) as answer:
        return answer.status == 200
    return False


def card(world: World, standin: Slack, settings: Any) -> tuple[Lead, Rep, dict[str, str]]:
    """A lead that somebody holds, and what they press of its card."""
    settings.SLACK_BASE_URL, settings.SLACK_BOT_TOKEN = f"{standin.url}/api/", TOKEN
    settings.AIRTIGHT_PRIVATE_VENDORS = True
    world.now = datetime.now(UTC) - 4 * MINUTE
    lead = world.capture("jo@acme.test")
    world.pass_time(4 * MINUTE)
    lead = world.again(lead)
    call_command("deliver", "--once", verbosity=0)
    rep = Rep.objects.select_related("user").get(pk=lead.owner_id)
    channel = next(one for one in standin.get("/__state")["channels"] if one["title"] == rep.name)
    user = str(standin.app.workspace.user_by_email(rep.user.email).id)
    return lead, rep, {"channel": channel["id"], "ts": channel["messages"][0]["ts"], "user": user}


def pressed(standin: Slack, button: dict[str, str]) -> float:
    """How long the acknowledgement took, which Slack must have taken for one."""
    began = time.monotonic()
    assert standin.post("/__click", button) == {"trouble": ""}
    return time.monotonic() - began


@pytest.mark.parametrize("connected", [True, False], ids=["kept connections", "no connection yet"])
def test_d16_a_click_while_the_database_is_slow(
    always_open: World, standin: Slack, settings: Any, web: str, line: Line, connected: bool
) -> None:
    lead, rep, button = card(always_open, standin, settings)
    if connected:  # each thread that does what Slack asks has one from then on
        for _thread in range(doing.THREADS + 1):
            pressed(standin, button | {"action_id": "lead_recycle"})
        for dialog in standin.get("/__state")["dialogs"]:
            standin.post("/__close", {"view": dialog["id"]})
    line.hold(SLOW)
    acknowledged = pressed(standin, button | {"action_id": "lead_accept"})
    assert acknowledged < ACKNOWLEDGE_SECONDS
    assert line.is_held, "acknowledged while the database still said nothing"
    told = wait_until(lambda: _said_to(standin, rep), "who pressed is told what became of it", seconds=30)
    [text] = _said_to(standin, rep)
    say(f"acknowledged after {acknowledged:.2f} s; {told:.1f} s later it said: {text}")
    assert text.startswith("You accepted") if connected else text == doing.AWAY or text.startswith("You accepted")
    assert (always_open.again(lead).state == "accepted") == text.startswith("You accepted")
    call_command("audit")


def _said_to(standin: Slack, rep: Rep) -> list[str]:
    """What was said to who clicked, alone."""
    return [message["text"] for message in standin.messages(rep.name) if message["only_for"]]
