"""Access tokens that run out: fetched when first needed, kept, and fetched again once when one is refused."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from revops.integrations.wire import Answer, Deadline

MARGIN = 300.0  # seconds before its end that a token is no longer used


@dataclass(frozen=True)
class Token:
    value: str = field(repr=False)
    seconds: float


class TokenKeeper:
    def __init__(self, fetch: Callable[[Deadline], Token]) -> None:
        self._fetch = fetch
        self._token = ""
        self._until = 0.0

    def call(self, ask: Callable[[str], Answer], *, deadline: Deadline) -> Answer:
        """The answer to `ask(token)`. A kept token that is refused is replaced once; a new one that is, is not."""
        if self._token and time.monotonic() < self._until:
            answer = ask(self._token)
            if answer.status != 401:
                return answer
        token = self._fetch(deadline)
        answer = ask(token.value)
        refused = answer.status == 401
        self._token = "" if refused else token.value
        self._until = time.monotonic() + max(token.seconds - MARGIN, token.seconds / 2)
        return answer
