"""Kills each kind of process that `./run demo` begins, with -9, and looks at what comes of it.

First in one run, each in turn: the demo must be whole again. Then each in a run of its own that is ended at once, while
things are out of order: nothing may be left. On Linux, for it reads /proc. Minutes, so it is run by hand:

    .venv/bin/python -m tests.faults.kill_anything [KIND ...]
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SETTLED = 3.0
BOUND = 240.0  # seconds; more than a frozen cluster or a busy machine ever needs


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


@dataclass(frozen=True)
class Found:
    pid: int
    parent: int
    words: str


def found_in(copy: Path) -> dict[int, Found]:
    """Every process of the copy: by its folder, or by the folder in its command line."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            inside = os.readlink(folder / "cwd").startswith(str(copy)) or f"{copy}/" in words
            if inside and state != "Z" and int(folder.name) != os.getpid():
                found[int(folder.name)] = Found(int(folder.name), int(parent), words)
    return found


def kind_of(process: Found, every: dict[int, Found]) -> str:
    above = every.get(process.parent)
    for pattern, first, further in (
        ("revops.starter.guard", "guard", ""),
        ("private_postgres.keeper", "database keeper", ""),
        ("postgres -D", "postgres", ""),
        ("manage.py standins", "standins", ""),
        ("gunicorn", "gunicorn master", "gunicorn worker"),
        ("manage.py worker", "worker supervisor", ""),
        ("manage.py sweep", "sweep supervisor", "sweep mate"),
        ("run demo", "starter", ""),
    ):
        if pattern in process.words:
            return further if above and pattern in above.words else first
    if "manage.py qcluster" not in process.words:
        return "other"
    if above is None or "manage.py qcluster" not in above.words:
        return "qcluster"
    further_above = every.get(above.parent)
    return "q worker" if further_above and "manage.py qcluster" in further_above.words else "qcluster sentinel"


class Demo:
    def __init__(self, copy: Path) -> None:
        self.copy = copy
        self.output = copy.parent / "output"
        with self.output.open("wb") as output:
            self.run = subprocess.Popen(["./run", "demo"], cwd=copy, stdout=output, stderr=output)
        wait_until(lambda: "Ctrl-C ends it" in self.output.read_text() or self.run.poll() is not None, "it starts")
        assert self.run.poll() is None, f"it did not start:\n{self.output.read_text()}"
        self.address = re.findall(r"Airtight is at +(\S+)/", self.output.read_text())[0]
        wait_until(
            lambda: self.census().get("q worker", 0) >= 4, "the cluster is complete"
        )  # two, and two that help them
        self.whole = self.census()

    def census(self) -> dict[str, int]:
        every = found_in(self.copy)
        kinds = [kind_of(process, every) for process in every.values()]
        return {kind: kinds.count(kind) for kind in sorted(set(kinds)) if kind not in ("postgres", "other")}

    def pids(self, kind: str) -> list[int]:
        every = found_in(self.copy)
        return sorted(pid for pid, process in every.items() if kind_of(process, every) == kind)

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/readyz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def interrupt(self) -> float:
        began = time.monotonic()
        if self.run.poll() is None:
            self.run.send_signal(signal.SIGINT)
        self.run.wait(60)
        with suppress(AssertionError):
            wait_until(lambda: not found_in(self.copy), "all are gone", 30)
        if left := found_in(self.copy):
            for process in left.values():
                say(f"      LEFT BEHIND: {process}")
                os.kill(process.pid, signal.SIGKILL)
            raise AssertionError(f"{len(left)} processes were left behind")
        return time.monotonic() - began


def wait_until(met: Callable[[], bool], what: str, seconds: float = BOUND) -> float:
    began = time.monotonic()
    while not met():
        assert time.monotonic() - began < seconds, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.1)
    return time.monotonic() - began


def kill(demo: Demo, *kinds: str) -> list[int]:
    victims = [pid for kind in kinds for pid in demo.pids(kind)[:1]]
    assert len(victims) == len(kinds), f"not all of {kinds} are there: {demo.census()}"
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    return victims


KINDS = (
    "worker supervisor",
    "qcluster",
    "qcluster sentinel",
    "q worker",
    "sweep supervisor",
    "sweep mate",
    "gunicorn master",
    "gunicorn worker",
    "standins",
    "guard",
    "database keeper",
    "postgres",
)
AT_ONCE = (
    *((kind,) for kind in KINDS),
    ("worker supervisor", "qcluster"),
    ("worker supervisor", "qcluster sentinel"),
    ("starter",),
    ("starter", "worker supervisor", "qcluster"),
    ("starter", "database keeper"),
    ("guard", "starter"),
)


def mends_itself(demo: Demo, kind: str) -> float:
    time.sleep(SETTLED)  # who is killed at birth is nobody's loss; his cluster's pulse tells, in minutes
    # Who is killed in a cluster may have held the lock of its queue, so all of the cluster must be new.
    cluster = demo.pids("qcluster") if kind == "q worker" else []
    victims = [*kill(demo, kind), *cluster]

    def is_whole() -> bool:
        return not set(victims) & set(found_in(demo.copy)) and demo.census() == demo.whole and demo.is_ready()

    return wait_until(is_whole, f"{kind} is replaced; there are {demo.census()}")


def ends(copy: Path, *kinds: str) -> float:
    demo = Demo(copy)
    try:
        kill(demo, *kinds)
    finally:
        seconds = demo.interrupt()
    return seconds


@contextmanager
def a_copy() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        left_out = shutil.ignore_patterns(".git", ".airtight", ".venv", "__pycache__", ".*_cache")
        shutil.copytree(ROOT, copy, symlinks=True, ignore=left_out)
        (copy / ".venv").symlink_to(ROOT / ".venv")
        yield copy


def main(chosen: list[str]) -> int:
    failed = 0
    turns = [kind for kind in KINDS if not chosen or kind in chosen]
    runs = [kinds for kinds in AT_ONCE if not chosen or set(kinds) <= set(chosen)]
    with a_copy() as copy:
        demo = Demo(copy)
        for kind in turns:
            failed += not_as_promised(f"{kind}, replaced", partial(mends_itself, demo, kind))
        failed += not_as_promised("ended after all this", demo.interrupt)
        for kinds in runs:
            failed += not_as_promised(f"ended at once after {' and '.join(kinds)}", partial(ends, copy, *kinds))
    say(f"{failed} failed." if failed else "All as promised.")
    return 1 if failed else 0


def not_as_promised(what: str, act: Callable[[], float]) -> bool:
    try:
        say(f"   {what}: {act():.1f} s")
    except AssertionError as failure:
        say(f"   {what}: FAILED, {failure}")
        return True
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
