"""What Slack says of a click and of a submitted dialog, read without trusting a word of it. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from revops.api.json_bytes import NotJson, decode
from revops.integrations.slack_blocks import read_button
from revops.integrations.slack_dialog import CALLBACK, read_recycle_view

MEMBER = re.compile(r"[A-Z0-9]{2,40}")
LARGEST_SEQ = 2**31 - 1


class NotUnderstood(ValueError):
    """The body is no interaction of Slack's."""


@dataclass(frozen=True)
class Pressed:
    """A button of ours. `seq` is the lead's at the time the card was sent; `action` may be one we do not know."""

    workspace: str
    member: str
    action: str
    lead_id: int
    seq: int
    trigger_id: str = ""
    response_url: str = ""


@dataclass(frozen=True)
class Submitted:
    """The recycle dialog, filled in."""

    workspace: str
    member: str
    lead_id: int
    seq: int
    answers: Mapping[str, str] = field(default_factory=dict)


def read(body: bytes) -> Pressed | Submitted | None:
    """The interaction in a form's `payload`; None for one that asks nothing of us. Raises NotUnderstood."""
    return understood(_payload(body))


def understood(payload: Mapping[str, Any]) -> Pressed | Submitted | None:
    """The interaction of a payload; None for one that asks nothing of us."""
    if payload.get("type") == "block_actions":
        return _pressed(payload)
    if payload.get("type") == "view_submission":
        return _submitted(payload)
    return None


def _payload(body: bytes) -> Mapping[str, Any]:
    try:
        form = parse_qs(body.decode("utf-8"), strict_parsing=True, max_num_fields=10, errors="strict")
        payload = decode(form["payload"][0].encode("utf-8"))
    except (KeyError, NotJson, ValueError) as error:
        raise NotUnderstood("The body has no payload that can be read.") from error
    if not isinstance(payload, Mapping):
        raise NotUnderstood("The payload is not an object.")
    return payload


def _pressed(payload: Mapping[str, Any]) -> Pressed | None:
    actions = payload.get("actions")
    action = _mapping(actions[0]) if isinstance(actions, list) and actions else {}
    button = _lead_and_seq(action.get("value"))
    if button is None:
        return None
    return Pressed(
        workspace=_text(_mapping(payload.get("team")).get("id")),
        member=_member(payload),
        action=_text(action.get("action_id")),
        lead_id=button[0],
        seq=button[1],
        trigger_id=_text(payload.get("trigger_id")),
        response_url=_text(payload.get("response_url")),
    )


def _submitted(payload: Mapping[str, Any]) -> Submitted | None:
    view = _mapping(payload.get("view"))
    about = _lead_and_seq(view.get("private_metadata")) if view.get("callback_id") == CALLBACK else None
    if about is None:
        return None
    return Submitted(
        workspace=_text(_mapping(payload.get("team")).get("id")),
        member=_member(payload),
        lead_id=about[0],
        seq=about[1],
        answers=read_recycle_view(payload),
    )


def _lead_and_seq(value: object) -> tuple[int, int] | None:
    read_value = read_button(value) if isinstance(value, str) else None
    if read_value is None:
        return None
    lead_id, token = read_value
    is_seq = token.isascii() and token.isdecimal() and len(token) <= 10 and int(token) <= LARGEST_SEQ
    return (lead_id, int(token)) if is_seq else None


def _member(payload: Mapping[str, Any]) -> str:
    name = _text(_mapping(payload.get("user")).get("id"))
    return name if MEMBER.fullmatch(name) else ""


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
