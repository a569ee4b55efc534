"""A card in Slack says how its lead stands, whoever decided and wherever: the page, the API, the CRM or the clock."""

from typing import Any
from unittest.mock import patch

import pytest
from django.test import override_settings

from leads.models import Alert, Delivery
from revops import alerts, deliver, delivery_claims
from revops.slack import sending
from tests.integrations.conftest import Slack
from tests.integrations.conftest import slack as slack
from tests.journeys.conftest import Story
from tests.journeys.slack_told import actions, posts, send, statuses
from tests.journeys.slack_told import connected as connected
from tests.journeys.slack_told import lead as lead
from tests.world import HOUR, MINUTE

pytestmark = pytest.mark.usefixtures("connected")
DECIDING = {"lead_accept", "lead_recycle", "lead_claim"}


def updates(slack: Slack) -> list[dict[str, Any]]:
    return posts(slack, "chat.update")


def latest(slack: Slack, ts: str) -> dict[str, Any]:
    return [update for update in updates(slack) if update["ts"] == ts][-1]


def ts_of(kind: str) -> str:
    return str(Delivery.objects.filter(kind=kind, status="sent").latest("pk").answer["ts"])


def test_an_accept_says_who_and_how_fast(story: Story, slack: Slack, lead: int) -> None:
    send()
    name = story.holder(lead).name
    story.world.now += 4 * MINUTE
    story.do(lead, "accept")
    send()
    [update] = updates(slack)
    assert f"Accepted by {name} in 4 min" in update["text"]
    assert not DECIDING & set(actions(update))


def test_a_recycled_lead_says_why_and_where_it_went(story: Story, slack: Slack, lead: int) -> None:
    send()
    name = story.holder(lead).name
    story.do(lead, "recycle", reason="timing")
    send()
    [update] = updates(slack)
    assert f"Recycled by {name} in 0 min: Timing" in update["text"]
    assert not DECIDING & set(actions(update))


def test_an_overdue_card_keeps_its_buttons_and_says_that_it_is_late(story: Story, slack: Slack, lead: int) -> None:
    send()
    story.wait(2 * HOUR + MINUTE)
    send()
    update = latest(slack, ts_of("slack.assigned"))
    assert "Overdue" in update["text"]
    assert {"lead_accept", "lead_recycle"} <= set(actions(update))
    story.do(lead, "accept")
    send()
    update = latest(slack, ts_of("slack.assigned"))
    assert "Accepted by" in update["text"]
    assert "(late)" in update["text"]


def test_an_alert_seen_anywhere_says_so_in_the_managers_channel(story: Story, slack: Slack, lead: int) -> None:
    """Its button goes and its link stays; once the lead goes on, the card says that."""
    send()
    story.wait(2 * HOUR + MINUTE)
    send()
    card, name = ts_of("slack.overdue"), story.holder(lead).name
    alert = Alert.objects.get(lead=lead)
    alerts.see(alerts.open_for([story.world.team]), by_id=story.world.manager.user_id, how="page", at=story.world.now)
    send()
    update = latest(slack, card)
    assert actions(update) == ["lead_open"]
    assert f"Seen by {story.world.manager.name}. Nobody else is asked." in str(update["blocks"])
    assert update["text"].startswith("Overdue: Acme")
    count = len(updates(slack))
    send()
    assert len(updates(slack)) == count
    story.world.now += 9 * MINUTE
    story.do(lead, "accept")
    send()
    assert f"Accepted by {name} 10 min after the alert (late)" in latest(slack, card)["text"]
    assert Alert.objects.get(pk=alert.pk).how == "page"


def test_a_released_lead_is_offered_in_the_pool_and_taken_off_the_card(story: Story, slack: Slack, lead: int) -> None:
    send()
    holder = story.holder(lead)
    story.wait(2 * HOUR + MINUTE)
    story.wait(2 * HOUR)
    send()
    card = latest(slack, ts_of("slack.assigned"))
    assert "it went to the Shark Tank" in card["text"]
    assert not DECIDING & set(actions(card))
    [pooled] = [post for post in posts(slack) if post["channel"] == "C-POOL"]
    assert "lead_claim" in actions(pooled)
    assert holder.name not in str(pooled["blocks"]).partition("Why here")[0]
    claimer = next(rep for rep in story.world.reps if rep.pk != holder.pk)
    story.do(lead, "claim", by=claimer)
    send()
    update = latest(slack, ts_of("slack.pool"))
    assert f"Claimed by {claimer.name}" in update["text"]
    assert not DECIDING & set(actions(update))


