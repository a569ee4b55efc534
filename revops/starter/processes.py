"""The demo's processes: started each in a group of its own, watched, started again, and ended with all they began."""
# ruff: noqa: S603

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from revops.private_postgres.linux import die_with_parent
from revops.starter.checkout import Checkout
from revops.starter.guard import end_groups
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
    guard: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.guard = subprocess.Popen(
            [sys.executable, "-m", "revops.starter.guard"],
            cwd=self.checkout.root,
            env={**os.environ, "PYTHONPATH": str(self.checkout.root)},
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        running = [process.running for process in self.all if process.running and process.due_at is None]
        for child in running:
            _ask_to_end(child)
        _reap(running)
        end_groups(child.pid for child in running)
        if self.guard and self.guard.stdin:
            for child in running:
                self._tell_guard("-", child.pid)
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
        now = time.monotonic()
        for process in self.ended:
            if process.due_at is None:
                self._plan_restart(process, now)
            elif now >= process.due_at:
                self._launch(process)

    def _plan_restart(self, process: Process, now: float) -> None:
        if process.running is None:
            return
        _kill_group(process.running.pid)  # what it began and left behind
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
                preexec_fn=_end_with_us,
            )
        process.started_at, process.due_at = time.monotonic(), None
        self._tell_guard("+", process.running.pid)

    def _tell_guard(self, sign: str, group: int) -> None:
        if self.guard is None or self.guard.stdin is None:
            return
        try:
            self.guard.stdin.write(f"{sign}{group}\n")
            self.guard.stdin.flush()
        except BrokenPipeError:
            self.guard = None  # somebody ended it; the kernel's own tie remains where there is one


def _end_with_us() -> None:
    die_with_parent(signal.SIGTERM)


def _ask_to_end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.terminate()  # itself alone: it ends its own children in its own order


def _reap(children: list[subprocess.Popen[bytes]], seconds: float = 8.0) -> None:
    bound = time.monotonic() + seconds
    for child in children:
        try:
            child.wait(max(0.0, bound - time.monotonic()))
        except subprocess.TimeoutExpired:
            _kill_group(child.pid)
            child.wait()


def _kill_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
