"""T2 and T12: how late a deadline is acted on, by a clock that is moved; and a schedule that was missed for hours.

In real time, by real processes: tests/faults/timer_measured.py.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.core.checks import run_checks
from django_q.conf import Conf
from django_q.models import OrmQ, Schedule
from django_q.scheduler import scheduler
from django_q.signing import SignedPackage

from leads.models import Delivery, Lead, LeadEvent
from revops import clock, jobs
from revops.management.commands import sweep as command
from tests.world import HOUR, MINUTE, MONDAY, SECOND, World

LEADS = 60


def test_t2_every_deadline_within_its_time_and_none_early(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """`manage.py sweep` between its naps: the clock stands still while it works, and moves by as long as it naps."""
    monkeypatch.setattr(clock, "now", lambda: world.now)
    for number in range(LEADS):
        world.now = MONDAY + number * timedelta(seconds=0.317)
        world.capture(f"p{number}@p{number}.test")
    due = dict(Lead.objects.values_list("pk", "due_at"))
    world.now = MONDAY + 2 * MINUTE
    longest = timedelta(0)
    while Lead.objects.filter(state="buffer").exists():
        nap = timedelta(seconds=command._step())
        assert timedelta(0) < nap <= SECOND
        longest = max(longest, nap)
        world.now += nap
        assert world.now < MONDAY + 6 * MINUTE
    decided = LeadEvent.objects.filter(kind="qualify")
    late = [(event.noticed_at - due[event.lead_id]).total_seconds() for event in decided if event.noticed_at]
    assert len(late) == LEADS
    assert min(late) > 0
    assert max(late) <= 1.0
    assert longest == SECOND


@pytest.fixture
def missed(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Three hours in which nothing ran, with leads that fell due meanwhile; the queue's own clock is the real one."""
    world.capture_all([{"email": f"p{number}@p{number}.test"} for number in range(20)])
    world.pass_time(4 * MINUTE)
    world.now += 3 * HOUR
    monkeypatch.setattr(clock, "now", lambda: world.now)
    jobs.plant_schedules()
    OrmQ.objects.all().delete()
    Schedule.objects.exclude(name="airtight-sweep").delete()
    Schedule.objects.update(next_run=datetime.now(UTC) - 3 * HOUR)
    return world


def queued() -> list[str]:
    return [SignedPackage.loads(row.payload)["func"] for row in OrmQ.objects.all()]


@pytest.mark.parametrize(("catch_up", "runs"), [(False, 1), (True, 180)])
def test_t12_a_schedule_missed_for_three_hours(
    missed: World, monkeypatch: pytest.MonkeyPatch, catch_up: bool, runs: int
) -> None:
    """One run does all there is to do, and is all that is queued; were all 180 queued, the others would do nothing."""
    monkeypatch.setattr(Conf, "CATCH_UP", catch_up)
    monkeypatch.setattr("django_q.scheduler.close_old_django_connections", lambda: None)  # the test's own
    while Schedule.objects.get().next_run < datetime.now(UTC):
        scheduler()
    assert Counter(queued()) in [{"revops.jobs.sweep": runs + more} for more in (0, 1)]
    done = [_run(name) for name in queued()]
    assert [count for count in done if count] == [20]
    assert LeadEvent.objects.filter(kind="expire").count() == 20
    assert Delivery.objects.filter(kind="slack.overdue").count() == 20
    assert not Lead.objects.filter(due_at__lt=missed.now).exists()


def _run(name: str) -> Any:
    module, _dot, function = name.rpartition(".")
    return getattr(import_module(module), function)()


def test_catching_up_is_refused(settings: Any) -> None:
    settings.Q_CLUSTER = settings.Q_CLUSTER | {"catch_up": True}
    assert "revops.E007" in [message.id for message in run_checks()]
