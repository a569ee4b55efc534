"""Who asks for comparisons, and a worker that takes them up when a test says so."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django_q.models import OrmQ

from revops import jobs
from tests.world import World


@pytest.fixture(autouse=True)
def _time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("revops.clock.now", lambda: world.now)


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def rita(world: World) -> Client:
    return signed_in(world.revops.user)


@pytest.fixture
def mona(world: World) -> Client:
    """A manager who is let into the admin."""
    world.manager.user.is_staff = True
    world.manager.user.save()
    return signed_in(world.manager.user)


@pytest.fixture
def work() -> Callable[[], int]:
    """Do what is in the queue of comparisons. Returns how many tasks that were."""

    def act() -> int:
        tasks = [task for task in OrmQ.objects.all() if task.func() == "revops.jobs.backtest"]
        for task in tasks:
            jobs.backtest()
            task.delete()
        return len(tasks)

    return act
