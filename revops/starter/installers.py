"""The ways to put packages into the environment, the fastest first."""
# ruff: noqa: S603

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

from revops.starter.checkout import Checkout

HOST_PIP = (sys.executable, "-m", "pip")
PIP_WITH_OPTION_PYTHON = (22, 3)

# uv does not read pip's configuration, in which a company's mirror or certificate may stand.
UV_NAMES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
    "trusted-host": "UV_INSECURE_HOST",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
}


@dataclass(frozen=True)
class Installer:
    name: str
    command: tuple[str, ...]
    variables: dict[str, str] = field(default_factory=dict)


def installers(checkout: Checkout) -> Iterator[Installer]:
    into = ("--python", str(checkout.python))
    if uv := _uv(checkout):
        yield Installer("uv", (uv, "pip", "install", *into), _uv_variables())
    if _host_pip_version() >= PIP_WITH_OPTION_PYTHON:
        yield Installer("pip", (*HOST_PIP, *into, "install"), {"PIP_USER": "0"})
        return
    own_pip = (str(checkout.python), "-m", "pip")
    if _succeeds(*own_pip, "--version") or _succeeds(str(checkout.python), "-m", "ensurepip"):
        yield Installer("pip", (*own_pip, "install"), {"PIP_USER": "0"})


def _uv(checkout: Checkout) -> str | None:
    """The machine's, else one in our own folder: Debian's pip refuses to install it for the user."""
    if on_path := shutil.which("uv"):
        return on_path
    tools = checkout.private / "tools"
    ours = str(tools / "bin" / "uv")
    if _succeeds(ours, "--version"):
        return ours
    shutil.rmtree(tools, ignore_errors=True)
    into = ("install", "--quiet", "--target", str(tools), "--only-binary=:all:", "uv>=0.5,<1")
    return ours if _succeeds(*HOST_PIP, *into) and _succeeds(ours, "--version") else None


def _uv_variables() -> dict[str, str]:
    # Like pip, uv is to look at every index for a version; the hashes say whether it is the right file.
    # And to compile: where nothing may be written later, each of our processes would compile all it imports.
    variables = {
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_LINK_MODE": "copy",
        "UV_COMPILE_BYTECODE": "1",
    }
    for name, value in _pip_configuration().items():
        if name in UV_NAMES and UV_NAMES[name] not in os.environ:
            variables[UV_NAMES[name]] = ",".join(value.split()) if name == "find-links" else " ".join(value.split())
    return variables


def _pip_configuration() -> dict[str, str]:
    listing = _output(*HOST_PIP, "config", "list")
    pairs = re.findall(r"^[^=\s]*\.([\w-]+)=('.*'|\".*\")$", listing, re.MULTILINE)
    return {name: str(ast.literal_eval(value)) for name, value in pairs}


def _host_pip_version() -> tuple[int, ...]:
    version = re.match(r"pip (\d+)\.(\d+)", _output(*HOST_PIP, "--version"))
    return tuple(int(number) for number in version.groups()) if version else ()


def _succeeds(*command: str) -> bool:
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _output(*command: str) -> str:
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False
    ).stdout
