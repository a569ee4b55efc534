"""Slack's Web API: what Airtight says to it, and nothing of what a lead is.

Every failure is a VendorError. Nothing is retried here, since a delivery that failed is queued again. One call takes at
most `timeout` seconds (see wire.py); `find_posted` makes up to five,
and up to five more when it is given a channel's name.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from slack_sdk.web import SlackResponse

from revops.integrations import slack_client
from revops.integrations.errors import VendorError
from revops.integrations.slack_answers import text_at
from revops.integrations.slack_client import SlackClient

Block = dict[str, Any]

EVENT_TYPE = "airtight_delivery"
CLOCK_TOLERANCE_SECONDS = 60
CHANNEL_ID = re.compile(r"[CDG][A-Z0-9]{8,}")
PAGE = 200
MOST_PAGES = 5


@dataclass(frozen=True)
class Posted:
    channel: str
    ts: str


@dataclass(frozen=True)
class Identity:
    """Whom the token speaks for, and what it may do; no scopes when Slack did not tell."""

    team: str
    user_id: str
    scopes: frozenset[str]


@dataclass(frozen=True)
class SlackConnection:
    """`base_url` is the methods' root, such as https://slack.com/api/; `timeout` the seconds a whole call may take."""

    base_url: str
    token: str = field(repr=False)
    timeout: float = 10.0

    def post_message(
        self, *, channel: str, text: str, blocks: Sequence[Block], dedupe_id: str, thread_ts: str | None = None
    ) -> Posted:
        """Post to a channel. After an ambiguous error ask `find_posted` for this `dedupe_id` before posting again."""
        said = self._client().chat_postMessage(
            channel=channel,
            text=text,
            blocks=list(blocks),
            metadata={"event_type": EVENT_TYPE, "event_payload": {"id": dedupe_id}},
            unfurl_links=False,
            unfurl_media=False,
            thread_ts=thread_ts,
        )
        return _posted("chat.postMessage", said)

    def update_message(self, *, channel: str, ts: str, text: str, blocks: Sequence[Block]) -> Posted:
        """Put another text in a message's place. `message_not_found` in the error's code: post a new one."""
        said = self._client().chat_update(channel=channel, ts=ts, text=text, blocks=list(blocks))
        return _posted("chat.update", said)

    def find_posted(
        self, *, channel: str, dedupe_id: str, oldest: datetime, thread_ts: str | None = None
    ) -> Posted | None:
        """The message that carries `dedupe_id`, of those posted since `oldest`. Needs a history scope."""
        found = self.find_each(channel=channel, dedupe_ids={dedupe_id}, oldest=oldest, thread_ts=thread_ts)
        return found.get(dedupe_id)

    def find_each(
        self, *, channel: str, dedupe_ids: Set[str], oldest: datetime, thread_ts: str | None = None
    ) -> dict[str, Posted]:
        """Those of these messages that were posted since `oldest`, by their `dedupe_id`."""
        channel, found = self._channel_id(channel), dict[str, Posted]()
        for message in self._messages(channel, oldest, thread_ts):
            metadata = message.get("metadata") or {}
            mark = (metadata.get("event_payload") or {}).get("id")
            if metadata.get("event_type") == EVENT_TYPE and isinstance(mark, str) and mark in dedupe_ids:
                found[mark] = Posted(channel, text_at("Slack conversations.history", message, "ts"))
                if len(found) == len(dedupe_ids):
                    break
        return found

    def find_user(self, email: str) -> str | None:
        """The id of the workspace's member with this address."""
        try:
            said = self._client().users_lookupByEmail(email=email)
        except VendorError as error:
            if error.code == "users_not_found":
                return None
            raise
        return _text("users.lookupByEmail", said, "user", "id")

    def open_direct_message(self, user_id: str) -> str:
        """The id of the conversation between the bot and this member."""
        return _text("conversations.open", self._client().conversations_open(users=user_id), "channel", "id")

    def open_view(self, trigger_id: str, view: Mapping[str, Any]) -> str:
        """Open a dialog, within 3 s of the click that gave `trigger_id`. The view's id."""
        return _text("views.open", self._client().views_open(trigger_id=trigger_id, view=dict(view)), "view", "id")

    def post_ephemeral(self, *, channel: str, user: str, text: str) -> None:
        """A line that this member alone sees, and that is gone when they reload."""
        self._client().chat_postEphemeral(channel=channel, user=user, text=text)

    def check(self) -> Identity:
        """Does the token work?"""
        said = self._client().auth_test()
        scopes = str(said.headers.get("x-oauth-scopes", ""))
        return Identity(
            team=_text("auth.test", said, "team"),
            user_id=_text("auth.test", said, "user_id"),
            scopes=frozenset(scope.strip() for scope in scopes.split(",") if scope.strip()),
        )

    def respond(
        self, response_url: str, *, text: str, blocks: Sequence[Block] = (), replace_original: bool = False
    ) -> None:
        """Answer a click: replace the message it was made in, or tell the clicker alone. 5 times within 30 minutes."""
        if not self._is_slack(response_url):
            raise VendorError("Slack response_url: not an address of Slack", permanent=True)
        answer: dict[str, Any] = {"text": text, "replace_original": replace_original}
        if blocks:
            answer["blocks"] = list(blocks)
        if not replace_original:
            answer["response_type"] = "ephemeral"
        slack_client.respond(response_url, body=json.dumps(answer).encode(), seconds=self.timeout)

    def _client(self) -> SlackClient:
        if _origin(self.base_url) is None:
            raise VendorError("Slack: the base URL is not a web address", permanent=True, configuration=True)
        return SlackClient(token=self.token, base_url=self.base_url, seconds=self.timeout)

    def _channel_id(self, channel: str) -> str:
        """Posting takes a channel's name, reading takes its id alone."""
        if CHANNEL_ID.fullmatch(channel):
            return channel
        name = channel.removeprefix("#").lower()
        asked = {"types": "public_channel,private_channel", "exclude_archived": True, "limit": PAGE}
        for found in _paged(self._client().conversations_list, "channels", asked):
            if found.get("name") == name:
                return text_at("Slack conversations.list", found, "id")
        raise VendorError(
            f"Slack conversations.list: no channel named {name}",
            permanent=True,
            configuration=True,
            code="channel_not_found",
        )

    def _messages(self, channel: str, oldest: datetime, thread_ts: str | None) -> Iterator[Mapping[str, Any]]:
        client = self._client()
        asked = {
            "channel": channel,
            "oldest": f"{oldest.timestamp() - CLOCK_TOLERANCE_SECONDS:.6f}",
            "include_all_metadata": True,
            "limit": PAGE,
        }
        if thread_ts:
            return _paged(client.conversations_replies, "messages", {**asked, "ts": thread_ts})
        return _paged(client.conversations_history, "messages", asked)

    def _is_slack(self, url: str) -> bool:
        """A forged payload must not make us call an address of the forger's choice."""
        origin = _origin(url)
        return origin is not None and origin in {_origin("https://hooks.slack.com"), _origin(self.base_url)}


def _paged(read: Callable[..., SlackResponse], name: str, asked: dict[str, Any]) -> Iterator[Mapping[str, Any]]:
    for _ in range(MOST_PAGES):
        said = read(**asked)
        yield from (item for item in said.get(name) or [] if isinstance(item, Mapping))
        cursor = (said.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return
        asked = {**asked, "cursor": cursor}
    raise VendorError(
        f"Slack: too many {name} to look through, so that nothing can be said of this one", permanent=True
    )


def _origin(url: str) -> tuple[str, str, int | None] | None:
    """Scheme, host and port; None for what is no plain web address."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        return None
    return parts.scheme, parts.hostname, port or {"http": 80, "https": 443}[parts.scheme]


def _text(method: str, said: SlackResponse, *path: str) -> str:
    return text_at(f"Slack {method}", _data(said), *path)


def _posted(method: str, said: SlackResponse) -> Posted:
    return Posted(channel=_text(method, said, "channel"), ts=_text(method, said, "ts"))


def _data(said: SlackResponse) -> Mapping[str, Any]:
    return said.data if isinstance(said.data, dict) else {}
