"""Who is let in at the webhooks' door, what becomes of junk, and what is counted. B12, B17, B18, B20, B21."""

import json
import logging
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from leads.models import Arrival, IntentSignal, Lead
from revops.integrations.hook_signatures import sign_segment, sign_standard
from revops.masking import HookTokens, masked
from revops.models import HookRefusal, HookSource
from revops.sealing import Unreadable, seal, unseal
from tests.hooks.conftest import SECRET, TOKEN, Sender, taken
from tests.world import DAY, HOUR, World

OTHER = "whsec_" + "QUJD" * 8
SEEN = {"type": "seen", "data": {"email": "jo@acme.test"}}
NOTHING_TOLD = {"type": "about:blank", "title": "Unauthorized", "status": 401}


@pytest.fixture
def hooked(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr("revops.clock.now", lambda: world.now)
    return world


@pytest.fixture
def standard(hooked: World) -> Sender:
    sender = Sender.make("standard")
    sender.rule("", "seen", kind="seen")
    return sender


@pytest.fixture
def segment(hooked: World) -> Sender:
    sender = Sender.make("segment")
    sender.rule("page", kind="page_view")
    sender.rule("track", does="lead")
    return sender


def counted() -> dict[tuple[str, str], int]:
    rows = HookRefusal.objects.select_related("source")
    return {(row.source.name if row.source else "", row.reason): row.count for row in rows}


def test_a_knock_is_noted(standard: Sender, hooked: World) -> None:
    assert taken(standard.send(SEEN)) == {"taken": 1}
    assert HookSource.objects.get().last_knock_at == hooked.now


def test_an_address_that_is_nobodys_is_404_and_counted(standard: Sender) -> None:
    for path in (standard.path.replace("/standard/", "/segment/"), standard.path[:-2] + "/", "/api/v1/hooks/x/%00/"):
        answer = Client().post(path, b"{}", "application/json")
        assert answer.status_code == 404
        assert TOKEN not in answer.content.decode()
    assert counted() == {("", "unknown_address"): 3}
    assert Arrival.objects.count() == 0


def test_one_that_is_switched_off_is_404_and_in_the_books(standard: Sender) -> None:
    HookSource.objects.update(active=False)
    assert standard.send(SEEN).status_code == 404
    assert counted() == {("our standard", "switched_off"): 1}
    assert Arrival.objects.get().code == "hook_switched_off"


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_only_post(standard: Sender, method: str) -> None:
    answer = getattr(Client(), method)(standard.path)
    assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"webhook-signature": None}, "unsigned"),
        ({"webhook-signature": ""}, "unsigned"),
        ({"webhook-id": None}, "unsigned"),
        ({"webhook-timestamp": None}, "unsigned"),
        ({"webhook-signature": "v1,bm8="}, "bad_signature"),
        ({"webhook-signature": "v1,ünï"}, "bad_signature"),
        ({"webhook-id": "another"}, "bad_signature"),
        ({"webhook-timestamp": "1e20"}, "bad_signature"),
        ({"webhook-timestamp": "١٢٣"}, "bad_signature"),
        ({"webhook-timestamp": "1700000000"}, "stale"),
    ],
)
def test_forged_headers_are_401_and_told_nothing(standard: Sender, headers: dict[str, Any], reason: str) -> None:
    answer = standard.send(SEEN, **headers)
    assert (answer.status_code, answer.json()) == (401, NOTHING_TOLD)
    assert counted() == {("our standard", reason): 1}
    assert (Arrival.objects.get().code, IntentSignal.objects.count()) == (f"hook_{reason}", 0)


@pytest.mark.parametrize(("seconds", "status"), [(-297, 200), (297, 200), (-303, 401), (303, 401)])
def test_five_minutes_in_real_time(standard: Sender, seconds: int, status: int) -> None:
    body = json.dumps(SEEN).encode()
    timestamp = str(int(datetime.now(UTC).timestamp()) + seconds)
    signature = sign_standard(secret=SECRET, webhook_id="m", timestamp=timestamp, body=body)
    headers = {"webhook-timestamp": timestamp, "webhook-signature": signature}
    assert standard.post(body, id="m", **headers).status_code == status


@pytest.mark.parametrize("kind", ["segment", "rudderstack", "standard"])
def test_another_secret_and_no_secret_are_401(hooked: World, kind: str) -> None:
    sender = Sender.make(kind)
    assert sender.send(SEEN, secret=OTHER).status_code == 401
    unsigned = {"X-Signature": None, "X-Airtight-Secret": None, "webhook-signature": None}
    assert sender.send(SEEN, **unsigned).status_code == 401


def test_one_flipped_bit_is_another_body(segment: Sender) -> None:
    body = json.dumps({"type": "track", "messageId": "m", "properties": {"email": "jo@acme.test"}}).encode()
    signature = sign_segment(secret=SECRET, body=body)
    for position in random.Random(1).sample(range(len(body) * 8), 40):
        flipped = bytearray(body)
        flipped[position // 8] ^= 1 << position % 8
        assert segment.post(bytes(flipped), **{"X-Signature": signature}).status_code == 401
    assert (Lead.objects.count(), counted()) == (0, {("our segment", "bad_signature"): 40})


def test_two_secrets_while_one_replaces_the_other(standard: Sender, hooked: World) -> None:
    source = standard.source
    source.change_secret(OTHER, at=hooked.now)
    source.save()
    assert standard.send(SEEN, id="a", secret=SECRET).status_code == 200
    assert standard.send(SEEN, id="b", secret=OTHER).status_code == 200
    hooked.now += DAY - HOUR
    assert standard.send(SEEN, id="c", secret=SECRET).status_code == 200
    hooked.now += HOUR
    assert standard.send(SEEN, id="d", secret=SECRET).status_code == 401
    assert standard.send(SEEN, id="e", secret=OTHER).status_code == 200


def test_secrets_are_sealed_and_outlive_a_change_of_the_key(standard: Sender, settings: Any) -> None:
    assert SECRET not in HookSource.objects.get().secret
    assert TOKEN not in HookSource.objects.get().token_hash
    before = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [before]
    assert unseal(standard.source.secret) == SECRET
    assert standard.send(SEEN).status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(Unreadable):
        unseal(standard.source.secret)
    assert standard.send(SEEN).status_code == 401
    assert counted() == {("our standard", "secret_unreadable"): 1}
    assert unseal(seal("ünï")) == "ünï"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"nothing", b'{"a": 1, "a": 2}', b'{"a": NaN}', b'{"a": 1e999}', b'{"a": "\x00"}',
     b'"\xff"', b"[" * 100_000, b'{"a":' * 50_000 + b"1" + b"}" * 50_000, b"{} {}", b"7", b"null", b'"text"', b"[7]",
     b"[]x", b"9" * 5_000, b'{"type": "page", "messageId": 1e400}'],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["segment", "standard"])
