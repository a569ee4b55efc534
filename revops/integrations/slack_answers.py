"""What Slack's answers mean. A refusal is HTTP 200 with `ok: false` and a code; a code's class is decided here."""

import json
from collections.abc import Mapping
from typing import Any

from revops.integrations.errors import VendorError
from revops.integrations.waiting import waiting_time
from revops.integrations.wire import Answer

DETAIL_LENGTH = 300

# Slack says of these two that "some aspect of the operation" may have succeeded before they were raised.
MAYBE_DONE = frozenset({"internal_error", "fatal_error"})
TRANSIENT = MAYBE_DONE | {"ratelimited", "rate_limited", "service_unavailable", "request_timeout"}
CONFIGURATION = frozenset(
    [
        "access_denied",
        "account_inactive",
        "app_missing_action_url",
        "cannot_dm_bot",
        "channel_not_found",
        "ekm_access_denied",
        "invalid_auth",
        "is_archived",
        "messages_tab_disabled",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "not_in_channel",
        "org_login_required",
        "restricted_action",
        "restricted_action_read_only_channel",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
        "user_disabled",
    ]
)
FINAL = frozenset(
    [
        "cant_update_message",
        "edit_window_closed",
        "exchanged_trigger_id",
        "expired_trigger_id",
        "expired_url",
        "invalid_arguments",
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_form_data",
        "invalid_json",
        "invalid_trigger_id",
        "json_not_object",
        "message_not_found",
        "metadata_too_large",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
        "thread_not_found",
        "used_url",
        "user_not_found",
        "user_not_in_channel",
        "users_not_found",
        "view_too_large",
    ]
)


def accepted(name: str, answer: Answer) -> dict[str, Any]:
    """The answer's JSON when Slack did what was asked; VendorError for anything else."""
    check_status(name, answer)
    said = _json_object(name, answer.body)
    if said.get("ok") is not True:
        raise refusal(name, said, retry_after=waiting_time(answer.headers))
    return said


def check_status(name: str, answer: Answer) -> None:
    status = answer.status
    if status == 429:
        raise VendorError(
            f"{name}: Slack asks us to slow down",
            permanent=False,
            retry_after=waiting_time(answer.headers),
            code="ratelimited",
        )
    if status >= 500 or status == 408:
        raise VendorError(
            f"{name}: Slack answered {status}",
            permanent=False,
            retry_after=waiting_time(answer.headers),
            ambiguous=status not in {503, 408},
        )
    if status != 200:
        raise VendorError(
            f"{name}: the server answered {status}; is this the address of Slack's Web API?",
            permanent=True,
            configuration=True,
        )


def refusal(name: str, said: Mapping[str, Any], *, retry_after: float | None = None) -> VendorError:
    """The error for an answer with `ok: false`. A code we never heard of is permanent: repeating it blindly could post
    twice, and a person will read it."""
    code = str(said.get("error") or "no error code")
    known = code in TRANSIENT | CONFIGURATION | FINAL
    note = "" if known else ", a code Airtight does not know"
    return VendorError(
        f"{name}: {code}{note}{_detail(said)}"[:DETAIL_LENGTH],
        permanent=code not in TRANSIENT,
        retry_after=retry_after,
        ambiguous=code in MAYBE_DONE,
        configuration=code in CONFIGURATION,
        code=code,
    )


def text_at(name: str, said: Mapping[str, Any], *path: str) -> str:
    """The text at this path of an answer that must have it."""
    value: Any = said
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    if not isinstance(value, str) or not value:
        raise VendorError(f"{name}: the answer has no {'.'.join(path)}", permanent=False, ambiguous=True)
    return value


def _json_object(name: str, body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise VendorError(f"{name}: the answer is not Slack's JSON", permanent=False, ambiguous=True)
    return said


def _detail(said: Mapping[str, Any]) -> str:
    parts = [f"{key} {said[key]}" for key in ("needed", "provided") if said.get(key)]
    metadata = said.get("response_metadata")
    messages = metadata.get("messages") if isinstance(metadata, Mapping) else None
    if isinstance(messages, list):
        parts += [str(message) for message in messages]
    return f" ({'; '.join(parts)})" if parts else ""
