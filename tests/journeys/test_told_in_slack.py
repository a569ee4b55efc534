"""What happens is told in Slack, once, while it holds, whatever Slack does; and nothing waits for Slack."""

import io
from datetime import datetime
from typing import Any

import pytest
from django.test import override_settings
from tqdm import tqdm

from leads.models import Conversation, Delivery, Lead
from revops import deliver
from revops.integrations.slack_text import moment
from revops.management.commands import deliver as command
from tests.integrations.conftest import TOKEN, Slack
from tests.integrations.conftest import slack as slack
from tests.journeys.conftest import Story
from tests.journeys.slack_told import actions, posts, send, statuses
from tests.journeys.slack_told import connected as connected
from tests.journeys.slack_told import lead as lead
from tests.world import HOUR, MINUTE

pytestmark = pytest.mark.usefixtures("connected")


def test_the_rep_gets_the_card_and_the_manager_the_lapse(story: Story, slack: Slack, lead: int) -> None:
    send()
    [card] = posts(slack)
    assert "&lt;!channel&gt;" in card["text"]
    assert {"lead_accept", "lead_recycle"} <= set(actions(card))
    story.wait(2 * HOUR + MINUTE)
    send()
    overdue = posts(slack)[-1]
    assert overdue["channel"] == "C-MANAGER"
    name = story.holder(lead).name
    assert name in overdue["text"]
    assert "your turn" not in str(overdue["blocks"])
    assert f"{name} is who may take it" in str(overdue["blocks"]) or f"it was {name}'s turn" in str(overdue["blocks"])
    send()
    assert len(posts(slack)) == 2


def test_reminders_come_at_half_time_and_at_the_last_call(story: Story, slack: Slack, lead: int) -> None:
    send()
    story.wait(HOUR)
    send()
    assert statuses("slack.reminder") == ["sent", "pending"]
    story.do(lead, "accept")
    story.wait(50 * MINUTE)
    send()
    assert statuses("slack.reminder") == ["sent", "dropped"]


def test_who_accepted_is_reminded_to_call(story: Story, slack: Slack, lead: int) -> None:
    """At half of the hour, unless they were in touch. Who asks for a call again begins another hour, whose reminder
    takes the place of the one before."""
    story.do(lead, "accept")
    story.wait(20 * MINUTE)
    story.form(hand_raise=True)
    story.wait(10 * MINUTE)
    send()
    assert statuses("slack.touch_reminder") == ["dropped", "pending"]
    story.wait(20 * MINUTE)
    send()
    assert statuses("slack.touch_reminder") == ["dropped", "sent"]
    assert "30 min left for the first touch of Acme" in posts(slack)[-1]["text"]
    story.form(hand_raise=True)
    story.do(lead, "touch", kind="call")
    story.wait(HOUR)
    send()
    assert statuses("slack.touch_reminder") == ["dropped", "sent", "dropped"]


def test_the_pools_card_says_when_the_system_gives_it_away(story: Story, slack: Slack, lead: int) -> None:
    """It may be claimed until then; the manager is told before."""
    story.wait(4 * HOUR + MINUTE)
    send()
    [card] = [post for post in posts(slack) if "lead_claim" in actions(post)]
    pooled = Lead.objects.get(pk=lead)
    assigned_at = datetime.fromisoformat(pooled.terms["steps"]["assign"]["at"])
    assert pooled.due_at is not None
    assert pooled.due_at < assigned_at
    assert f"*Assigned by the system*\n{moment(assigned_at)}" in str(card["blocks"]).replace("\\n", "\n")
    assert "Claim by" not in str(card)


