"""A command on a database without all tables says what to do; the private database is brought up to date first."""

from typing import Any

import psycopg
import pytest
from django.db import ProgrammingError
from django.db.migrations.recorder import MigrationRecorder

from revops import command_line, migrated

pytestmark = pytest.mark.django_db


def caused_by(cause: Exception) -> ProgrammingError:
    error = ProgrammingError(str(cause))
    error.__cause__ = cause
    return error


NO_TABLE = caused_by(psycopg.errors.UndefinedTable('relation "leads_lead" does not exist'))
NO_COLUMN = caused_by(psycopg.errors.UndefinedColumn('column "rung" does not exist'))


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was executed and migrated, in that order."""
    calls: list[Any] = []
    monkeypatch.setattr(command_line, "execute_from_command_line", calls.append)
    monkeypatch.setattr(migrated, "call_command", lambda *args, **options: calls.append(args))
    return calls


@pytest.fixture
def behind() -> None:
    """As before the newest of Airtight's migrations."""
    newest = MigrationRecorder.Migration.objects.filter(app="revops").order_by("-pk")[0]
    newest.delete()


def failing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def execute(argv: Any) -> None:
        raise error

    monkeypatch.setattr(command_line, "execute_from_command_line", execute)


@pytest.mark.parametrize("error", [NO_TABLE, NO_COLUMN])
@pytest.mark.usefixtures("behind")
def test_one_sentence_says_what_to_type(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    failing(monkeypatch, error)
    with pytest.raises(SystemExit, match="1"):
        command_line.main(["manage.py", "audit"])
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "is not up to date, 1 migration is not applied: type `./run manage migrate`" in err


def test_what_is_missing_though_all_is_migrated_is_shown_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, NO_TABLE)
    with pytest.raises(ProgrammingError):
        command_line.main(["manage.py", "audit"])


@pytest.mark.usefixtures("behind")
def test_with_traceback_it_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, NO_TABLE)
    with pytest.raises(ProgrammingError):
        command_line.main(["manage.py", "audit", "--traceback"])


@pytest.mark.usefixtures("behind")
def test_the_private_database_is_migrated_before_a_command_of_ours(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ran: list[Any]
) -> None:
    monkeypatch.setenv(command_line.MIGRATE_FIRST, "1")
    command_line.main(["manage.py", "import_leads", "x.csv"])
    assert ran == [("migrate",), ["manage.py", "import_leads", "x.csv"]]
    out, err = capsys.readouterr()
    assert (out, err) == ("", "Bringing the private database up to date; migrations to apply: 1.\n")


@pytest.mark.parametrize("argv", [["showmigrations"], ["migrate"], ["import_leads", "--help"], ["nonsense"], []])
@pytest.mark.usefixtures("behind")
def test_not_before_one_of_django_s_nor_to_explain(
    monkeypatch: pytest.MonkeyPatch, ran: list[Any], argv: list[str]
) -> None:
    monkeypatch.setenv(command_line.MIGRATE_FIRST, "1")
    command_line.main(["manage.py", *argv])
    assert ran == [["manage.py", *argv]]


def test_nothing_is_migrated_where_nothing_is_missing(monkeypatch: pytest.MonkeyPatch, ran: list[Any]) -> None:
    monkeypatch.setenv(command_line.MIGRATE_FIRST, "1")
    command_line.main(["manage.py", "audit"])
    assert ran == [["manage.py", "audit"]]


@pytest.mark.usefixtures("behind")
def test_a_database_that_was_named_is_left_to_its_owner(monkeypatch: pytest.MonkeyPatch, ran: list[Any]) -> None:
    monkeypatch.delenv(command_line.MIGRATE_FIRST, raising=False)
    command_line.main(["manage.py", "audit"])
    assert ran == [["manage.py", "audit"]]
