"""`manage.py demo`: a token belongs to its database, and what is printed works."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from knox.models import AuthToken

from leads.models import IntentSignal, Lead
from revops.demo import company, hooks
from revops.integrations.hook_signatures import sign_segment, sign_standard
from revops.management.commands.demo import _token, _token_file, told
from revops.models import HookRule, HookSource
from tests.world import DAY, HOUR, World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def checkout(settings: Any, tmp_path: Path) -> Path:
    settings.BASE_DIR = tmp_path
    return tmp_path


def website_of_a_database(world: World, *, made: timedelta) -> User:
    """As if it were another database: the website was made at another moment, and knows no token."""
    User.objects.filter(username=company.CLIENT).delete()
    return User.objects.create(username=company.CLIENT, date_joined=world.now + made)


def is_let_in(checkout: Path, website: User) -> bool:
    token = (checkout / _token_file(website)).read_text()
    answer = Client().get("/api/v1/leads/", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code != 401


def test_the_token_of_one_database_outlives_a_demo_on_another(checkout: Path, world: World) -> None:
    first = website_of_a_database(world, made=DAY)
    _token()
    kept = list(AuthToken.objects.filter(user=first))
    second = website_of_a_database(world, made=2 * DAY)
    _token()
    assert is_let_in(checkout, second)
    second.delete()
    first.save(force_insert=True)
    AuthToken.objects.bulk_create(kept)
    _token()
    assert is_let_in(checkout, first)
    assert AuthToken.objects.filter(user=first).count() == 1
    assert str(_token_file(first)) in told(at=world.now)


def test_a_token_that_was_revoked_is_made_again(checkout: Path, world: World) -> None:
    website = website_of_a_database(world, made=DAY)
    _token()
    AuthToken.objects.all().delete()
    assert not is_let_in(checkout, website)
    _token()
    assert is_let_in(checkout, website)
    assert (checkout / _token_file(website)).stat().st_mode & 0o777 == 0o600


def keys(folder: Path, kind: str) -> dict[str, str]:
    [path] = folder.glob(f"demo-hook-{kind}-*")
    assert path.stat().st_mode & 0o777 == 0o600
    return dict(line.split("=", 1) for line in path.read_text().splitlines())


def knock(kind: str, said: dict[str, str], body: bytes) -> Any:
    """As the commands of docs/webhooks.md do it."""
    signed = {"X-Signature": sign_segment(secret=said["SECRET"], body=body)}
    if kind == "standard":
        stamp = str(int(datetime.now(UTC).timestamp()))
        signature = sign_standard(secret=said["SECRET"], webhook_id="m", timestamp=stamp, body=body)
        signed = {"webhook-id": "m", "webhook-timestamp": stamp, "webhook-signature": signature}
    path = f"/api/v1/hooks/{kind}/{said['TOKEN']}/"
    return Client().post(path, body, "application/json", headers=signed)


def test_the_demos_webhooks_are_open_to_who_has_their_files(world: World, checkout: Path) -> None:
    hooks.load(checkout, "mark")
    page = b'{"type":"page","messageId":"m1","anonymousId":"a1","properties":{"path":"/pricing"}}'
    attended = b'{"type":"webinar.attended","timestamp":"2026-11-02T10:00:00Z","data":{"email":"jo@acme.test"}}'
    for kind, body in (("segment", page), ("standard", attended)):
        answer = knock(kind, keys(checkout, kind), body)
        assert (answer.status_code, answer.json()["taken"]) == (200, 1)
    assert set(IntentSignal.objects.values_list("kind", flat=True)) == {"pricing_visit", "webinar_attended"}


def test_a_webhooks_file_that_was_lost_is_made_again_and_no_other(world: World, checkout: Path) -> None:
    hooks.load(checkout, "mark")
    before = keys(checkout, "segment"), keys(checkout, "standard")
    (checkout / "demo-hook-segment-mark").unlink()
    hooks.load(checkout, "mark")
    assert keys(checkout, "standard") == before[1]
    assert keys(checkout, "segment") != before[0]
    assert knock("segment", before[0], b"{}").status_code == 404
    assert (HookSource.objects.count(), HookRule.objects.count()) == (2, 7)


def test_on_another_day_a_fresh_start_is_offered(world: World) -> None:
    website_of_a_database(world, made=DAY)
    world.capture()
    came = Lead.objects.get().captured_at
    assert "--fresh" not in told(at=came + HOUR)
    assert "./run demo --fresh" in told(at=came + 3 * DAY)
