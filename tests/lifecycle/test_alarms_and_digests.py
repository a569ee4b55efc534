"""What is wrong with what goes out is told once, by the way that still works; each day a team is told how it stands."""

from datetime import datetime
from typing import Any

import pytest

from leads.models import Conversation, Delivery, Team
from revops import deliver
from revops.integrations.errors import VendorError
from revops.integrations.slack import Posted, SlackConnection
from revops.models import Notice
from revops.notices import tell_revops
from revops.slack import health
from tests.world import DAY, HOUR, MINUTE, MONDAY, World

REVOKED = VendorError("Slack chat.postMessage: token_revoked", permanent=True, configuration=True, code="token_revoked")
AWAY = VendorError("Slack answered 503", permanent=False)
NO_CHANNEL = VendorError("channel_not_found", permanent=True, configuration=True, code="channel_not_found")


@pytest.fixture
def said(settings: Any, monkeypatch: pytest.MonkeyPatch, world: World) -> list[dict[str, Any]]:
    settings.SLACK_BOT_TOKEN, settings.EMAIL_HOST, settings.AIRTIGHT_ADMIN_CHANNEL = "xoxb-1", "mail.test", "C-ADMIN"
    sent: list[dict[str, Any]] = []

    def post(_self: SlackConnection, **message: Any) -> Posted:
        sent.append(message)
        return Posted("C", "1.2")

    monkeypatch.setattr(SlackConnection, "post_message", post)
    tell_revops(at=world.now)
    return sent


def test_a_refused_token_is_told_by_mail_and_once(
    world: World, said: list[dict[str, Any]], mailoutbox: list[Any]
) -> None:
    health.failed(REVOKED, at=world.now)
    for minutes in range(3):
        tell_revops(at=world.now + minutes * MINUTE)
    [mail] = mailoutbox
    assert not said
    assert mail.to == ["rita@airtight.test"]
    assert mail.subject.startswith("Slack does not let us in")
    assert "token_revoked" in mail.body
    assert "/admin/leads/delivery/" in mail.body


def test_an_outage_is_told_after_ten_minutes_and_again_for_the_next(
    world: World, said: list[dict[str, Any]], mailoutbox: list[Any]
) -> None:
    health.answered(at=world.now)
    for minutes in range(0, 15, 3):
        health.failed(AWAY, at=world.now + minutes * MINUTE)
        tell_revops(at=world.now + minutes * MINUTE)
    [mail] = mailoutbox
    assert mail.subject.startswith("Slack does not answer")
    health.answered(at=world.now + HOUR)
    for minutes in range(0, 15, 3):
        health.failed(AWAY, at=world.now + 2 * HOUR + minutes * MINUTE)
        tell_revops(at=world.now + 2 * HOUR + minutes * MINUTE)
    assert len(mailoutbox) == 2


def test_a_conversation_out_of_reach_is_told_in_the_admins_channel(world: World, said: list[dict[str, Any]]) -> None:
    health.block("C-MANAGER", NO_CHANNEL, at=world.now)
    for minutes in range(3):
        tell_revops(at=world.now + minutes * MINUTE)
    [message] = said
    assert message["channel"] == "C-ADMIN"
    assert "C-MANAGER: channel_not_found" in str(message["blocks"])
    assert health.reached("C-MANAGER")
    assert not Conversation.objects.exclude(error="").exists()


def test_where_the_admins_channel_is_what_cannot_be_reached_it_is_mailed(
    world: World, said: list[dict[str, Any]], mailoutbox: list[Any]
) -> None:
    health.block("C-ADMIN", NO_CHANNEL, at=world.now)
    tell_revops(at=world.now)
    [mail] = mailoutbox
    assert not said
    assert "C-ADMIN: channel_not_found" in mail.body


def test_what_failed_for_good_is_told_and_later_only_what_came_since(world: World, said: list[dict[str, Any]]) -> None:
    world.to_state("shark_tank")
    rows = list(Delivery.objects.filter(kind__startswith="slack.").order_by("pk"))
    die(rows[0], world)
    tell_revops(at=world.now)
    tell_revops(at=world.now + MINUTE)
    [first] = said
    assert first["text"] == "1 delivery has failed for good."
    assert "msg_too_long" in str(first["blocks"])
    world.now += HOUR
    die(rows[1], world)
    die(rows[2], world)
    tell_revops(at=world.now)
    assert said[-1]["text"] == "2 deliveries have failed for good."
    assert len(said) == 2


def test_what_was_written_as_failed_after_the_alarm_is_told_too(world: World, said: list[dict[str, Any]]) -> None:
    """By a worker that had begun before, or at the same instant; and one that was sent again and failed again."""
    world.to_state("shark_tank")
    rows = list(Delivery.objects.filter(kind__startswith="slack.").order_by("pk"))
    die(rows[2], world)
    tell_revops(at=world.now)
    die(rows[0], world, at=world.now - MINUTE)
    die(rows[1], world, at=world.now, error="invalid_blocks")
    tell_revops(at=world.now)
    assert [message["text"] for message in said] == [
        "1 delivery has failed for good.", "2 deliveries have failed for good."
    ]  # fmt: skip
    assert str(said[-1]["blocks"]).count("msg_too_long") == 1, "of those it tells of alone"
    assert deliver.retry(rows[2].pk, at=world.now)
    rows[2].refresh_from_db()
    die(rows[2], world)
    tell_revops(at=world.now)
    tell_revops(at=world.now)
    assert [message["text"] for message in said[2:]] == ["1 delivery has failed for good."]


def die(row: Delivery, world: World, *, at: datetime | None = None, error: str = "msg_too_long") -> None:
    row.status, row.done_at, row.error = Delivery.Status.DEAD, at or world.now, error
    row.save()


def test_each_team_is_told_as_it_opens_how_it_stands(world: World, said: list[dict[str, Any]]) -> None:
    Team.objects.create(name="Idle")
    world.to_state("overdue")
    accepted = world.to_state("accepted", "bo@other.test")
    assert accepted.owner is not None
    tuesday = MONDAY.replace(hour=0) + DAY
    for hours in (8, 9, 10, 12):
        tell_revops(at=tuesday + hours * HOUR)
    [digest] = [message for message in said if message["text"] == "Mid-market: your leads today"]
    told = str(digest["blocks"])
    assert digest["channel"] == "C-MANAGER"
    assert "1 lead overdue" in told
    assert "1 lead accepted and being worked on" in told
    assert "Since the last digest: 2 given, 1 accepted and 1 deadline missed" in told
    rows = Notice.objects.filter(kind=Notice.Kind.DIGEST, until=tuesday + 9 * HOUR)
    assert {row.subject: row.status for row in rows} == {f"team {world.team.pk}": "sent", "revops": "skipped"}


def test_a_digest_that_is_hours_late_is_none_and_the_weekend_has_none(world: World, said: list[dict[str, Any]]) -> None:
    world.to_state("assigned")
    for hours in (5 * 24, 5 * 24 + 4, 7 * 24 + 4):  # Saturday at ten and at two, Monday at two
        tell_revops(at=world.now.replace(minute=0) + hours * HOUR)
    assert not [message for message in said if "your leads today" in message["text"]]


def test_it_can_be_switched_off(world: World, said: list[dict[str, Any]], settings: Any) -> None:
    settings.AIRTIGHT_DAILY_DIGEST = False
    world.to_state("assigned")
    tell_revops(at=MONDAY.replace(hour=9) + DAY)
    assert not said
