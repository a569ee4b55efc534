"""The demo's processes: started each in a session of its own, watched, started again, and ended with all they began."""
# ruff: noqa: S603

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from revops.process_tree import die_with, end_sessions, kill_all, of_session
from revops.starter.checkout import Checkout
from revops.starter.say import say

FIRST_PAUSE = 1.0  # seconds before a process is started again; doubled each time
LONGEST_PAUSE = 30.0
SETTLED = 60.0  # seconds alive after which a death is a first one again


@dataclass
class Process:
    name: str
    command: list[str]
    log: Path
    running: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause: float = FIRST_PAUSE
    due_at: float | None = None

    @property
    def has_ended(self) -> bool:
        return self.running is not None and self.running.poll() is not None


@dataclass
class Processes:
    """A context: on the way out every process is ended."""

    checkout: Checkout
    variables: Mapping[str, str]
    all: list[Process] = field(default_factory=list)
    guard: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._start_guard()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        running = self._running
        for child in running:
            _ask_to_end(child)
        _reap(running)
        end_sessions([child.pid for child in running])
        for child in running:
            self._tell_guard("-", child.pid)
        if self.guard and self.guard.stdin:
            # It ends what we were stopped in the midst of starting.
            self.guard.stdin.close()
            self.guard.wait()

    def start(self, name: str, *command: str) -> None:
        process = Process(name, list(command), self.checkout.log(name))
        self.all.append(process)
        process.log.write_bytes(b"")
        self._launch(process)

    @property
    def ended(self) -> list[Process]:
        return [process for process in self.all if process.has_ended]

    def tend(self) -> None:
        """Looks after the processes once: who died is started again after a pause."""
        if self.guard and self.guard.poll() is not None:
            self._start_guard()
        now = time.monotonic()
        for process in self.ended:
            if process.due_at is None:
                self._plan_restart(process, now)
            elif now >= process.due_at:
                self._launch(process)

    @property
    def _running(self) -> list[subprocess.Popen[bytes]]:
        return [process.running for process in self.all if process.running and process.due_at is None]

    def _plan_restart(self, process: Process, now: float) -> None:
        if process.running is None:
            return
        kill_all(partial(of_session, process.running.pid))  # what it began and left behind
        self._tell_guard("-", process.running.pid)
        if now - process.started_at > SETTLED:
            process.pause = FIRST_PAUSE
        process.due_at = now + process.pause
        say(
            f"The {process.name} process ended ({_how(process.running.returncode)}); "
            f"it is started again in {process.pause:.0f} s. Its log: {process.log}"
        )
        process.pause = min(process.pause * 2, LONGEST_PAUSE)

    def _launch(self, process: Process) -> None:
        with process.log.open("ab") as log:
            process.running = subprocess.Popen(
                process.command,
                cwd=self.checkout.root,
                env=self.variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=self._tie(),
            )
        process.started_at, process.due_at = time.monotonic(), None

    def _tie(self) -> Callable[[], None]:
        """What the child does before it becomes its program, so that at no moment there is nobody to end it."""
        starter, guard = os.getpid(), self.guard

        def tie() -> None:
            signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # a killed guard must not take the child along
            _write(guard, "+", os.getpid())
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            die_with(starter, signal.SIGTERM)

        return tie

    def _start_guard(self) -> None:
        self.guard = subprocess.Popen(
            [sys.executable, "-m", "revops.starter.guard"],
            cwd=self.checkout.root,
            env={**os.environ, "PYTHONPATH": str(self.checkout.root)},
            stdin=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
        for child in self._running:
            self._tell_guard("+", child.pid)

    def _tell_guard(self, sign: str, session: int) -> None:
        _write(self.guard, sign, session)


def _write(guard: subprocess.Popen[bytes] | None, sign: str, session: int) -> None:
    if guard and guard.stdin:
        with suppress(BrokenPipeError):  # it was killed, and another will be told of all
            os.write(guard.stdin.fileno(), f"{sign}{session}\n".encode())


def _ask_to_end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.terminate()  # itself alone: it ends its own children in its own order


def _reap(children: list[subprocess.Popen[bytes]], seconds: float = 8.0) -> None:
    bound = time.monotonic() + seconds
    for child in children:
        try:
            child.wait(max(0.0, bound - time.monotonic()))
        except subprocess.TimeoutExpired:
            kill_all(partial(of_session, child.pid))
            child.wait()


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
