"""A past lived through the lifecycle, in which reps never act, and what it gave to whom."""

import random
from datetime import datetime, timedelta
from typing import Any

from leads.models import Lead, PastLead, Rep, Team, Territory
from revops import backtesting, lifecycle, rules
from revops.backtesting import Progress
from revops.sweep import next_due
from routing.backtest import LEAD
from routing.models import Decision, Pool
from sla.models import Policy
from tests.world import DAY, SECOND, World, person


def nordic(world: World, **rule: Any) -> list[Rep]:
    """A second team of two reps whose territory is Sweden."""
    team = Team.objects.create(
        name="Nordic", manager=world.manager, deputy=world.deputy, slack_channel="C-N", active=True
    )
    reps = [person(f"{name}@airtight.test", team) for name in ("nils", "olle")]
    territory = Territory.objects.create(name="Nordic", team=team)
    sweden = {"all": [{"field": "country", "op": "is", "value": "SE"}]}
    Pool.objects.create(territory=territory, **{"position": 1, "criteria": sweden, **rule})
    return reps


def nobody_lapses() -> None:
    """So long a time to accept that nothing but routing happens in a test's past."""
    Policy.objects.update(accept_within=100_000, release_after=200_000)


def live(world: World, until: datetime) -> None:
    """Each deadline acted on a second after it, as the sweep would have, up to `until`."""
    while (due := next_due()) is not None and due + SECOND <= until:
        lifecycle.act_on_due(at=due + SECOND)
    world.now = until


def come(world: World, count: int, *, every: timedelta, **fields: Any) -> None:
    """So many leads, one after another."""
    for number in range(count):
        live(world, world.now + every)
        row = {name: value[number % len(value)] if isinstance(value, list) else value for name, value in fields.items()}
        world.capture(f"p{Lead.objects.count()}@c{number % 7}.test", **row)


def silently(done: int, total: int) -> None:
    """Progress that nobody watches."""


def compared(world: World, *, days: int = 90, progress: Progress = silently, **how: Any) -> dict[str, Any]:
    base, candidate = how.get("base") or rules.standing(), how.get("candidate") or rules.written()
    return backtesting.compare(base, candidate, days=days, at=world.now + DAY, progress=progress)


def given_in_truth() -> dict[tuple[str, int], int | None]:
    """By lead, the rep whom its first decision with one names."""
    rows = Decision.objects.filter(rep__isnull=False).order_by("-at", "-pk")
    return {(LEAD, lead): rep for lead, rep in rows.values_list("lead", "rep")}


def a_quarter(until: datetime, count: int) -> list[PastLead]:
    """Unsaved leads of the 80 days before, day and night, one country in three a Nordic one."""
    rng = random.Random(4)
    return [
        PastLead(
            person_key=f"p{number}@c{number % 90}.test",
            company=f"Company {number % 90}",
            domain=f"c{number % 90}.test",
            country=("SE", "US", "DE")[number % 3],
            employee_count=rng.choice([5, 40, 700, None]),
            intent_score=rng.choice([10, 45, 70, 90, None]),
            industry=rng.choice(["Software", "Manufacturing", "Retail"]),
            source=rng.choice(["webinar", "paid_search"]),
            captured_at=until - timedelta(minutes=rng.randrange(80 * 24 * 60)),
        )
        for number in range(count)
    ]
