"""A stand-in of one enrichment vendor as a WSGI application, mounted under the vendor's name.

GET  /             the page: calls received, credits, switches
GET  /__state      what the page shows            GET  /__requests   what was asked, oldest first
POST /__control    {"next": [faults], "credits": 5, "revoked": true, "unknown": ["acme.com"], "clear": true, ...}
anything else      the vendor's API
"""

import threading
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from revops.standins.enrichment.misbehaving import FAULTS, Call, Misbehaviours
from revops.standins.enrichment.vendor import COMPANY, TOKEN, Account, Vendor
from revops.standins.faults import UnknownFault
from revops.standins.page import Page
from revops.standins.web import Reply, Request, json_reply

PAGE = Page(Path(__file__).parent / "page")
MOST_REQUESTS = 500
SHOWN = 50


class EnrichmentStandIn:
    """`others` are the stand-ins beside this one, for the page: where each is mounted, and its title."""

    def __init__(self, vendor: Vendor, *, others: Mapping[str, str]) -> None:
        self.vendor = vendor
        self._others = others
        self._faults = Misbehaviours()
        self._requests: deque[dict[str, Any]] = deque(maxlen=MOST_REQUESTS)
        self._calls = 0
        self._lock = threading.RLock()  # never held while an answer is being sent: a slow one waits there

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._answer(Request.read(environ)).send(start_response)

    def _answer(self, request: Request) -> Reply:
        if request.path == "/__control":
            return self._control(request)
        if request.method in {"GET", "HEAD"}:
            if (file := PAGE.file(request.path)) is not None:
                return file
            if request.path in {"/__state", "/__requests"}:
                with self._lock:
                    return json_reply(self._state() if request.path == "/__state" else {"requests": [*self._requests]})
        return self._as_vendor(request)

    def _as_vendor(self, request: Request) -> Reply:
        with self._lock:
            kind = self.vendor.kind_of(request.path)
            how = self._faults.take(kind)
            breaches = self.vendor.contract.request_breaches(request)
            reply = FAULTS[how.fault](Call(self.vendor, request, how)) if how else self.vendor.answer(request)
            self._calls += kind == COMPANY
            self._requests.append(_noted(request, kind, reply, how.fault if how else "", breaches))
            return reply

    def _control(self, request: Request) -> Reply:
        """Only as JSON, which another site's page cannot send here without asking first."""
        asked = request.json() if request.method == "POST" and request.is_json else None
        if asked is None:
            return json_reply({"error": "POST a JSON object as application/json"}, status=400)
        try:
            with self._lock:
                self._apply(asked)
        except UnknownFault as unknown:
            return json_reply({"error": str(unknown)}, status=400)
        return json_reply({"ok": True})

    def _apply(self, asked: Mapping[str, Any]) -> None:
        account = self.vendor.account
        if asked.get("clear") is True:
            self.vendor.account = account = Account()
            self._requests.clear()
            self._calls = 0
        if asked.get("clear") is True or asked.get("behave") is True:
            self._faults.clear()
        self._faults.add(asked.get("next", []))
        if isinstance(asked.get("credits"), int):
            account.credits = max(int(asked["credits"]), 0)
        if isinstance(asked.get("revoked"), bool):
            account.revoked = asked["revoked"]
        if isinstance(asked.get("unknown"), list):
            account.unknown = {str(domain).lower() for domain in asked["unknown"]}
        if asked.get("expire_tokens") is True:
            self.vendor.tokens.clear()

    def _state(self) -> dict[str, Any]:
        account = self.vendor.account
        return {
            "name": self.vendor.NAME,
            "title": self.vendor.TITLE,
            "others": dict(self._others),
            "calls": self._calls,
            "credits": account.credits,
            "revoked": account.revoked,
            "unknown": sorted(account.unknown),
            "faults": list(FAULTS),
            "coming": [asdict(one) for one in self._faults.coming],
            "requests": [*self._requests][-SHOWN:][::-1],
        }


def _noted(request: Request, kind: str, reply: Reply, fault: str, breaches: list[str]) -> dict[str, Any]:
    """A call as it is shown and as tests read it; credentials are not kept."""
    secret = kind == TOKEN or (not request.is_json and not request.content_type.endswith("+json"))
    return {
        "method": request.method,
        "path": request.path,
        "query": dict(request.query),
        "kind": kind,
        "accept": request.headers.get("accept", ""),
        "content_type": request.content_type,
        "asked": None if secret else request.json(),
        "status": reply.status,
        "fault": fault,
        "breaches": breaches,
    }
