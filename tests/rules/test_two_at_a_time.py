"""Two people at the rules at once: one is first, the other is told, and no version is lost or doubled."""

from functools import partial

import pytest

from leads.models import Draft, Lead, RuleSet
from revops import lifecycle
from revops.lifecycle import DraftIsOpen, NoDraft
from routing.models import Decision, LoadCap
from tests.admin.conftest import signed_in, typed
from tests.admin.test_people import change
from tests.races.test_races import at_once
from tests.world import MINUTE, World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db: None, planted: None) -> World:
    return World.make()


def test_two_publish_and_one_is_told_that_it_is_done(world: World) -> None:
    when = {"at": world.now, "by": world.actor(world.revops)}
    lifecycle.open_draft(**when)
    LoadCap.objects.create(team=world.team, per_day=3)
    results = at_once([partial(lifecycle.publish, **when)] * 4)
    kept = [one for one in results if isinstance(one, RuleSet)]
    assert [one.number for one in kept] == [2]
    assert sum(isinstance(one, NoDraft) for one in results) == 3
    assert not Draft.objects.exists()


def test_two_open_a_draft_and_there_is_one(world: World) -> None:
    when = {"at": world.now, "by": world.actor(world.revops)}
    results = at_once([partial(lifecycle.open_draft, **when)] * 4)
    assert sum(isinstance(one, Draft) for one in results) == 1
    assert sum(isinstance(one, DraftIsOpen) for one in results) == 3
    assert Draft.objects.count() == RuleSet.objects.count() == 1


def test_what_is_written_is_kept_once_whoever_comes_first(world: World) -> None:
    when = {"at": world.now, "by": world.actor(world.revops)}
    results = at_once([partial(lifecycle.as_written, **when)] * 6)
    assert [one.number for one in results if one is not None] == [1]
    assert RuleSet.objects.count() == 1


def test_saving_a_territory_while_leads_are_routed_stands_in_nobody_s_way(world: World) -> None:
    """Rows are written with the roster held, so that neither waits for what the other has."""
    waiting = [world.capture(f"jo@c{number}.test", company=f"C{number}").pk for number in range(6)]
    world.now += 4 * MINUTE
    url = change(world.territory)
    rita = signed_in(world.revops.user)
    posted = [typed(rita, url, **{"pool-0-longest_wait": hours}) for hours in (10, 20, 30)]
    saves = [partial(signed_in(world.revops.user).post, url, data) for data in posted]
    routes = [partial(lifecycle.act_on_due, at=world.now, limit=1)] * len(waiting)
    results = at_once([*saves, *routes])
    assert not [one for one in results if isinstance(one, Exception)]
    # One of the three saves; the others, who opened the page before, are told, by a page or by a message.
    assert {answer.status_code for answer in results[:3]} <= {200, 302}
    assert RuleSet.objects.filter(by=world.revops.user).count() == 1
    world.pass_time(MINUTE)
    assert Lead.objects.filter(state="assigned").count() == 6
    for pk in waiting:
        assert len(set(Decision.objects.filter(lead=pk, rules__isnull=False).values_list("rules", flat=True))) == 1
