"""One request to a CRM within the bound of its caller, and what it answered as JSON."""

import ipaddress
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from revops.integrations.errors import VendorError
from revops.integrations.wire import Answer, send

MESSAGE_LENGTH = 300


@dataclass(frozen=True)
class Bound:
    """The time all requests of one call share."""

    ends: float

    @classmethod
    def of(cls, seconds: float) -> "Bound":
        return cls(time.monotonic() + seconds)

    def left(self, name: str) -> float:
        seconds = self.ends - time.monotonic()
        if seconds <= 0:
            raise VendorError(f"{name}: no time left to ask", permanent=False)
        return seconds


@dataclass(frozen=True)
class Call:
    """A request, its `path` below the base URL. A GET, or one with `reads`, changes nothing at the vendor."""

    name: str
    method: str
    path: str
    query: Mapping[str, str] | None = None
    said: Any = None
    headers: Mapping[str, str] | None = None
    reads: bool = False

    @property
    def is_read(self) -> bool:
        return self.reads or self.method == "GET"


def ask(base_url: str, call: Call, *, token: str, bound: Bound) -> Answer:
    """Send the call as JSON with a bearer token, and give the answer, whatever its status."""
    headers = {"Accept": "application/json", "Authorization": f"Bearer {token}", **(call.headers or {})}
    body = None
    if call.said is not None:
        body = json.dumps(call.said).encode()
        headers["Content-Type"] = "application/json"
    url = address(call.name, base_url) + call.path
    if call.query:
        url += "?" + urlencode(call.query, quote_via=quote)
    try:
        return send(call.name, url, body=body, headers=headers, seconds=bound.left(call.name), method=call.method)
    except VendorError as error:
        error.ambiguous = error.ambiguous and not call.is_read
        raise


def address(name: str, base_url: str) -> str:
    """The base URL without its last slash, if a credential may be sent there."""
    try:
        parts = urlsplit(base_url)
        safe = parts.scheme == "https" or (parts.scheme == "http" and _is_this_machine(parts.hostname or ""))
        good = safe and bool(parts.hostname) and "@" not in parts.netloc and not parts.query and not parts.fragment
    except ValueError:
        good = False
    if not good:
        raise VendorError(
            f"{name}: the base URL is not a plain https address", permanent=True, configuration=True, code="base_url"
        )
    return base_url.rstrip("/")


def read_json(call: Call, answer: Answer) -> Any:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        raise VendorError(f"{call.name}: the answer is not JSON", permanent=False, ambiguous=not call.is_read) from None


def read_object(call: Call, answer: Answer) -> dict[str, Any]:
    said = read_json(call, answer)
    if not isinstance(said, dict):
        raise unreadable(call)
    return said


def unreadable(call: Call) -> VendorError:
    return VendorError(f"{call.name}: the answer has another form", permanent=False, ambiguous=not call.is_read)


def quoted(name: str, message: object, *secrets: str) -> str:
    """An error's text with the vendor's own words, which must not hand a secret on."""
    text = " ".join(str(message).split())
    for secret in secrets:
        text = text.replace(secret, "[hidden]") if secret else text
    return f"{name}: {text}"[:MESSAGE_LENGTH]


def check_transport(call: Call, answer: Answer, *, vendor: str) -> None:
    """Raise for an answer that no CRM gave: a redirect, a proxy's page, a server in trouble."""
    status = answer.status
    if status == 408 or status >= 500:
        raise VendorError(
            f"{call.name}: {vendor} answered {status}",
            permanent=False,
            retry_after=waiting_time(answer),
            ambiguous=not call.is_read and status not in {408, 503},
        )
    spoken = status == 429 or answer.body.lstrip().startswith((b"{", b"["))
    if 300 < status < 400 or (status >= 400 and not spoken):
        raise VendorError(
            f"{call.name}: the server answered {status}; is this the address of {vendor}?",
            permanent=True,
            configuration=True,
        )


def waiting_time(answer: Answer) -> float | None:
    seconds = answer.headers.get("retry-after", "").strip()
    return float(seconds) if seconds.isascii() and seconds.isdecimal() and len(seconds) < 7 else None


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
