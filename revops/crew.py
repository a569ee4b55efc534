"""Processes that share one work: whoever of them dies or hangs is replaced."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable

import structlog
from django.db import connections

from revops.loops import Loop
from revops.process_tree import die_with

# A step is one batch, and an outage of the database lets each step fail soon: nobody honest is silent for this long.
SILENCE = 120.0  # seconds
GRACE = 20.0
LOOK = 1.0
# Forked, so that each takes up its work at once and shares the memory of what was imported.
_fork = multiprocessing.get_context("fork")
log = structlog.get_logger(__name__)


class Mate:
    """One process, which calls `step` until it is told to end or its parent is gone."""

    def __init__(self, step: Callable[[], float]) -> None:
        self._step = step
        self._pulse = _fork.RawValue("d", time.monotonic())  # a clock that all processes of a machine share
        self._process = _fork.Process(target=self._work, args=(os.getpid(),), daemon=True)
        connections.close_all()  # two processes must not talk over one connection
        self._process.start()

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    def trouble(self, *, now: float) -> str:
        if not self._process.is_alive():
            return "died"
        return "hangs" if now - self._pulse.value > SILENCE else ""

    def ask_to_end(self) -> None:
        self._process.terminate()

    def end(self, *, grace: float) -> None:
        self._process.join(grace)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def _work(self, parent: int) -> None:
        die_with(parent, signal.SIGTERM)
        loop = Loop()

        def beat_and_step() -> float:
            self._pulse.value = time.monotonic()
            if os.getppid() != parent:
                loop.stop()
                return 0.0
            return self._step()

        loop.run(beat_and_step)


class Crew:
    def __init__(self, step: Callable[[], float], *, size: int) -> None:
        self._step = step
        self._size = size
        self.mates: list[Mate] = []

    def look(self, *, now: float | None = None) -> float:
        """Fill the places that are empty. Seconds until the next look; `now` is in time.monotonic's seconds."""
        now = time.monotonic() if now is None else now
        for mate in list(self.mates):
            if trouble := mate.trouble(now=now):
                log.warning("mate_replaced", pid=mate.pid, because=trouble)
                mate.end(grace=0)
                self.mates.remove(mate)
        while len(self.mates) < self._size:
            self.mates.append(Mate(self._step))
        return LOOK

    def end(self) -> None:
        for mate in self.mates:
            mate.ask_to_end()
        for mate in self.mates:
            mate.end(grace=GRACE)
