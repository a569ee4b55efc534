"""Who is let in at Slack's door, and what becomes of junk. B18, B20."""

import json
import random
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.test import RequestFactory

from leads.models import LeadEvent
from revops.slack.payloads import NotUnderstood, read
from revops.slack.views import slack as door
from tests.slack.conftest import DOOR, SECRET, Workspace

IDLE = {"type": "block_actions", "team": {"id": "T1"}, "user": {"id": "U1"}, "actions": []}


def test_a_signed_request_is_acknowledged(slack: Workspace) -> None:
    answer = slack.send(IDLE)
    assert (answer.status_code, answer.content) == (200, b"")


def test_without_a_secret_there_is_no_door(slack: Workspace, settings: Any) -> None:
    settings.SLACK_SIGNING_SECRET = ""
    assert slack.send(IDLE).status_code == 404
    assert slack.send(IDLE, secret="").status_code == 404


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_only_post(slack: Workspace, client: Any, method: str) -> None:
    answer = getattr(client, method)(DOOR)
    assert answer.status_code == 405
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Slack-Signature": None},
        {"X-Slack-Signature": ""},
        {"X-Slack-Signature": "v0="},
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Signature": "v1=" + "0" * 64},
        {"X-Slack-Signature": "ünïcode"},
        {"X-Slack-Request-Timestamp": None},
        {"X-Slack-Request-Timestamp": ""},
        {"X-Slack-Request-Timestamp": "soon"},
        {"X-Slack-Request-Timestamp": "1e20"},
        {"X-Slack-Request-Timestamp": "1700000000.5"},
        {"X-Slack-Request-Timestamp": "١٢٣"},
        {"X-Slack-Request-Timestamp": "-1"},
    ],
)
def test_forged_headers_are_401_and_told_nothing(slack: Workspace, headers: dict[str, Any]) -> None:
    answer = slack.send(IDLE, **headers)
    assert answer.status_code == 401
    assert answer.json() == {"type": "about:blank", "title": "Unauthorized", "status": 401}


def test_another_secret_is_401(slack: Workspace) -> None:
    assert slack.send(IDLE, secret="guessed").status_code == 401


@pytest.mark.parametrize(("seconds", "status"), [(-299, 200), (299, 200), (-302, 401), (302, 401)])
def test_five_minutes_and_no_more(slack: Workspace, seconds: int, status: int) -> None:
    """B20: in real time, wherever the story's clock stands."""
    assert slack.send(IDLE, at=datetime.now(UTC).timestamp() + seconds).status_code == status


def signed(slack: Workspace, body: bytes) -> dict[str, str]:
    good = slack.post(body)
    assert good.status_code == 200
    names = ("X-Slack-Signature", "X-Slack-Request-Timestamp")
    return {name: good.request[f"HTTP_{name.upper().replace('-', '_')}"] for name in names}


def test_one_flipped_bit_is_another_body(slack: Workspace) -> None:
    """B18: a thousand of them, and none is let in."""
    body = b"payload=" + quote(json.dumps({**IDLE, "padding": "x" * 64})).encode()
    headers, ask = signed(slack, body), RequestFactory()
    let_in = 0
    for position in random.Random(1).sample(range(len(body) * 8), 1000):
        flipped = bytearray(body)
        flipped[position // 8] ^= 1 << position % 8
        request = ask.post(DOOR, bytes(flipped), "application/x-www-form-urlencoded", headers=headers)
        let_in += door(request).status_code != 401
    assert let_in == 0


def test_a_body_written_in_another_way_is_another_body(slack: Workspace) -> None:
    body = b"payload=" + quote(json.dumps(IDLE)).encode()
    headers = signed(slack, body)
    for other in (urlencode({"payload": json.dumps(IDLE)}).encode(), body + b"&", body.lower(), b" " + body):
        assert other != body
        assert slack.post(other, **headers).status_code == 401


def test_two_signatures_are_none(slack: Workspace) -> None:
    """A server hands a header that came twice on as one, with a comma."""
    body = b"payload=" + quote(json.dumps(IDLE)).encode()
    headers = signed(slack, body)
    name, good = "X-Slack-Signature", headers["X-Slack-Signature"]
    for both in (f"{good},v0={'0' * 64}", f"v0={'0' * 64},{good}", f"{good},{good}", f"{good} {good}", f"{good}, "):
        assert slack.post(body, **{**headers, name: both}).status_code == 401


def test_two_secrets_while_one_replaces_the_other(slack: Workspace, settings: Any) -> None:
    settings.SLACK_SIGNING_SECRET = f"new-secret,{SECRET}"
    assert slack.send(IDLE).status_code == 200
    assert slack.send(IDLE, secret="new-secret").status_code == 200
    assert slack.send(IDLE, secret=f"new-secret,{SECRET}").status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"payload",
        b"payload=",
        b"payload=nonsense",
        b"payload=[]",
        b"payload=7",
        b"payload=%FF%FE",
        b"\xff\xfe",
        b"payload=" + b"[" * 100_000,
        b'payload={"type":"block_actions","type":"view_submission"}',
        b"other=%7B%7D",
        b"&".join(b"a=1" for _ in range(100)),
    ],
)
def test_junk_is_400(slack: Workspace, body: bytes) -> None:
    answer = slack.post(body)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    with pytest.raises(NotUnderstood):
        read(body)


def test_too_much_is_413(slack: Workspace) -> None:
    assert slack.post(b"payload=" + b"x" * 2_000_000).status_code == 413


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"type": "message_action"},
        {"type": "block_actions"},
        {"type": "block_actions", "actions": {}},
        {"type": "block_actions", "actions": ["x"]},
        {"type": "block_actions", "actions": [{"action_id": ["lead_accept"], "value": "1:1"}]},
        {"type": "block_actions", "actions": [{"action_id": "lead_accept", "value": 1}]},
        {"type": "block_actions", "actions": [{"action_id": "lead_accept", "value": "1:x"}]},
        {"type": "block_actions", "actions": [{"action_id": "lead_accept", "value": "x:1"}]},
        {"type": "block_actions", "actions": [{"action_id": "lead_accept", "value": "1:99999999999"}]},
        {"type": "block_actions", "actions": [{"action_id": "lead_open", "value": "1:1"}]},
        {"type": "block_actions", "actions": [{"action_id": "drop_tables", "value": "1:1"}]},
        {"type": "view_submission"},
        {"type": "view_submission", "view": {"callback_id": "other", "private_metadata": "1:1"}},
        {"type": "view_submission", "view": {"callback_id": "lead_recycle", "private_metadata": None}},
        {"type": "view_closed"},
    ],
)
def test_what_is_not_for_us_is_acknowledged_and_left(slack: Workspace, payload: dict[str, Any]) -> None:
    assert slack.send(payload).status_code == 200
    assert (slack.told, slack.opened) == ([], [])
    assert LeadEvent.objects.count() == 0
