"""Socket Mode: the same clicks and dialogs over a socket that Airtight opens, against a stand-in for Slack's end."""

from collections.abc import Iterator
from queue import Empty
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from leads.models import Lead, Rep
from revops.integrations.errors import VendorError
from revops.integrations.slack_socket import checked
from revops.slack import doing, socket_pulse
from revops.slack.socket_mode import FIRST_PAUSE, LONGEST_PAUSE, LOOK, SocketDoor
from tests.slack.sockets import APP_TOKEN, PATIENCE, SocketStandIn, Wire
from tests.world import World, check_law

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def standin(settings: Any) -> Iterator[SocketStandIn]:
    standin = SocketStandIn()
    settings.SLACK_BASE_URL, settings.SLACK_APP_TOKEN = standin.base_url, APP_TOKEN
    yield standin
    standin.close()


@pytest.fixture
def door(standin: SocketStandIn) -> Iterator[SocketDoor]:
    door = SocketDoor()
    yield door
    for wire in standin.wires:
        wire.drop()
    door.socket.closed = True
    door.socket.message_queue.put(None)  # it looks at that only once something has come
    door.close()


@pytest.fixture
def world(transactional_db: None, planted: None, monkeypatch: pytest.MonkeyPatch) -> World:
    """What is done for a click is done in the thread that heard it, whose connection ends with it."""
    world = World.make()
    monkeypatch.setattr("revops.clock.now", lambda: world.now)
    monkeypatch.setattr("revops.slack.doing.start", lambda run: (run(), doing.connection.close()))
    for number, rep in enumerate(world.reps):
        rep.slack_user_id = f"U{number}MEMBER"
        rep.save()
    return world


def opened(door: SocketDoor, standin: SocketStandIn) -> Wire:
    assert door.keep_open() == LOOK
    return standin.connected.get(timeout=PATIENCE)


def click(lead: Lead, rep: Rep, action: str = "lead_accept", envelope: str = "e1") -> dict[str, Any]:
    payload = {
        "type": "block_actions",
        "team": {"id": "T1"},
        "user": {"id": rep.slack_user_id},
        "message": {"text": "x" * 20_000},
        "actions": [{"action_id": action, "value": f"{lead.pk}:{lead.seq}"}],
    }
    return {"type": "interactive", "envelope_id": envelope, "payload": payload, "accepts_response_payload": True}


def test_a_click(world: World, door: SocketDoor, standin: SocketStandIn) -> None:
    lead = world.to_state("assigned")
    rep = Rep.objects.get(pk=lead.owner_id)
    assert "never heard of" in socket_pulse.trouble()
    wire = opened(door, standin)
    assert socket_pulse.trouble() == ""
    wire.send(click(lead, rep))
    assert standin.answers.get(timeout=PATIENCE) == {"envelope_id": "e1"}
    assert world.again(lead).state == "accepted"
    assert lead.events.get(kind="accept").door == "slack"
    check_law()


def test_a_dialogs_errors_go_with_the_acknowledgement(world: World, door: SocketDoor, standin: SocketStandIn) -> None:
    lead = world.to_state("assigned")
    view = {
        "callback_id": "lead_recycle",
        "private_metadata": f"{lead.pk}:{lead.seq}",
        "state": {"values": {"reason": {"value": {"selected_option": {"value": "bad_data"}}}}},
    }
    member = Rep.objects.get(pk=lead.owner_id).slack_user_id
    payload = {"type": "view_submission", "team": {"id": "T1"}, "user": {"id": member}, "view": view}
    opened(door, standin).send({"type": "interactive", "envelope_id": "e2", "payload": payload})
    answer = standin.answers.get(timeout=PATIENCE)
    assert (answer["envelope_id"], answer["payload"]["response_action"]) == ("e2", "errors")
    assert list(answer["payload"]["errors"]) == ["field"]


def test_what_is_not_for_us_is_acknowledged_and_junk_is_survived(door: SocketDoor, standin: SocketStandIn) -> None:
    wire = opened(door, standin)
    for junk in ([], "x", {}, {"type": "interactive"}, {"type": "interactive", "envelope_id": "e0", "payload": 7}):
        wire.send(junk)
    for number, kind in enumerate(("events_api", "slash_commands", "interactive")):
        wire.send({"type": kind, "envelope_id": f"e{number}", "payload": {"type": "other", "actions": "x"}})
    answered = {standin.answers.get(timeout=PATIENCE)["envelope_id"] for _ in range(3)}
    assert answered == {"e0", "e1", "e2"}


def test_when_there_is_no_room_nothing_is_acknowledged(
    world: World, door: SocketDoor, standin: SocketStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*args: object, **more: object) -> None:
        raise doing.Busy

    lead = world.to_state("assigned")
    rep = Rep.objects.get(pk=lead.owner_id)
    monkeypatch.setattr("revops.slack.doing.do", busy)
    wire = opened(door, standin)
    wire.send(click(lead, rep, envelope="unanswered"))
    wire.send({"type": "events_api", "envelope_id": "after", "payload": {}})
    assert standin.answers.get(timeout=PATIENCE)["envelope_id"] == "after"
    with pytest.raises(Empty):
        standin.answers.get_nowait()


def test_slack_moves_it_to_another_socket(world: World, door: SocketDoor, standin: SocketStandIn) -> None:
    lead = world.to_state("assigned")
    first = opened(door, standin)
    first.send({"type": "disconnect", "reason": "refresh_requested"})
    second = standin.connected.get(timeout=PATIENCE)
    second.send(click(lead, Rep.objects.get(pk=lead.owner_id), envelope="moved"))
    assert standin.answers.get(timeout=PATIENCE) == {"envelope_id": "moved"}
    assert world.again(lead).state == "accepted"


def test_a_socket_that_is_gone_is_opened_again(door: SocketDoor, standin: SocketStandIn) -> None:
    opened(door, standin).drop()
    while door.socket.is_connected():
        door.socket.current_session_runner.event.wait(0.02)
    assert door.keep_open() == LOOK
    assert standin.connected.get(timeout=PATIENCE)
    assert door.socket.is_connected()


def test_it_is_tried_again_at_a_growing_pace_and_no_token_is_told(
    door: SocketDoor, standin: SocketStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    standin.refuse = "invalid_auth"
    waits = [door.keep_open() for _ in range(9)]
    assert waits[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert waits[-1] == LONGEST_PAUSE
    standin.refuse, standin.address = "", "ws://127.0.0.1:9/"
    assert door.keep_open() == LONGEST_PAUSE
    assert APP_TOKEN not in caplog.text
    assert "invalid_auth" in caplog.text


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("wss://wss-primary.slack.com/link/?ticket=1", True),
        ("wss://wss-primary.slack.com:443/link/", True),
        ("ws://127.0.0.1:8123/link/", True),
        ("wss://wss-primary.slack.com:8443/link/", False),
        ("ws://wss-primary.slack.com/link/", False),
        ("https://wss-primary.slack.com/", False),
        ("wss://", False),
        ("wss://[", False),
        ("wss://a:b/", False),
        ("", False),
    ],
)
def test_nothing_is_said_in_the_clear(url: str, good: bool) -> None:
    if good:
        assert checked(url) == url
        return
    with pytest.raises(VendorError, match="not one with TLS"):
        checked(url)


def test_without_a_token_it_says_what_to_set(settings: Any) -> None:
    settings.SLACK_APP_TOKEN = ""
    with pytest.raises(CommandError, match="connections:write"):
        call_command("slack_socket")
