"""`manage.py demo`: a token belongs to its database, and what is printed works."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from knox.models import AuthToken

from leads.models import Lead
from revops.demo import company
from revops.management.commands.demo import _token, _token_file, told
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


def test_on_another_day_a_fresh_start_is_offered(world: World) -> None:
    website_of_a_database(world, made=DAY)
    world.capture()
    came = Lead.objects.get().captured_at
    assert "--fresh" not in told(at=came + HOUR)
    assert "./run demo --fresh" in told(at=came + 3 * DAY)
