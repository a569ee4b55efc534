"""Ends the demo's processes when the starter dies without being able to, by `kill -9` for one.

It reads lines, `+SESSION` from each process before it does anything else and `-SESSION` from the starter. The end of
the input is the starter's end, however it came.
"""

import signal
import sys

from revops.process_tree import end_sessions


def main() -> None:
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    sessions: set[int] = set()
    for line in sys.stdin:
        if line.startswith("+"):
            sessions.add(int(line[1:]))
        else:
            sessions.discard(int(line[1:]))
    end_sessions(sessions)


if __name__ == "__main__":
    main()
