"""The memory that this process and all it began hold together."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

EVERY = 0.2  # seconds


class Family:
    """`peak` in MB. What several share is counted once: each holds its part of it (Pss, which Linux alone tells)."""

    def __init__(self) -> None:
        self.peak = 0.0

    def look(self) -> None:
        self.peak = max(self.peak, sum(_held(pid) for pid in _with_children(os.getpid())))

    def watch(self, done: Event) -> None:
        while not done.wait(EVERY):
            self.look()


@contextmanager
def watched() -> Iterator[Family]:
    family, done = Family(), Event()
    thread = Thread(target=family.watch, args=(done,))
    family.look()
    thread.start()
    try:
        yield family
    finally:
        done.set()
        thread.join()


def _with_children(pid: int) -> list[int]:
    found = [pid]
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in path.read_text().split():
                found += _with_children(int(child))
    return found


def _held(pid: int) -> float:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0
