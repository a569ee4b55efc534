"""As whom and where the server runs. Its programs refuse root, so root becomes somebody else for them alone.

First choice: a user namespace, in which the program is `nobody` in its own eyes and root, owner of the checkout, in
the file system's. Where namespaces are barred: really `nobody`, who cannot look below a closed folder such as /root;
the data, and the programs if need be, then lie in a folder of its own outside the checkout, which keeps its name.
"""
# ruff: noqa: S603

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from revops.private_postgres.linux import enter_user_namespace
from revops.private_postgres.programs import Programs
from revops.process_tree import die_with

NO_WAY = (
    "PostgreSQL refuses to run as root, and this machine allows neither a user namespace nor a change of account. "
    "Start ./run as an ordinary user, or set DATABASE_URL to a PostgreSQL of yours."
)


@dataclass(frozen=True)
class Place:
    """Who runs which programs, and the folder that is theirs."""

    home: Path
    programs: Programs
    account: pwd.struct_passwd | None = None
    in_namespace: bool = False

    def start(self, program: str, *arguments: str, output: IO[bytes]) -> subprocess.Popen[bytes]:
        really_other = self.account is not None and not self.in_namespace
        return subprocess.Popen(
            [self.programs[program], *arguments],
            cwd=self.home,
            env=server_environment(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=partial(self._become, os.getpid()),
            user=self.account.pw_uid if self.account and really_other else None,
            group=self.account.pw_gid if self.account and really_other else None,
            extra_groups=[] if really_other else None,
        )

    def can_run(self, program: str) -> bool:
        with open(os.devnull, "wb") as nowhere:
            try:
                return self.start(program, "--version", output=nowhere).wait() == 0
            except (OSError, subprocess.SubprocessError):
                return False

    def make_folder(self, name: str) -> Path:
        folder = self.home / name
        folder.mkdir(mode=0o700, exist_ok=True)
        self.give(folder)
        return folder

    def give(self, path: Path) -> None:
        """Hands what root made to the one who has to use it."""
        if self.account and not self.in_namespace:
            for entry in (path, *path.rglob("*")):
                os.chown(entry, self.account.pw_uid, self.account.pw_gid, follow_symlinks=False)

    def _become(self, keeper: int) -> None:
        if self.in_namespace and self.account:
            enter_user_namespace(self.account.pw_uid, self.account.pw_gid)
            os.listdir(self.home)  # seen with the new eyes: in another user's checkout root is a stranger now
        # After the change of identity, which would clear it. SIGINT is PostgreSQL's fast and orderly end.
        die_with(keeper, signal.SIGINT)


def server_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Without the user's PG… variables, which would send our programs to another server."""
    return {name: value for name, value in environment.items() if not name.startswith("PG")}


def settle(state: Path, programs: Programs, *, lasting: bool) -> Place:
    inside = Place(state, programs, _somebody(), in_namespace=True)
    if os.geteuid() != 0:
        # A container may run as a number without a name, and initdb looks its own name up.
        return Place(state, programs) if _has_name(os.geteuid()) or not inside.can_run("postgres") else inside
    barred = os.environ.get("AIRTIGHT_NO_USERNS") == "1" or _outside_record(state).exists()
    if not barred and inside.can_run("postgres"):
        return inside
    return _outside(state, programs, lasting=lasting)


def _has_name(uid: int) -> bool:
    return any(account.pw_uid == uid for account in pwd.getpwall())


def _somebody() -> pwd.struct_passwd:
    return next(account for account in sorted(pwd.getpwall(), key=lambda a: a.pw_name != "nobody") if account.pw_uid)


def _outside_record(state: Path) -> Path:
    return state / "outside"


def _outside(state: Path, programs: Programs, *, lasting: bool) -> Place:
    home = _recorded_home(state) or _new_home(state, lasting=lasting)
    place = Place(home, programs, _somebody())
    place.give(home)
    if not place.can_run("initdb"):
        place = Place(home, _copy_of(programs, home), place.account)
        place.give(home / "programs")
    if not place.can_run("initdb"):
        raise OSError(NO_WAY)
    if (state / "data").exists():  # made in a namespace, when this machine still allowed them
        shutil.move(state / "data", home / "data")
        place.give(home / "data")
    return place


def _recorded_home(state: Path) -> Path | None:
    """None too for a copied checkout, whose record names the home of the one it was copied from."""
    if not _outside_record(state).exists():
        return None
    home = Path(_outside_record(state).read_text())
    if not (home / "owner").exists():
        return None
    owner = Path((home / "owner").read_text())
    if owner != state and (owner / "outside").exists():
        return None
    (home / "owner").write_text(str(state))
    return home


def _new_home(state: Path, *, lasting: bool) -> Path:
    # What must outlive a restart of the machine does not belong into a temporary folder.
    bases = ("/var/lib", "/var/tmp", "/tmp") if lasting else ("/tmp", "/var/tmp")  # noqa: S108
    base = next(base for base in bases if os.access(base, os.W_OK))
    home = Path(tempfile.mkdtemp(prefix="airtight-", dir=base))
    (home / "owner").write_text(str(state))
    _outside_record(state).write_text(str(home))
    return home


def _copy_of(programs: Programs, home: Path) -> Programs:
    """With the libraries that a wheel keeps beside its package, which its programs look for by relative path."""
    prefix = programs.folder.parent
    package = prefix.parent
    shelf = home / "programs"
    copy = shelf / package.name / prefix.name
    if not copy.exists():
        for libraries in package.parent.glob(f"{package.name}.libs"):
            shutil.copytree(libraries, shelf / libraries.name, dirs_exist_ok=True)
        shutil.copytree(prefix, copy.with_name("new"), symlinks=True, ignore=shutil.ignore_patterns("include"))
        copy.with_name("new").rename(copy)
    return Programs(copy / programs.folder.name, programs.major)
