"""A command that meets a database which is away says so in a sentence; what it was at is not lost."""

import os
import subprocess
import sys
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import DataError, InterfaceError, OperationalError
from django.db.transaction import TransactionManagementError

from revops import command_line

pytestmark = pytest.mark.long

NOWHERE = "postgresql://teller:a-secret@127.0.0.1:1/ledger"


def manage(*arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {
        **os.environ,
        "DATABASE_URL": NOWHERE,
        "SECRET_KEY": "x",
        "DJANGO_SETTINGS_MODULE": "revops.settings",
    }
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("arguments", [("audit", "--json"), ("migrate",), ("sweep", "--once")])
def test_one_sentence_says_which_and_that_nothing_is_lost(arguments: tuple[str, ...]) -> None:
    done = manage(*arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert "The database ledger at 127.0.0.1:1 cannot be reached: " in done.stderr
    assert "What was committed stands, and the command can be run again." in done.stderr
    assert "Traceback" not in done.stderr
    assert "a-secret" not in done.stderr


def test_with_traceback_it_is_shown() -> None:
    done = manage("audit", "--traceback")
    assert done.returncode == 1
    assert "Traceback (most recent call last)" in done.stderr


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", [("help",), ("diffsettings", "--all")])
def test_whose_reader_has_gone_ends_quietly(arguments: tuple[str, ...], unbuffered: str) -> None:
    """Few lines, which are written at the very end, and more than a buffer takes."""
    read, write = os.pipe()
    os.close(read)
    environment = {**os.environ, "DATABASE_URL": NOWHERE, "SECRET_KEY": "x", "PYTHONUNBUFFERED": unbuffered}
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, stdout=write, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


def test_another_pipe_that_breaks_is_no_quiet_end(monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, BrokenPipeError("a worker's"))
    with pytest.raises(BrokenPipeError, match="a worker's"):
        command_line.main(["manage.py", "worker"])


def caused_by(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


def raising(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def execute(argv: Any) -> None:
        raise error

    monkeypatch.setattr(command_line, "execute_from_command_line", execute)


@pytest.mark.parametrize(
    "error",
    [
        InterfaceError("connection already closed"),
        caused_by(OperationalError("terminating"), psycopg.errors.AdminShutdown("terminating")),
        caused_by(TransactionManagementError("broken"), OperationalError("server closed the connection")),
        OperationalError(),
    ],
)
def test_a_database_that_goes_away_meanwhile(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    raising(monkeypatch, error)
    with pytest.raises(SystemExit, match="1"):
        command_line.main(["manage.py", "import_leads", "x.csv"])
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "cannot be reached" in err


@pytest.mark.parametrize("command", ["runserver", "test"])
def test_who_works_on_the_code_sees_where(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    raising(monkeypatch, OperationalError("gone"))
    with pytest.raises(OperationalError):
        command_line.main(["manage.py", command])


def test_what_the_database_refused_is_no_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, caused_by(DataError("too long"), psycopg.errors.StringDataRightTruncation("too long")))
    with pytest.raises(DataError):
        command_line.main(["manage.py", "audit"])
