"""The whole way: a card at the stand-in, a signed click over HTTP, the lifecycle, the dialog, the card that changes.

The stand-in refuses what Slack refuses: blocks, dialogs, triggers, who waits longer than three seconds.
"""

from collections.abc import Iterator
from threading import Barrier
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, connections

from leads.models import Rep
from revops.slack import doing
from revops.standins.slack.clicks import Airtight
from tests.integrations.conftest import SECRET, TOKEN, Slack
from tests.integrations.conftest import slack as standin
from tests.world import HOUR, World, check_law

__all__ = ["standin"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(
    transactional_db: None,
    planted: None,
    live_server: Any,
    standin: Slack,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[World]:
    """Airtight and Slack, each over HTTP."""
    settings.SLACK_BASE_URL, settings.SLACK_BOT_TOKEN = f"{standin.url}/api/", TOKEN
    settings.SLACK_SIGNING_SECRET, settings.SLACK_TEAM_ID = SECRET, "T0AIRTIGHT"
    standin.app.airtight = Airtight(live_server.url, SECRET)
    world = World.make()
    monkeypatch.setattr("revops.clock.now", lambda: world.now)
    yield world
    settled()


def settled() -> None:
    """Whatever clicks have begun is done, and its threads have let go of the database."""
    together = Barrier(doing.THREADS)

    def leave() -> None:
        together.wait(timeout=10)
        connections.close_all()

    for ended in [doing.threads.submit(leave) for _ in range(doing.THREADS)]:
        ended.result(timeout=10)


def deliver() -> None:
    call_command("deliver", "--once", verbosity=0)


def member(slack: Slack, rep: Rep) -> str:
    return str(slack.app.workspace.user_by_email(rep.user.email).id)


def click(slack: Slack, title: str, action: str, rep: Rep) -> dict[str, Any]:
    """Press a button of the first message in a conversation, and be acknowledged."""
    channel = next(one for one in slack.get("/__state")["channels"] if one["title"] == title)
    ts = channel["messages"][0]["ts"]
    said = slack.post("/__click", {"channel": channel["id"], "ts": ts, "action_id": action, "user": member(slack, rep)})
    assert said == {"trouble": ""}
    settled()
    return said


def buttons(message: dict[str, Any]) -> list[str]:
    rows = [block["elements"] for block in message["blocks"] if block["type"] == "actions"]
    return [button["action_id"] for row in rows for button in row]


def test_accept(world: World, standin: Slack) -> None:
    lead = world.to_state("assigned")
    rep = Rep.objects.select_related("user").get(pk=lead.owner_id)
    deliver()
    [card] = standin.messages(rep.name)
    assert buttons(card) == ["lead_accept", "lead_recycle", "lead_open"]
    click(standin, rep.name, "lead_accept", rep)
    assert world.again(lead).state == "accepted"
    deliver()
    [card] = standin.messages(rep.name)
    assert card["edited"]
    assert buttons(card) == []
    assert f"Accepted by {rep.name}" in card["text"]
    check_law()


def test_the_dialog_is_corrected_and_followed_through(world: World, standin: Slack) -> None:
    lead = world.to_state("assigned")
    rep = Rep.objects.select_related("user").get(pk=lead.owner_id)
    deliver()
    click(standin, rep.name, "lead_recycle", rep)
    [dialog] = standin.get("/__state")["dialogs"]
    assert dialog["user"] == member(standin, rep)
    refused = standin.post("/__submit", {"view": dialog["id"], "values": {"reason": "bad_data"}})
    assert list(refused["errors"]) == ["field"]
    given = {"reason": "timing", "until": (world.now.date() + 30 * (HOUR * 24)).isoformat(), "note": "After the fair."}
    assert standin.post("/__submit", {"view": dialog["id"], "values": given}) == {"trouble": "", "errors": {}}
    assert standin.get("/__state")["dialogs"] == []
    assert (world.again(lead).state, world.again(lead).reason.code) == ("nurture", "timing")
    deliver()
    [card] = standin.messages(rep.name)
    assert buttons(card) == []
    assert "Recycled by Ada in 0 min: Timing" in card["text"]


def test_the_first_claim_has_it_and_the_second_reads_who(world: World, standin: Slack) -> None:
    lead = world.to_state("shark_tank")
    lapsed = lead.assignments.get().rep_id
    first, second = (rep for rep in world.reps if rep.pk != lapsed)
    for rep in (first, second):
        Rep.objects.filter(pk=rep.pk).update(slack_user_id=member(standin, rep))
    deliver()
    [card] = standin.messages("c-pool")
    assert buttons(card) == ["lead_claim"]
    assert "jo@acme.test" not in str(card)
    click(standin, "c-pool", "lead_claim", first)
    click(standin, "c-pool", "lead_claim", second)
    assert world.again(lead).owner_id == first.pk
    [_card, told] = standin.messages("c-pool")
    assert (told["only_for"], told["text"]) == (member(standin, second), f"Already taken by {first.name}.")
    deliver()
    assert f"Claimed by {first.name}" in standin.messages("c-pool")[0]["text"]


def test_what_is_locked_is_acknowledged_in_time_and_told_later(world: World, standin: Slack) -> None:
    """D16 on the wire: the stand-in waits three seconds and no longer."""
    lead = world.to_state("assigned")
    rep = Rep.objects.select_related("user").get(pk=lead.owner_id)
    deliver()
    state = standin.get("/__state")
    channel = next(one for one in state["channels"] if one["title"] == rep.name)
    pressed = {"channel": channel["id"], "ts": channel["messages"][0]["ts"], "user": member(standin, rep)}
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT 1 FROM leads_lead WHERE id = %s FOR UPDATE", [lead.pk])
        assert standin.post("/__click", pressed | {"action_id": "lead_accept"}) == {"trouble": ""}
        cursor.execute("ROLLBACK")
    other.close()
    settled()
    assert world.again(lead).state == "accepted"
    assert standin.messages(rep.name)[-1]["text"].startswith("You accepted")
