"""Suppressed people who ask for a call stay suppressed, are listed to RevOps, and are told of once a week."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from leads.models import Suppression, Team, VendorHealth
from revops import jobs, lifecycle
from revops.integrations.errors import VendorError
from revops.integrations.slack import Posted, SlackConnection
from revops.integrations.slack_blocks import notice_card
from revops.models import Notice
from revops.notices import tell_revops
from revops.standins.slack.rules import breaches
from routing.models import Source
from tests.world import DAY, HOUR, MINUTE, World

NEXT_MONDAY = datetime(2026, 11, 9, tzinfo=UTC)


class Posts:
    """What was posted; `failing` raises in its place, `lost` raises after it was posted."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.failing: VendorError | None = None
        self.lost = False

    def post_message(self, _connection: object, **said: Any) -> Posted:
        if self.failing:
            raise self.failing
        self.sent.append(said)
        if self.lost:
            raise VendorError("the answer was lost", permanent=False, ambiguous=True)
        return Posted("C-MANAGER", "1.2")

    def find_posted(self, _connection: object, *, channel: str, dedupe_id: str, oldest: datetime) -> Posted | None:
        found = any(said["channel"] == channel and said["dedupe_id"] == dedupe_id for said in self.sent)
        return Posted(channel, "1.2") if found else None


