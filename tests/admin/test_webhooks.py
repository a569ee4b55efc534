"""Webhooks and kinds of signal in the admin: what is shown once, what is never shown, what a save sets off."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from revops.models import HookRefusal, HookSource, digest
from revops.sealing import unseal
from routing.models import SignalKind
from tests.admin.conftest import said, typed

ADD = "/admin/revops/hooksource/add/"
LIST = "/admin/revops/hooksource/"
RULE = {
    "rules-TOTAL_FORMS": "1", "rules-0-position": "1", "rules-0-call": "page", "rules-0-name": "/pricing*",
    "rules-0-does": "signal", "rules-0-kind": "pricing_visit", "rules-0-points": "20",
}  # fmt: skip


@pytest.fixture
def made(rita: Client, at: Any) -> tuple[str, str]:
    """A webhook of Standard Webhooks; its address and its secret as the page shows them."""
    page = rita.post(ADD, typed(rita, ADD, name="Site", kind="standard", active="on", **RULE))
    assert page.status_code == 200, page
    assert "no-store" in page["Cache-Control"]
    [row] = page.context["rows"]
    return row["address"], row["secret"]


def token(address: str) -> str:
    return address.rstrip("/").rpartition("/")[2]


def test_address_and_secret_are_shown_once(rita: Client, made: tuple[str, str]) -> None:
    address, secret = made
    source = HookSource.objects.get()
    assert (source.token_hash, unseal(source.secret)) == (digest(token(address)), secret)
    assert source.rules.get().kind == "pricing_visit"
    for path in (LIST, f"{LIST}{source.pk}/change/", f"{LIST}{source.pk}/history/", "/admin/"):
        text = rita.get(path).content.decode()
        assert token(address) not in text
        assert secret not in text
        assert source.secret not in text
        assert source.token_hash not in text
    assert not LogEntry.objects.filter(change_message__contains=secret).exists()


def test_a_senders_own_secret_is_taken_and_never_shown(rita: Client, at: Any) -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    page = rita.post(ADD, typed(rita, ADD, name="Svix", kind="standard", active="on", new_secret=secret))
    assert secret not in page.content.decode()
    assert unseal(HookSource.objects.get().secret) == secret
    assert not LogEntry.objects.filter(change_message__contains=secret).exists()


@pytest.mark.parametrize(("kind", "secret"), [("standard", "short"), ("segment", "short"), ("segment", "ü" * 20)])
def test_what_is_no_secret_is_told(rita: Client, at: Any, kind: str, secret: str) -> None:
    page = rita.post(ADD, typed(rita, ADD, name="Site", kind=kind, new_secret=secret))
    assert "It must" in str(page.context["adminform"].form.errors["new_secret"])
    assert HookSource.objects.count() == 0


def test_a_new_secret_leaves_the_old_one_a_day(rita: Client, made: tuple[str, str], at: Any) -> None:
    source = HookSource.objects.get()
    page = rita.post(LIST, {"action": "new_secret", "_selected_action": [source.pk]})
    [row] = page.context["rows"]
    source.refresh_from_db()
    assert list(source.secrets(at=at())) == [row["secret"], made[1]]
    assert "the one before is good until" in rita.get(f"{LIST}{source.pk}/change/").content.decode()
    rita.post(LIST, {"action": "end_previous", "_selected_action": [source.pk]})
    source.refresh_from_db()
    assert list(source.secrets(at=at())) == [row["secret"]]


def test_a_new_address_ends_the_old_one(rita: Client, made: tuple[str, str]) -> None:
    source = HookSource.objects.get()
    page = rita.post(LIST, {"action": "new_address", "_selected_action": [source.pk]})
    [row] = page.context["rows"]
    source.refresh_from_db()
    assert (row["address"] != made[0], row["secret"]) == (True, "")
    assert source.token_hash == digest(token(row["address"]))


def test_a_change_of_the_name_changes_nothing_else(rita: Client, made: tuple[str, str]) -> None:
    source = HookSource.objects.get()
    url = f"{LIST}{source.pk}/change/"
    assert rita.post(url, typed(rita, url, name="Website")).status_code == 302
    now = HookSource.objects.get()
    assert (now.name, now.secret, now.token_hash) == ("Website", source.secret, source.token_hash)


def test_a_signal_needs_a_kind(rita: Client, at: Any) -> None:
    page = rita.post(ADD, typed(rita, ADD, name="Site", kind="segment", **RULE | {"rules-0-kind": ""}))
    assert page.status_code == 200
    assert list(HookSource.objects.values("rules__does", "rules__kind")) == []
    assert "Name the kind of signal" in page.content.decode()


def test_refusals_are_told(rita: Client, made: tuple[str, str], at: Any) -> None:
    source = HookSource.objects.get()
    HookRefusal.objects.create(source=source, reason="bad_signature", count=7, last_at=at())
    assert "bad signature: 7" in rita.get(f"{LIST}{source.pk}/change/").content.decode()


def test_a_kind_of_signal(rita: Client, at: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("routing.admin.signals.async_task", asked.append)
    url = reverse("admin:routing_signalkind_add")
    good = {"name": "webinar", "points": "30", "half_life_days": "10", "cap": "60"}
    assert "webinar" in said(rita.post(url, good, follow=True))
    kind = SignalKind.objects.get(name="webinar")
    assert ((kind.points, kind.half_life_days, kind.cap), asked) == ((30, 10, 60), ["revops.jobs.intent"])
    for wrong in (
        {"points": "101"},
        {"half_life_days": "0"},
        {"half_life_days": "nan"},
        {"cap": "101"},
        {"name": "A b"},
    ):
        page = rita.post(url, good | {"name": "other"} | wrong)
        assert page.status_code == 200, wrong
        assert page.context["adminform"].form.errors, wrong
    assert not SignalKind.objects.filter(name="other").exists()
