"""`manage.py worker` begins its cluster anew when it dies, is maimed or is frozen, and ends all of it."""

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django_q.models import OrmQ

from revops.management.commands import worker
from revops.management.commands.worker import STALE, Keeper
from revops.models import Heartbeat
from revops.process_tree import of_group
from tests.starter.families import eventually, family

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper(monkeypatch: pytest.MonkeyPatch) -> Iterator[Keeper]:
    """Of a cluster of two that does not end when asked."""
    monkeypatch.setattr(worker, "GRACE", timedelta(seconds=0.1))
    keeper = Keeper(family(children=1))
    keeper.look()
    yield keeper
    keeper.end()


def cluster(keeper: Keeper) -> int:
    assert keeper._cluster
    return keeper._cluster.pid


def test_the_first_beat_is_asked_for_at_once(keeper: Keeper) -> None:
    assert OrmQ.objects.count() == 1


def test_a_killed_cluster_is_begun_anew_and_leaves_no_orphans(keeper: Keeper) -> None:
    before = cluster(keeper)
    os.kill(before, signal.SIGKILL)
    assert eventually(lambda: keeper.look() > 0 and cluster(keeper) != before)
    assert not of_group(before)
    assert of_group(cluster(keeper))


def test_the_loss_of_one_process_is_the_end_of_the_whole(keeper: Keeper) -> None:
    before = cluster(keeper)
    assert eventually(lambda: keeper.look() > 0 and len(of_group(before)) == 2)
    keeper.look()
    [child] = of_group(before) - {before}
    os.kill(child, signal.SIGKILL)
    assert eventually(lambda: keeper.look() > 0 and cluster(keeper) != before)
    assert not of_group(before)


def test_a_cluster_without_a_pulse_is_frozen(keeper: Keeper) -> None:
    before, now = cluster(keeper), datetime.now(UTC)
    with time_machine.travel(now + STALE - timedelta(seconds=5)):
        keeper.look()
    assert cluster(keeper) == before
    with time_machine.travel(now + STALE + timedelta(seconds=5)):
        keeper.look()
    assert cluster(keeper) != before
    assert not of_group(before)


def test_a_cluster_with_a_pulse_is_left_alone(keeper: Keeper) -> None:
    before, later = cluster(keeper), datetime.now(UTC) + 2 * STALE
    Heartbeat.objects.create(name="worker", at=later)
    with time_machine.travel(later + timedelta(seconds=60)):
        keeper.look()
    assert cluster(keeper) == before


def test_the_end_of_the_supervisor_is_the_end_of_all(keeper: Keeper) -> None:
    assert eventually(lambda: len(of_group(cluster(keeper))) == 2)
    keeper.end()
    assert not of_group(cluster(keeper))
