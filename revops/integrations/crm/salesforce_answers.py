"""What Salesforce's refusals mean: a list of `{message, errorCode, fields}`, whose code's class is decided here."""

import re
from collections.abc import Mapping
from typing import Any

from revops.integrations.crm.calling import Call, check_transport, quoted, read_json, unreadable
from revops.integrations.crm.cursors import stale
from revops.integrations.errors import AuthRevoked, Conflict, NotFound, QuotaExhausted, Refused, VendorError
from revops.integrations.waiting import waiting_time
from revops.integrations.wire import Answer

QUOTA_PAUSE = 3600.0  # calls are counted over a rolling day, so that nobody can say when one is free
LOCK_PAUSE = 5.0
NO_COLUMN = re.compile(r"No such column '(\w+)'")

TRANSIENT = frozenset({"UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE", "QUERY_TIMEOUT", "TXN_SECURITY_METERING_ERROR"})
AUTH = frozenset({"API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED", "INVALID_AUTH_HEADER", "ORG_LOCKED"})
GONE = frozenset({"NOT_FOUND", "ENTITY_IS_DELETED"})
STALE = frozenset({"INVALID_QUERY_LOCATOR", "QUERY_TOO_OLD"})
CONFLICT = frozenset({"DUPLICATES_DETECTED", "DUPLICATE_VALUE", "CANNOT_UPDATE_CONVERTED_LEAD"})


class SessionOver(VendorError):
    """The token is good no more; a new one may be."""


def check(call: Call, answer: Answer, *, token: str) -> None:
    """Raise what this answer means, unless it is a success. 300 is for the one call that can get it."""
    check_transport(call, answer, vendor="Salesforce")
    if answer.status <= 300:
        return
    if answer.status == 429:
        raise VendorError(
            f"{call.name}: Salesforce asks us to slow down",
            permanent=False,
            retry_after=waiting_time(answer.headers),
            code="429",
        )
    raise refusal(call, _first(call, answer), status=answer.status, token=token)


def refusal(call: Call, said: Mapping[str, Any], *, status: int, token: str) -> VendorError:
    code = str(said.get("errorCode") or status)
    words = str(said.get("message", ""))
    words = words[max(words.find("No such column"), 0) :]  # which comes after a piece of the query
    message = quoted(call.name, f"{code} {words}", token)
    if code == "INVALID_SESSION_ID" or status == 401:
        return SessionOver(message, permanent=True, configuration=True, code=code)
    if code == "REQUEST_LIMIT_EXCEEDED":
        return _limit(message, code, words)
    if code in STALE:
        return stale()
    if code in TRANSIENT:
        return VendorError(message, permanent=False, retry_after=LOCK_PAUSE, code=code)
    if code in AUTH:
        return AuthRevoked(message, code=code)
    if code in GONE:
        return NotFound(message, code=code)
    return Conflict(message, code=code) if code in CONFLICT else _refused(message, code, said)


def _refused(message: str, code: str, said: Mapping[str, Any]) -> Refused:
    fields = said.get("fields")
    named = [str(field) for field in fields] if isinstance(fields, list) else []
    absent = NO_COLUMN.findall(str(said.get("message", "")))  # the org has no such field, or hides it from us
    return Refused(message, code=code, fields=tuple(dict.fromkeys([*absent, *named])), configuration=True)


def _limit(message: str, code: str, words: str) -> VendorError:
    """One code for two things: the day's calls are spent, or too many long ones run at this moment."""
    if "concurrent" in words.casefold():
        return VendorError(message, permanent=False, retry_after=LOCK_PAUSE, code=code)
    return QuotaExhausted(message, retry_after=QUOTA_PAUSE, code=code)


def _first(call: Call, answer: Answer) -> Mapping[str, Any]:
    said = read_json(call, answer)
    if isinstance(said, list) and said and isinstance(said[0], dict):
        return said[0]
    if isinstance(said, dict):
        return said
    raise unreadable(call)
