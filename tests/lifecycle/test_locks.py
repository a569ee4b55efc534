"""Work that one process does at a time, and that it holds up nothing else."""

from itertools import combinations

import pytest
from django.db import connection

from leads.locks import CONVERSATIONS, VISITORS, WRITING, Lock
from recycle.pacing import hold_pace
from revops.alone import alone
from revops.enrich import enrich_due
from routing.roster import hold_roster
from tests.locks import held_elsewhere
from tests.world import World


def test_every_lock_has_a_key_of_its_own() -> None:
    keys = [*Lock, WRITING, VISITORS, CONVERSATIONS]
    assert [(one, other) for one, other in combinations(keys, 2) if one == other] == []


@pytest.mark.django_db
def test_who_comes_second_is_told_at_once() -> None:
    with held_elsewhere(Lock.PULLING), alone(Lock.PULLING) as held:
        assert not held
    with alone(Lock.PULLING) as held:
        assert held


@pytest.mark.parametrize("calling_out", [Lock.ASKING, Lock.PULLING])
def test_no_lead_waits_for_who_calls_out(world: World, calling_out: Lock) -> None:
    with held_elsewhere(calling_out), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '2s'")
        hold_roster()
        hold_pace(at=world.now)


def test_nobody_is_asked_twice_at_a_time(world: World) -> None:
    with held_elsewhere(Lock.ASKING):
        assert enrich_due(at=world.now) == 0
