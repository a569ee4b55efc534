"""Debian's packages, where we may install them."""
# ruff: noqa: S603, S607

import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

BOUND = 600  # seconds


def may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(*packages: str, log: Path) -> bool:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    commands = (["update"], ["install", "-y", "--no-install-recommends", *packages])
    codes = []
    with log.open("wb") as output, suppress(subprocess.TimeoutExpired):
        for arguments in commands:
            done = subprocess.run(
                ["apt-get", "-q", *arguments],
                env=quiet,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                timeout=BOUND,
                check=False,
            )
            codes.append(done.returncode)
    # One list of packages that cannot be fetched makes `update` fail, and need not matter.
    return len(codes) == len(commands) and codes[-1] == 0