@pytest.fixture
def slack(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Posts:
    settings.SLACK_BOT_TOKEN = "xoxb-test"
    posts = Posts()
    for name in ("post_message", "find_posted"):
        method = getattr(posts, name)
        monkeypatch.setattr(SlackConnection, name, lambda self, _method=method, **said: _method(self, **said))
    return posts


@pytest.fixture
def asked(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A lead that a rep suppressed, one that never was, a source that is a hand-raise; and two who are not meant."""
    monkeypatch.setattr("revops.clock.now", lambda: world.now)
    Source.objects.create(name="Demo request", hand_raise=True)
    known = world.to_state("assigned", "zelda@acme.test")
    world.recycle(known, "not_icp")
    by = world.actor(world.revops)
    lifecycle.suppress(Suppression(domain="blocked.test", scope="sales"), at=world.now, by=by)
    world.capture_all(
        [
            {"email": "zelda@acme.test", "hand_raise": True, "source": "Webinar"},
            {"email": "new@blocked.test", "hand_raise": True, "external_id": "form-7"},
            {"email": "other@blocked.test", "source": "demo request"},
            {"email": "quiet@blocked.test", "source": "Webinar"},
            {"email": "fine@elsewhere.test", "hand_raise": True},
        ]
    )
    return world


def test_they_are_listed_with_date_source_and_reason(asked: World) -> None:
    client = Client()
    client.force_login(asked.revops.user)
    page = client.get("/admin/leads/arrival/?asked=yes")
    rows = {(row.source, row.because, row.lead_id is None, row.reference) for row in page.context["cl"].result_list}
    assert rows == {("Webinar", "Not ICP", False, ""), ("", "", True, "form-7"), ("demo request", "", True, "")}
    assert len(client.get("/admin/leads/arrival/?asked=week").context["cl"].result_list) == 3
    asked.now += 8 * DAY
    assert not client.get("/admin/leads/arrival/?asked=week").context["cl"].result_list
    assert client.get("/admin/leads/arrival/").status_code == 200


def test_the_week_is_told_once_and_names_nobody(asked: World, slack: Posts) -> None:
    tell_revops(at=asked.now)
    assert not slack.sent
    for hours in (0, 1, 2, 30):
        tell_revops(at=NEXT_MONDAY + hours * HOUR)
    [said] = slack.sent
    assert said["channel"] == "C-MANAGER"
    assert said["text"] == "Last week 3 calls were asked for by people who are suppressed."
    told = str(said["blocks"])
    assert "Webinar, Not ICP, lead" in told
    assert "never had a lead" in told
    assert "/admin/leads/arrival/?asked=yes" in told
    assert not [secret for secret in ("zelda", "blocked.test", "form-7") if secret in told]
    assert Notice.objects.get(until=NEXT_MONDAY).status == "sent"


def test_a_week_without_any_is_not_told(world: World, slack: Posts) -> None:
    tell_revops(at=NEXT_MONDAY + HOUR)
    assert not slack.sent
    assert Notice.objects.get().status == "skipped"


def test_an_answer_that_was_lost_is_looked_for_before_it_is_sent_again(asked: World, slack: Posts) -> None:
    slack.lost = True
    tell_revops(at=NEXT_MONDAY)
    slack.lost = False
    assert Notice.objects.get().status == "pending"
    tell_revops(at=NEXT_MONDAY + HOUR)
    assert len(slack.sent) == 1
    assert Notice.objects.get().status == "sent"


def test_what_passes_by_itself_is_tried_again_soon_and_then_less_often(asked: World, slack: Posts) -> None:
    """What an admin must mend waits for an hour."""
    now, waits = NEXT_MONDAY, []
    slack.failing = VendorError("the read timed out", permanent=False, ambiguous=True)
    VendorHealth.objects.create(vendor="slack")
    for _try in range(7):
        VendorHealth.objects.update(failures=0, open_until=None)
        tell_revops(at=now)
        row = Notice.objects.get()
        waits.append(row.next_try_at - now)
        now = row.next_try_at
    assert waits == [minutes * MINUTE for minutes in (2, 4, 8, 16, 32, 60, 60)]
    VendorHealth.objects.update(failures=0, open_until=None)
    slack.failing = VendorError("not_in_channel", permanent=True, configuration=True, code="not_in_channel")
    Notice.objects.update(attempts=0)
    tell_revops(at=now)
    assert Notice.objects.get().next_try_at - now == HOUR
    slack.failing = None
    tell_revops(at=now + HOUR)
    assert Notice.objects.get().status == "sent"


def test_while_slack_is_left_alone_and_there_is_no_mail_it_is_tried_again_soon(asked: World, slack: Posts) -> None:
    VendorHealth.objects.create(vendor="slack", open_until=NEXT_MONDAY + MINUTE)
    tell_revops(at=NEXT_MONDAY)
    row = Notice.objects.get()
    assert (row.status, row.next_try_at - NEXT_MONDAY) == ("pending", 2 * MINUTE)
    tell_revops(at=row.next_try_at)
    assert len(slack.sent) == 1


def test_a_worker_that_died_while_sending_is_followed_by_another(asked: World, slack: Posts) -> None:
    slack.failing = VendorError("away", permanent=False)
    tell_revops(at=NEXT_MONDAY)
    slack.failing = None
    claimed = NEXT_MONDAY + 10 * MINUTE
    Notice.objects.update(claimed_until=claimed, next_try_at=NEXT_MONDAY)
    tell_revops(at=NEXT_MONDAY + MINUTE)
    assert not slack.sent
    tell_revops(at=NEXT_MONDAY + HOUR)
    assert len(slack.sent) == 1


def test_what_fails_for_good_is_shown_and_sent_again_by_hand(asked: World, slack: Posts) -> None:
    slack.failing = VendorError("channel_not_found", permanent=True)
    tell_revops(at=NEXT_MONDAY)
    slack.failing = None
    tell_revops(at=NEXT_MONDAY + HOUR)
    assert not slack.sent
    asked.now = NEXT_MONDAY + HOUR
    client = Client()
    client.force_login(asked.revops.user)
    assert "could not be sent" in client.get("/admin/").content.decode()
    row = Notice.objects.get()
    assert row.error == "channel_not_found"
    client.post("/admin/revops/notice/", {"action": "send_again", "_selected_action": [row.pk]})
    tell_revops(at=NEXT_MONDAY + 2 * HOUR)
    assert len(slack.sent) == 1


def test_after_an_outage_of_weeks_none_is_left_out(asked: World, slack: Posts) -> None:
    tell_revops(at=asked.now)
    tell_revops(at=NEXT_MONDAY + 21 * DAY)
    [said] = slack.sent
    assert "3 calls" in said["text"]


def test_without_slack_it_is_a_mail(asked: World, settings: Any, mailoutbox: list[Any]) -> None:
    settings.EMAIL_HOST = "mail.test"
    Team.objects.update(alert_email="revops@airtight.test")
    asked.now = NEXT_MONDAY + HOUR
    jobs.notices()
    jobs.notices()
    [mail] = mailoutbox
    assert (mail.to, mail.extra_headers["Message-ID"]) == (
        ["revops@airtight.test"],
        "<asked_anyway-2026-11-09T000000@airtight>",
    )
    assert "asked=yes" in mail.body


def test_where_nothing_is_connected_it_is_skipped(asked: World) -> None:
    tell_revops(at=NEXT_MONDAY)
    assert Notice.objects.get().status == "skipped"


@pytest.mark.parametrize("line", ["<!channel> " * 30, "🦈" * 400, ""])
def test_slack_takes_the_card_whatever_a_source_is_called(line: str) -> None:
    text, blocks = notice_card("99 calls", [line] * 21, url="https://airtight.test/admin/", link="All")
    assert breaches(blocks) == []
    assert "<!channel" not in str(blocks)
    assert "99" in text
