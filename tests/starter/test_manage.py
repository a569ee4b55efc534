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


def test_only_the_commands_output_is_on_standard_output(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    class Running:
        made_by = None

        def use(self, programs: Programs) -> "Running":
            return self

        def __enter__(self) -> str:
            return "postgresql://nowhere"

        def __exit__(self, *args: object) -> None:
            say("The database stays.")

    monkeypatch.setattr(Cluster, "in_checkout", lambda private: Running())
    monkeypatch.setattr(database, "find_programs", lambda *args, **options: None)
    assert commands.manage(checkout, ["audit"]) == 0
    out, err = capfd.readouterr()
    assert out == "manage.py audit\n"
    assert err == "Making an environment.\nStarting the private database.\nThe database stays.\n"
