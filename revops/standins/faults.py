"""A stand-in that misbehaves when told to: the next replies, one fault each."""

import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from revops.standins.web import Reply, json_reply

DRIP_SECONDS = 0.2
PAGE_OF_A_PROXY = b"<!doctype html><title>Gateway</title><p>Please sign in to the network.</p>"


class UnknownFault(Exception):
    """Asked for a fault that this stand-in does not have."""


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one reply. With `effect` the request is carried out all the same: the answer is lost."""

    status: int = 0
    retry_after: float = 0.0
    hang: float = 0.0
    drip: bool = False
    html: bool = False
    truncated: bool = False
    error: str = ""
    effect: bool = False
    method: str = ""  # only a call of this method meets it; of a CRM: token, read or write

    @classmethod
    def parse(cls, asked: object) -> "Fault":
        if not isinstance(asked, Mapping):
            raise UnknownFault("a fault is an object")
        kinds = {known.name: type(known.default) for known in fields(cls)}
        for name, value in asked.items():
            if name not in kinds:
                raise UnknownFault(f"unknown fault: {name}")
            if not fits(value, kinds[name]):
                raise UnknownFault(f"{name} must be {kinds[name].__name__}")
        return cls(**asked)

    def spoil(self, reply: Reply, refusal: Reply | None = None) -> Reply:
        """What is sent in place of `reply`: the vendor's own `refusal` where it has one, else Slack's."""
        if self.hang:
            time.sleep(self.hang)
        if refusal is not None:
            return refusal
        if self.status == 429:
            headers = {"Retry-After": f"{self.retry_after:g}"} if self.retry_after else {}
            return json_reply({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
        if self.error:
            return json_reply({"ok": False, "error": self.error})
        if self.status or self.html:
            return Reply(status=self.status or 200, body=PAGE_OF_A_PROXY, content_type="text/html")
        if self.truncated:
            return replace(reply, pieces=[reply.body[: len(reply.body) // 2]])
        return replace(reply, pieces=drops(reply.body)) if self.drip else reply


class Faults:
    """The faults still to come, in order."""

    def __init__(self) -> None:
        self._coming: deque[Fault] = deque()

    def add(self, asked: Any) -> None:
        if not isinstance(asked, list):
            raise UnknownFault("next is a list of faults")
        self._coming.extend([Fault.parse(one) for one in asked])

    def take(self, method: str) -> Fault | None:
        """The next fault, if it is one for this method."""
        if self._coming and self._coming[0].method in {"", method}:
            return self._coming.popleft()
        return None

    def clear(self) -> None:
        self._coming.clear()


def fits(value: object, kind: type) -> bool:
    if isinstance(value, bool) or kind is bool:
        return isinstance(value, bool) and kind is bool
    return isinstance(value, (int, float) if kind is float else kind)


def drops(body: bytes) -> Iterator[bytes]:
    for index in range(len(body)):
        time.sleep(DRIP_SECONDS)
        yield body[index : index + 1]
