"""The story's clock at every door, a look at its figures, and a browser without JavaScript for each person."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from leads.models import Delivery, Lead, Rep, Team
from revops import lifecycle
from revops.dashboard.metrics import Metrics, measure
from revops.dashboard.scope import Period, Scope
from sla.terms import Terms
from tests.world import CLIENT, HOUR, MINUTE, World, person


def scope_of(world: World, *, days: int = 30, teams: list[int] | None = None) -> Scope:
    period = Period.last(days, at=world.now, zone=ZoneInfo("UTC"))
    return Scope.load(at=world.now, period=period, teams=teams, terms=Terms.load())


@pytest.fixture
def figures(world: World) -> Callable[..., Metrics]:
    """`figures()` measures the story so far."""
    return lambda **asked: measure(scope_of(world, **asked))


@pytest.fixture
def story(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr("revops.clock.now", lambda: world.now)
    return world


@pytest.fixture
def busy(story: World) -> World:
    """A day by the end of which there are leads in every place, and something of nearly everything that is counted."""
    names = ("pooled", "won", "gone", "timing")
    pooled, won, gone, timing = (story.capture(f"{name}@acme.test", employee_count=50) for name in names)
    story.capture("small@acme.test", employee_count=2)
    story.pass_time(4 * MINUTE)
    for lead in (won, gone, timing):
        story.accept(lead)
    lifecycle.touch(won.pk, kind="call", seen=True, at=story.now, by=story.actor(story.again(won).owner))
    lifecycle.convert(won.pk, at=story.now, by=story.actor(story.again(won).owner))
    story.recycle(gone, "not_icp")
    story.recycle(timing, "timing")
    story.capture_all([{"email": gone.email}, {"email": pooled.email}])
    lifecycle.refuse("no_email", at=story.now, by=CLIENT, reference="row 7").save()
    story.now += 86 * MINUTE
    story.capture("late@acme.test")
    for wait in (4 * MINUTE, 31 * MINUTE, 90 * MINUTE, 30 * MINUTE):
        story.pass_time(wait)
    call = story.capture("call@acme.test")
    story.capture("new@acme.test")
    story.pass_time(4 * MINUTE)
    story.accept(call)
    story.capture("fresh@acme.test")
    Lead.objects.filter(pk=timing.pk).update(retry_at=story.now + HOUR, error="boom", error_count=1)
    first = Delivery.objects.order_by("pk")[0]
    Delivery.objects.filter(pk=first.pk).update(status="dead", error="channel_not_found", done_at=story.now)
    return story


@pytest.fixture
def visit() -> Callable[[Rep], Client]:
    def as_(rep: Rep) -> Client:
        client = Client()
        client.force_login(rep.user)
        return client

    return as_


@pytest.fixture
def stranger(world: World) -> Rep:
    """The manager of another team."""
    team = Team.objects.create(name="Enterprise", slack_channel="C-ENT")
    manager = person("stan@airtight.test", team, takes=False)
    team.manager, team.deputy, team.active = manager, world.deputy, True
    team.save()
    return manager
