"""The cluster's files and its one server process."""

import locale
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from revops.private_postgres.as_root import Place

ROLE = "airtight"
SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET = 103 if sys.platform == "darwin" else 107  # bytes of sun_path, without its closing zero
START_BOUND = 120.0  # seconds; the recovery after a crash is part of a start
STOP_STEPS = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0))

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    # With the 128 MB of its own default a burst of leads goes through the disk.
    "shared_buffers": "512MB",
    # Fewer checkpoints, after each of which every page that is touched goes into the log whole.
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# For tests alone: their data is thrown away whole, so that nothing is owed to a crash, and commits cost no disk write.
FORGETFUL = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


class ServerFailed(Exception):
    """A program of PostgreSQL did not do what it was started for; its own words are in the log."""


@dataclass
class Server:
    place: Place
    log: IO[bytes]
    durable: bool
    process: subprocess.Popen[bytes] | None = None
    sockets: Path | None = None

    @property
    def data(self) -> Path:
        return self.place.home / "data"

    def start(self) -> Path:
        """Answers the folder of its socket."""
        self._create_files()
        self._end_leftover()
        self.sockets = self.sockets or self._socket_folder()
        for old in self.sockets.glob(".s.PGSQL.*"):
            old.unlink()
        settings = SETTINGS | ({} if self.durable else FORGETFUL)
        options = [f"--{name}={value}" for name, value in settings.items()]
        options.append('--unix_socket_directories="{}"'.format(str(self.sockets).replace('"', '""')))
        self.process = self.place.start("postgres", "-D", str(self.data), *options, output=self.log)
        self._wait_until_ready()
        return self.sockets

    def stop(self) -> None:
        self._end_process()
        if self.sockets and self.sockets.parent != self.place.home:
            shutil.rmtree(self.sockets, ignore_errors=True)

    def _end_process(self) -> None:
        for how, seconds in STOP_STEPS:
            if self.process is None or self.process.poll() is not None:
                break
            self.process.send_signal(how)
            _wait_for(lambda: self.has_ended, seconds)

    @property
    def has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def _create_files(self) -> None:
        if (self.data / "PG_VERSION").exists():
            return
        # Under another name until it is whole, so that an interrupted start leaves no half cluster.
        unfinished = self.place.home / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        # trust: only the socket leads in, its folder is closed to others, and who can open it can read the files too.
        options = ["-D", str(unfinished), "-U", ROLE, "--auth=trust", "--encoding=UTF8", *self._locale_options()]
        if not self.durable:
            options.append("--no-sync")
        if self.place.start("initdb", *options, output=self.log).wait() != 0:
            raise ServerFailed("PostgreSQL could not make its files.")
        unfinished.rename(self.data)

    def _locale_options(self) -> list[str]:
        if self.place.programs.major >= 17:
            return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        return ["--locale=C.UTF-8" if _has_locale("C.UTF-8") else "--locale=C"]

    def _socket_folder(self) -> Path:
        folder = self.place.home / "socket"
        too_long = len(os.fsencode(folder / SOCKET_NAME)) > LONGEST_SOCKET
        if too_long or "," in str(folder):  # libpq reads a comma as the next host
            if kept := self._kept_socket_folder():
                return kept
            base = tempfile.gettempdir()
            short = len(os.fsencode(base)) < LONGEST_SOCKET - 40
            folder = Path(tempfile.mkdtemp(prefix="airtight-", dir=base if short else "/tmp"))  # noqa: S108
            self.place.give(folder)
            (self.place.home / "sockets").write_text(str(folder))
            return folder
        return self.place.make_folder("socket")

    def _kept_socket_folder(self) -> Path | None:
        """That of a server that was killed, so that the next one answers where its users look for it."""
        try:
            folder = Path((self.place.home / "sockets").read_text())
            kept, ours = folder.lstat(), self.data.stat()
        except FileNotFoundError:
            return None
        private = stat.S_ISDIR(kept.st_mode) and stat.S_IMODE(kept.st_mode) == 0o700
        return folder if private and kept.st_uid == ours.st_uid else None

    def _end_leftover(self) -> None:
        """A server whose keeper was killed: ended if it lives; if it does not, its pid file is taken over.

        PostgreSQL refuses to start while any process of ours has the number in an old pid file, which after a restart
        of the machine may be anyone's. The file is not removed, since PostgreSQL learns from it whether orphans of the
        old server still use its memory; it gets the number of this process, which the next server knows as its parent.
        """
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists():
            return
        lines = pid_file.read_text().splitlines()
        if len(lines) > 4 and lines[1] == str(self.data) and _answers(Path(lines[4]) / SOCKET_NAME):
            os.kill(int(lines[0]), signal.SIGINT)
            _wait_for(lambda: not pid_file.exists(), 30.0)
        if pid_file.exists():
            pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

    def _wait_until_ready(self) -> None:
        if not _wait_for(lambda: self._is_ready or self.has_ended, START_BOUND) or self.has_ended:
            self._end_process()
            raise ServerFailed("PostgreSQL did not start.")

    @property
    def _is_ready(self) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        ours = self.process is not None and lines[:1] == [str(self.process.pid)]
        return ours and len(lines) > 7 and lines[7].strip() == "ready"


def major_of(data: Path) -> int | None:
    """The major version of PostgreSQL that made a cluster; None where there is no cluster."""
    try:
        return int(re.split(r"\D", (data / "PG_VERSION").read_text())[0])
    except FileNotFoundError:
        return None


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True


def _has_locale(name: str) -> bool:
    before = locale.setlocale(locale.LC_ALL)
    try:
        locale.setlocale(locale.LC_ALL, name)
    except locale.Error:
        return False
    locale.setlocale(locale.LC_ALL, before)
    return True


def _wait_for(met: Callable[[], bool], seconds: float) -> bool:
    bound = time.monotonic() + seconds
    while not met():
        if time.monotonic() > bound:
            return False
        time.sleep(0.02)
    return True
