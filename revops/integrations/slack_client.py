"""slack_sdk's client, which shapes the requests, on our own bounded transport, which carries them."""

import logging
from typing import Any
from urllib.request import Request

from slack_sdk import WebClient

from revops.integrations.errors import VendorError
from revops.integrations.slack_answers import accepted, check_status
from revops.integrations.wire import Answer, send

# Repeating any other call is harmless; a repeated one of these is a second message.
SEEN_TWICE = frozenset({"chat.postMessage", "chat.postEphemeral"})

# The SDK writes message texts at DEBUG and answers at ERROR; both hold what a lead told us.
quiet = logging.getLogger("revops.integrations.slack.sdk")
quiet.setLevel(logging.CRITICAL + 1)


class SlackClient(WebClient):
    def __init__(self, *, token: str, base_url: str, seconds: float) -> None:
        super().__init__(token=token, base_url=base_url, retry_handlers=[], logger=quiet)
        self._seconds = seconds

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        """The SDK's one method that opens a connection; the wire tests fail should it ever be renamed."""
        method = url.rsplit("/", 1)[-1]
        name = f"Slack {method}"
        try:
            answer = send(name, url, body=_body(req), headers=dict(req.header_items()), seconds=self._seconds)
            check_status(name, answer)
            accepted(name, answer)
        except VendorError as error:
            error.ambiguous = error.ambiguous and method in SEEN_TWICE
            raise
        return {"status": answer.status, "headers": answer.headers, "body": answer.body.decode()}


def respond(url: str, *, body: bytes, seconds: float) -> None:
    """Post to a response_url, which answers a bare `ok` or JSON."""
    name = "Slack response_url"
    answer = send(name, url, body=body, headers={"Content-Type": "application/json; charset=utf-8"}, seconds=seconds)
    check_status(name, _as_refusal(answer))
    if answer.body.strip() != b"ok":
        accepted(name, answer)


def _as_refusal(answer: Answer) -> Answer:
    """An expired response_url answers 404 with Slack's JSON: read the code rather than doubt the address."""
    spoken = answer.status == 404 and answer.body.lstrip().startswith(b"{")
    return Answer(200, answer.headers, answer.body) if spoken else answer


def _body(request: Request) -> bytes:
    return request.data if isinstance(request.data, bytes) else b""
