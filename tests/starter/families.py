"""Processes to kill, and waiting for what comes of it."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Three generations, each deaf to being asked; the second has a group of its own, as the worker's cluster has.
FAMILY = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
code, to_come = sys.argv[1], int(sys.argv[2])
if to_come:
    command = [sys.executable, "-c", code, code, str(to_come - 1)]
    subprocess.Popen(command, process_group=0 if to_come == 2 else None)
time.sleep(300)
"""


def family(*, children: int = 2) -> list[str]:
    return [sys.executable, "-c", FAMILY, FAMILY, str(children)]


def begin(command: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)


def eventually(met: Callable[[], bool], seconds: float = 20) -> bool:
    bound = time.monotonic() + seconds
    while not met() and time.monotonic() < bound:
        time.sleep(0.02)
    return met()