def test_what_the_system_gives_out_of_the_pool_cannot_be_claimed_from_its_card(
    story: Story, slack: Slack, lead: int
) -> None:
    send()
    for step in (2 * HOUR + MINUTE, 2 * HOUR, HOUR + MINUTE):
        story.wait(step)
        send()
    pooled = ts_of("slack.pool")
    story.wait(24 * HOUR)
    send()
    update = latest(slack, pooled)
    assert f"Given to {story.holder(lead).name}: nobody claimed it" in update["text"]
    assert not DECIDING & set(actions(update))


def test_a_card_that_was_on_its_way_when_the_lead_was_decided_is_brought_up_to_date(
    story: Story, slack: Slack, lead: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker has looked whether it holds; then the rep accepts; then Slack takes the card."""
    real, once = sending._post, []

    def post(*args: Any, **kwargs: Any) -> Any:
        answer = real(*args, **kwargs)
        if not once:
            once.append(True)
            story.do(lead, "accept")
        return answer

    monkeypatch.setattr(sending, "_post", post)
    send()
    [card] = posts(slack)
    assert DECIDING & set(actions(card))
    [update] = updates(slack)
    assert "Accepted by" in update["text"]


def test_a_card_that_somebody_deleted_is_told_anew(story: Story, slack: Slack, lead: int) -> None:
    send()
    slack.fail({"error": "message_not_found", "method": "chat.update"})
    story.do(lead, "accept")
    send()
    assert "Accepted by" in posts(slack)[-1]["text"]
    assert len(posts(slack)) == 2
    send()
    assert len(updates(slack)) == 1


def test_a_card_that_was_told_anew_is_followed_where_it_is_now(story: Story, slack: Slack, lead: int) -> None:
    send()
    gone = ts_of("slack.assigned")
    slack.fail({"error": "message_not_found", "method": "chat.update"})
    story.wait(2 * HOUR + MINUTE)
    send()
    anew = ts_of("slack.assigned")
    assert anew != gone
    story.do(lead, "accept")
    send()
    assert [update["ts"] for update in updates(slack) if "Accepted by" in update["text"]].count(anew) == 1
    assert [post["channel"] for post in posts(slack)].count(posts(slack)[0]["channel"]) == 2, "told anew once"


def test_an_update_that_failed_is_made_up_for(story: Story, slack: Slack, lead: int) -> None:
    send()
    slack.fail({"status": 503, "method": "chat.update"})
    story.do(lead, "accept")
    send()
    story.world.now += 2 * MINUTE
    send()
    assert len(updates(slack)) == 2
    assert not Delivery.objects.filter(shows__isnull=False).exists()


def test_without_a_connection_no_card_is_touched(story: Story, slack: Slack, lead: int) -> None:
    send()
    with override_settings(SLACK_BOT_TOKEN="", EMAIL_HOST=""):
        story.do(lead, "accept")
        send()
    assert not updates(slack)
    assert statuses("slack.assigned") == ["sent"]


def test_in_a_burst_the_card_just_decided_follows_and_the_crm_has_its_share(
    story: Story, slack: Slack, lead: int, settings: Any
) -> None:
    """What came due before is no reason to leave a button that does nothing, nor to tell the CRM nothing for hours."""
    send()
    settings.SALESFORCE_BASE_URL = "https://crm.test"
    story.burst(6)
    story.wait(4 * MINUTE)
    story.do(lead, "accept")
    assert len(delivery_claims.due(at=story.world.now)) > deliver.BATCH
    told: list[str] = []
    with patch.dict(deliver.SENDERS, {"crm": lambda delivery, _at: told.append(delivery.kind) or {}}):
        deliver.deliver_due(at=story.world.now)
    assert "Accepted by" in updates(slack)[0]["text"]
    assert len(told) == 1
    assert Delivery.objects.filter(status="pending", kind__startswith="slack.").exists()
