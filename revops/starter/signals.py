"""Being asked to stop, and running a command so that it stops with us."""
# ruff: noqa: S603

import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import IO

from revops.private_postgres.linux import die_with_parent

PATIENCE = 15.0  # seconds for a command to end after it was asked to


class Stopped(BaseException):
    """The person or the system wants us to end; everything that was begun is ended on the way out."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal_number)
        self.signal_number = signal_number


def raise_when_told_to_stop() -> None:
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if name is signal.SIGHUP and signal.getsignal(name) is signal.SIG_IGN:
            continue  # nohup
        signal.signal(name, _raise_once)


def _raise_once(signal_number: int, _frame: FrameType | None) -> None:
    # Once: a second Ctrl-C must not break off the ending.
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, lambda _signal, _frame: None)
    raise Stopped(signal_number)


def run(
    command: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str] | None = None, log: IO[bytes] | None = None
) -> int:
    """Its exit code. It shares our terminal unless its output goes to a log."""
    child = subprocess.Popen(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL if log else None,
        stdout=log,
        stderr=subprocess.STDOUT if log else None,
        preexec_fn=_end_with_us,
    )
    try:
        return child.wait()
    except Stopped as stopped:
        _end(child, stopped)
        raise


def _end_with_us() -> None:
    die_with_parent(signal.SIGTERM)


def _end(child: subprocess.Popen[bytes], stopped: Stopped) -> None:
    from_terminal = stopped.signal_number == signal.SIGINT and sys.stdin is not None and sys.stdin.isatty()
    if not from_terminal:  # which tells the child itself
        child.send_signal(signal.SIGINT)
    try:
        child.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
