"""The Web API's methods, as Slack documents them: a workspace and what was asked in, the answer's JSON out.

https://docs.slack.dev/reference/methods
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from revops.standins.slack.rules import MOST_CHARACTERS, breaches, characters, view_breaches
from revops.standins.slack.workspace import CONVERSATION_ID, Channel, Message, Refused, Workspace

LONGEST_TEXT = 40_000
TEAM = {"team": "Airtight demo", "team_id": "T0AIRTIGHT"}
BOT = {"user": "airtight", "user_id": "U0AIRTIGHT", "bot_id": "B0AIRTIGHT"}
Asked = Mapping[str, Any]
Said = dict[str, Any]


def auth_test(workspace: Workspace, asked: Asked) -> Said:
    return {**TEAM, **BOT, "url": "https://airtight-demo.invalid/"}


def post_message(workspace: Workspace, asked: Asked) -> Said:
    text, blocks = content(asked)
    channel = workspace.channel(_need(asked, "channel", "channel_not_found"))
    thread = str(asked.get("thread_ts") or "")
    if thread and not any(message.ts == thread for message in channel.messages):
        raise Refused("thread_not_found")
    metadata = _metadata(asked)
    message = workspace.add(channel, text=text, blocks=blocks, metadata=metadata, thread_ts=thread)
    return {"channel": channel.id, "ts": message.ts, "message": told(message)}


def update(workspace: Workspace, asked: Asked) -> Said:
    text, blocks = content(asked)
    channel = _by_id(workspace, asked)
    message = channel.message(_need(asked, "ts", "message_not_found"))
    rewrite(workspace, message, text, blocks)
    return {"channel": channel.id, "ts": message.ts, "text": text}


def post_ephemeral(workspace: Workspace, asked: Asked) -> Said:
    text, blocks = content(asked)
    channel = workspace.channel(_need(asked, "channel", "channel_not_found"))
    user = workspace.user(_need(asked, "user", "user_not_found"))
    return {"message_ts": workspace.add(channel, text=text, blocks=blocks, only_for=user.id).ts}


def open_conversation(workspace: Workspace, asked: Asked) -> Said:
    channel = workspace.direct_message(_need(asked, "users", "users_list_not_supplied"))
    return {"channel": {"id": channel.id}}


def history(workspace: Workspace, asked: Asked) -> Said:
    channel = _by_id(workspace, asked)
    since = _oldest(asked)
    kept = [message for message in channel.messages if not message.thread_ts and _lasting(message, since)]
    return _page(kept[::-1], asked)


def replies(workspace: Workspace, asked: Asked) -> Said:
    channel = _by_id(workspace, asked)
    root = channel.message(_need(asked, "ts", "thread_not_found"))
    since = _oldest(asked)
    kept = [message for message in channel.messages if message.thread_ts == root.ts and _lasting(message, since)]
    return _page([root, *kept], asked)


def list_conversations(workspace: Workspace, asked: Asked) -> Said:
    channels = [_described(channel) for channel in workspace.visible() if not channel.owner]
    return {"channels": channels, "response_metadata": {"next_cursor": ""}}


def find_user(workspace: Workspace, asked: Asked) -> Said:
    user = workspace.user_by_email(_need(asked, "email", "users_not_found"))
    profile = {"email": user.email, "real_name": user.name}
    return {"user": {"id": user.id, "name": user.name, "real_name": user.name, "deleted": False, "profile": profile}}


def open_view(workspace: Workspace, asked: Asked) -> Said:
    view = _decoded(asked.get("view"))
    found = view_breaches(view) if isinstance(view, dict) else ["must provide an object [json-pointer:/view]"]
    if found:
        raise Refused("invalid_arguments", *found)
    click = workspace.pull_trigger(_need(asked, "trigger_id", "invalid_arguments"))
    dialog = workspace.open_dialog(click.user, view)
    return {"view": {"id": dialog.id, **dialog.view}}


METHODS: dict[str, Callable[[Workspace, Asked], Said]] = {
    "auth.test": auth_test,
    "chat.postMessage": post_message,
    "chat.update": update,
    "chat.postEphemeral": post_ephemeral,
    "conversations.open": open_conversation,
    "conversations.history": history,
    "conversations.replies": replies,
    "conversations.list": list_conversations,
    "users.lookupByEmail": find_user,
    "views.open": open_view,
}
FORM_ONLY = frozenset({"users.lookupByEmail", "conversations.history", "conversations.replies"})


def content(asked: Asked) -> tuple[str, list[dict[str, Any]]]:
    """The text and the blocks of a message, refused where Slack would refuse them."""
    text, blocks = asked.get("text"), _decoded(asked.get("blocks")) or []
    if not isinstance(text, str) or not text:
        raise Refused("no_text")
    if len(text) > LONGEST_TEXT:
        raise Refused("msg_too_long")
    found = breaches(blocks)
    if found:
        raise Refused("invalid_blocks", *found)
    if characters(blocks) > MOST_CHARACTERS:
        raise Refused("msg_blocks_too_long")
    return text, blocks


def rewrite(workspace: Workspace, message: Message, text: str, blocks: list[dict[str, Any]]) -> None:
    message.text, message.blocks, message.edited = text, blocks, True
    workspace.changed()


def told(message: Message, *, metadata: bool = False) -> Said:
    said: Said = {"type": "message", "ts": message.ts, "text": message.text, "blocks": message.blocks, **BOT}
    if message.thread_ts:
        said["thread_ts"] = message.thread_ts
    if metadata and message.metadata:
        said["metadata"] = dict(message.metadata)
    return said


def _page(messages: list[Message], asked: Asked) -> Said:
    limit = min(_number(asked.get("limit")) or 100, 999)
    start = _number(asked.get("cursor")) or 0
    metadata = str(asked.get("include_all_metadata", "")).lower() in {"1", "true"}
    rest = str(start + limit) if start + limit < len(messages) else ""
    page = [told(message, metadata=metadata) for message in messages[start : start + limit]]
    return {"messages": page, "has_more": bool(rest), "response_metadata": {"next_cursor": rest}}


def _lasting(message: Message, since: float) -> bool:
    return not message.only_for and float(message.ts) > since


def _described(channel: Channel) -> Said:
    return {"id": channel.id, "name": channel.name, "is_channel": True, "is_member": True, "is_archived": False}


def _by_id(workspace: Workspace, asked: Asked) -> Channel:
    """Where Slack takes no name."""
    channel = _need(asked, "channel", "channel_not_found")
    if not CONVERSATION_ID.fullmatch(channel):
        raise Refused("channel_not_found")
    return workspace.conversation(channel)


def _metadata(asked: Asked) -> dict[str, Any]:
    metadata = _decoded(asked.get("metadata")) or {}
    if metadata and not (isinstance(metadata, dict) and {"event_type", "event_payload"} <= metadata.keys()):
        raise Refused("invalid_metadata_format")
    return metadata


def _decoded(value: Any) -> Any:
    """A form carries objects as JSON in a field."""
    try:
        return json.loads(value) if isinstance(value, str) and value else value
    except ValueError:
        raise Refused("invalid_arguments", "not JSON") from None


def _need(asked: Asked, name: str, otherwise: str) -> str:
    value = asked.get(name)
    if not isinstance(value, str) or not value:
        raise Refused(otherwise)
    return value


def _oldest(asked: Asked) -> float:
    try:
        return float(asked.get("oldest") or 0)
    except (TypeError, ValueError):
        raise Refused("invalid_ts_oldest") from None


def _number(value: object) -> int:
    text = str(value or "")
    return int(text) if text.isascii() and text.isdecimal() else 0
