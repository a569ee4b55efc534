"""Leads routed by several workers at once: fair by every strategy, within every cap, by one version of the rules.

`tests/faults/fair_routing.py` does it with 1,000 leads and 8 workers.
"""

from collections import Counter
from itertools import count

import pytest

from leads.actor import SYSTEM
from leads.models import Lead, LeadEvent, Rep
from revops import lifecycle, publishing
from revops.holding import act_on_due
from routing.models import Decision, LoadCap, Pool, Weight
from tests.races.test_races import at_once
from tests.world import MINUTE, World, person

pytestmark = pytest.mark.django_db(transaction=True)

WEIGHTS = {"round_robin": [1] * 10, "weighted": [5, 4, 3, 3, 2, 2, 1, 1, 1, 1], "load_balanced": [4, *[2] * 8, 1]}


@pytest.fixture
def world(transactional_db: None, planted: None) -> World:
    return World.make()


def ten_reps(world: World, strategy: str) -> dict[int, int]:
    """Ten reps under a strategy; their weights by rep."""
    reps = [*world.reps, *(person(f"rep{number}@airtight.test", world.team) for number in range(7))]
    pool = Pool.objects.get()
    pool.strategy = strategy
    pool.save()
    weights = dict(zip((rep.pk for rep in reps), WEIGHTS[strategy], strict=True))
    Weight.objects.bulk_create(Weight(pool=pool, rep_id=rep, weight=weight) for rep, weight in weights.items())
    return weights


def route_at_once(world: World, leads: int, *, workers: int, batch: int) -> None:
    """So many leads routed by so many workers, so many in a transaction."""
    world.capture_all([{"email": f"p{number}@acme.test"} for number in range(leads)])
    now = world.now + 4 * MINUTE

    def work() -> None:
        while act_on_due(at=now, limit=batch).count:
            pass

    errors = [result for result in at_once([work] * workers) if result is not None]
    assert not errors, errors


def most_off(weights: dict[int, int]) -> float:
    given = Counter(Lead.objects.filter(owner__isnull=False).values_list("owner_id", flat=True))
    return max(abs(given[rep] - weight / sum(weights.values()) * given.total()) for rep, weight in weights.items())


def caps_are_kept(world: World, *, leads: int, workers: int, batch: int) -> None:
    """C14: four reps, who may hold 20 each and hold 18; the rest is in the pool, with the reason."""
    person("rep3@airtight.test", world.team)
    route_at_once(world, 72, workers=1, batch=500)
    LoadCap.objects.create(team=world.team, open_leads=20)
    first = set(Lead.objects.values_list("pk", flat=True))
    world.now += MINUTE
    world.capture_all([{"email": f"q{number}@acme.test"} for number in range(leads)])
    for step in (4 * MINUTE, 16 * MINUTE):
        world.now += step
        now = world.now
        at_once([lambda now=now: [None for _turn in iter(lambda: act_on_due(at=now, limit=batch).count, 0)]] * workers)
    assert set(Rep.objects.filter(takes_routing=True).values_list("open_leads", flat=True)) == {20}
    over = Lead.objects.exclude(pk__in=first).filter(state="shark_tank")
    assert over.count() == leads - 8
    decision = Decision.objects.filter(lead=over.first()).latest("pk")
    assert {row["why"] for row in decision.steps["left_out"] if "cap" in row} == {"at the cap of 20 open leads"}


def republished_meanwhile(world: World, *, leads: int, times: int, batch: int) -> None:
    """Each version sends everything to one team of two, and says so in the ICP as well: no lead meets half of each."""
    profile, pool = world.profile, Pool.objects.get()
    done: list[bool] = []

    def take_in() -> None:
        for first in range(0, leads, batch):
            rows = [{"email": f"p{number}@acme.test"} for number in range(first, min(first + batch, leads))]
            world.capture_all(rows)
            act_on_due(at=world.now + 4 * MINUTE, limit=batch)
        done.append(True)

    def republish() -> None:
        for number in count(1):
            publishing.open_draft(at=world.now, by=SYSTEM)
            profile.intent_bar = number % 90
            profile.save()
            pool.position = number % 90
            pool.version += 1
            pool.save()
            publishing.publish(at=world.now, by=SYSTEM)
            if done and number >= times:
                break

    errors = [result for result in at_once([take_in, republish]) if result is not None]
    assert not errors, errors
    while act_on_due(at=world.now + 4 * MINUTE).count:
        pass
    assert LeadEvent.objects.filter(kind="assign").count() == leads
    for lead_id, rules in Decision.objects.order_by("lead_id").values_list("lead_id", "rules_id").distinct():
        kinds = dict(Decision.objects.filter(lead=lead_id).values_list("kind", "steps"))
        one = Decision.objects.filter(lead=lead_id).values("rules_id").distinct().count()
        assert one == 1, f"lead {lead_id} was decided over by {one} versions"
        document = Decision.objects.filter(rules=rules).select_related("rules")[0].rules.document
        assert kinds["qualification"]["intent"]["bar"] == document["profile"]["intent_bar"]
        assert kinds["routing"]["territories"][0]["version"] == document["territories"][0]["version"]


@pytest.mark.parametrize(
    ("strategy", "batch"),
    [
        ("round_robin", 25),
        ("weighted", 1),
        ("load_balanced", 25),
        *[
            pytest.param(*one, marks=pytest.mark.long)
            for one in (("round_robin", 1), ("weighted", 25), ("load_balanced", 1))
        ],
    ],
)
def test_fair_whoever_is_quick(world: World, strategy: str, batch: int) -> None:
    weights = ten_reps(world, strategy)
    route_at_once(world, 60, workers=4, batch=batch)
    assert Lead.objects.filter(state="assigned").count() == 60
    assert most_off(weights) <= 1


def test_caps_are_never_exceeded(world: World) -> None:
    caps_are_kept(world, leads=30, workers=4, batch=5)


def test_a_claim_heeds_the_cap_too(world: World) -> None:
    lead = world.to_state("shark_tank")
    able = [rep for rep in world.reps if rep.pk != lead.assignments.get().rep_id]
    LoadCap.objects.create(team=world.team, open_leads=0)
    results = at_once([lambda rep=rep: lifecycle.claim(lead.pk, at=world.now, by=world.actor(rep)) for rep in able])
    assert all(isinstance(result, lifecycle.NotYours) for result in results), results
    assert "cap of 0 open leads" in str(results[0])


def test_each_lead_meets_one_version(world: World) -> None:
    republished_meanwhile(world, leads=120, times=6, batch=20)
