"""Who is first when several come at once. The long runs are in `tests/faults/long_races.py`."""

from collections import Counter
from collections.abc import Callable, Sequence
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection, connections

from leads.intake.lead_form import CleanLead
from leads.models import Assignment, Delivery, Lead, LeadEvent, Rep
from revops import lifecycle
from revops.capture import Knock
from revops.holding import act_on_due
from revops.refusals import NotPossible
from routing.models import Share
from sla.models import Breach
from tests.races import deadlocks
from tests.world import CLIENT, DAY, HOUR, MINUTE, World, check_law, person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db: None, planted: None) -> World:
    return World.make()


def at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run these in threads that start together; each one's result, or the exception it raised."""
    barrier, results = Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            results[place] = act()
        except Exception as error:
            results[place] = error
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_fifty_claims_have_one_winner(world: World) -> None:
    """C1: the losers are told who was first."""
    reps = [*world.reps, *(person(f"rep{number}@airtight.test", world.team) for number in range(47))]
    lead = world.to_state("shark_tank")
    lapsed = Assignment.objects.get(lead=lead).rep_id
    able = [rep for rep in reps if rep.pk != lapsed]
    results = at_once([lambda rep=rep: lifecycle.claim(lead.pk, at=world.now, by=world.actor(rep)) for rep in able])
    winners = [result for result in results if isinstance(result, Lead)]
    losers = [result for result in results if isinstance(result, NotPossible)]
    assert (len(winners), len(losers)) == (1, len(able) - 1), Counter(map(repr, results))
    winner = world.again(lead).owner
    assert {loser.winner for loser in losers} == {winner.name}
    assert LeadEvent.objects.filter(lead=lead, kind="claim").count() == 1
    assert Assignment.objects.filter(lead=lead, ended_at=None).count() == 1


def test_a_double_click_accepts_once(world: World) -> None:
    """C3: both clicks are answered, one event is left."""
    lead = world.to_state("assigned")
    accept = lambda: lifecycle.accept(lead.pk, at=world.now, by=world.actor(lead.owner))  # noqa: E731
    results = at_once([accept] * 8)
    assert all(isinstance(result, Lead) for result in results), results
    assert LeadEvent.objects.filter(lead=lead, kind="accept").count() == 1


def test_accept_against_the_sweep(world: World) -> None:
    """C4: whoever commits first is right, and the story stays in order."""
    leads = [world.capture(f"p{number}@acme.test") for number in range(12)]
    world.pass_time(4 * MINUTE)
    late = world.now + 2 * HOUR + MINUTE
    owners = {lead.pk: world.again(lead).owner for lead in leads}
    accepts = [
        lambda lead=lead: lifecycle.accept(lead.pk, at=world.now + HOUR, by=world.actor(owners[lead.pk]))
        for lead in leads
    ]
    at_once([*accepts, lambda: act_on_due(at=late), lambda: act_on_due(at=late)])
    for lead in Lead.objects.all():
        kinds = list(lead.events.filter(seq__isnull=False).order_by("seq").values_list("kind", flat=True))
        assert lead.state == "accepted", kinds
        assert kinds[-1] == "accept"
        assert Assignment.objects.filter(lead=lead, ended_at=None).count() == 1
    connection.check_constraints()


@pytest.mark.parametrize("sweepers", [2, 4])
def test_sweeps_at_once_do_nothing_twice(world: World, sweepers: int) -> None:
    """C5: each lead lapses once, with one breach and one alert, and nobody waits in a circle."""
    world.capture_all([{"email": f"p{number}@acme.test"} for number in range(200)])
    world.pass_time(4 * MINUTE)
    late = world.now + 2 * HOUR + MINUTE

    def sweep_all() -> int:
        taken, done = 1, 0
        while taken:
            taken = act_on_due(at=late, limit=20).count
            done += taken
        deadlocks.tell()
        return done

    with deadlocks.none_met():
        done = at_once([sweep_all] * sweepers)
    assert sum(done) == 200, done
    assert set(Lead.objects.values_list("state", flat=True)) == {"overdue"}
    assert LeadEvent.objects.filter(kind="expire").count() == 200
    assert Breach.objects.count() == 200
    assert Delivery.objects.filter(kind="slack.overdue").count() == 200
    assert not Lead.objects.put_aside().exists()


def test_round_robin_is_fair_with_workers_at_once(world: World) -> None:
    """C8: after any run nobody is more than one lead off their share."""
    for number in range(7):
        person(f"rep{number}@airtight.test", world.team)
    world.capture_all([{"email": f"p{number}@acme.test"} for number in range(120)])
    now = world.now + 4 * MINUTE

    def route_all() -> None:
        while act_on_due(at=now, limit=7).count:
            pass

    at_once([route_all] * 4)
    counts = Counter(Lead.objects.values_list("owner_id", flat=True))
    assert sum(counts.values()) == 120
    assert max(counts.values()) - min(counts.values()) <= 1, counts
    assert dict(Rep.objects.filter(takes_routing=True).values_list("pk", "open_leads")) == counts
    assert sum(Share.objects.values_list("given", flat=True)) == 120


def test_one_person_in_many_forms_at_once(world: World) -> None:
    """C10: case, blanks and +tags meet in one lead."""
    spellings = ["jo@acme.test", "JO@acme.test", " jo@acme.test", "jo+1@acme.test", "Jo+2@Acme.test"] * 2
    results = at_once([lambda email=email: world.capture_all([{"email": email}]) for email in spellings])
    outcomes = Counter(result[0].outcome for result in results)
    assert outcomes == {"new": 1, "joined": 9}, results
    [lead] = Lead.objects.all()
    assert lead.arrivals.count() == 10


def test_switching_a_rep_off_leaves_nothing_behind(world: World) -> None:
    """A rep who goes while leads are being routed holds none afterwards."""
    world.capture_all([{"email": f"p{number}@acme.test"} for number in range(60)])
    now, gone = world.now + 4 * MINUTE, world.reps[0]

    def route_all() -> None:
        while act_on_due(at=now, limit=5).count:
            pass

    off = lambda: lifecycle.switch_off(gone.pk, at=now, by=world.actor(world.revops))  # noqa: E731
    results = at_once([route_all, route_all, off])
    assert not [result for result in results if isinstance(result, Exception)], results
    assert not Lead.objects.filter(owner=gone).exists()
    assert Lead.objects.filter(state="assigned").count() == 60
    gone.refresh_from_db()
    assert gone.open_leads == 0
    check_law()


def test_imports_and_sweeps_at_once_keep_one_pace(world: World) -> None:
    """Whoever gives out the places of a day waits for who did so before: three reps, ten a day each."""
    forms = [world.forms([{"email": f"p{number}@b{batch}.test"} for number in range(20)]) for batch in range(4)]
    waiting = [knocks_of(batch) for batch in forms]
    take_in = [
        lambda knocks=knocks: lifecycle.capture(knocks, at=world.now, by=CLIENT, backlog=range(len(knocks)))
        for knocks in waiting
    ]
    results = at_once(take_in)
    assert all(isinstance(result, list) for result in results), results
    days = Counter(due.date() for due in Lead.objects.values_list("due_at", flat=True))
    assert max(days.values()) <= 30
    assert sum(days.values()) == 80
    later = world.now + 3 * DAY
    at_once([lambda: act_on_due(at=later, limit=10)] * 4)
    assert Lead.objects.exclude(state="nurture").count() == 30
    check_law()


def knocks_of(forms: Sequence[CleanLead]) -> list[Knock]:
    return [Knock(form) for form in forms]
