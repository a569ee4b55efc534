"""Whatever the rules and whoever is there, every lead ends with somebody, in the pool or on a track, with a deadline.

`tests/faults/random_rules.py` does it with 10,000 leads.
"""

import random
from datetime import timedelta

import pytest

from leads import states
from leads.models import Lead
from revops.audit.auditing import audit
from revops.sweep import sweep
from tests.routing import anything
from tests.world import HOUR, MINUTE, World

SETTLED = {*states.OWNED, states.SHARK_TANK, states.NURTURE, states.SUPPRESSED}


def lived_through(world: World, rng: random.Random, *, rounds: int, leads: int) -> None:
    """So many rule sets, each met by so many leads; then time passes until the longest wait is over."""
    for number in range(rounds):
        anything.rewrite(world, rng)
        world.capture_all(anything.forms(rng, leads, tag=str(number)))
        sweep(at=world.now + 6 * MINUTE)
        world.now += 7 * MINUTE
    assert not Lead.objects.put_aside().exists(), list(Lead.objects.put_aside().values_list("error", flat=True)[:3])
    waiting = Lead.objects.exclude(state__in=SETTLED)
    assert set(waiting.values_list("state", flat=True)) <= {states.ROUTING}
    for _step in range(6):
        world.now += timedelta(hours=20)
        sweep(at=world.now)
    assert not Lead.objects.put_aside().exists(), list(Lead.objects.put_aside().values_list("error", flat=True)[:3])
    old = Lead.objects.filter(captured_at__lt=world.now - 120 * HOUR)
    assert old.count() == rounds * leads
    assert not old.exclude(state__in=SETTLED).exists(), list(old.exclude(state__in=SETTLED).values("pk", "state")[:3])


@pytest.mark.parametrize("seed", [0, *[pytest.param(seed, marks=pytest.mark.long) for seed in (1, 2, 3)]])
def test_none_is_unrouted_and_none_in_limbo(world: World, seed: int) -> None:
    lived_through(world, random.Random(seed), rounds=6, leads=15)
    report = audit(at=world.now)
    assert report.ok, [finding for finding in report.findings if not finding.ok]
