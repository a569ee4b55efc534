"""The browser that the page tests drive."""
# ruff: noqa: S603

import shutil
import subprocess
import sys
from pathlib import Path

from revops.starter import apt
from revops.starter.checkout import Checkout
from revops.starter.say import say

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ON_A_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
HOW_TO_GET_ONE = (
    "brew install --cask chromium" if sys.platform == "darwin" else "sudo apt-get install -y chromium fonts-dejavu-core"
)


def find_browser(checkout: Checkout) -> str | None:
    """Installs one where that is allowed."""
    if found := _browser():
        return found
    if apt.may_install():
        say("Installing chromium for the page tests with apt-get (a minute or two).")
        apt.install("chromium", "fonts-dejavu-core", log=checkout.log("apt"))
    return _browser()


def _browser() -> str | None:
    candidates = [found for name in NAMES if (found := shutil.which(name))]
    if ON_A_MAC.exists():
        candidates.append(str(ON_A_MAC))
    return next((path for path in candidates if _works(path)), None)


def _works(path: str) -> bool:
    # Ubuntu's package is only a pointer to a snap, which a container cannot have.
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
