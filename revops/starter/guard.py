"""Ends the demo's processes when the starter dies without being able to, by `kill -9` for one.

It reads lines from the starter, `+GROUP` and `-GROUP`. The end of the input is the starter's end, however it came.
"""

import os
import signal
import sys
import time
from collections.abc import Iterable

PATIENCE = 10.0  # seconds between asking and killing


def main() -> None:
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        if line.startswith("+"):
            groups.add(int(line[1:]))
        else:
            groups.discard(int(line[1:]))
    end_groups(groups)


def end_groups(groups: Iterable[int]) -> None:
    left = [group for group in groups if _send(group, signal.SIGTERM)]
    bound = time.monotonic() + PATIENCE
    while left and time.monotonic() < bound:
        time.sleep(0.05)
        left = [group for group in left if _send(group, 0)]
    for group in left:
        _send(group, signal.SIGKILL)


def _send(group: int, signal_number: int) -> bool:
    """Whether anybody is left in the group."""
    try:
        os.killpg(group, signal_number)
    except ProcessLookupError:
        return False
    except PermissionError:  # macOS says so of a group of the dead
        return False
    return True


if __name__ == "__main__":
    main()
