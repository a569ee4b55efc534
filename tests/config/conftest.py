"""A file of the configuration, changed line by line, and the commands that take it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from revops.config import document, yaml_text
from tests.world import World

Run = Callable[..., str]


def exported() -> str:
    return yaml_text.text(document.written())


@pytest.fixture
def company(world: World) -> World:
    """The company of the stories, with channels that Slack would have."""
    world.team.slack_channel, world.team.pool_channel = "C0MANAGER", "#pool"
    world.team.save()
    return world


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], world: World) -> Run:
    """`config WHAT` on a file of this text; what it printed or refused with, and at the end its exit code."""
    monkeypatch.setattr("revops.clock.now", lambda: world.now)
    file = tmp_path / "airtight.yaml"

    def ran(what: str, text: str | bytes, *options: str) -> str:
        if what == "apply" and "--by" not in options:
            options = (*options, "--by", "rita@airtight.test")
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        capsys.readouterr()
        code: object = 0
        refused = ""
        try:
            call_command("config", what, str(file), *options)
        except CommandError as error:
            refused, code = str(error), error.returncode
        except SystemExit as end:
            code = end.code
        return f"{capsys.readouterr().out}{refused}\nexit {code}"

    return ran
