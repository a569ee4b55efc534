"""Which processes belong together, and how to end them all, whoever of them was killed before.

Sessions and groups are asked, and never parents: the children of a killed process go to another parent, and stay in
their session and group. The starter gives each of its processes a session, and `manage.py worker` gives its cluster a
group.
"""
# ruff: noqa: S607  the command is a list made here

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1
PATIENCE = 10.0  # seconds between asking and killing
LOOK = 0.05

# Loaded here and not at the call: between fork and exec nothing should be loaded.
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Living:
    pid: int
    group: int
    session: int


def die_with(parent: int, how: signal.Signals) -> None:
    """To be called between fork and exec: Linux sends the signal when the parent ends. Elsewhere: nothing."""
    if sys.platform != "linux":
        return
    _libc.prctl(PR_SET_PDEATHSIG, int(how))
    if os.getppid() != parent:  # it ended before we could ask
        os._exit(1)


def living() -> Iterator[Living]:
    """Every process that is no zombie and may be seen."""
    return _of_proc() if Path("/proc/self/stat").exists() else _of_ps()


def of_session(session: int) -> set[int]:
    return {process.pid for process in living() if process.session == session}


def of_group(group: int) -> set[int]:
    return {process.pid for process in living() if process.group == group}


def end_sessions(sessions: Collection[int], *, patience: float = PATIENCE) -> None:
    """Ask the first of each session to end, for it ends its own in its own order; then whoever is left; then kill."""
    for session in sessions:
        _send(session, signal.SIGTERM)
    _wait(lambda: not any(_is_living(session) for session in sessions), patience)
    if left := _left(sessions):
        for pid in left:
            _send(pid, signal.SIGTERM)
        _wait(lambda: not _left(sessions), patience / 5)
    kill_all(lambda: _left(sessions))


def kill_all(which: Callable[[], set[int]]) -> None:
    """Until there are none: one that was killed may have begun another just before."""

    def are_gone() -> bool:
        left = which()
        for pid in left:
            _send(pid, signal.SIGKILL)
        return not left

    _wait(are_gone, PATIENCE)


def _left(sessions: Collection[int]) -> set[int]:
    return {process.pid for process in living() if process.session in sessions}


def _is_living(pid: int) -> bool:
    return any(process.pid == pid for process in living())


def _of_proc() -> Iterator[Living]:
    for name in os.listdir("/proc"):
        if name.isdigit():
            with suppress(OSError):
                # The name stands in brackets and may hold anything, brackets too.
                state, _parent, group, session = Path("/proc", name, "stat").read_text().rpartition(")")[2].split()[:4]
                if state not in "ZX":
                    yield Living(int(name), int(group), int(session))


def _of_ps() -> Iterator[Living]:
    listing = subprocess.run(["ps", "-A", "-o", "pid=,pgid=,stat="], capture_output=True, text=True, check=False)
    for line in listing.stdout.splitlines():
        pid, group, state = line.split()[:3]
        with suppress(OSError):
            if not state.startswith("Z"):
                yield Living(int(pid), int(group), os.getsid(int(pid)))


def _send(pid: int, how: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, how)


def _wait(met: Callable[[], bool], seconds: float) -> None:
    bound = time.monotonic() + seconds
    while not met() and time.monotonic() < bound:
        time.sleep(LOOK)
