"""`./run manage`: what manage.py writes can be piped on, whatever the starter has to say."""

from pathlib import Path

import pytest

from revops.private_postgres import Cluster, Programs
from revops.starter import commands, database, environment
from revops.starter.checkout import Checkout
from revops.starter.say import say


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """Whose environment must be made, whose database must be started, and whose Python repeats its arguments."""
    checkout = Checkout(tmp_path)
    checkout.make_private_folder()
    checkout.python.parent.mkdir(parents=True)
    checkout.python.write_text('#!/bin/sh\necho "$@"\n')
    checkout.python.chmod(0o755)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr(environment, "prepare", lambda *args: say("Making an environment."))
    return checkout


class Running:
    """The private database."""

    made_by = None

    def use(self, programs: Programs) -> "Running":
        return self

    def __enter__(self) -> str:
        return "postgresql://nowhere"

    def __exit__(self, *args: object) -> None:
        say("The database stays.")


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Cluster, "in_checkout", lambda private: Running())
    monkeypatch.setattr(database, "find_programs", lambda *args, **options: None)


@pytest.mark.usefixtures("running")
def test_only_the_commands_output_is_on_standard_output(checkout: Checkout, capfd: pytest.CaptureFixture[str]) -> None:
    assert commands.manage(checkout, ["audit"]) == 0
    out, err = capfd.readouterr()
    assert out == "manage.py audit\n"
    assert err == "Making an environment.\nOpening the private database.\nThe database stays.\n"


@pytest.mark.usefixtures("running")
def test_the_private_database_is_brought_up_to_date_and_a_named_one_is_not(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    checkout.python.write_text('#!/bin/sh\necho "first: $AIRTIGHT_MIGRATE_FIRST"\n')
    commands.manage(checkout, ["audit"])
    assert capfd.readouterr().out == "first: 1\n"
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/real")
    commands.manage(checkout, ["audit"])
    assert capfd.readouterr().out == "first: \n"
