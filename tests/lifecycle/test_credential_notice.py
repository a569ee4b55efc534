"""A key that a vendor refuses is told to RevOps once, until the vendor has answered in between."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from leads.models import VendorHealth
from revops.integrations.slack import Posted, SlackConnection
from revops.models import Notice
from revops.notices import TELLS, tell_revops
from tests.world import HOUR, MINUTE, World

KEY, OTHER = "a" * 64, "b" * 64


@pytest.fixture
def said(settings: Any, monkeypatch: pytest.MonkeyPatch, world: World) -> list[dict[str, Any]]:
    settings.SLACK_BOT_TOKEN = "xoxb-test"
    sent: list[dict[str, Any]] = []

    def post(_self: SlackConnection, **message: Any) -> Posted:
        sent.append(message)
        return Posted("C", "1.2")

    monkeypatch.setattr(SlackConnection, "post_message", post)
    tell_revops(at=world.now)
    return sent


def refuse(at: Any, *, credential: str = KEY) -> None:
    health, _new = VendorHealth.objects.get_or_create(vendor="apollo")
    health.refused_credential("401: the key is not known", credential=credential, at=at)
    health.save()


def test_it_is_told_once_with_what_the_vendor_said(world: World, said: list[dict[str, Any]]) -> None:
    refuse(world.now)
    for minutes in range(3):
        tell_revops(at=world.now + minutes * MINUTE)
    [message] = said
    assert message["text"] == "Apollo does not let us in, and is not asked until its key or address is another."
    told = str(message["blocks"])
    assert "401: the key is not known" in told
    assert "/admin/routing/vendor/" in told
    assert KEY not in str(message)


def test_the_same_key_refused_by_a_second_call_is_no_second_alarm(world: World, said: list[dict[str, Any]]) -> None:
    refuse(world.now)
    tell_revops(at=world.now)
    refuse(world.now + timedelta(seconds=3))
    tell_revops(at=world.now + MINUTE)
    assert len(said) == 1


@pytest.mark.parametrize("again", ["another key", "it answered in between"])
def test_it_is_told_again(world: World, said: list[dict[str, Any]], again: str) -> None:
    refuse(world.now)
    tell_revops(at=world.now)
    if again == "it answered in between":
        health = VendorHealth.objects.get()
        health.succeeded(at=world.now + HOUR)
        health.save()
    refuse(world.now + 2 * HOUR, credential=OTHER if again == "another key" else KEY)
    tell_revops(at=world.now + 2 * HOUR)
    assert len(said) == 2


def test_the_crms_key_is_told_of_with_where_it_is_pulled(world: World, said: list[dict[str, Any]]) -> None:
    health = VendorHealth(vendor="crm")
    health.refused_credential("401", credential=KEY, at=world.now)
    health.save()
    tell_revops(at=world.now)
    [message] = said
    assert message["text"].startswith("The CRM does not let us in")
    assert "/admin/leads/crmpull/" in str(message["blocks"])


def test_what_is_well_is_not_told(world: World, said: list[dict[str, Any]]) -> None:
    VendorHealth.objects.create(vendor="apollo", error="503", error_at=world.now, failures=5)
    tell_revops(at=world.now)
    assert not said
    assert not Notice.objects.filter(kind=Notice.Kind.CREDENTIAL).exists()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ("status = 'told'", "notice_status_known"),
        ("kind = 'rumour'", "notice_kind_known"),
        ("since = until + interval '1 second'", "notice_has_a_time"),
    ],
)
def test_the_database_refuses_a_notice_that_is_none(world: World, changed: str, told: str) -> None:
    Notice.objects.create(since=world.now, until=world.now, status="skipped", next_try_at=world.now)
    with pytest.raises(IntegrityError, match=told), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE revops_notice SET {changed}")


def test_the_database_keeps_one_of_a_kind_subject_and_time(world: World) -> None:
    row = {"since": world.now, "until": world.now, "status": "skipped", "next_try_at": world.now}
    Notice.objects.create(**row)
    with pytest.raises(IntegrityError, match="notice_once"), transaction.atomic():
        Notice.objects.create(**row)


def test_one_that_raises_stops_no_other(world: World, said: list[dict[str, Any]], monkeypatch: Any) -> None:
    def raises(_notice: Notice) -> Any:
        raise KeyError("of a kind that is new")

    monkeypatch.setitem(TELLS, Notice.Kind.ASKED_ANYWAY, (raises, str))
    Notice.objects.create(since=world.now, until=world.now, count=1, status="pending", next_try_at=world.now)
    refuse(world.now)
    tell_revops(at=world.now)
    assert len(said) == 1
    assert Notice.objects.get(status="pending").error == "KeyError while telling it"