def test_a_backlog_is_sent_with_a_word_of_how_far(
    story: Story, slack: Slack, lead: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal: how many of how many."""
    shown = io.StringIO()

    def on_a_terminal(**told: Any) -> Any:
        return tqdm(**told | {"disable": False, "file": shown, "mininterval": 0.0})

    monkeypatch.setattr(command, "tqdm", on_a_terminal)
    owed = Delivery.objects.filter(status="pending", next_try_at__lte=story.world.now).count()
    assert owed > 0
    send()
    assert f"| 0/{owed} [" in shown.getvalue()
    assert f"| {owed}/{owed} [" in shown.getvalue()


def test_nobody_is_reminded_of_what_has_passed(story: Story, slack: Slack, lead: int) -> None:
    """Though the sweep has not got to the lead yet."""
    send()
    story.world.now += 2 * HOUR + MINUTE
    send()
    assert statuses("slack.reminder") == ["dropped"] * 2
    assert len(posts(slack)) == 1


def test_a_card_loses_its_buttons_when_it_is_decided(story: Story, slack: Slack, lead: int) -> None:
    send()
    story.do(lead, "accept")
    send()
    [update] = posts(slack, "chat.update")
    assert "Accepted by" in update["text"]
    assert actions(update) in ([], ["lead_open"])


def test_what_no_longer_holds_is_not_sent_late(story: Story, slack: Slack, lead: int) -> None:
    story.do(lead, "accept")
    send()
    assert statuses("slack.assigned") == ["dropped"]
    assert posts(slack) == []


def test_slack_down_loses_nothing(story: Story, slack: Slack, lead: int) -> None:
    slack.fail({"status": 503}, {"status": 503})
    send()
    [row] = Delivery.objects.filter(kind="slack.assigned")
    assert (row.status, row.attempts) == ("pending", 1)
    assert story.lead(lead)["state"] == "assigned"
    for _try in range(6):
        story.world.now += 5 * MINUTE
        send()
    assert statuses("slack.assigned") == ["sent"]
    assert len([post for post in posts(slack) if post["metadata"]["event_payload"]["id"] == row.dedupe_key]) >= 1


def test_a_ban_is_kept(story: Story, slack: Slack, lead: int) -> None:
    slack.fail({"status": 429, "retry_after": 60, "method": "chat.postMessage"})
    send()
    before = len(slack.requests())
    story.world.now += MINUTE / 2
    send()
    assert len(slack.requests()) == before
    story.world.now += MINUTE
    send()
    assert statuses("slack.assigned") == ["sent"]


def test_a_lost_answer_does_not_post_twice(story: Story, slack: Slack, lead: int) -> None:
    slack.fail({"truncated": True, "effect": True, "method": "chat.postMessage"})
    send()
    story.world.now += 15 * MINUTE
    send()
    assert statuses("slack.assigned") == ["sent"]
    assert len(posts(slack)) == 1


def test_a_channel_that_is_not_there_is_an_admins_to_mend_and_what_waits_goes_then(
    story: Story, slack: Slack, lead: int
) -> None:
    slack.fail({"error": "channel_not_found", "method": "chat.postMessage"})
    send()
    [row] = Delivery.objects.filter(kind="slack.assigned")
    assert (row.status, row.attempts, "channel_not_found" in row.error) == ("pending", 0, True)
    assert TOKEN not in row.error
    assert story.lead(lead)["state"] == "assigned"
    [blocked] = Conversation.objects.filter(blocked_since__isnull=False)
    assert "channel_not_found" in blocked.error
    story.world.now += 6 * MINUTE
    send()
    assert statuses("slack.assigned") == ["sent"]
    assert not Conversation.objects.exclude(error="").exists()


def test_what_no_try_can_mend_is_dead_and_can_be_sent_again(story: Story, slack: Slack, lead: int) -> None:
    slack.fail({"error": "invalid_blocks", "method": "chat.postMessage"})
    send()
    [row] = Delivery.objects.filter(kind="slack.assigned")
    assert (row.status, "invalid_blocks" in row.error) == ("dead", True)
    assert deliver.retry(row.pk, at=story.world.now)
    send()
    assert statuses("slack.assigned") == ["sent"]


def test_nobody_connected_is_skipped_and_still_owed(story: Story) -> None:
    with override_settings(SLACK_BOT_TOKEN=""):
        story.form()
        story.wait(4 * MINUTE)
    assert set(Delivery.objects.values_list("status", flat=True)) == {"skipped"}


def test_a_team_without_a_channel_is_told_by_mail(story: Story, mailoutbox: list[Any]) -> None:
    team = story.world.team
    team.slack_channel, team.pool_channel, team.alert_email = "", "", "desk@airtight.test"
    team.save()
    with override_settings(SLACK_BOT_TOKEN="", EMAIL_HOST="mail.test"):
        story.form(company="Acme")
        story.wait(4 * MINUTE)
        story.wait(2 * HOUR + MINUTE)
        send()
    by_address = {mail.to[0]: mail for mail in mailoutbox}
    assert "Overdue: Acme" in by_address["desk@airtight.test"].subject
    assert "/leads/" in by_address["desk@airtight.test"].body
    assert statuses("slack.overdue") == ["sent"]
