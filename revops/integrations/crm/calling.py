"""One request to a CRM within the deadline of its caller, and what it answered as JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from revops.integrations.addresses import callable_url
from revops.integrations.errors import BadAnswer, Unavailable, VendorError
from revops.integrations.waiting import waiting_time
from revops.integrations.wire import Answer, Deadline, send

MESSAGE_LENGTH = 300


@dataclass(frozen=True)
class Host:
    """Where a CRM answers. `setting` names where the address is from."""

    base_url: str
    setting: str
    private_allowed: bool = False

    def send(
        self, name: str, path: str, *, method: str, headers: Mapping[str, str], body: bytes | None, deadline: Deadline
    ) -> Answer:
        """The answer, whatever its status. Raises VendorError; its `ambiguous` is that of a write."""
        url = callable_url(name, self.setting, self.base_url, private_allowed=self.private_allowed) + path
        try:
            seconds = deadline.left()
        except TimeoutError:
            raise Unavailable(f"{name}: no time left to ask") from None
        return send(
            name,
            url,
            method=method,
            headers={"Accept": "application/json", "User-Agent": "Airtight", **headers},
            body=body,
            seconds=seconds,
            public_only=not self.private_allowed,
        )


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


def ask(host: Host, call: Call, *, token: str, deadline: Deadline) -> Answer:
    """Send the call as JSON with a bearer token, and give the answer, whatever its status."""
    headers = {"Authorization": f"Bearer {token}", **(call.headers or {})}
    body = None
    if call.said is not None:
        body = json.dumps(call.said).encode()
        headers["Content-Type"] = "application/json"
    path = call.path + ("?" + urlencode(call.query, quote_via=quote) if call.query else "")
    try:
        return host.send(call.name, path, method=call.method, headers=headers, body=body, deadline=deadline)
    except VendorError as error:
        error.ambiguous = error.ambiguous and not call.is_read
        raise


def read_json(call: Call, answer: Answer) -> Any:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        raise BadAnswer(f"{call.name}: the answer is not JSON", ambiguous=not call.is_read) from None


def read_object(call: Call, answer: Answer) -> dict[str, Any]:
    said = read_json(call, answer)
    if not isinstance(said, dict):
        raise unreadable(call)
    return said


def unreadable(call: Call) -> BadAnswer:
    return BadAnswer(f"{call.name}: the answer has another form", ambiguous=not call.is_read)


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
        raise Unavailable(
            f"{call.name}: {vendor} answered {status}",
            retry_after=waiting_time(answer.headers),
            ambiguous=not call.is_read and status not in {408, 503},
        )
    spoken = status == 429 or answer.body.lstrip().startswith((b"{", b"["))
    if 300 < status < 400 or (status >= 400 and not spoken):
        raise VendorError(
            f"{call.name}: the server answered {status}; is this the address of {vendor}?",
            permanent=True,
            configuration=True,
        )
