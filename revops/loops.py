"""A process that does one thing for ever: it ends when told to, and outlives an outage of the database."""

import signal
import threading
from collections.abc import Callable
from types import FrameType

import structlog
from django.db import Error, close_old_connections, connection

FIRST_PAUSE, LAST_PAUSE = 1.0, 15.0
log = structlog.get_logger(__name__)


class Loop:
    """`run(step)` calls `step` until SIGTERM or SIGINT; the step returns how many seconds to wait before the next."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._told_to_stop)

    def _told_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.stop()

    def stop(self) -> None:
        self._stop.set()

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    def run(self, step: Callable[[], float]) -> None:
        pause = FIRST_PAUSE
        while not self._stop.is_set():
            try:
                close_old_connections()
                wait = step()
                pause = FIRST_PAUSE
            except Error as error:
                # A connection kept open over a restart of the database would fail for ever: begin with a new one.
                connection.close()
                log.warning("database_away", error=str(error).strip()[:200], again_in_s=pause)
                wait, pause = pause, min(pause * 2, LAST_PAUSE)
            self._stop.wait(wait)
