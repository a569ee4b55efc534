"""A stand-in for a CRM as a WSGI application: the vendor's side of the wire, the controls of tests, a page for people.

GET  /            the page               GET  /__state      what it shows
POST /__act       what a person does     GET  /__requests   what was asked, oldest first
POST /__control   the next faults, the clock, the credential
Below `prefixes` it is the vendor. Every request is held against the vendor's contract.
"""

import threading
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from revops.standins.contracts import Contract
from revops.standins.crm.by_hand import NotPossible, act
from revops.standins.crm.records import Book
from revops.standins.crm.showing import state
from revops.standins.faults import Fault, Faults, UnknownFault
from revops.standins.page import Page
from revops.standins.web import Reply, Request, json_reply

PAGE = Page(Path(__file__).parent / "page")
MOST_REQUESTS = 1000
CONTROLS = frozenset(("advance", "clear", "end_tokens", "hidden_fields", "lag", "locked_out", "next", "usage"))


class CrmStandIn:
    """What a vendor's own class adds: `name`, `operation`, `carry_out`, `refusal` and `fault_reply`."""

    name = ""
    title = ""
    prefixes: tuple[str, ...] = ()  # paths that are the vendor's own

    def __init__(self, book: Book) -> None:
        self.book = book
        self.contract = Contract.read(self.name)
        self.breaches: list[str] = []
        self.locked_out = False
        self.lag = timedelta()
        self.usage: tuple[int, int] | None = None
        self.hidden_fields: frozenset[str] = frozenset()
        self._faults = Faults()
        self._requests: deque[dict[str, Any]] = deque(maxlen=MOST_REQUESTS)
        self._lock = threading.RLock()  # never held while anything waits

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self.answer(Request.read(environ)).send(start_response)

    def answer(self, request: Request) -> Reply:
        if request.path.startswith(self.prefixes):
            return self._as_vendor(request)
        return self._look(request) if request.method in {"GET", "HEAD"} else self._own_call(request)

    def operation(self, request: Request) -> str:
        """'token', 'read' or 'write': a fault may be meant for one of them alone."""
        raise NotImplementedError

    def carry_out(self, request: Request) -> Reply:
        raise NotImplementedError

    def fault_reply(self, fault: Fault) -> Reply | None:
        """What the vendor itself says in this trouble; None where it is not the vendor who answers."""
        raise NotImplementedError

    def end_tokens(self) -> None:
        """Sessions end; the credential is as good as before."""

    def _as_vendor(self, request: Request) -> Reply:
        with self._lock:
            operation = self.operation(request)
            fault = self._faults.take(operation)
            self._requests.append(_noted(request, operation))
            reply = self._dated(self._carried_out(request, fault))
        return fault.spoil(reply, self.fault_reply(fault)) if fault else reply

    def _carried_out(self, request: Request, fault: Fault | None) -> Reply:
        breaches = self.contract.request_breaches(request)
        if breaches:
            self.breaches.extend(breaches)
            return json_reply({"message": "; ".join(breaches)}, status=400)
        return Reply(status=503) if fault and not fault.effect else self.carry_out(request)

    def _dated(self, reply: Reply) -> Reply:
        return replace(reply, headers={**reply.headers, "Date": format_datetime(self.book.clock.now(), usegmt=True)})

    def _look(self, request: Request) -> Reply:
        if (file := PAGE.file(request.path)) is not None:
            return file
        with self._lock:
            if request.path == "/__requests":
                return json_reply({"requests": list(self._requests), "breaches": self.breaches})
            if request.path == "/__state":
                seen = request.query.get("seen") == str(self.book.revision)
                return Reply(status=204) if seen else json_reply(state(self.book, self.title))
        return json_reply({"error": "no such page"}, status=404)

    def _own_call(self, request: Request) -> Reply:
        """Only as JSON, which another site's page cannot send here without asking first."""
        asked = request.json() if request.is_json else None
        if asked is None:
            return json_reply({"error": "send a JSON object as application/json"}, status=400)
        try:
            with self._lock:
                if request.path == "/__act":
                    return json_reply({"id": act(self.book, asked).number})
                if request.path == "/__control":
                    self._control(asked)
                    return json_reply({"ok": True})
        except NotPossible as refusal:
            return json_reply({"error": str(refusal)}, status=409)
        except (UnknownFault, TypeError, ValueError) as unknown:
            return json_reply({"error": str(unknown)}, status=400)
        return json_reply({"error": "no such page"}, status=404)

    def _control(self, asked: Mapping[str, Any]) -> None:
        if unknown := sorted(asked.keys() - CONTROLS):
            raise UnknownFault(f"no such control: {', '.join(unknown)}; there are {', '.join(sorted(CONTROLS))}")
        if asked.get("clear") is True:
            self._requests.clear()
            self._faults.clear()
            self.breaches.clear()
        if asked.get("end_tokens") is True:
            self.end_tokens()
        if isinstance(asked.get("locked_out"), bool):
            self.locked_out = asked["locked_out"]
        if "usage" in asked:
            used, most = asked["usage"]
            self.usage = (int(used), int(most))
        self.book.clock.advance(float(asked.get("advance", 0)))
        self.lag = timedelta(seconds=float(asked.get("lag", self.lag.total_seconds())))
        self.hidden_fields = frozenset(asked.get("hidden_fields", self.hidden_fields))
        self._faults.add(asked.get("next", []))


def _noted(request: Request, operation: str) -> dict[str, Any]:
    """A request as tests read it; no credential is kept."""
    form = operation == "token"
    return {
        "method": request.method,
        "path": request.path,
        "operation": operation,
        "query": dict(request.query),
        "headers": {name: value for name, value in request.headers.items() if name != "authorization"},
        "authorized": request.authorization.startswith("Bearer "),
        "said": {"grant_type": request.form().get("grant_type")} if form else request.json(),
    }
