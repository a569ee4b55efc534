"""What Slack asks is done in threads of its own, so that Slack is acknowledged within its three seconds whatever the
database does. What is not done by then goes on, and who asked is told what became of it (docs/decisions/0010).
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Event, Lock

import structlog
from django.db import InterfaceError, OperationalError, close_old_connections, connection

# Seconds. Slack waits three, of which the way there and back takes some.
ACKNOWLEDGE_WITHIN = 2.0
THREADS = 4
MOST_AT_ONCE = 32
# A click that waits longer for a lead's lock is told to be tried again: nobody remembers it any more.
LOCK_TIMEOUT, STATEMENT_TIMEOUT = "20s", "25s"

AWAY = "Airtight's database is busy or away. Look at the lead, and try again in a moment."
BROKEN = "Something went wrong on our side, and it has been logged. Look at the lead, and try again in a moment."

threads = ThreadPoolExecutor(THREADS, thread_name_prefix="slack")
_places = BoundedSemaphore(MOST_AT_ONCE)
log = structlog.get_logger(__name__)


class Busy(Exception):
    """So much is being done for Slack that this was not begun."""


@dataclass(frozen=True)
class Outcome:
    """What became of it: `refusal` where nothing did, with a dialog's `errors` by field; else `done`, told to who was
    kept waiting. An `aside` is told to who clicked in any case, where no card shows what was done."""

    done: str = ""
    aside: str = ""
    refusal: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def told(self) -> str:
        return self.refusal or " ".join(self.errors.values()) or self.done


Act = Callable[[], Outcome]
Tell = Callable[[Outcome], None]


def do(act: Act, *, in_time: Tell, late: Tell) -> Outcome | None:
    """Do it, and wait for it as long as Slack does: None if that was too short. Raises Busy.

    Whatever there is to say is said in the same thread, by `in_time` or by `late`.
    """
    if not _places.acquire(blocking=False):
        raise Busy
    task = _Task(act, in_time, late)
    start(task.run)
    return task.outcome(seconds=ACKNOWLEDGE_WITHIN)


def start(run: Callable[[], None]) -> None:
    """Run it in a thread that has a connection of its own to the database."""
    threads.submit(_with_a_connection, run)


def _with_a_connection(run: Callable[[], None]) -> None:
    close_old_connections()
    try:
        run()
    finally:
        close_old_connections()


class _Task:
    def __init__(self, act: Act, in_time: Tell, late: Tell) -> None:
        self._act, self._in_time, self._late = act, in_time, late
        self._lock, self._finished = Lock(), Event()
        self._acknowledged = False
        self._outcome: Outcome | None = None

    def run(self) -> None:
        try:
            outcome = bounded(self._act)
            with self._lock:
                self._outcome, kept_waiting = outcome, self._acknowledged
            self._finished.set()
            (self._late if kept_waiting else self._in_time)(outcome)
        finally:
            _places.release()

    def outcome(self, *, seconds: float) -> Outcome | None:
        self._finished.wait(seconds)
        with self._lock:
            self._acknowledged = True
            return self._outcome


def bounded(act: Act) -> Outcome:
    """What became of it, also when the database is away or makes it wait for too long."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('lock_timeout', %s, false), set_config('statement_timeout', %s, false)",
                [LOCK_TIMEOUT, STATEMENT_TIMEOUT],
            )
        return act()
    except (OperationalError, InterfaceError) as error:
        log.warning("slack_database_away", error=type(error.__cause__ or error).__name__)
        return Outcome(refusal=AWAY)
    except Exception:
        log.exception("slack_action_failed")
        return Outcome(refusal=BROKEN)
