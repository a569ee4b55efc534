"""The pages' assets are collected when they may have changed, and only then."""

from pathlib import Path

import pytest

from revops.starter.assets import collecting
from revops.starter.checkout import Checkout
from revops.starter.say import CannotStart

# In the place of the environment's Python: counts how often it is asked, and fails where it is told to.
PYTHON = """#!/bin/sh
echo "$@" >> asked
[ -e fail ] && exit 1
mkdir -p .airtight/static && touch .airtight/static/staticfiles.json
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    for folder in ("static", "revops", ".venv/bin", ".venv/lib/python3.11/site-packages/django-5.2.dist-info"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "static" / "airtight.css").write_text("body {}")
    (tmp_path / "revops" / "settings.py").write_text("STATIC_URL = '/static/'")
    checkout = Checkout(tmp_path)
    checkout.make_private_folder()
    checkout.python.write_text(PYTHON)
    checkout.python.chmod(0o755)
    collect(checkout)
    return checkout


def collect(checkout: Checkout) -> int:
    """How often they have been collected by now."""
    with collecting(checkout, {}):
        pass
    return len((checkout.root / "asked").read_text().splitlines())


def test_what_has_not_changed_is_not_collected_again(checkout: Checkout) -> None:
    assert collect(checkout) == 1


@pytest.mark.parametrize("changed", ["static/airtight.css", "static/new.js", "revops/settings.py"])
def test_what_has_changed_is(checkout: Checkout, changed: str) -> None:
    (checkout.root / changed).write_text("something else")
    assert collect(checkout) == 2
    assert collect(checkout) == 2


def test_an_updated_package_may_bring_others(checkout: Checkout) -> None:
    packages = checkout.environment / "lib/python3.11/site-packages"
    (packages / "django-5.2.dist-info").rename(packages / "django-5.3.dist-info")
    assert collect(checkout) == 2


def test_what_somebody_threw_away_is_collected(checkout: Checkout) -> None:
    (checkout.private / "static" / "staticfiles.json").unlink()
    assert collect(checkout) == 2


def test_a_collecting_that_failed_is_told_and_done_again(checkout: Checkout) -> None:
    (checkout.root / "static" / "airtight.css").unlink()
    (checkout.root / "fail").touch()
    with pytest.raises(CannotStart, match="collectstatic"):
        collect(checkout)
    (checkout.root / "fail").unlink()
    assert collect(checkout) == 3


def test_a_start_that_was_stopped_meanwhile_vouches_for_nothing(checkout: Checkout) -> None:
    (checkout.root / "static" / "airtight.css").unlink()
    with pytest.raises(KeyboardInterrupt), collecting(checkout, {}):
        raise KeyboardInterrupt
    assert not (checkout.private / "static-stamp").exists()
