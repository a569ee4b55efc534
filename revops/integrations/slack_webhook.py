"""Slack's incoming webhook: a text into one channel, where there is no app. It answers in words, and with no ts.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
"""

import json

from revops.integrations.errors import VendorError
from revops.integrations.waiting import waiting_time
from revops.integrations.wire import Answer, send

NAME = "Slack webhook"
# The address, its channel or its app are gone, or an admin forbids it.
CONFIGURATION = frozenset(
    [
        "action_prohibited",
        "channel_is_archived",
        "channel_not_found",
        "invalid_token",
        "no_active_hooks",
        "no_service",
        "no_service_id",
        "no_team",
        "posting_to_general_channel_denied",
        "team_disabled",
        "user_not_found",
    ]
)
WORD = 60


def post(url: str, *, text: str, seconds: float) -> None:
    """Raises VendorError. The address is a secret, and in no error."""
    body = json.dumps({"text": text, "unfurl_links": False}).encode()
    headers = {"Content-Type": "application/json; charset=utf-8"}
    answer = send(NAME, url, body=body, headers=headers, seconds=seconds)
    if answer.status != 200 or answer.body.strip() != b"ok":
        raise _refusal(answer)


def _refusal(answer: Answer) -> VendorError:
    word = answer.body.strip().decode("utf-8", "replace")[:WORD]
    if answer.status == 429:
        wait = waiting_time(answer.headers)
        return VendorError(f"{NAME}: slow down", permanent=False, retry_after=wait, code="ratelimited")
    if answer.status >= 500 and word not in CONFIGURATION:
        return VendorError(f"{NAME}: Slack answered {answer.status}", permanent=False)
    if word in CONFIGURATION or answer.status in (403, 404, 410):
        return VendorError(f"{NAME}: {word or answer.status}", permanent=True, configuration=True, code="no_service")
    spoken = word if word.replace("_", "").isalpha() else f"Slack answered {answer.status}"
    return VendorError(f"{NAME}: {spoken}", permanent=answer.status != 200, code=spoken)
