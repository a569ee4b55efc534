"""The Python environment, `.venv`: made when it is missing or broken, brought up to date with the requirements."""
# ruff: noqa: S603

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from revops.private_postgres.locks import hold, is_held
from revops.starter import apt
from revops.starter.checkout import Checkout
from revops.starter.installers import Installer, installers
from revops.starter.say import CannotStart, say, tail
from revops.starter.signals import run

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
HOW_TO_GET_PIP = (
    "type: python3 -m ensurepip --user"
    if sys.platform == "darwin"
    else "type: sudo apt-get install -y python3-pip python3-venv"
)
NO_INSTALLER = f"Python's pip is missing; {HOW_TO_GET_PIP}"


def prepare(checkout: Checkout, requirements: str) -> None:
    """Answers at once where the packages are there already."""
    lock = checkout.private / "environment.lock"
    if is_held(lock):
        say("Another ./run is preparing the environment; waiting for it.")
    with hold(lock):
        _make_sound(checkout)
        wanted = _pins(checkout.root / requirements)
        if not wanted <= _installed(checkout):
            _install(checkout, requirements)
            _record(checkout, wanted)


def _make_sound(checkout: Checkout) -> None:
    if checkout.environment.exists():
        if (fault := _fault(checkout)) is None:
            return
        say(f"The environment {fault}; making it anew.")
        shutil.rmtree(checkout.environment)
    say(f"Making an environment for Python {VERSION} in .venv.")
    checkout.environment.mkdir()
    _unfinished(checkout).touch()
    command = [sys.executable, "-m", "venv", "--without-pip", str(checkout.environment)]
    # --without-pip: Debian keeps what pip would be made from in a package of its own.
    with checkout.log("install").open("wb") as log:
        failed = run(command, cwd=checkout.root, log=log) != 0
    if failed:
        raise CannotStart(f"Python cannot make environments here; {HOW_TO_GET_PIP}\n{tail(checkout.log('install'))}")


def _fault(checkout: Checkout) -> str | None:
    if _unfinished(checkout).exists():
        return "was left unfinished"
    says_version = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run([checkout.python, "-c", says_version], capture_output=True, text=True, check=False)
    except OSError:
        return "has lost its Python"
    if answer.returncode != 0:
        return "does not start"
    if answer.stdout.strip() != VERSION:
        return f"was made by Python {answer.stdout.strip()}, and this is Python {VERSION}"
    return None if _packages(checkout).exists() else "was made by another Python"


def _packages(checkout: Checkout) -> Path:
    return checkout.environment / "lib" / f"python{VERSION}" / "site-packages"


def _unfinished(checkout: Checkout) -> Path:
    return checkout.environment / "unfinished"


def _record_of(checkout: Checkout) -> Path:
    return checkout.environment / "installed-pins"


def _pins(requirements: Path) -> frozenset[str]:
    """Every `name==version` of a compiled file; what is compared, so that one file can cover another."""
    return frozenset(re.findall(r"^[\w.\[\],-]+==[^\s;]+", requirements.read_text(), re.MULTILINE))


def _installed(checkout: Checkout) -> frozenset[str]:
    try:
        return frozenset(_record_of(checkout).read_text().split())
    except FileNotFoundError:
        return frozenset()


def _record(checkout: Checkout, pins: frozenset[str]) -> None:
    names = {pin.partition("==")[0] for pin in pins}
    kept = {pin for pin in _installed(checkout) if pin.partition("==")[0] not in names}
    _record_of(checkout).write_text("\n".join(sorted(kept | pins)) + "\n")


def _install(checkout: Checkout, requirements: str) -> None:
    _unfinished(checkout).touch()
    failure = _try_each(checkout, requirements)
    if failure == NO_INSTALLER and apt.may_install():
        say("Neither uv nor pip is here; installing pip with apt-get.")
        apt.install("python3-pip", "python3-venv", log=checkout.log("apt"))
        failure = _try_each(checkout, requirements)
    if failure is None or _record_of(checkout).exists():
        _unfinished(checkout).unlink()  # a refused update leaves a whole environment, unlike one that was broken off
    if failure:
        raise CannotStart(failure)


def _try_each(checkout: Checkout, requirements: str) -> str | None:
    """None when one of the installers succeeded, else what to say."""
    failure = NO_INSTALLER
    for installer in installers(checkout):
        minute = " (about a minute)" if installer.name == "pip" else ""
        say(f"Installing {requirements} with {installer.name}{minute}.")
        if _succeeded(checkout, installer, requirements):
            return None
        log = checkout.log("install")
        failure = f"{installer.name} could not install {requirements}. The end of {log}:\n{tail(log)}"
    return failure


def _succeeded(checkout: Checkout, installer: Installer, requirements: str) -> bool:
    command = [*installer.command, "--require-hashes", "-r", requirements]
    with checkout.log("install").open("wb") as log:
        return run(command, cwd=checkout.root, env={**os.environ, **installer.variables}, log=log) == 0
