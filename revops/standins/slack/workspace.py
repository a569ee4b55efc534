"""What the stand-in remembers: members, channels, messages, open dialogs. In memory; see `keeping`."""

import hashlib
import re
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_MESSAGES = 500
TRIGGER_SECONDS = 3.0
RESPONSE_SECONDS = 30 * 60
RESPONSES = 5
USER_ID = re.compile(r"U[0-9A-F]{10}")
CHANNEL_ID = re.compile(r"C[0-9A-F]{10}")
CONVERSATION_ID = re.compile(r"[CD][0-9A-F]{10}")
DIRECT_ID = re.compile(r"D[0-9A-F]{10}")


class Refused(Exception):
    """Slack's `ok: false`, with its code and what it adds."""

    def __init__(self, code: str, *messages: str) -> None:
        super().__init__(code)
        self.code = code
        self.messages = messages


@dataclass(frozen=True)
class User:
    id: str
    name: str
    email: str


@dataclass
class Message:
    ts: str
    text: str
    blocks: list[dict[str, Any]]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    thread_ts: str = ""
    only_for: str = ""  # the member who alone sees it
    edited: bool = False


@dataclass
class Channel:
    id: str
    name: str
    owner: str = ""  # the member a direct message is with
    messages: list[Message] = field(default_factory=list)

    def message(self, ts: str) -> Message:
        for message in self.messages:
            if message.ts == ts:
                return message
        raise Refused("message_not_found")


@dataclass(frozen=True)
class Click:
    """A pressed button: what its trigger_id and its response_url stand for."""

    at: float
    user: str
    channel: str
    ts: str


@dataclass
class Dialog:
    id: str
    user: str
    view: Mapping[str, Any]
    edits: int = 0  # how often an answer to its submission has put another view in its place


class Workspace:
    def __init__(self) -> None:
        self.revision = 1
        self._last = 0
        self.clear()

    def clear(self) -> None:
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.dialogs: dict[str, Dialog] = {}
        self._triggers: dict[str, Click] = {}
        self._responses: dict[str, tuple[Click, int]] = {}
        self.changed()

    def changed(self) -> None:
        self.revision += 1

    def user_by_email(self, email: str) -> User:
        """Every address is a member's, but for nobody@…; the name is read off the address."""
        local, at, domain = email.strip().casefold().partition("@")
        if not at or not local or not domain or local == "nobody":
            raise Refused("users_not_found")
        name = " ".join(part.capitalize() for part in re.split(r"[._+-]+", local) if part)
        return self._remember(User("U" + _digest(f"{local}@{domain}"), name or local, f"{local}@{domain}"))

    def user(self, user_id: str) -> User:
        """A member by id. Any id of the right form is one: Airtight may remember it from before we were started."""
        if user_id not in self.users and not USER_ID.fullmatch(user_id):
            raise Refused("user_not_found")
        return self.users.get(user_id) or self._remember(User(user_id, f"Member {user_id}", ""))

    def channel(self, named: str) -> Channel:
        """A channel by id or name, or a direct message by its own or its member's id. missing… does not exist."""
        if USER_ID.fullmatch(named):
            return self.direct_message(named)
        if DIRECT_ID.fullmatch(named):
            return self.direct_message("U" + named[1:])
        name = named.removeprefix("#").lower()
        if not name or name.startswith("missing"):
            raise Refused("channel_not_found")
        channel_id = named if CHANNEL_ID.fullmatch(named) else "C" + _digest(name)
        return self._open(Channel(channel_id, name))

    def conversation(self, conversation_id: str) -> Channel:
        """One by its id. Airtight and an open page may know one that is forgotten here: it is empty, and not shown."""
        return self.channels.get(conversation_id) or Channel(conversation_id, conversation_id.lower())

    def direct_message(self, user_id: str) -> Channel:
        return self._open(Channel("D" + self.user(user_id).id[1:], "", owner=user_id))

    def add(self, channel: Channel, **parts: Any) -> Message:
        message = Message(ts=self._next_ts(), **parts)
        channel.messages.append(message)
        del channel.messages[:-MOST_MESSAGES]
        self.changed()
        return message

    def press(self, user: str, channel: str, ts: str) -> tuple[str, str]:
        """A button was pressed: the trigger_id and the token of the response_url that it gave out."""
        click = Click(time.monotonic(), user, channel, ts)
        trigger_id, response = secrets.token_hex(8), secrets.token_hex(8)
        self._triggers[trigger_id] = click
        self._responses[response] = (click, 0)
        return trigger_id, response

    def pull_trigger(self, trigger_id: str) -> Click:
        click = self._triggers.pop(trigger_id, None)
        if click is None:
            raise Refused("invalid_trigger_id")
        if time.monotonic() - click.at > TRIGGER_SECONDS:
            raise Refused("expired_trigger_id")
        return click

    def use_response(self, token: str) -> Click:
        click, used = self._responses.get(token, (None, 0))
        if click is None or time.monotonic() - click.at > RESPONSE_SECONDS:
            raise Refused("expired_url")
        if used >= RESPONSES:
            raise Refused("used_url")
        self._responses[token] = (click, used + 1)
        return click

    def open_dialog(self, user: str, view: Mapping[str, Any]) -> Dialog:
        dialog = Dialog("V" + secrets.token_hex(5).upper(), user, view)
        self.dialogs[dialog.id] = dialog
        self.changed()
        return dialog

    def show_instead(self, dialog: Dialog, view: Mapping[str, Any]) -> None:
        dialog.view, dialog.edits = view, dialog.edits + 1
        self.changed()

    def close_dialog(self, dialog_id: str) -> None:
        self.dialogs.pop(dialog_id, None)
        self.changed()

    def visible(self) -> Iterator[Channel]:
        """Channels first, then direct messages, each by name."""
        yield from sorted(self.channels.values(), key=lambda channel: (bool(channel.owner), self.title(channel)))

    def title(self, channel: Channel) -> str:
        return self.user(channel.owner).name if channel.owner else channel.name

    def _remember(self, user: User) -> User:
        if self.users.get(user.id) != user:
            self.users[user.id] = user
            self.changed()
        return user

    def _open(self, channel: Channel) -> Channel:
        if channel.id not in self.channels:
            self.channels[channel.id] = channel
            self.changed()
        return self.channels[channel.id]

    def _next_ts(self) -> str:
        self._last = max(self._last + 1, int(time.time() * 1_000_000))
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"


def _digest(of: str) -> str:
    return hashlib.sha256(of.encode()).hexdigest()[:10].upper()
