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
from tests.journeys.conftest import Story, came
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


LOST = {"status": 503, "effect": True, "method": "chat.postMessage"}


def waiting_together(story: Story, count: int) -> list[int]:
    """Cards of as many leads, all for one rep, from the first sent on."""
    for number in range(count):
        came(story, f"jo@c{number}.test", company=f"Company {number}")
    others = Delivery.objects.exclude(kind="slack.assigned")
    others.update(status="dropped", done_at=story.world.now, shows=None)
    cards = Delivery.objects.filter(kind="slack.assigned").order_by("pk")
    cards.update(rep=story.world.reps[0], send_at=story.world.now, next_try_at=story.world.now)
    return list(cards.values_list("pk", flat=True))


def told(slack: Slack, number: int) -> int:
    """In how many messages this company is named."""
    return sum(f"Company {number}" in str(post["blocks"]) for post in posts(slack))


@pytest.mark.parametrize("place", [0, 2], ids=["which the others go out with", "which goes out with another"])
def test_a_card_posted_alone_is_not_told_again_with_those_that_wait(story: Story, slack: Slack, place: int) -> None:
    cards = waiting_together(story, 3)
    later = Delivery.objects.filter(pk__in=cards).exclude(pk=cards[place])
    later.update(next_try_at=story.world.now + 5 * MINUTE)
    slack.fail(LOST)
    send()
    story.world.now += 6 * MINUTE
    Delivery.objects.filter(pk=cards[place]).update(next_try_at=story.world.now - (2 - place) * MINUTE)
    for _message in range(3):
        send()
        story.world.now += 2 * SECOND
    assert statuses("slack.assigned") == ["sent"] * 3
    assert [told(slack, number) for number in range(3)] == [1, 1, 1]
    alone, *others = sorted(Delivery.objects.filter(pk__in=cards), key=lambda row: row.pk != cards[place])
    assert alone.answer["ts"] not in {row.answer["ts"] for row in others}, "each is changed where it stands"


@pytest.mark.parametrize("later", [0, 1], ids=["whose turn comes before it is tried again", "which joins it"])
def test_what_comes_after_the_digest_was_posted_is_told_all_the_same(story: Story, slack: Slack, later: int) -> None:
    """The answer to the digest was lost, and one more waits by the time that it is looked for."""
    cards = waiting_together(story, 4)
    last = Delivery.objects.filter(pk=cards[3])
    last.update(next_try_at=story.world.now + HOUR)
    story.world.now += 6 * MINUTE
    slack.fail(LOST)
    send()
    assert Delivery.objects.filter(told_with=cards[0], attempts=1).count() == 2
    last.update(next_try_at=story.world.now + later * MINUTE)
    story.world.now += MINUTE
    for _message in range(3):
        send()
        story.world.now += 2 * SECOND
    assert statuses("slack.assigned") == ["sent"] * 4
    assert [told(slack, number) for number in range(4)] == [1, 1, 1, 1]
    assert len(posts(slack)) == 2


def test_a_card_told_anew_is_looked_for_before_it_is_told_anew_again(story: Story, slack: Slack, lead: int) -> None:
    """Somebody deleted it, and the answer to what was posted in its place is lost."""
    send()
    story.do(lead, "accept")
    slack.fail({"error": "message_not_found", "method": "chat.update"}, LOST)
    send()
    story.world.now += 2 * MINUTE
    slack.fail({"error": "message_not_found", "method": "chat.update"})
    send()
    assert len(posts(slack)) == 2, "the card, and what took its place"
    assert not Delivery.objects.filter(kind="slack.assigned", shows__isnull=False).exists()


def test_one_conversation_that_refuses_does_not_spend_the_trial_of_all(story: Story, slack: Slack, lead: int) -> None:
    story.wait(2 * HOUR + MINUTE)
    Delivery.objects.filter(kind="slack.overdue").update(next_try_at=story.world.now - 4 * HOUR)
    VendorHealth.objects.create(vendor="slack", failures=OPENS_AT, open_until=story.world.now)
    slack.fail({"error": "is_archived", "method": "chat.postMessage"})
    send()
    assert statuses("slack.overdue") == ["pending"]
    assert statuses("slack.assigned") == ["sent"], "it makes the trial"
    assert not VendorHealth.objects.get().failures


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
