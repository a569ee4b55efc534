"""The sweep's processes: whoever of them dies or hangs is replaced, and none outlives the one that looks after them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from revops.process_tree import kill_all, of_session
from tests.starter.families import ROOT, eventually

# Each line it reads is a look: at the time that the line names, or now. It answers with the pids.
LOOKED_AFTER = """
import sys, time
from revops.crew import Crew
crew = Crew(lambda: 0.05, size=2)
for line in sys.stdin:
    if line.strip() == "end":
        crew.end()
    else:
        crew.look(now=time.monotonic() + float(line))
    print(*(mate.pid for mate in crew.mates), flush=True)
"""


class LookedAfter:
    def __init__(self) -> None:
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", LOOKED_AFTER],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

    def look(self, seconds_later: float = 0) -> set[int]:
        return self.tell(str(seconds_later))

    def tell(self, line: str) -> set[int]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return {int(pid) for pid in self.process.stdout.readline().split()}

    def are_there(self) -> set[int]:
        return of_session(self.process.pid) - {self.process.pid}


@pytest.fixture
def crew() -> Iterator[LookedAfter]:
    crew = LookedAfter()
    yield crew
    kill_all(lambda: of_session(crew.process.pid))
    crew.process.communicate()


def test_a_killed_mate_is_replaced_and_the_other_goes_on(crew: LookedAfter) -> None:
    killed, other = crew.look()
    os.kill(killed, signal.SIGKILL)
    assert eventually(lambda: killed not in crew.look())
    assert other in crew.look()
    assert len(crew.look()) == 2


def test_a_mate_that_hangs_is_killed_and_replaced(crew: LookedAfter) -> None:
    hanging, other = crew.look()
    os.kill(hanging, signal.SIGSTOP)
    assert crew.look(100) == {hanging, other}
    after = crew.look(130)
    assert hanging not in after
    assert len(after) == 2
    assert eventually(lambda: hanging not in crew.are_there())


def test_all_end_when_told_to(crew: LookedAfter) -> None:
    assert len(crew.look()) == 2
    crew.tell("end")
    assert not crew.are_there()


def test_none_outlives_who_looks_after_them(crew: LookedAfter) -> None:
    crew.look()
    crew.process.kill()
    assert eventually(lambda: not of_session(crew.process.pid))
