"""What the system does to a batch takes as many queries for many leads as for two."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.models import Assignment, IntentSignal, Lead
from revops import lifecycle
from revops.returns import PRICING_VISIT, Signal
from routing.models import SignalKind
from sla.models import Policy
from tests.lifecycle.conftest import give_back, with_reps
from tests.world import CLIENT, DAY, HOUR, MINUTE, World, check_law


def queries(act: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as seen:
        act()
    return len(seen)


def few_and_many(world: World, few: int = 2, many: int = 20) -> list[int]:
    """Queries to act on two that are due, and on the twenty after them."""
    counts = []
    for limit in (few, many):
        counts.append(queries(lambda limit=limit: lifecycle.act_on_due(at=world.now, limit=limit)))  # type: ignore[misc]
    return counts


def test_given_out_of_the_pool(world: World) -> None:
    with_reps(world, 22, name="pooled")
    for wait in (2 * HOUR + MINUTE, 2 * HOUR, HOUR + MINUTE):
        world.pass_time(wait)
    # Two lapses and the pool would be three slips, which is the ladder's; it is not measured here.
    Lead.objects.update(slips=0)
    assert set(Lead.objects.values_list("state", "due_step")) == {("shark_tank", "assign")}
    world.now += 22 * HOUR
    few, many = few_and_many(world)
    assert Lead.objects.filter(assignments__how="pool").count() == 22
    assert few == many


SOME, MANY = 2, 20


@pytest.mark.parametrize(
    ("passed", "then", "became"),
    [
        ([], 2 * HOUR + MINUTE, "overdue"),
        ([], 5 * HOUR, "shark_tank"),  # two deadlines at once, as after an outage
        ([2 * HOUR + MINUTE], 2 * HOUR, "shark_tank"),
        ([2 * HOUR + MINUTE, 2 * HOUR], HOUR + MINUTE, "shark_tank"),
    ],
    ids=["overdue", "overdue and released", "released", "unclaimed"],
)
def test_told_of(world: World, passed: list[timedelta], then: timedelta, became: str) -> None:
    leads = with_reps(world, SOME + MANY, name="told")
    for wait in passed:
        world.pass_time(wait)
    before = dict(Lead.objects.values_list("pk", "company"))
    world.now += then
    few, many = few_and_many(world, SOME, MANY)
    assert set(Lead.objects.values_list("state", flat=True)) == {became}
    assert dict(Lead.objects.values_list("pk", "company")) == before
    assert len(leads) == len(before)
    assert few == many


def test_told_of_some_while_others_go_on(world: World) -> None:
    """As after an outage: half of a batch has let one deadline pass, and the other half two."""
    Policy.objects.create(name="Slow", source="slow", accept_within=240, release_after=480)
    rows = [{"email": f"p{n}@c{n}.test", "intent_score": 80, "source": "slow" if n % 2 else "web"} for n in range(44)]
    world.capture_all(rows)
    world.pass_time(4 * MINUTE)
    world.now += 5 * HOUR
    asked = queries(lambda: lifecycle.act_on_due(at=world.now))
    assert set(Lead.objects.values_list("source", "state", "slips")) == {
        ("slow", "overdue", 0),
        ("web", "shark_tank", 1),
    }
    assert asked < 44, "not one for each of those that were only told of"
    check_law()


@pytest.mark.parametrize("touched", [False, True], ids=["lapsed", "never called"])
def test_taken_from_its_rep_while_others_go_up_the_ladder(world: World, touched: bool) -> None:
    """Of those that only change hands little is read, of the others all; each is written whole."""
    leads = with_reps(world, SOME + MANY, name="taken", company="Acme", country="DE")
    if touched:
        for lead in leads:
            world.accept(lead)
        world.pass_time(HOUR + MINUTE)
    else:
        world.pass_time(2 * HOUR + MINUTE)
    climbing = {lead.pk for lead in leads[::2]}
    Lead.objects.filter(pk__in=climbing).update(slips=2)
    world.now += 24 * HOUR if touched else 2 * HOUR
    few, many = few_and_many(world, SOME, MANY)
    assert few == many
    now = Lead.objects.values_list("pk", "state", "slips", "company", "country")
    assert {row for row in now if row[0] in climbing} == {(pk, "assigned", 3, "Acme", "DE") for pk in climbing}
    rest = {lead.pk for lead in leads} - climbing
    assert {row for row in now if row[0] in rest} == {(pk, "shark_tank", 1, "Acme", "DE") for pk in rest}
    assert Assignment.objects.exclude(outcome="").count() == len(leads)
    check_law()


def test_told_that_nobody_has_called(world: World) -> None:
    for lead in with_reps(world, SOME + MANY, name="told"):
        world.accept(lead)
    world.now += HOUR + MINUTE
    few, many = few_and_many(world, SOME, MANY)
    assert set(Lead.objects.values_list("due_step", flat=True)) == {"untouched"}
    assert few == many


@pytest.mark.parametrize(("reason", "days"), [("timing", 90), ("budget", 180)])
def test_back_on_a_date(world: World, reason: str, days: int) -> None:
    give_back(world, with_reps(world, 22, name="dated"), reason)
    world.now += days * DAY + MINUTE
    few, many = few_and_many(world)
    assert Lead.objects.filter(life=2).count() == 22
    assert few == many


def test_put_off_to_the_next_free_slots(world: World, settings: Any) -> None:
    settings.AIRTIGHT_RETURNS_PER_REP_AND_DAY = 1
    give_back(world, with_reps(world, 25, name="dated"), "timing")
    world.now += 90 * DAY + MINUTE
    lifecycle.act_on_due(at=world.now, limit=3)
    few, many = few_and_many(world)
    assert Lead.objects.filter(life=1, due_at__gte=world.now).count() == 22
    assert few == many


def test_a_companys_visit_to_the_prices(world: World) -> None:
    counts = []
    for domain, count in (("few.test", 2), ("many.test", 20)):
        rows = [{"email": f"p{number}@{domain}", "intent_score": 80} for number in range(count)]
        ids = [answer.lead_id for answer in world.capture_all(rows)]
        world.pass_time(4 * MINUTE)
        give_back(world, list(Lead.objects.filter(pk__in=ids)), "budget")
        visit = Signal(PRICING_VISIT, 10, world.now, domain=domain)
        counts.append(queries(lambda visit=visit: lifecycle.signal(visit, at=world.now, by=CLIENT)))  # type: ignore[misc]
        assert Lead.objects.filter(pk__in=ids, state="buffer").count() == count
    assert counts[0] == counts[1]


def test_back_past_the_intent_bar(world: World) -> None:
    """Judged in batches, however many wait and however many come back."""
    SignalKind.objects.update_or_create(name="*", defaults={"half_life_days": 30})

    def waiting(start: int, many: int) -> list[int]:
        rows = [{"email": f"p{n}@c{n}.test", "intent_score": 20} for n in range(start, start + many)]
        leads = [answer.lead_id or 0 for answer in world.capture_all(rows)]
        world.pass_time(6 * MINUTE)
        for n in range(start, start + many):
            IntentSignal.objects.create(
                person_key=f"p{n}@c{n}.test", kind="visit", points=30, occurred_at=world.now, received_at=world.now
            )
        return leads

    counts = []
    for start, many in ((0, 2), (2, 20)):
        leads = waiting(start, many)
        counts.append(queries(lambda: lifecycle.intent_is_back(at=world.now, by=CLIENT)))
        assert set(Lead.objects.filter(pk__in=leads).values_list("state", flat=True)) == {"buffer"}
        assert lifecycle.intent_is_back(at=world.now, by=CLIENT) == 0
    assert counts[0] == counts[1]
