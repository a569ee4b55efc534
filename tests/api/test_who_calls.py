"""Tokens, sessions and methods: who is let in, and what is said to everybody else."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from knox.models import AuthToken
from rest_framework.test import APIClient

from leads.models import Lead
from tests.api.conftest import Api, is_problem

LEADS = "/api/v1/leads/"


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        "Bearer two words",
        "Bearer " + "f" * 64,
        "Bearer a\x00b",
        "Bearer \xff\xfe",
        "Bearer " + "٣٣٣".encode().decode("latin-1"),
        "Basic dXNlcjpwYXNz",
        "Token abc",
        "x" * 5000,
    ],
)
def test_no_way_in(api: Api, header: str) -> None:
    answer = APIClient().get(LEADS, HTTP_AUTHORIZATION=header)
    is_problem(answer, 401)
    assert answer["WWW-Authenticate"] == "Bearer"


def test_an_expired_token_is_401(api: Api) -> None:
    _row, token = AuthToken.objects.create(user=api.system, expiry=timedelta(seconds=-1))
    is_problem(APIClient().get(LEADS, HTTP_AUTHORIZATION=f"Bearer {token}"), 401)


def test_whoever_is_switched_off_is_out_at_once(api: Api) -> None:
    assert api.get("leads/", api.system).status_code == 200
    User.objects.filter(pk=api.system.pk).update(is_active=False)
    is_problem(api.get("leads/", api.system), 401)
    client = APIClient()
    client.force_login(api.world.reps[0].user)
    assert client.get(LEADS).status_code == 200
    User.objects.filter(pk=api.world.reps[0].user_id).update(is_active=False)
    is_problem(client.get(LEADS), 401)


def test_a_role_taken_away_is_gone_at_once(api: Api) -> None:
    assert api.capture().status_code == 201
    api.system.groups.clear()
    is_problem(api.capture(), 403)
    assert api.get("leads/", api.system).json()["results"] == []


def test_a_session_needs_its_csrf_token(api: Api) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(api.world.revops.user)
    body = {"email": "jo@acme.test"}
    is_problem(client.post(LEADS, body, format="json"), 403)
    is_problem(client.post(LEADS, body, format="json", headers={"X-CSRFToken": "x" * 32}), 403)
    client.cookies["csrf"] = token = "a" * 32
    assert client.post(LEADS, body, format="json", headers={"X-CSRFToken": token}).status_code == 201


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "leads/"), ("DELETE", "leads/1/"), ("PATCH", "leads/1/"), ("GET", "leads/1/accept/"), ("POST", "queue/"),
     ("GET", "signals/"), ("OPTIONS", "leads/"), ("TRACE", "leads/"), ("BREW", "leads/")],
)  # fmt: skip
def test_other_methods_are_405(api: Api, method: str, path: str) -> None:
    answer = api.client(api.world.revops.user).generic(method, f"/api/v1/{path}")
    is_problem(answer, 405)
    assert answer["Allow"]


@pytest.mark.parametrize("path", ["", "nothing/", "leads", "leads/x/", "leads/1", f"leads/{'9' * 5000}/", "leads/-1/"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_other_addresses_are_404_problems(api: Api, path: str, method: str) -> None:
    is_problem(api.client(api.system).generic(method, f"/api/v1/{path}", b"{}", "application/json"), 404)


def test_nothing_can_be_assigned_from_outside(api: Api) -> None:
    """A3."""
    lead = api.world.to_state("assigned")
    for method in ("PUT", "PATCH"):
        answer = api.client(api.world.revops.user).generic(
            method, f"{LEADS}{lead.pk}/", b'{"owner": 1, "state": "converted"}', "application/json"
        )
        is_problem(answer, 405)
    assert Lead.objects.get().owner_id == lead.owner_id


def test_a_token_is_made_and_shown_once(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("create_token", "FORMS@airtight.test", days=3)
    said = capsys.readouterr()
    token = said.out.strip()
    assert APIClient().get(LEADS, HTTP_AUTHORIZATION=f"Bearer {token}").status_code == 200
    row = AuthToken.objects.get(user=api.system)
    assert abs(row.expiry - row.created - timedelta(days=3)) < timedelta(seconds=5)
    assert token not in row.digest
    assert "only this once" in said.err
    assert token not in said.err


@pytest.mark.parametrize(
    ("email", "options", "says"),
    [
        ("nobody@airtight.test", {}, "There is no user with the e-mail nobody@airtight.test."),
        ("forms@airtight.test", {"days": 0}, "1 to 3,650 days"),
        ("off@airtight.test", {}, "switched off"),
    ],
)
def test_no_token_for_that(api: Api, email: str, options: dict[str, int], says: str) -> None:
    User.objects.create_user("off@airtight.test", "off@airtight.test", is_active=False)
    with pytest.raises(CommandError, match=says):
        call_command("create_token", email, **options)
    assert AuthToken.objects.count() == 0


def test_a_user_without_a_role_is_warned_of(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    User.objects.create_user("new@airtight.test", "new@airtight.test")
    call_command("create_token", "new@airtight.test")
    assert "no role yet" in capsys.readouterr().err
