"""RevOps at the pages of the rules, by the story's clock."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from leads.actor import Actor
from revops import clock, lifecycle
from tests.admin.conftest import signed_in
from tests.world import World


@pytest.fixture
def rita(world: World, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(clock, "now", lambda: world.now)
    return signed_in(world.revops.user)


@pytest.fixture
def mona(world: World) -> Client:
    world.manager.user.is_staff = True
    world.manager.user.save()
    return signed_in(world.manager.user)


class Desk:
    """RevOps changing rules, each call at the story's time."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.by: Actor = world.actor(world.revops, door="admin")

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        return lambda *args, **more: getattr(lifecycle, verb)(*args, at=self.at, by=self.by, **more)

    @property
    def at(self) -> datetime:
        return self.world.now


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)
