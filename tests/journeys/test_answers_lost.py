"""Slack took a message and its answer was lost; by the next try what it says holds no more. What Slack shows is found
by its mark and brought up to date; what it does not show is dropped."""

from typing import Any

import pytest

from leads.models import Delivery, VendorHealth
from leads.models.vendor_health import OPENS_AT
from revops import alerts
from tests.integrations.conftest import Slack
from tests.integrations.conftest import slack as slack
from tests.journeys.conftest import Story, came
from tests.journeys.slack_told import actions, posts, send, statuses
from tests.journeys.slack_told import connected as connected
from tests.journeys.slack_told import lead as lead
from tests.journeys.test_slack_tries_again import LOST, waiting_together
from tests.world import HOUR, MINUTE, SECOND

pytestmark = pytest.mark.usefixtures("connected")
DECIDING = {"lead_accept", "lead_recycle", "lead_claim"}


def send_all(story: Story, messages: int = 3) -> None:
    """As often as there may be messages, each a second after the one before."""
    for _message in range(messages):
        send()
        story.world.now += 2 * SECOND


def only(kind: str, story: Story) -> None:
    Delivery.objects.exclude(kind=kind).update(status="dropped", done_at=story.world.now, shows=None)


@pytest.mark.parametrize("how", [{"status": 503}, {"truncated": True}], ids=["not told", "cut off"])
def test_a_card_that_is_moot_by_the_next_try_loses_its_buttons(
    story: Story, slack: Slack, lead: int, how: dict[str, Any]
) -> None:
    slack.fail({**how, "effect": True, "method": "chat.postMessage"})
    send()
    assert statuses("slack.assigned") == ["pending"]
    assert len(posts(slack)) == 1
    story.do(lead, "accept")
    story.world.now += 3 * MINUTE
    send_all(story)
    assert statuses("slack.assigned") == ["sent"]
    assert len(posts(slack)) == 1, "posted again"
    [update] = posts(slack, "chat.update")
    assert "Accepted by" in update["text"]
    assert not DECIDING & set(actions(update))


def test_what_slack_never_took_is_dropped(story: Story, slack: Slack, lead: int) -> None:
    slack.fail({"status": 503, "method": "chat.postMessage"})
    send()
    story.do(lead, "accept")
    story.world.now += 3 * MINUTE
    send_all(story)
    assert statuses("slack.assigned") == ["dropped"]
    assert not posts(slack, "chat.update")


def test_what_was_never_tried_is_not_looked_for(story: Story, slack: Slack, lead: int) -> None:
    story.do(lead, "accept")
    send_all(story)
    assert statuses("slack.assigned") == ["dropped"]
    assert not posts(slack, "conversations.history")


def test_where_slack_does_not_answer_it_is_looked_for_later(story: Story, slack: Slack, lead: int) -> None:
    slack.fail(LOST)
    send()
    story.do(lead, "accept")
    for _try in range(2):
        slack.fail({"status": 503, "method": "conversations.history"})
        story.world.now += 3 * MINUTE
        send()
        assert statuses("slack.assigned") == ["pending"]
    story.world.now += 3 * MINUTE
    send_all(story)
    assert statuses("slack.assigned") == ["sent"]
    assert not DECIDING & set(actions(posts(slack, "chat.update")[-1]))


def test_where_we_may_not_look_it_is_dropped(story: Story, slack: Slack, lead: int) -> None:
    slack.fail(LOST)
    send()
    story.do(lead, "accept")
    slack.fail({"error": "missing_scope", "method": "conversations.history"})
    story.world.now += 3 * MINUTE
    send()
    assert statuses("slack.assigned") == ["dropped"]


def test_looking_for_what_is_not_there_does_not_keep_others_from_trying(story: Story, slack: Slack, lead: int) -> None:
    Delivery.objects.filter(kind="slack.assigned").update(attempts=1)
    story.do(lead, "accept")
    VendorHealth.objects.create(vendor="slack", failures=OPENS_AT, open_until=story.world.now)
    send()
    assert statuses("slack.assigned") == ["dropped"]
    assert VendorHealth.objects.get().open_until is None


@pytest.mark.parametrize("gone", [[0], [1], [0, 1, 2]], ids=["its first", "another", "all"])
def test_a_digest_whose_leads_were_decided_before_it_was_found(story: Story, slack: Slack, gone: list[int]) -> None:
    cards = waiting_together(story, 3)
    story.world.now += 6 * MINUTE
    slack.fail(LOST)
    send()
    leads = list(Delivery.objects.filter(pk__in=cards).order_by("pk").values_list("lead", flat=True))
    for number in gone:
        story.do(leads[number], "accept")
    story.world.now += 3 * MINUTE
    send_all(story, 5)
    assert statuses("slack.assigned") == ["sent"] * 3
    assert len(posts(slack)) == 1
    assert actions(posts(slack, "chat.update")[-1]).count("lead_accept") == 3 - len(gone)


@pytest.mark.parametrize("place", [0, 2], ids=["which the others go out with", "which goes out with another"])
def test_a_card_posted_alone_and_moot_when_it_is_told_with_others(story: Story, slack: Slack, place: int) -> None:
    cards = waiting_together(story, 3)
    later = Delivery.objects.filter(pk__in=cards).exclude(pk=cards[place])
    later.update(next_try_at=story.world.now + 5 * MINUTE)
    slack.fail(LOST)
    send()
    story.world.now += 6 * MINUTE
    Delivery.objects.filter(pk=cards[place]).update(next_try_at=story.world.now - (2 - place) * MINUTE)
    story.do(Delivery.objects.get(pk=cards[place]).lead_id, "accept")
    send_all(story, 5)
    assert statuses("slack.assigned") == ["sent"] * 3
    [update] = posts(slack, "chat.update")
    assert f"Company {place}: Accepted by" in update["text"]
    assert not DECIDING & set(actions(update))
    others = {number for number in range(3) if number != place}
    told = {number for number in range(3) if any(f"Company {number}" in str(post) for post in posts(slack)[1:])}
    assert told == others


def test_an_alert_whose_answer_was_lost_and_that_was_seen_meanwhile_says_so(story: Story, slack: Slack) -> None:
    came(story)
    story.wait(2 * HOUR + MINUTE)
    story.wait(31 * MINUTE)
    only("slack.passed_on", story)
    slack.fail(LOST)
    send()
    unseen = alerts.open_for([story.world.team])
    alerts.see(unseen, by_id=story.world.manager.user_id, how="page", at=story.world.now)
    story.world.now += 3 * MINUTE
    send_all(story)
    assert statuses("slack.passed_on") == ["sent"]
    [update] = posts(slack, "chat.update")
    assert actions(update) == ["lead_open"]
    assert "Seen by Mona" in str(update["blocks"])


def test_a_card_found_that_still_holds_is_brought_up_to_date_too(story: Story, slack: Slack, lead: int) -> None:
    """It was posted before its lead became overdue."""
    only("slack.assigned", story)
    slack.fail(LOST)
    send()
    story.wait(2 * HOUR + MINUTE)
    only("slack.assigned", story)
    send_all(story)
    assert len(posts(slack)) == 1
    [update] = posts(slack, "chat.update")
    assert "Overdue" in update["text"]
    assert {"lead_accept", "lead_recycle"} <= set(actions(update))
