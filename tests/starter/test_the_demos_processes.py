"""The starter's processes: started again when killed, and ended with all they began."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from revops.process_tree import kill_all, of_session
from revops.starter import processes as starter
from revops.starter.checkout import Checkout
from revops.starter.processes import Process, Processes
from tests.starter.families import ROOT, eventually, family

RUN_UNTIL_KILLED = """
import os, sys, time
from pathlib import Path
from revops.starter.checkout import Checkout
from revops.starter.processes import Processes
with Processes(Checkout(Path(sys.argv[1])), dict(os.environ)) as processes:
    processes.start("family", *sys.argv[2:])
    print(processes.all[0].running.pid, flush=True)
    time.sleep(300)
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    (tmp_path / "revops").symlink_to(ROOT / "revops")
    checkout = Checkout(tmp_path)
    checkout.make_private_folder()
    return checkout


@pytest.fixture
def processes(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> Iterator[Processes]:
    monkeypatch.setattr(starter, "FIRST_PAUSE", 0.0)
    with Processes(checkout, dict(os.environ)) as processes:
        processes.start("family", *family())
        assert eventually(lambda: len(of_session(session_of(processes.all[0]))) == 3)
        yield processes
        kill_all(lambda: of_session(session_of(processes.all[0])))  # they are deaf, and the end would be waited for


def session_of(process: Process) -> int:
    assert process.running
    return process.running.pid


def test_a_killed_one_is_started_again_and_leaves_no_orphans(processes: Processes) -> None:
    [family] = processes.all
    family.pause = 0.0
    before = session_of(family)
    os.kill(before, signal.SIGKILL)
    assert eventually(lambda: processes.tend() is None and session_of(family) != before)
    assert not of_session(before)


def test_a_killed_guard_is_replaced_and_told_of_all(processes: Processes) -> None:
    assert processes.guard
    processes.guard.kill()
    processes.guard.wait()
    processes.tend()
    assert processes.guard.poll() is None
    assert processes.guard.stdin
    processes.guard.stdin.close()  # as if the starter had been killed
    processes.guard = None
    session = session_of(processes.all[0])
    assert eventually(lambda: not of_session(session), 30)


@pytest.mark.slow
def test_the_killing_of_the_starter_ends_all_though_they_are_deaf(checkout: Checkout) -> None:
    command = [sys.executable, "-c", RUN_UNTIL_KILLED, str(checkout.root), *family()]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout
        session = int(run.stdout.readline())
        assert eventually(lambda: len(of_session(session)) == 3)
        os.kill(session, signal.SIGKILL)  # the rest are orphans then
        run.kill()
    assert eventually(lambda: not of_session(session), 30)
