"""Slack's other door: a socket that Airtight opens, for an install without a public address. What comes over it is
Slack's by who opened it, so nothing is signed; it is read and answered as over HTTP.
"""

from collections.abc import Mapping
from typing import Any

import structlog
from django.conf import settings

from revops.integrations.errors import VendorError
from revops.integrations.slack_socket import SlackSocket, SocketSettings, Unanswered
from revops.slack.answering import answer
from revops.slack.doing import Busy
from revops.slack.payloads import understood
from revops.slack.socket_pulse import SOCKET
from revops.sweep import beat

# Seconds: how often the socket is looked at, and how long a new one waits after a failure.
LOOK, FIRST_PAUSE, LONGEST_PAUSE = 1.0, 1.0, 60.0
log = structlog.get_logger(__name__)


class SocketDoor:
    """Keeps one socket open. Several may be open, here and on other machines: Slack gives each click to one of them."""

    def __init__(self) -> None:
        opened_with = SocketSettings(settings.SLACK_BASE_URL, settings.SLACK_APP_TOKEN, settings.SLACK_TIMEOUT)
        self.socket = SlackSocket(opened_with, _answer)
        self._pause = FIRST_PAUSE
        self._was_open = False

    def keep_open(self) -> float:
        """Open the socket if it is not. Seconds until this is to be called again."""
        if self.socket.is_connected():
            beat(SOCKET)
            return LOOK
        self._say_if_lost()
        try:
            self.socket.connect_to_new_endpoint()
        except VendorError as error:
            return self._later(str(error), error.retry_after)
        if not self.socket.is_connected():
            return self._later("The socket could not be opened.", None)
        self._pause, self._was_open = FIRST_PAUSE, True
        log.info("slack_socket_open")
        beat(SOCKET)
        return LOOK

    def close(self) -> None:
        self.socket.close()

    def _say_if_lost(self) -> None:
        if self._was_open:
            log.warning("slack_socket_lost")
        self._was_open = False

    def _later(self, why: str, wanted: float | None) -> float:
        wait, self._pause = max(self._pause, wanted or 0), min(self._pause * 2, LONGEST_PAUSE)
        log.warning("slack_socket_closed", error=why, again_in_s=wait)
        return wait


def _answer(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        return answer(understood(payload))
    except Busy:
        raise Unanswered from None
