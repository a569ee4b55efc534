"""What HubSpot's refusals mean. Each field of its error object may be missing."""

import json
import re
from collections.abc import Mapping
from typing import Any

from revops.integrations.crm.calling import Call, check_transport, quoted
from revops.integrations.crm.rows import text
from revops.integrations.errors import AuthRevoked, Conflict, NotFound, QuotaExhausted, Refused, VendorError
from revops.integrations.waiting import waiting_time
from revops.integrations.wire import Answer

DAY_PAUSE = 3600.0  # the day ends at midnight of the account's own time zone, which we do not know
WINDOWS = {"SECONDLY": 1.0, "TEN_SECONDLY_ROLLING": 10.0}
EXISTING = re.compile(r"Existing ID: (\d+)")


def check(call: Call, answer: Answer, *, token: str) -> None:
    check_transport(call, answer, vendor="HubSpot")
    if answer.status < 300:
        return
    raise refusal(call, _said(answer), answer, token=token)


def refusal(call: Call, said: Mapping[str, Any], answer: Answer, *, token: str) -> VendorError:
    status = answer.status
    code = text(said, "category") or str(status)
    message = quoted(call.name, f"{code} {said.get('message', '')}{_trace(said)}", token)
    if status == 429:
        return _limit(message, said, answer)
    if status in {401, 403}:
        return AuthRevoked(message, code=code)
    if status == 423:
        return VendorError(message, permanent=False, retry_after=waiting_time(answer.headers) or 2.0, code=code)
    return row_refusal(message, said, status=status)


def row_refusal(message: str, said: Mapping[str, Any], *, status: int) -> VendorError:
    """An error of one record, whether the whole answer is about it or a batch tells it in passing."""
    code = text(said, "category") or str(status)
    if status == 404 or code == "OBJECT_NOT_FOUND":
        return NotFound(message, code=code)
    if status == 409 or code == "CONFLICT":
        found = EXISTING.search(text(said, "message"))
        return Conflict(message, code=code, other=found[1] if found else "")
    return Refused(message, code=code, fields=_fields(said), configuration=True)


def _limit(message: str, said: Mapping[str, Any], answer: Answer) -> VendorError:
    policy = text(said, "policyName")
    if policy == "DAILY":
        return QuotaExhausted(message, retry_after=waiting_time(answer.headers) or DAY_PAUSE, code=policy)
    wait = waiting_time(answer.headers) or WINDOWS.get(policy, 10.0)
    return VendorError(message, permanent=False, retry_after=wait, code=policy or "RATE_LIMITS")


def _fields(said: Mapping[str, Any]) -> tuple[str, ...]:
    errors = said.get("errors")
    named: list[str] = []
    for error in errors if isinstance(errors, list) else []:
        context = error.get("context") if isinstance(error, dict) else None
        names = context.get("propertyName") if isinstance(context, dict) else None
        named += [str(name) for name in names] if isinstance(names, list) else []
    return tuple(dict.fromkeys(named))


def _trace(said: Mapping[str, Any]) -> str:
    """What HubSpot's support asks for."""
    correlation = text(said, "correlationId")
    return f" (correlation id {correlation})" if correlation else ""


def _said(answer: Answer) -> Mapping[str, Any]:
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        said = None
    return said if isinstance(said, dict) else {}
