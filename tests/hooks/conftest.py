"""Senders of webhooks: each signs as its kind does."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.test import Client

from revops.integrations.hook_signatures import sign_segment, sign_standard
from revops.models import HookSource, digest
from revops.sealing import seal

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
TOKEN = "a-long-token-of-tests-and-of-nobody-else"


@dataclass
class Sender:
    """`send` posts a JSON value as its kind does; headers given as None are left out."""

    source: HookSource

    @classmethod
    def make(cls, kind: str, **rules: Any) -> "Sender":
        sealed = seal(SECRET)
        source = HookSource.objects.create(
            name=f"our {kind}", kind=kind, token_hash=digest(TOKEN + kind), secret=sealed
        )
        return cls(source)

    def rule(self, call: str = "", name: str = "", **does: Any) -> None:
        self.source.rules.create(call=call, name=name, **does)

    @property
    def path(self) -> str:
        return f"/api/v1/hooks/{self.source.kind}/{TOKEN}{self.source.kind}/"

    def send(self, value: object, *, id: str = "msg_1", secret: str = SECRET, **headers: Any) -> Any:
        return self.post(json.dumps(value).encode(), id=id, secret=secret, **headers)

    def post(self, body: bytes, *, id: str = "msg_1", secret: str = SECRET, **headers: Any) -> Any:
        sent = {**self.signed(body, id=id, secret=secret), **headers}
        kept = {name: value for name, value in sent.items() if value is not None}
        return Client(enforce_csrf_checks=True).post(self.path, body, "application/json", headers=kept)

    def signed(self, body: bytes, *, id: str, secret: str) -> dict[str, str]:
        if self.source.kind == "segment":
            return {"X-Signature": sign_segment(secret=secret, body=body)}
        if self.source.kind == "rudderstack":
            return {"X-Airtight-Secret": secret}
        timestamp = str(int(datetime.now(UTC).timestamp()))
        signature = sign_standard(secret=secret, webhook_id=id, timestamp=timestamp, body=body)
        return {"webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature}


def taken(answer: Any) -> dict[str, int]:
    """What became of the events, without what is nothing."""
    assert answer.status_code == 200, (answer.status_code, answer.content[:500])
    return {name: count for name, count in answer.json().items() if count}
