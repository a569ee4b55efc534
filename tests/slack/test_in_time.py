"""Slack is acknowledged within its three seconds, whatever the database does, and who clicked hears the rest. D16."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any

import pytest
from django.db import connection, connections

from leads.models import Lead, Rep
from revops.integrations.slack import Posted
from revops.slack import doing
from tests.slack.conftest import SECRET, Workspace
from tests.world import World, check_law

pytestmark = pytest.mark.django_db(transaction=True)

SLACK_WAITS = 3.0


@pytest.fixture
def workspace(
    transactional_db: None, planted: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workspace]:
    """As the door is: with threads. What is told is kept by the thread that says it."""
    world = World.make()
    settings.SLACK_SIGNING_SECRET = SECRET
    for number, rep in enumerate(world.reps):
        rep.slack_user_id = f"U{number}MEMBER"
        rep.save()
    workspace, threads = Workspace(world), ThreadPoolExecutor(1)

    def post(_connection: object, *, channel: str, text: str, **more: Any) -> Posted:
        workspace.told.append(f"{channel}: {text}")
        return Posted(channel, "1.1")

    slack = "revops.integrations.slack.SlackConnection"
    monkeypatch.setattr("revops.clock.now", lambda: world.now)
    monkeypatch.setattr("revops.slack.doing.threads", threads)
    monkeypatch.setattr("revops.slack.doing.ACKNOWLEDGE_WITHIN", 0.2)
    monkeypatch.setattr(f"{slack}.respond", lambda _connection, url, *, text: workspace.told.append(text))
    monkeypatch.setattr(f"{slack}.open_direct_message", lambda _connection, member: f"D-{member}")
    monkeypatch.setattr(f"{slack}.post_message", post)
    yield workspace
    threads.submit(connections.close_all).result()
    threads.shutdown()


@contextmanager
def held(lead: Lead) -> Iterator[None]:
    """Another session has the lead's row, as a long edit would."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT 1 FROM leads_lead WHERE id = %s FOR UPDATE", [lead.pk])
            yield
            cursor.execute("ROLLBACK")
    finally:
        other.close()


def all_done() -> None:
    doing.threads.submit(int).result(timeout=10)


def assigned(workspace: Workspace) -> tuple[Lead, Rep]:
    lead = workspace.world.to_state("assigned")
    return lead, Rep.objects.get(pk=lead.owner_id)


def test_a_click_on_a_lead_that_is_locked_is_acknowledged_and_done_later(workspace: Workspace) -> None:
    lead, rep = assigned(workspace)
    with held(lead):
        began = time.monotonic()
        answer = workspace.press("lead_accept", lead, rep)
        assert time.monotonic() - began < SLACK_WAITS
        assert (answer.status_code, answer.content, workspace.told) == (200, b"", [])
        assert workspace.world.again(lead).state == "assigned"
    all_done()
    assert workspace.told[0].startswith(f"You accepted {lead}.")
    assert workspace.world.again(lead).state == "accepted"
    check_law()


def test_who_waited_for_a_refusal_hears_it(workspace: Workspace) -> None:
    lead, rep = assigned(workspace)
    mate = next(one for one in workspace.world.reps if one.pk != rep.pk)
    workspace.world.now = lead.due_at or workspace.world.now
    with held(lead):
        workspace.press("lead_claim", lead, Rep.objects.get(pk=rep.pk))
        workspace.press("lead_accept", lead, Rep.objects.get(pk=mate.pk))
    all_done()
    assert len(workspace.told) == 2
    assert workspace.world.again(lead).state == "assigned"


def test_a_dialog_kept_waiting_says_so_and_the_outcome_comes_by_message(workspace: Workspace) -> None:
    lead, rep = assigned(workspace)
    with held(lead):
        said = workspace.submit(lead, rep, {"reason": "budget"}).json()
        assert said["response_action"] == "update"
        assert "comes to you as a message" in said["view"]["blocks"][0]["elements"][0]["text"]
    all_done()
    assert workspace.told == [f"D-{rep.slack_user_id}: Recycled: {lead}."]
    assert workspace.world.again(lead).state == "nurture"


def test_nobody_waits_for_a_lock_for_ever(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("revops.slack.doing.LOCK_TIMEOUT", "300ms")
    lead, rep = assigned(workspace)
    with held(lead):
        workspace.press("lead_accept", lead, rep)
        all_done()
    assert workspace.told == [doing.AWAY]
    assert workspace.world.again(lead).state == "assigned"


def test_a_fault_of_ours_is_told_and_takes_no_thread_with_it(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*args: object, **more: object) -> None:
        raise ZeroDivisionError

    lead, rep = assigned(workspace)
    with monkeypatch.context() as broken:
        broken.setattr("revops.lifecycle.accept", fails)
        assert workspace.press("lead_accept", lead, rep).status_code == 200
        all_done()
    assert workspace.told == [doing.BROKEN]
    workspace.press("lead_accept", lead, rep)
    all_done()
    assert workspace.world.again(lead).state == "accepted"


def test_when_there_is_no_room_nothing_is_begun(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    lead, rep = assigned(workspace)
    full = BoundedSemaphore(1)
    full.acquire()
    monkeypatch.setattr("revops.slack.doing._places", full)
    assert workspace.press("lead_accept", lead, rep).status_code == 503
    full.release()
    assert workspace.press("lead_accept", lead, rep).status_code == 200
    all_done()
    assert workspace.world.again(lead).state == "accepted"
