"""A browser without JavaScript for each person, on the story's clock."""

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client

from leads.models import Rep, Team
from tests.world import World, person


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


@pytest.fixture
def story(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The world, with every door reading the story's clock."""
    monkeypatch.setattr("revops.clock.now", lambda: world.now)
    return world


@pytest.fixture
def visit() -> Callable[..., Client]:
    """`visit(rep)` is a client signed in as that rep; `htmx=True` asks as the page's own script does."""

    def as_(rep: Rep, *, htmx: bool = False, csrf: bool = False) -> Client:
        client = Client(headers={"HX-Request": "true"} if htmx else None, enforce_csrf_checks=csrf)
        client.force_login(rep.user)
        return client

    return as_


@pytest.fixture
def stranger(world: World) -> Rep:
    """A rep of another team."""
    return person("stan@airtight.test", Team.objects.create(name="Enterprise"))
