"""An alarm that could not be told while its trouble lasted is not told after it; the next trouble is."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from leads.models import Lead, VendorHealth
from revops.integrations.errors import VendorError
from revops.integrations.slack import Posted, SlackConnection
from revops.models import Heartbeat, Notice
from revops.notices import STILL, tell_revops
from revops.slack import health
from tests.world import HOUR, MINUTE, World

AWAY = VendorError("Slack answered 503", permanent=False)
NO_CHANNEL = VendorError("channel_not_found", permanent=True, configuration=True, code="channel_not_found")
Trouble = tuple[Callable[[World, datetime], object], Callable[[World, datetime], object]]


def key_refused(world: World, at: datetime) -> None:
    fares, _new = VendorHealth.objects.get_or_create(vendor="apollo")
    fares.refused_credential("401: the key is not known", credential="a" * 64, at=at)
    fares.save()


def key_accepted(world: World, at: datetime) -> None:
    fares = VendorHealth.objects.get(vendor="apollo")
    fares.succeeded(at=at)
    fares.save()


def slack_fails(world: World, at: datetime) -> None:
    health.answered(at=at - HOUR)
    for minutes in range(5):
        health.failed(AWAY, at=at - minutes * MINUTE)


def aside(world: World, at: datetime) -> None:
    lead = world.capture(f"{Lead.objects.count()}@acme.test")
    Lead.objects.filter(pk=lead.pk).update(retry_at=at + HOUR, error="a value nobody thought of", error_count=3)


def settled(world: World, at: datetime) -> None:
    Lead.objects.update(retry_at=None, error="", error_count=0)


def silent(world: World, at: datetime) -> None:
    gave = datetime.now(UTC) - HOUR + (at - world.now) / 100
    Heartbeat.objects.update_or_create(name="worker", defaults={"at": gave})


def alive(world: World, at: datetime) -> None:
    Heartbeat.objects.filter(name="worker").update(at=datetime.now(UTC))


TROUBLES: dict[str, Trouble] = {
    Notice.Kind.CREDENTIAL: (key_refused, key_accepted),
    Notice.Kind.SLACK: (slack_fails, lambda _world, at: health.answered(at=at)),
    Notice.Kind.CONVERSATION: (
        lambda _world, at: health.block("C-DACH", NO_CHANNEL, at=at),
        lambda _world, _at: health.reached("C-DACH"),
    ),
    Notice.Kind.ASIDE: (aside, settled),
    Notice.Kind.SILENT: (silent, alive),
}


def test_every_trouble_that_may_pass_is_tried_here() -> None:
    assert set(STILL) == set(TROUBLES)


@pytest.mark.parametrize("kind", TROUBLES)
def test_what_passed_untold_is_not_told(
    world: World, settings: Any, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    settings.SLACK_BOT_TOKEN, settings.AIRTIGHT_ADMIN_CHANNEL = "xoxb-1", "C-ADMIN"
    settings.AIRTIGHT_DAILY_DIGEST, away = False, [True]
    said: list[str] = []

    def post(_self: SlackConnection, **message: Any) -> Posted:
        if away:
            raise AWAY
        said.append(message["text"])
        return Posted("C", "1.2")

    monkeypatch.setattr(SlackConnection, "post_message", post)
    begin, end = TROUBLES[kind]
    tell_revops(at=world.now)
    notices = Notice.objects.filter(kind=kind).exclude(count=0)

    begin(world, world.now)
    tell_revops(at=world.now)
    assert notices.get().status == Notice.Status.PENDING
    end(world, world.now + MINUTE)
    away.clear()
    tell_revops(at=world.now + 2 * HOUR)
    assert not said
    assert notices.get().status == Notice.Status.SKIPPED

    begin(world, world.now + 4 * HOUR)
    tell_revops(at=world.now + 4 * HOUR)
    if kind == Notice.Kind.SLACK:  # told once Slack can be asked again, if it still fails then
        assert notices.latest("pk").status == Notice.Status.PENDING
    else:
        assert len(said) == 1
        assert notices.latest("pk").status == Notice.Status.SENT
