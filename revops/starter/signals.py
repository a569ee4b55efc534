"""Being asked to stop, and running a command so that it stops with us."""
# ruff: noqa: S603

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import IO

from revops.process_tree import die_with

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
    with beside(command, cwd=cwd, env=env, log=log) as child:
        return child.wait()


@contextmanager
def beside(
    command: Sequence[str | Path],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    log: IO[bytes] | None = None,
    answer: IO[bytes] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """A command that runs while we do something else, and is ended when we are stopped or fail.

    `answer` takes what it writes as its result, where that is to be apart from the log.
    """
    child = subprocess.Popen(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL if log else None,
        stdout=answer or log,
        stderr=log,
        preexec_fn=partial(die_with, os.getpid(), signal.SIGTERM),
    )
    try:
        yield child
    except Stopped as stopped:
        _end(child, stopped.signal_number)
        raise
    except BaseException:
        _end(child, signal.SIGTERM)
        raise


def _end(child: subprocess.Popen[bytes], stopped_by: int) -> None:
    from_terminal = stopped_by == signal.SIGINT and sys.stdin is not None and sys.stdin.isatty()
    if not from_terminal:  # which tells the child itself
        child.send_signal(signal.SIGINT)
    try:
        child.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
