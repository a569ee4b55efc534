"""`signals/`: what people and companies do that tells of intent."""

from typing import Any

from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from leads.api import documents
from leads.api.answers import SignalKept
from leads.api.requests import SignalSent
from revops import lifecycle
from revops.api.idempotency import idempotent
from revops.api.permissions import MayCapture
from revops.api.views import View
from revops.returns import Signal


class Signals(View):
    permission_classes = (IsAuthenticated, MayCapture)
    serializer_class = SignalKept

    @documents.signal
    @idempotent
    def post(self, request: Request) -> Response:
        sent = self._signal(self.answers(SignalSent))
        is_new = lifecycle.signal(sent, at=self.at, by=self.by)
        told = {"duplicate": not is_new, "known_kind": lifecycle.knows_signal(sent.kind)}
        return Response(told, status=201 if is_new else 200)

    def _signal(self, sent: dict[str, Any]) -> Signal:
        return Signal(
            kind=sent["kind"],
            points=sent["points"],
            occurred_at=sent.get("occurred_at") or self.at,
            person_key=sent.get("email", ""),
            domain=sent.get("domain", ""),
            anonymous_id=sent.get("anonymous_id", ""),
            dedupe_id=sent.get("dedupe_id", ""),
        )
