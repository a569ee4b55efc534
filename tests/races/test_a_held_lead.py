"""C6: somebody holds a lead's row for long. All others go on, whoever else wants it, and it is done afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
from django.db import OperationalError, connection, connections, transaction

from leads import locks
from leads.models import Lead, Rep
from revops import lifecycle
from revops.models import Heartbeat
from revops.roster_changes import InTheWay, begin_absences
from revops.sweep import sweep
from routing.models import Absence
from routing.roster import hold_roster
from tests.locks import held_elsewhere
from tests.races.test_races import world as world
from tests.world import DAY, HOUR, MINUTE, SECOND, World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "PAUSE", SECOND / 100)
    for module in ("routing.roster", "revops.holding"):
        monkeypatch.setattr(f"{module}.A_MOMENT", SECOND / 10)


@contextmanager
def row_held(lead: Lead) -> Iterator[None]:
    """As by a long edit in another session."""
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT 1 FROM leads_lead WHERE id = %s FOR UPDATE", [lead.pk])
        yield
    finally:
        other.rollback()
        other.close()


@contextmanager
def impatient() -> Iterator[None]:
    """Whoever would wait here for a lock for over two seconds fails instead."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '2s'")
        yield
        cursor.execute("SET lock_timeout = 0")


def two_leads(world: World) -> tuple[Lead, Lead]:
    return world.to_state("assigned", "held@acme.test"), world.to_state("assigned", "free@other.test")


def test_the_sweep_goes_round_it_and_comes_back(world: World) -> None:
    held, free = two_leads(world)
    late = world.now + 2 * HOUR + MINUTE
    with row_held(held), impatient():
        assert sweep(at=late).count == 1
    assert (world.again(held).state, world.again(free).state) == ("assigned", "overdue")
    assert sweep(at=late + SECOND).count == 1
    again = world.again(held)
    assert again.state == "overdue"
    [lapse] = again.events.filter(kind="expire")
    assert (lapse.at, lapse.noticed_at) == (held.due_at, late + SECOND)


def test_a_leave_that_needs_it_holds_up_no_sweep_and_no_accept(world: World) -> None:
    held, free = two_leads(world)
    assert held.owner is not None
    Absence.objects.create(rep=held.owner, starts_at=world.now, ends_at=world.now + 5 * DAY)
    with row_held(held), impatient():
        with pytest.raises(InTheWay):
            begin_absences(at=world.now, by=world.actor(world.revops))
        sweep(at=world.now)
        assert Heartbeat.objects.filter(name="leave that waits").exists()
        world.accept(free)
        assert sweep(at=world.now + 3 * HOUR).count == 1
    assert world.again(held).owner == held.owner
    Heartbeat.objects.all().delete()
    sweep(at=world.now + MINUTE)
    assert world.again(held).owner != held.owner
    assert Absence.objects.get().applied_at == world.now + MINUTE


def test_others_give_leads_while_somebody_wants_the_roster_alone(world: World) -> None:
    """Who waits for it would have all others wait in line behind, for as long as the one who holds it."""
    held, _free = two_leads(world)
    assert held.owner is not None
    outcome: list[object] = []

    def switch_off(rep: Rep) -> None:
        try:
            outcome.append(lifecycle.switch_off(rep.pk, at=world.now, by=world.actor(world.revops)))
        except OperationalError as error:
            outcome.append(error)
        finally:
            connections.close_all()

    thread = Thread(target=switch_off, args=(held.owner,))
    with row_held(held):
        thread.start()
        with impatient():
            for _turn in range(5):
                with transaction.atomic():
                    hold_roster()
    thread.join()
    assert outcome in ([1], [2]), outcome
    assert not Lead.objects.filter(owner=held.owner).exists()


def test_what_waits_is_not_a_reason_to_wait_again(world: World) -> None:
    """A roster that somebody holds on to is asked for a few times and then given up, with an error that says so."""
    with held_elsewhere(locks.Lock.ROSTER), pytest.raises(OperationalError) as raised:
        lifecycle.switch_off(world.reps[0].pk, at=world.now, by=world.actor(world.revops))
    assert locks.timed_out(raised.value)
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)


def test_a_visit_to_the_dentist_takes_the_roster_from_nobody(world: World) -> None:
    """An absence that moves no lead is not looked at under the lock that all others need."""
    held, _free = two_leads(world)
    assert held.owner is not None
    Absence.objects.create(rep=held.owner, starts_at=world.now, ends_at=world.now + HOUR)
    with held_elsewhere(locks.Lock.ROSTER, shared=True):
        assert begin_absences(at=world.now, by=world.actor(world.revops)) == 0
