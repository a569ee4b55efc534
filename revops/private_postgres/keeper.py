"""The process that holds the server: started by the first user, it ends the server when no user is left.

Users hold a shared lock on a file. The keeper tries for the whole lock, and gets it once every user is gone, whether
they left in order or were killed. A file, `stay`, keeps the server without users (`./run db start`).
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO
from urllib.parse import quote

from revops.private_postgres.as_root import settle
from revops.private_postgres.locks import hold_within, take_if_free
from revops.private_postgres.programs import Programs
from revops.private_postgres.server import ROLE, Server, ServerFailed

GLANCE = 0.1  # seconds between looks at whether anybody is left
TRIES = 5  # the orphans of a killed server take a moment to leave its memory
LONGEST_LOG = 5_000_000  # bytes, before it begins anew
TAIL = 15  # lines of the log that go with a failure


@dataclass
class Keeper:
    state: Path
    address: Path
    programs: Programs
    durable: bool
    throw_away: bool
    told_to_stop: bool = False

    def run(self) -> None:
        """Returns when the server has ended."""
        (self.state / "stay").unlink(missing_ok=True)
        place = settle(self.state, self.programs, lasting=not self.throw_away)
        with self._open_log() as log, (self.state / "users.lock").open("rb") as users:
            server = Server(place, log, self.durable)
            try:
                self._serve(server, users)
            finally:
                server.stop()
                self.address.unlink(missing_ok=True)
        if self.throw_away:
            for folder in (server.data, place.home, self.state):  # our lock, which tells that we live, goes last
                shutil.rmtree(folder, ignore_errors=True)

    def stop_soon(self, _signal: int, _frame: FrameType | None) -> None:
        self.told_to_stop = True

    def _open_log(self) -> IO[bytes]:
        path = self.state / "log"
        path.touch(mode=0o600)
        return path.open("wb" if path.stat().st_size > LONGEST_LOG else "ab", buffering=0)

    def _serve(self, server: Server, users: IO[bytes]) -> None:
        while True:
            self._publish(_start(server))
            while not server.has_ended:
                if self.told_to_stop or self._nobody_is_left(users):
                    return
                time.sleep(GLANCE)
            time.sleep(1)  # it ended by itself, and is started again; not in a hot loop

    def _publish(self, sockets: Path) -> None:
        unfinished = self.address.with_name(self.address.name + ".new")
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)
        unfinished.write_text(f"postgresql://{ROLE}@{quote(str(sockets), safe='')}/{ROLE}\n")
        unfinished.replace(self.address)

    def _nobody_is_left(self, users: IO[bytes]) -> bool:
        # Once taken the lock stays with us: a newcomer waits until the server is down, then starts one.
        return not (self.state / "stay").exists() and take_if_free(users)

    def explain(self, failure: Exception) -> None:
        last = []
        if isinstance(failure, ServerFailed):
            last = (self.state / "log").read_text(errors="replace").splitlines()[-TAIL:]
        (self.state / "problem").write_text("\n".join([str(failure), *last]))


def _start(server: Server) -> Path:
    for _ in range(TRIES - 1):
        try:
            return server.start()
        except ServerFailed:
            time.sleep(1)
    return server.start()


def main(said: str) -> int:
    order = json.loads(said)
    programs = Programs(Path(order["programs"]), order["major"])
    state, address = Path(order["state"]), Path(order["address"])
    keeper = Keeper(state, address, programs, durable=order["durable"], throw_away=order["throw_away"])
    # Not of a terminal's business: it ends with its users or with the machine.
    signal.signal(signal.SIGTERM, keeper.stop_soon)
    for deaf_to in (signal.SIGINT, signal.SIGHUP):
        signal.signal(deaf_to, lambda _signal, _frame: None)
    os.umask(0o077)
    alive = hold_within(state / "alive.lock", 2.0)
    if alive is None:
        return 0  # its starter was killed, and another's keeper came first
    os.dup(alive.fileno())  # never closed: who sees the lock gone can count on this process being gone
    try:
        keeper.run()
    except (ServerFailed, OSError, subprocess.SubprocessError) as failure:
        keeper.explain(failure)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
