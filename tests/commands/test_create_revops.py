"""`create_revops`: the first person of RevOps, out of an empty database."""

from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from leads.models import Rep, Team
from revops.admin_attention import attention
from revops.ladder import Ladder
from revops.roles import is_revops

EMAIL = "rae@acme.test"
PASSWORD = "correct horse battery"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_is_named(settings: Any) -> None:
    settings.AIRTIGHT_LAST_RESORT = ""


def create(monkeypatch: pytest.MonkeyPatch, *options: str, email: str = EMAIL, password: str = PASSWORD) -> str:
    monkeypatch.setattr("sys.stdin", StringIO(f"{password}\n"))
    call_command("create_revops", email, "--password-stdin", *options, stdout=(out := StringIO()))
    return out.getvalue()


def test_the_first_person_answers_in_the_end_and_may_configure(monkeypatch: pytest.MonkeyPatch) -> None:
    out = create(monkeypatch, "--name", "Rae van Dam")
    user = User.objects.get()
    assert (user.username, user.get_full_name(), user.is_staff, user.is_superuser) == (
        EMAIL,
        "Rae van Dam",
        True,
        False,
    )
    assert user.check_password(PASSWORD)
    assert is_revops(user)
    rep = Ladder().last_resort()
    assert (rep.user, rep.takes_routing, rep.team.name, rep.team.active) == (user, False, "RevOps", False)
    assert f"AIRTIGHT_LAST_RESORT={EMAIL}" in out
    assert "/admin/" in out


def test_run_twice_it_changes_nothing_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    create(monkeypatch)
    before = [list(kind.objects.values()) for kind in (User, Rep, Team)]
    out = create(monkeypatch, email=EMAIL.upper(), password="another horse altogether")
    assert "is RevOps already; nothing was changed." in out
    assert [list(kind.objects.values()) for kind in (User, Rep, Team)] == before


def test_who_signs_in_already_keeps_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    User.objects.create_superuser(EMAIL, EMAIL, PASSWORD)
    out = create(monkeypatch, password="another horse altogether")
    assert "keeps name and password" in out
    assert User.objects.get().check_password(PASSWORD)
    assert Ladder().last_resort().user.email == EMAIL


def test_where_another_is_named_it_says_whom(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.AIRTIGHT_LAST_RESORT = "gone@acme.test"
    assert "now it names gone@acme.test" in create(monkeypatch)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"email": "rae"}, "'rae' is not an e-mail address."),
        ({"email": f"{'x' * 60}@{'y' * 50}.{'z' * 50}.test"}, "at most 150 characters"),
        ({"password": "12345"}, "The password was refused. This password is too short."),
        ({"password": "rae@acme.test"}, "too similar"),
        ({"password": ""}, "The password was refused."),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, str], why: str
) -> None:
    with pytest.raises(CommandError, match="Nothing was made") as refusal:
        create(monkeypatch, **options)
    assert why in str(refusal.value)
    assert not User.objects.exists()
    assert not Team.objects.exists()


def test_who_was_switched_off_is_not_let_in_again(monkeypatch: pytest.MonkeyPatch) -> None:
    User.objects.create_user(EMAIL, EMAIL, PASSWORD, is_active=False)
    with pytest.raises(CommandError, match="switched off"):
        create(monkeypatch)
    assert not Rep.objects.exists()


def test_without_a_terminal_it_says_how_to_give_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO())
    with pytest.raises(CommandError, match="--password-stdin"):
        call_command("create_revops", EMAIL)


@pytest.mark.parametrize(("again", "made"), [(PASSWORD, 1), ("a slip of the hand", 0)])
def test_on_a_terminal_it_asks_twice(monkeypatch: pytest.MonkeyPatch, again: str, made: int) -> None:
    typed = iter([PASSWORD, again])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("revops.management.commands.create_revops.getpass", lambda prompt: next(typed))
    if made:
        call_command("create_revops", EMAIL, stdout=StringIO())
    else:
        with pytest.raises(CommandError, match="The two passwords differ"):
            call_command("create_revops", EMAIL)
    assert User.objects.count() == made


def test_their_team_is_no_hole_in_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    create(monkeypatch)
    Team.objects.create(name="Sales")
    told = [notice.text for notice in attention()]
    assert "Sales is switched off and is given no leads." in told
    assert not any(text.startswith("RevOps is switched off") for text in told)
