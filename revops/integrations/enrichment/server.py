"""A vendor's server: asking it within a deadline, and what the status of its answer means."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from revops.integrations.addresses import callable_url
from revops.integrations.enrichment.firmographics import Pending
from revops.integrations.errors import (
    AuthRevoked,
    BadAnswer,
    InvalidRequest,
    NotAllowed,
    QuotaExhausted,
    RateLimited,
    Unavailable,
    VendorError,
)
from revops.integrations.waiting import waiting_time
from revops.integrations.wire import Answer, Deadline, send

QUEUED_SECONDS = 60.0
SHORTEST_SECRET = 8
HIDDEN = b"[hidden]"
TROUBLE_OF_ITS_OWN = frozenset((408, 425))
USED_UP = 402

_WORD = re.compile(r"[A-Za-z0-9_.-]{1,60}")


def no_code(said: Mapping[str, Any]) -> object:
    return None


def status_alone(answer: Answer, code: str) -> bool:
    return answer.status == USED_UP


@dataclass(frozen=True, kw_only=True)
class Server:
    """Where a vendor answers.

    credential   the names of the settings that hold its credential, told to an admin when it is refused
    address      the name of the setting that holds `base_url`
    code_of      the vendor's own word for what went wrong, out of its JSON
    used_up      whether a refusal means that the credits are gone
    wait_of      seconds to wait, by the headers
    """

    vendor: str
    base_url: str
    credential: str
    address: str
    private_allowed: bool
    secrets: tuple[str, ...] = field(repr=False)
    code_of: Callable[[Mapping[str, Any]], object] = no_code
    used_up: Callable[[Answer, str], bool] = status_alone
    wait_of: Callable[[Mapping[str, str]], float | None] = waiting_time

    def ask(
        self,
        method: str,
        path: str,
        *,
        deadline: Deadline,
        headers: Mapping[str, str],
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """The answer, whatever its status, with every secret of the request blotted out of it. Raises VendorError."""
        hidden = [secret for secret in (*self.secrets, *_credentials(headers)) if len(secret) >= SHORTEST_SECRET]
        url = self._url() + path + (f"?{urlencode(query)}" if query else "")
        try:
            answer = send(
                self._name(path),
                url,
                method=method,
                body=body,
                headers={"Accept": "application/json", "User-Agent": "Airtight", **headers},
                seconds=deadline.left(),
                public_only=not self.private_allowed,
            )
        except TimeoutError:
            raise Unavailable(f"{self._name(path)}: out of time") from None
        except VendorError as error:
            error.ambiguous = False  # a question may be asked again
            error.args = (_blotted(str(error).encode(), hidden).decode(errors="replace"),)
            raise
        return Answer(answer.status, answer.headers, _blotted(answer.body, hidden))

    def said(self, path: str, answer: Answer) -> dict[str, Any]:
        """The JSON object of an answer that is a success. Raises VendorError for any other."""
        if answer.status != 200:
            raise self.failure(path, answer)
        said = json_object(answer.body)
        if said is None:
            raise BadAnswer(f"{self._name(path)}: the answer is not {self.vendor}'s JSON")
        return said

    def failure(self, path: str, answer: Answer) -> VendorError:
        """What an answer means that is no success."""
        status, code = answer.status, self.code(answer)
        told = f"{self._name(path)}: {status}{f' {code}' if code else ''}"
        wait = self.wait_of(answer.headers)
        if self.used_up(answer, code):
            return QuotaExhausted(f"{told}: the credits or the day's calls are used up", retry_after=wait, code=code)
        if status == 401:
            return AuthRevoked(f"{told}: the credential is not accepted; look at {self.credential}", code=code)
        if status == 403:
            return NotAllowed(f"{told}: the credential may not do this; widen its scope or plan", code=code)
        if status == 429:
            return RateLimited(f"{told}: asked to slow down", retry_after=wait, code=code)
        if status >= 500 or status in TROUBLE_OF_ITS_OWN:
            return Unavailable(f"{told}: {self.vendor} has trouble", retry_after=wait, code=code)
        if 200 <= status < 300:
            return BadAnswer(f"{told}: not the status of an answer")
        if status == 404 or status < 400:
            what = "nothing is there" if status == 404 else "it sends us on to another address, which is not followed"
            why = f"{told}: {what}; look at {self.address}"
            return VendorError(why, permanent=False, configuration=True, retry_after=wait, code=code)
        return InvalidRequest(f"{told}: {self.vendor} refuses what was asked", code=code)

    def bad_answer(self, path: str, what: str) -> BadAnswer:
        return BadAnswer(f"{self._name(path)}: {what}")

    def code(self, answer: Answer) -> str:
        """The vendor's own word for a failure; '' for none, and for what is no single word."""
        said = self.code_of(json_object(answer.body) or {})
        return said if isinstance(said, str) and _WORD.fullmatch(said) else ""

    def _url(self) -> str:
        return callable_url(self.vendor, self.address, self.base_url, private_allowed=self.private_allowed)

    def _name(self, path: str) -> str:
        return f"{self.vendor} {path}".rstrip()


def pending(answer: Answer) -> Pending | None:
    """202: the question was taken and is being looked into."""
    if answer.status != 202:
        return None
    wait = waiting_time(answer.headers)
    return Pending(QUEUED_SECONDS if wait is None else wait)


def json_object(body: bytes) -> dict[str, Any] | None:
    """The body's JSON object. NaN and Infinity, which are no JSON but some write, are values that are not there."""
    try:
        said = json.loads(body.decode("utf-8"), parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def as_json(said: Mapping[str, Any]) -> bytes:
    return json.dumps(said).encode()


def _credentials(headers: Mapping[str, str]) -> list[str]:
    """The secrets among a request's headers."""
    return [
        value.rpartition(" ")[2] for name, value in headers.items() if name.lower() in {"authorization", "x-api-key"}
    ]


def _blotted(body: bytes, secrets: list[str]) -> bytes:
    for secret in secrets:
        body = body.replace(secret.encode(errors="replace"), HIDDEN)
    return body
