"""The starter's voice."""

import sys
from contextlib import suppress
from pathlib import Path


class CannotStart(Exception):
    """What is wrong and what to do, in words for the person who typed `./run`."""


def say(text: str) -> None:
    # The reader may be gone (`| head`, a closed terminal): no reason to stop what was started.
    with suppress(OSError):
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def complain(text: str) -> None:
    with suppress(OSError):
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def tail(log: Path, lines: int = 20) -> str:
    try:
        last = log.read_text(errors="replace").splitlines()[-lines:]
    except OSError:
        last = []
    return "\n".join(f"    {line}" for line in last) or "    (it wrote nothing)"
