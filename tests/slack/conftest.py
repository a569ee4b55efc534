"""Slack as Airtight meets it: signed forms at the door, and what is said back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from leads.models import Lead, Rep
from revops.integrations.slack_signature import sign
from tests.world import World

DOOR = "/api/v1/hooks/slack/"
SECRET = "the-signing-secret-of-tests"
RESPONSE_URL = "https://hooks.slack.com/actions/T1/1/x"


@dataclass
class Workspace:
    """`told` is what was said to the one who clicked; `opened` the dialogs."""

    world: World
    told: list[str] = field(default_factory=list)
    opened: list[dict[str, Any]] = field(default_factory=list)

    def send(self, payload: object, *, secret: str = SECRET, at: float | None = None, **headers: str) -> Any:
        return self.post(urlencode({"payload": json.dumps(payload)}).encode(), secret=secret, at=at, **headers)

    def post(self, body: bytes, *, secret: str = SECRET, at: float | None = None, **headers: str) -> Any:
        timestamp = str(int(datetime.now(UTC).timestamp() if at is None else at))
        signed = {
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": sign(secret=secret, timestamp=timestamp, body=body),
        }
        sent = {name: value for name, value in {**signed, **headers}.items() if value is not None}
        return Client(enforce_csrf_checks=True).post(DOOR, body, "application/x-www-form-urlencoded", headers=sent)

    def press(self, action: str, lead: Lead, rep: Rep | str, *, seq: int | None = None, **more: Any) -> Any:
        member = rep if isinstance(rep, str) else rep.slack_user_id
        token = seq if seq is not None else Lead.objects.get(pk=lead.pk).seq
        payload = {
            "type": "block_actions",
            "team": {"id": "T1"},
            "user": {"id": member},
            "trigger_id": "1.2.x",
            "response_url": RESPONSE_URL,
            "actions": [{"type": "button", "action_id": action, "value": f"{lead.pk}:{token}"}],
        }
        return self.send(payload | more)

    def submit(self, lead: Lead, rep: Rep | str, answers: Mapping[str, str], *, seq: int | None = None) -> Any:
        token = seq if seq is not None else Lead.objects.get(pk=lead.pk).seq
        values = {name: {"value": _element(name, answer)} for name, answer in answers.items()}
        view = {"callback_id": "lead_recycle", "private_metadata": f"{lead.pk}:{token}", "state": {"values": values}}
        member = rep if isinstance(rep, str) else rep.slack_user_id
        return self.send({"type": "view_submission", "team": {"id": "T1"}, "user": {"id": member}, "view": view})


def _element(name: str, answer: str) -> dict[str, Any]:
    if name in ("reason", "feature", "field", "lead"):
        return {"type": "static_select", "selected_option": {"value": answer}}
    return {"type": "datepicker", "selected_date": answer} if name == "until" else {"value": answer}


@pytest.fixture
def slack(world: World, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Workspace:
    settings.SLACK_SIGNING_SECRET = SECRET
    settings.SLACK_TEAM_ID = "T1"
    for number, rep in enumerate([*world.reps, world.manager]):
        rep.slack_user_id = f"U{number}MEMBER"
        rep.save()
    workspace = Workspace(world)

    def respond(_connection: object, url: str, *, text: str) -> None:
        assert url == RESPONSE_URL
        workspace.told.append(text)

    def open_view(_connection: object, trigger_id: str, view: dict[str, Any]) -> str:
        workspace.opened.append(view)
        return "V1"

    monkeypatch.setattr("revops.clock.now", lambda: world.now)
    # Done at once, in the test's own transaction, where the door has threads.
    monkeypatch.setattr("revops.slack.doing.start", lambda run: run())
    monkeypatch.setattr("revops.integrations.slack.SlackConnection.respond", respond)
    monkeypatch.setattr("revops.integrations.slack.SlackConnection.open_view", open_view)
    return workspace
