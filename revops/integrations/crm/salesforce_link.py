"""The way to one Salesforce org: a token, renewed once when it ends, and an eye on the org's calls of the day."""

import re
import threading
import time
from typing import Any

from revops.integrations.crm.calling import Call, Host, ask, read_object
from revops.integrations.crm.port import SPARED
from revops.integrations.crm.salesforce_answers import QUOTA_PAUSE, SessionOver, check
from revops.integrations.crm.salesforce_login import Login, sign_in
from revops.integrations.errors import AuthRevoked, QuotaExhausted
from revops.integrations.wire import Answer, Deadline

USAGE = re.compile(r"api-usage=(\d+)/(\d+)")


class Link:
    """Threads may share it. The org's own programs need calls too: we stop reading at `share` of them."""

    def __init__(self, *, host: Host, login: Login, share: float) -> None:
        self._host = host
        self._login = login
        self._share = share
        self._lock = threading.Lock()
        self._token = ""
        self._spent_at: float | None = None

    def ask(self, call: Call, deadline: Deadline) -> Answer:
        self._spare(call)
        for _ in range(2):
            token = self._current(deadline)
            answer = ask(self._host, call, token=token, deadline=deadline)
            self._note_usage(answer)
            try:
                check(call, answer, token=token)
            except SessionOver as over:
                self._forget(token)
                ended = over
            else:
                return answer
        raise AuthRevoked(f"{ended}, with a new token too", code=ended.code)

    def read(self, call: Call, deadline: Deadline) -> tuple[Answer, dict[str, Any]]:
        answer = self.ask(call, deadline)
        return answer, read_object(call, answer)

    def _current(self, deadline: Deadline) -> str:
        with self._lock:
            self._token = self._token or sign_in(self._login, deadline, private_allowed=self._host.private_allowed)
            return self._token

    def _forget(self, token: str) -> None:
        with self._lock:
            self._token = "" if self._token == token else self._token

    def _note_usage(self, answer: Answer) -> None:
        found = USAGE.search(answer.headers.get("sforce-limit-info", ""))
        if found:
            spent = int(found[1]) >= self._share * int(found[2])
            self._spent_at = time.monotonic() if spent else None

    def _spare(self, call: Call) -> None:
        if not call.is_read or self._spent_at is None:
            return
        pause = self._spent_at + QUOTA_PAUSE - time.monotonic()
        if pause > 0:
            raise QuotaExhausted(
                f"{call.name}: {self._share:.0%} of the org's calls of the day are used; the rest is for others",
                retry_after=pause,
                code=SPARED,
            )
