"""A workspace kept in a file, so that people and posts are still there when the stand-in starts again."""

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from revops.standins.slack.workspace import USER_ID, Channel, Message, User, Workspace

MOST_MESSAGES = 500  # over all channels, the newest
MOST_OTHERS = 1000  # members, and channels
LARGEST_FILE = 64 * 1024 * 1024
log = logging.getLogger(__name__)


class Unreadable(Exception):
    """The file holds no workspace."""


class WorkspaceFile:
    """Written anew whenever the workspace has changed. Open dialogs and pressed buttons end with the process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._revision = 0

    def load(self, workspace: Workspace) -> None:
        """Into an empty workspace; from a file that is missing or broken, nothing."""
        try:
            users, channels = _read(self.path)
        except FileNotFoundError:
            return
        except (OSError, Unreadable) as trouble:
            log.warning("%s is left out, and written anew: %s", self.path, trouble)
            return
        workspace.users.update((user.id, user) for user in users)
        workspace.channels.update((channel.id, channel) for channel in channels)
        workspace.changed()

    def keep(self, workspace: Workspace) -> None:
        """For callers who hold the workspace's lock. The old file stands until the new one is whole."""
        if workspace.revision == self._revision:
            return
        unfinished = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        try:
            unfinished.touch(mode=0o600)
            unfinished.write_text(json.dumps(_told(workspace)))
            unfinished.replace(self.path)
        except OSError as trouble:
            log.warning("The workspace could not be kept in %s: %s", self.path, trouble)
        self._revision = workspace.revision


def _told(workspace: Workspace) -> dict[str, Any]:
    newest = sorted((message.ts for channel in workspace.channels.values() for message in channel.messages), key=float)
    since = float(newest[-MOST_MESSAGES]) if len(newest) > MOST_MESSAGES else 0.0
    return {
        "users": [asdict(user) for user in list(workspace.users.values())[-MOST_OTHERS:]],
        "channels": [_channel(channel, since) for channel in list(workspace.channels.values())[-MOST_OTHERS:]],
    }


def _channel(channel: Channel, since: float) -> dict[str, Any]:
    messages = [asdict(message) for message in channel.messages if float(message.ts) >= since]
    return {"id": channel.id, "name": channel.name, "owner": channel.owner, "messages": messages}


def _read(path: Path) -> tuple[list[User], list[Channel]]:
    if path.stat().st_size > LARGEST_FILE:
        raise Unreadable("it is too large")
    try:
        said = json.loads(path.read_bytes())
        return [User(**_texts(row)) for row in said["users"]], [_channel_of(row) for row in said["channels"]]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Unreadable(f"{type(error).__name__}: {error}") from None


def _channel_of(row: Mapping[str, Any]) -> Channel:
    messages = [_message(each) for each in row["messages"]]
    if row["owner"] and not USER_ID.fullmatch(row["owner"]):
        raise ValueError("a direct message with nobody")
    return Channel(**_texts({name: row[name] for name in ("id", "name", "owner")}), messages=messages)


def _message(row: Mapping[str, Any]) -> Message:
    float(row["ts"])
    _texts({name: row[name] for name in ("ts", "text", "thread_ts", "only_for")})
    if not all(isinstance(block, dict) for block in row["blocks"]) or not isinstance(row["metadata"], dict):
        raise TypeError("a message of another form")
    return Message(**row)


def _texts(row: Mapping[str, Any]) -> dict[str, str]:
    if not all(isinstance(value, str) for value in row.values()):
        raise TypeError("not a text")
    return dict(row)
