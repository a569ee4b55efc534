"""The private cluster as its users see it."""
# ruff: noqa: S603

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

from revops.private_postgres.as_root import server_environment
from revops.private_postgres.locks import hold, is_held
from revops.private_postgres.programs import Programs
from revops.private_postgres.server import ROLE, major_of

CODE = Path(__file__).parents[2]
START_BOUND = 180.0  # seconds
STOP_BOUND = 60.0

CREATE_IF_MISSING = """SELECT 'CREATE DATABASE airtight'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'airtight') \\gexec
"""


class Problem(Exception):
    """Why there is no database; the text is for the person who started it."""


@dataclass(frozen=True)
class Cluster:
    """`state`: the folder of its files; `address`: the file that holds the URL of its database while it runs."""

    state: Path
    address: Path
    durable: bool = True
    throw_away: bool = False

    @classmethod
    def in_checkout(cls, private: Path) -> Self:
        private = private.resolve()
        return cls(private / "postgres", private / "database-url")

    @classmethod
    def for_one_run(cls, private: Path, *, durable: bool) -> Self:
        """Its own data, gone when its users are: two runs at once cannot meet, and none touches the demo's data."""
        _clear_away_killed_runs(private)
        state = Path(tempfile.mkdtemp(prefix="postgres-", dir=private.resolve()))
        return cls(state, state / "database-url", durable, throw_away=True)

    @property
    def made_by(self) -> int | None:
        home = self.state / "outside"
        elsewhere = Path(home.read_text()) if home.exists() else self.state
        return major_of(self.state / "data") or major_of(elsewhere / "data")

    @property
    def url(self) -> str | None:
        """None while it does not run."""
        return self._read_address() if is_held(self.state / "alive.lock") else None

    @contextmanager
    def use(self, programs: Programs) -> Iterator[str]:
        """The URL of its database; the server runs for as long as anybody is in here."""
        self.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        users = hold(self.state / "users.lock", shared=True)  # waits for a server that is being stopped
        try:
            with hold(self.state / "start.lock"):
                url = self._join() or self._start(programs)
                self._psql(programs, url, CREATE_IF_MISSING)
            yield url
        finally:
            users.close()
            self._wait_for_the_end()

    def revive(self, programs: Programs) -> None:
        """Starts the server again, at the same address, when its keeper was killed. To be called by a user."""
        with hold(self.state / "start.lock"):
            if self._join() is None:
                self._start(programs)

    def stay(self) -> None:
        """Keeps the server running when its last user leaves. To be called by a user."""
        (self.state / "stay").touch(mode=0o600)

    def no_longer_stay(self) -> bool:
        """Whether the server has stopped: others may still be using it."""
        (self.state / "stay").unlink(missing_ok=True)
        self._wait_for_the_end()
        return self.url is None

    def empty(self, programs: Programs, url: str) -> None:
        """Drops the database and makes it again; Problem while anybody is connected."""
        try:
            self._psql(programs, url, "DROP DATABASE IF EXISTS airtight;\nCREATE DATABASE airtight;\n")
        except Problem as problem:
            raise Problem(f"The database was not dropped; is another ./run using it?\n{problem}") from problem

    def _join(self) -> str | None:
        """The URL of a server that is there already, or on its way; None where there is none."""
        while is_held(self.state / "alive.lock"):
            if url := self._read_address():
                return url
            time.sleep(0.02)
        return None

    def _start(self, programs: Programs) -> str:
        order = {
            "state": str(self.state),
            "address": str(self.address),
            "programs": str(programs.folder),
            "major": programs.major,
            "durable": self.durable,
            "throw_away": self.throw_away,
        }
        command = [sys.executable, "-m", "revops.private_postgres.keeper", json.dumps(order)]
        for old in (self.address, self.state / "problem"):
            old.unlink(missing_ok=True)
        environment = {**os.environ, "PYTHONPATH": str(CODE)}
        with (self.state / "keeper.log").open("wb") as log:
            keeper = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        return self._wait_for_address(keeper)

    def _wait_for_address(self, keeper: subprocess.Popen[bytes]) -> str:
        bound = time.monotonic() + START_BOUND
        while time.monotonic() < bound:
            if keeper.poll() is not None and not is_held(self.state / "alive.lock"):
                raise Problem(self._words_of_failure())
            if url := self._read_address():
                return url
            time.sleep(0.02)
        raise Problem(f"The database did not start within {START_BOUND:.0f} s. {self._words_of_failure()}")

    def _words_of_failure(self) -> str:
        for name in ("problem", "keeper.log"):
            with suppress(FileNotFoundError):
                if words := (self.state / name).read_text(errors="replace").strip():
                    return words
        return f"See {self.state / 'log'}"

    def _read_address(self) -> str | None:
        try:
            return self.address.read_text().strip()
        except FileNotFoundError:
            return None

    def _wait_for_the_end(self) -> None:
        """Returns at once where others still use the server."""
        bound = time.monotonic() + STOP_BOUND
        while is_held(self.state / "alive.lock") and time.monotonic() < bound:
            if (self.state / "stay").exists() or is_held(self.state / "users.lock", by_sharers=True):
                return
            time.sleep(0.02)

    def _psql(self, programs: Programs, url: str, commands: str) -> None:
        sockets = unquote(urlsplit(url).netloc.partition("@")[2])
        where = ["-h", sockets, "-U", ROLE, "-d", "postgres"]
        told = subprocess.run(
            [programs["psql"], "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", *where],
            input=commands,
            env=server_environment(os.environ),
            capture_output=True,
            text=True,
            check=False,
        )
        if told.returncode != 0:
            raise Problem(told.stderr.strip())


def _clear_away_killed_runs(private: Path) -> None:
    for left in private.glob("postgres-*"):
        just_made = time.time() - left.stat().st_mtime < 60  # and perhaps not locked yet
        if not (just_made or is_held(left / "alive.lock") or is_held(left / "users.lock")):
            with suppress(FileNotFoundError):
                shutil.rmtree((left / "outside").read_text(), ignore_errors=True)
            shutil.rmtree(left, ignore_errors=True)