def test_junk_that_is_signed_is_400(hooked: World, kind: str, body: bytes) -> None:
    sender = Sender.make(kind)
    assert sender.post(body).status_code == 400
    assert sum(counted().values()) == Arrival.objects.filter(outcome="refused").count() == 1


def test_what_is_no_text_in_one_event_takes_no_other_along(segment: Sender) -> None:
    body = b"""{"batch": [
        {"type": "track", "event": "Form", "properties": {"email": "jo@acme.test", "company": "Ac\\u0000me"}},
        {"type": "track", "event": "Form", "properties": {"email": "bo@other.test", "company": "\\ud800"}}]}"""
    answer = segment.post(body)
    assert (answer.status_code, answer.json()["taken"]) == (200, 2)
    assert set(Lead.objects.values_list("email", "company")) == {("jo@acme.test", "Ac�me"), ("bo@other.test", "�")}


def test_a_large_body_is_413(segment: Sender) -> None:
    assert segment.post(b" " * (1024 * 1024 + 1)).status_code == 413
    assert segment.send([{"type": "page"}] * 501).status_code == 413
    assert counted() == {("our segment", "too_large"): 1, ("our segment", "too_many_events"): 1}


STRANGE: list[Any] = [
    None,
    7,
    -0.5,
    True,
    [],
    {},
    "",
    " ",
    "x" * 5_000,
    [[[]]],
    {"a": {"b": []}},
    "٣",
    "😀" * 200,
    10**60,
]


@pytest.mark.parametrize(
    "strange",
    [
        pytest.param(strange, id=str(number), marks=pytest.mark.long if number % 3 else ())
        for number, strange in enumerate(STRANGE)
    ],
)
def test_strange_values_anywhere_are_no_fault_of_ours(segment: Sender, strange: Any) -> None:
    names = (
        "messageId",
        "anonymousId",
        "userId",
        "previousId",
        "timestamp",
        "context",
        "traits",
        "properties",
        "event",
    )
    for call in ("identify", "track", "page", "screen", "group", "alias"):
        whole = {"type": call, "anonymousId": "a1", "traits": {"email": "jo@acme.test"}, "properties": {"x": strange}}
        for name in names:
            assert segment.send({**whole, name: strange}).status_code in (200, 400), (call, name)
        assert segment.send({**whole, "type": strange}).status_code == 400
    nested = {"email": strange, "company": strange, "address": {"city": strange}, "name": strange, "website": strange}
    for call in ("identify", "track", "group"):
        assert segment.send({"type": call, "traits": nested, "properties": nested}).status_code in (200, 400)


def test_an_event_without_an_id_is_known_by_what_it_says(segment: Sender) -> None:
    visit = {"type": "page", "anonymousId": "a1", "properties": {"path": "/"}}
    assert taken(segment.send(visit)) == {"taken": 1}
    assert taken(segment.send(visit)) == {"duplicates": 1}
    assert taken(segment.send(visit | {"timestamp": "2026-11-01T10:00:00Z"})) == {"taken": 1}


def test_a_time_that_is_none_or_lies_ahead_is_now(segment: Sender, hooked: World) -> None:
    for number, time in enumerate(("tomorrow", "2030-01-01T00:00:00Z", 1e20, None)):
        visit = {"type": "page", "messageId": f"m{number}", "anonymousId": "a1", "timestamp": time}
        assert taken(segment.send(visit)) == {"taken": 1}
    assert set(IntentSignal.objects.values_list("occurred_at", flat=True)) == {hooked.now}


def test_no_log_holds_a_token(standard: Sender) -> None:
    path = f"/api/v1/hooks/standard/{TOKEN}/"
    assert masked(f"POST {path}?a=1") == "POST /api/v1/hooks/standard/…/?a=1"
    assert masked("/api/v1/hooks/slack/") == "/api/v1/hooks/slack/"
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "%s: %s", ("Not Found", path), None)
    assert HookTokens().filter(record)
    assert TOKEN not in record.getMessage()


def test_a_sender_that_asks_for_another_type_is_answered(standard: Sender) -> None:
    assert standard.send(SEEN, Accept="text/plain").status_code == 200
    assert standard.post(json.dumps(SEEN).encode(), id="m2").json()["taken"] == 1


def test_rotation_is_not_undone_by_a_second_change(hooked: World) -> None:
    source = Sender.make("standard").source
    source.change_secret(OTHER, at=hooked.now)
    source.change_secret("whsec_" + "REVG" * 8, at=hooked.now + timedelta(hours=1))
    assert list(source.secrets(at=hooked.now + timedelta(hours=2))) == ["whsec_" + "REVG" * 8, OTHER]
