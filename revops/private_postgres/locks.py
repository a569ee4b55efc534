"""Locks that the kernel lets go of when their holder dies, however it dies."""

import fcntl
import time
from pathlib import Path
from typing import IO


def hold(path: Path, *, shared: bool = False) -> IO[bytes]:
    """Waits for the lock; it is held until the answer is closed or the process ends. Children do not inherit it."""
    path.touch(mode=0o600)
    file = path.open("rb")
    fcntl.flock(file, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
    return file


def hold_within(path: Path, seconds: float) -> IO[bytes] | None:
    """None when another keeps it; a glance of `is_held` is waited out."""
    path.touch(mode=0o600)
    file = path.open("rb")
    bound = time.monotonic() + seconds
    while not take_if_free(file):
        if time.monotonic() > bound:
            file.close()
            return None
        time.sleep(0.02)
    return file


def is_held(path: Path, *, by_sharers: bool = False) -> bool:
    """Whether another holds it; `by_sharers`: whether those who hold it share it."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return False
    with file:
        taken_alone = _take(file, fcntl.LOCK_EX)
        if by_sharers:
            return not taken_alone and _take(file, fcntl.LOCK_SH)
        return not taken_alone


def take_if_free(file: IO[bytes]) -> bool:
    return _take(file, fcntl.LOCK_EX)


def _take(file: IO[bytes], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
