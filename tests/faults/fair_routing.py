"""Routing at its full length: `./run test tests/faults/fair_routing.py` (minutes).

1,000 leads by 8 workers over 10 reps, in singles and in bulk, for each strategy with fixed weights (C8); C14; the rules
republished 20 times during the intake of 2,000 leads; 10,000 random leads over random rules.
"""

import random

import pytest

from leads.models import Lead
from revops.audit.auditing import audit
from tests.races import test_fair_routing as races
from tests.races.test_fair_routing import WEIGHTS, most_off, route_at_once, ten_reps
from tests.races.test_fair_routing import world as world
from tests.routing.test_anything_is_routed import lived_through
from tests.world import MINUTE, World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("strategy", WEIGHTS)
@pytest.mark.parametrize("batch", [1, 100], ids=["singles", "bulk"])
def test_a_thousand_leads_by_eight_workers(world: World, strategy: str, batch: int) -> None:
    weights = ten_reps(world, strategy)
    route_at_once(world, 1_000, workers=8, batch=batch)
    assert Lead.objects.filter(state="assigned").count() == 1_000
    assert most_off(weights) <= 1
    assert audit(at=world.now + 5 * MINUTE).ok


@pytest.mark.parametrize("batch", [1, 20], ids=["singles", "bulk"])
def test_c14_caps(world: World, batch: int) -> None:
    races.caps_are_kept(world, leads=100, workers=8, batch=batch)


def test_twenty_versions_during_the_intake_of_two_thousand(world: World) -> None:
    races.republished_meanwhile(world, leads=2_000, times=20, batch=50)


def test_ten_thousand_random_leads(world: World) -> None:
    lived_through(world, random.Random(7), rounds=100, leads=100)
    report = audit(at=world.now)
    assert report.ok, [finding for finding in report.findings if not finding.ok]
