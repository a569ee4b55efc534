"""From the page to Airtight: a pressed button and a submitted dialog, signed and posted as Slack does it.

https://docs.slack.dev/interactivity/handling-user-interaction
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from revops.integrations.errors import VendorError
from revops.integrations.slack_signature import sign
from revops.integrations.wire import send
from revops.standins.slack.methods import TEAM, told
from revops.standins.slack.workspace import Channel, Dialog, Message, Refused, User, Workspace

ACKNOWLEDGE_SECONDS = 3.0
INPUTS = {"static_select": "selected_option", "datepicker": "selected_date", "plain_text_input": "value"}
Payload = dict[str, Any]


@dataclass(frozen=True)
class Heard:
    """What Airtight answered; `trouble` is '' when it acknowledged as it must, with 200 within three seconds."""

    trouble: str
    said: Mapping[str, Any]


@dataclass(frozen=True)
class Airtight:
    """Where interactions go, and what signs them."""

    url: str
    secret: str

    def tell(self, payload: Payload) -> Heard:
        body = urlencode({"payload": json.dumps(payload)}).encode()
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": sign(secret=self.secret, timestamp=timestamp, body=body),
        }
        address = f"{self.url.rstrip('/')}/api/v1/hooks/slack/"
        try:
            answer = send("Airtight", address, body=body, headers=headers, seconds=ACKNOWLEDGE_SECONDS)
        except VendorError as error:
            return Heard(str(error), {})
        trouble = "" if answer.status == 200 else f"Airtight answered {answer.status}"
        return Heard(trouble, _object(answer.body))


def click(workspace: Workspace, asked: Mapping[str, Any], *, url: str) -> Payload:
    """The payload of a pressed button, which must be one of the message's; `url` is the stand-in's own."""
    channel = workspace.conversation(str(asked.get("channel")))
    message = channel.message(str(asked.get("ts")))
    block, button = _button(message, str(asked.get("action_id")))
    user = workspace.user(str(asked.get("user")))
    trigger_id, response = workspace.press(user.id, channel.id, message.ts)
    return {
        "type": "block_actions",
        **_who(user),
        "container": {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": bool(message.only_for),
        },
        "channel": {"id": channel.id, "name": _spoken(channel)},
        "message": told(message),
        "trigger_id": trigger_id,
        "response_url": f"{url.rstrip('/')}/actions/{response}",
        "actions": [_action(block, button)],
    }


def submission(workspace: Workspace, dialog: Dialog, asked: Mapping[str, Any]) -> Payload:
    """The payload of a submitted dialog: the values typed on the page, by block, in Slack's shape."""
    values = asked.get("values")
    typed = values if isinstance(values, Mapping) else {}
    inputs = [block for block in dialog.view["blocks"] if block["type"] == "input"]
    state = {block["block_id"]: _value(block["element"], typed.get(block["block_id"])) for block in inputs}
    view = {"id": dialog.id, **dialog.view, "state": {"values": state}}
    return {"type": "view_submission", **_who(workspace.user(dialog.user)), "view": view, "response_urls": []}


def _who(user: User) -> Payload:
    team = {"id": TEAM["team_id"], "domain": "airtight-demo"}
    person = {"id": user.id, "username": user.email.partition("@")[0], "name": user.name, "team_id": team["id"]}
    return {"api_app_id": "A0AIRTIGHT", "team": team, "user": person}


def _button(message: Message, action_id: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    for block in message.blocks:
        for element in block.get("elements", []) if block["type"] == "actions" else []:
            if element.get("action_id") == action_id:
                return block, element
    raise Refused("no_such_button")


def _action(block: Mapping[str, Any], button: Mapping[str, Any]) -> Payload:
    action = {"type": "button", "block_id": block.get("block_id", ""), "action_id": button["action_id"]}
    if "value" in button:
        action["value"] = button["value"]
    return {**action, "text": button["text"], "action_ts": f"{time.time():.6f}"}


def _value(element: Mapping[str, Any], typed: object) -> Payload:
    answer: Any = typed if isinstance(typed, str) and typed else None
    if answer is not None and element["type"] == "static_select":
        answer = next((option for option in element["options"] if option["value"] == answer), None)
    return {element["action_id"]: {"type": element["type"], INPUTS[element["type"]]: answer}}


def _spoken(channel: Channel) -> str:
    return "directmessage" if channel.owner else channel.name


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
