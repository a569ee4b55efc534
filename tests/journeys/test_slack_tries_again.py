"""The calls by which it is tried whether Slack is back: nothing is posted twice by them, and none is wasted."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from leads.models import Conversation, Delivery, Rep, VendorHealth
from leads.models.vendor_health import OPENS_AT
from revops import deliver
from revops.slack import second_channel
from tests.integrations.conftest import Slack
from tests.integrations.conftest import slack as slack
from tests.journeys.conftest import Story
from tests.journeys.slack_told import connected as connected
from tests.journeys.slack_told import lead as lead
from tests.journeys.slack_told import posts, send, statuses
from tests.world import HOUR, MINUTE, SECOND

pytestmark = pytest.mark.usefixtures("connected")


@pytest.mark.parametrize("before", [2, 3], ids=["the failure that opens the circuit", "the trial after it"])
def test_a_card_whose_answer_was_lost_is_not_posted_twice(story: Story, slack: Slack, lead: int, before: int) -> None:
    """Each try is the first of its own, as it is when others failed before it."""
    slack.fail(*[{"status": 503, "method": "chat.postMessage"}] * before)
    for _try in range(before):
        send()
        Delivery.objects.update(attempts=0)
        story.world.now += 3 * MINUTE
    slack.fail({"status": 503, "effect": True, "method": "chat.postMessage"})
    send()
    assert statuses("slack.assigned") == ["pending"]
    story.world.now += 3 * MINUTE
    send()
    assert statuses("slack.assigned") == ["sent"]
    assert len(posts(slack)) == before + 1, "posted again"


def test_what_failed_for_good_is_looked_for_before_it_is_sent_again(story: Story, slack: Slack, lead: int) -> None:
    slack.fail({"status": 503, "effect": True, "method": "chat.postMessage"})
    send()
    card = Delivery.objects.filter(kind="slack.assigned")
    card.update(status="dead", done_at=story.world.now)
    assert deliver.retry(card.get().pk, at=story.world.now)
    send()
    assert statuses("slack.assigned") == ["sent"]
    assert len(posts(slack)) == 1, "posted again"


def test_a_conversation_that_is_out_of_reach_does_not_take_the_trial_from_another(
    story: Story, slack: Slack, lead: int
) -> None:
    story.wait(2 * HOUR + MINUTE)
    Conversation.objects.create(
        key=story.world.team.slack_channel,
        blocked_since=story.world.now,
        blocked_until=story.world.now + HOUR,
        error="channel_not_found",
    )
    overdue = Delivery.objects.filter(kind="slack.overdue")
    overdue.update(next_try_at=story.world.now - 4 * HOUR)
    VendorHealth.objects.create(vendor="slack", failures=OPENS_AT, open_until=story.world.now)
    send()
    assert statuses("slack.assigned") == ["sent"]
    assert list(overdue.values_list("status", "error")) == [("pending", "channel_not_found")]


def test_what_cannot_be_mailed_meanwhile_is_not_kept_from_slack(
    story: Story, slack: Slack, lead: int, settings: Any
) -> None:
    """The claim of the mail that failed ends as Slack is to be tried: Slack comes first."""
    settings.EMAIL_HOST = "mail.test"
    User.objects.update(email="")
    Rep.objects.filter(pk=story.holder(lead).pk).update(slack_user_id="U0MEMBER")
    story.world.now += 11 * MINUTE
    VendorHealth.objects.create(vendor="slack", failures=OPENS_AT, open_until=story.world.now)
    assert second_channel.tell(at=story.world.now) == 0
    story.world.now += second_channel.CLAIM + SECOND
    before = len(slack.requests())
    send()
    assert len(slack.requests()) > before
