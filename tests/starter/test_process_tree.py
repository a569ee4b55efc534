"""Sessions and groups are ended whole, whoever of them was killed before."""

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from revops import process_tree
from revops.process_tree import end_sessions, kill_all, living, of_group, of_session
from tests.starter.families import begin, eventually, family


@pytest.fixture
def first() -> Iterator[subprocess.Popen[str]]:
    """The first of a session of three, two of them in another group."""
    with begin(family()) as first:
        assert eventually(lambda: len(of_session(first.pid)) == 3)
        yield first
        kill_all(lambda: of_session(first.pid))


def test_who_was_begun_by_a_killed_one_is_still_of_its_session(first: subprocess.Popen[str]) -> None:
    first.kill()
    first.wait()
    assert len(of_session(first.pid)) == 2


def test_a_session_is_ended_with_its_groups_though_its_first_was_killed(first: subprocess.Popen[str]) -> None:
    first.kill()
    first.wait()
    end_sessions([first.pid], patience=0.2)
    assert not of_session(first.pid)


def test_who_is_deaf_to_being_asked_is_killed(first: subprocess.Popen[str]) -> None:
    end_sessions([first.pid], patience=0.2)
    assert not of_session(first.pid)
    assert first.wait() == -signal.SIGKILL


def test_a_group_can_be_ended_alone(first: subprocess.Popen[str]) -> None:
    [group] = {process.group for process in living() if process.session == first.pid} - {first.pid}
    kill_all(lambda: of_group(group))
    assert of_session(first.pid) == {first.pid}


def test_the_way_of_other_systems_than_linux_sees_the_same(
    first: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = {process for process in living() if process.session == first.pid}
    assert len(here) == 3
    monkeypatch.setattr(process_tree, "living", process_tree._of_ps)
    assert here == {process for process in process_tree._of_ps() if process.session == first.pid}
    first.kill()
    first.wait()
    end_sessions([first.pid], patience=0.2)
    assert not of_session(first.pid)


@pytest.mark.skipif(sys.platform != "linux", reason="a tie that Linux alone has")
def test_linux_ends_the_child_of_a_killed_parent() -> None:
    script = (
        "import os, signal, subprocess, time; from functools import partial; from revops.process_tree import die_with\n"
        "child = subprocess.Popen(['sleep', '300'], preexec_fn=partial(die_with, os.getpid(), signal.SIGTERM))\n"
        "print(child.pid, flush=True); time.sleep(300)"
    )
    with begin([sys.executable, "-c", script]) as parent:
        assert parent.stdout
        assert parent.stdout.readline()
        parent.kill()
        assert eventually(lambda: not of_session(parent.pid))
