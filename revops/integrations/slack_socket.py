"""slack_sdk's Socket Mode client: its address is asked for by our own transport, its socket is the SDK's.

https://docs.slack.dev/apis/events-api/using-socket-mode/
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import structlog
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from revops.integrations.addresses import is_loopback
from revops.integrations.errors import VendorError
from revops.integrations.slack_answers import text_at
from revops.integrations.slack_client import SlackClient, quiet

# A payload holds the whole card: read in one piece rather than a hundred.
RECEIVE = 64 * 1024
AT_ONCE = 8
TLS = 443

log = structlog.get_logger(__name__)
Answer = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class Unanswered(Exception):
    """An envelope is not to be acknowledged: Slack tells who clicked that it failed."""


@dataclass(frozen=True)
class SocketSettings:
    """`app_token` opens sockets (xapp-…, scope connections:write)."""

    base_url: str
    app_token: str = field(repr=False)
    timeout: float = 10.0


class SlackSocket(SocketModeClient):
    """`answer` is given the payload of each interaction, in a thread, and returns what the acknowledgement carries; it
    must be back within Slack's three seconds. Raise Unanswered for none."""

    def __init__(self, settings: SocketSettings, answer: Answer) -> None:
        # The bot token has no part in it: sockets are opened with the app's own.
        web = SlackClient(token=settings.app_token, base_url=settings.base_url, seconds=settings.timeout)
        super().__init__(
            app_token=settings.app_token,
            logger=quiet,
            web_client=web,
            auto_reconnect_enabled=False,  # whoever holds it reconnects, at a pace
            receive_buffer_size=RECEIVE,
            concurrency=AT_ONCE,
            on_error_listeners=[_failed],
        )
        self._answer = answer
        self.socket_mode_request_listeners.append(self._heard)

    def issue_new_wss_url(self) -> str:
        """The SDK's own sleeps through a ban and takes any address. Raises VendorError."""
        said = self.web_client.apps_connections_open(app_token=self.app_token).data
        return checked(text_at("Slack apps.connections.open", said if isinstance(said, dict) else {}, "url"))

    def disconnect(self) -> None:
        """The SDK's own finds the socket gone where its other thread was closing it too."""
        with suppress(AttributeError):
            super().disconnect()

    def _heard(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        """Everything is acknowledged, also what we have no use for."""
        carried: Mapping[str, Any] = {}
        try:
            if request.type == "interactive":
                carried = self._answer(request.payload)
        except Unanswered:
            return
        payload = {"payload": dict(carried)} if carried else {}
        client.send_socket_mode_response({"envelope_id": request.envelope_id, **payload})


def checked(url: str) -> str:
    """The SDK speaks in the clear to any port but 443: that is for a stand-in on this machine. Raises VendorError."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    on_this_machine = parts.scheme == "ws" and is_loopback(host)
    if not on_this_machine and (parts.scheme != "wss" or not host or port not in (None, TLS)):
        raise VendorError("Slack apps.connections.open: the socket's address is not one with TLS", permanent=True)
    return url


def _failed(error: Exception) -> None:
    log.warning("slack_socket_error", error=type(error).__name__)
