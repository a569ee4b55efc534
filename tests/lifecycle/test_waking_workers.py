"""What comes due by itself gets one nudge, so that a worker need not wait for the schedule."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django_q.models import OrmQ

from leads.models import Delivery, Lead
from revops import jobs
from revops.management.commands import sweep as command
from revops.sweep import next_due, wake_workers
from routing.models import Enquiry
from tests.world import MINUTE, SECOND, World


@pytest.fixture
def later(world: World, settings: Any) -> datetime:
    """The only delivery that waits, for a time of its own: when that is."""
    settings.SLACK_BOT_TOKEN = "xoxb-test"
    world.to_state("assigned")
    card = Delivery.objects.get(kind="slack.assigned")
    Delivery.objects.exclude(pk=card.pk).update(status="dropped", done_at=world.now)
    at: datetime = world.now + 10 * MINUTE
    Delivery.objects.filter(pk=card.pk).update(send_at=at, next_try_at=at)
    OrmQ.objects.all().delete()
    return at


def nudged() -> list[str]:
    return [row.func() for row in OrmQ.objects.order_by("pk")]


def test_what_came_due_by_itself_gets_a_nudge_and_not_two(later: datetime) -> None:
    wake_workers(at=later - SECOND)
    assert nudged() == []
    for second in range(3):
        wake_workers(at=later + second * SECOND)
    assert nudged() == ["revops.jobs.deliver"]


def test_a_nudge_that_waits_for_anything_is_nudge_enough(later: datetime) -> None:
    """A worker that is busy is not buried under them."""
    jobs.async_task("revops.jobs.sweep")
    wake_workers(at=later)
    assert nudged() == ["revops.jobs.sweep"]


@pytest.mark.parametrize("why", ["claimed", "goes out with another", "sent"])
def test_what_needs_no_worker_gets_none(later: datetime, why: str) -> None:
    changed: dict[str, dict[str, Any]] = {
        "claimed": {"claimed_until": later + MINUTE},
        "goes out with another": {"told_with": Delivery.objects.exclude(kind="slack.assigned").first()},
        "sent": {"status": "sent", "done_at": later},
    }
    Delivery.objects.filter(kind="slack.assigned").update(**changed[why])
    wake_workers(at=later)
    assert nudged() == []


def test_a_claim_that_has_ended_gets_one(later: datetime) -> None:
    """Its worker was killed."""
    Delivery.objects.filter(kind="slack.assigned").update(claimed_until=later - timedelta(microseconds=1))
    wake_workers(at=later)
    assert nudged() == ["revops.jobs.deliver"]


def test_companies_that_are_to_be_asked_about_get_theirs(later: datetime, world: World) -> None:
    lead = Delivery.objects.get(kind="slack.assigned").lead
    Enquiry.objects.create(lead=lead, asked_at=world.now, next_try_at=later)
    wake_workers(at=later - SECOND)
    assert nudged() == []
    wake_workers(at=later)
    assert sorted(nudged()) == ["revops.jobs.deliver", "revops.jobs.enrich"]


def test_what_is_put_aside_is_not_waited_for_and_nobody_sleeps_past_its_retry(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("revops.clock.now", lambda: world.now)
    lead = world.to_state("assigned")
    assert next_due() == lead.due_at
    Lead.objects.filter(pk=lead.pk).update(retry_at=world.now + MINUTE, error="KeyError: 1", error_count=1)
    assert next_due() is None
    assert command._step() == command.LONGEST_NAP.total_seconds() == 1
