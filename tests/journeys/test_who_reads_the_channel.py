"""Whose lapse it was is between the rep, whoever answers for them, and RevOps: no channel of reps says it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import override_settings

from leads.models import Alert, Delivery, Team
from revops import alerts
from revops.admin_attention import attention
from tests.integrations.conftest import Slack
from tests.integrations.conftest import slack as slack
from tests.journeys.conftest import Story, came
from tests.journeys.slack_told import actions, posts, send, statuses
from tests.journeys.slack_told import connected as connected
from tests.world import HOUR, MINUTE

OF_A_REP = ("Ada", "Ben", "Cleo", "late", "How late", "0 min")


def one_channel(_story: Story) -> None:
    Team.objects.update(slack_channel="C0123", pool_channel="")


def typed_twice(_story: Story) -> None:
    Team.objects.update(slack_channel="#deals", pool_channel="deals")


def where_another_teams_reps_are(story: Story) -> None:
    Team.objects.update(slack_channel="C0123", pool_channel="C0456")
    mona = story.world.manager
    Team.objects.create(
        name="Other", active=True, manager=mona, deputy=mona, slack_channel="C0789", pool_channel="C0123"
    )


SHARED = [one_channel, typed_twice, where_another_teams_reps_are]


def told(message: dict[str, Any]) -> str:
    return f"{message['text']} {message['blocks']}"


def names_nobody(message: dict[str, Any]) -> bool:
    return not [word for word in OF_A_REP if word in told(message)]


def of_lead(slack: Slack, method: str = "chat.postMessage") -> list[dict[str, Any]]:
    """What was told in channels."""
    return [one for one in posts(slack, method) if not one["channel"].startswith("D")]


@pytest.mark.usefixtures("connected")
@pytest.mark.parametrize("shared", SHARED)
def test_an_alert_that_reps_read_names_no_rep_and_still_asks_to_be_seen(
    story: Story, slack: Slack, shared: Callable[[Story], None]
) -> None:
    shared(story)
    lead = came(story)
    story.wait(2 * HOUR + MINUTE)
    story.world.now += 2 * MINUTE
    send()
    [card] = of_lead(slack)
    assert card["text"] == "Overdue: Acme."
    assert names_nobody(card)
    assert "Who has it is on its page" in told(card)
    assert actions(card) == ["alert_seen", "lead_open"]
    assert Alert.objects.filter(lead=lead, done_at__isnull=True).exists()
    story.do(lead, "accept")
    send()
    [update] = of_lead(slack, "chat.update")
    assert update["text"] == "Acme: Accepted"
    assert names_nobody(update)


@pytest.mark.usefixtures("connected")
@pytest.mark.parametrize("shared", SHARED)
def test_an_untouched_lead_names_no_rep_either(story: Story, slack: Slack, shared: Callable[[Story], None]) -> None:
    shared(story)
    lead = came(story)
    story.do(lead, "accept")
    story.wait(HOUR + MINUTE)
    send()
    [card] = of_lead(slack)
    assert card["text"] == "Accepted but not touched: Acme."
    assert names_nobody(card)
    alerts.see(alerts.open_for(Team.objects.all()), by_id=story.world.manager.user_id, how="page", at=story.world.now)
    send()
    [seen] = of_lead(slack, "chat.update")
    assert names_nobody(seen)
    assert "Seen by Mona" in told(seen)


@pytest.mark.usefixtures("connected")
def test_what_waited_for_one_channel_names_no_rep(story: Story, slack: Slack) -> None:
    """A digest of an offer and of alerts, before and after the lead was claimed."""
    one_channel(story)
    came(story)
    for step in (2 * HOUR + MINUTE, 2 * HOUR):
        story.wait(step)
    late = came(story, "kim@bolt.test", company="Bolt")
    story.wait(2 * HOUR + MINUTE)
    story.world.now += 6 * MINUTE
    send()
    [digest] = of_lead(slack)
    assert "Overdue: Bolt." in told(digest)
    assert names_nobody(digest)
    assert "lead_claim" in actions(digest)
    story.do(late, "accept")
    send()
    assert names_nobody(of_lead(slack, "chat.update")[-1])


@pytest.mark.usefixtures("connected")
def test_a_channel_given_by_its_name_here_and_by_its_id_there_is_one(story: Story, slack: Slack) -> None:
    """Slack tells the id with the first message to either."""
    Team.objects.update(slack_channel="#deals", pool_channel="")
    came(story)
    story.wait(2 * HOUR + MINUTE)
    send()
    [card] = Delivery.objects.filter(kind="slack.overdue")
    assert card.answer["discreet"]
    Team.objects.update(slack_channel=card.answer["channel"], pool_channel="#deals")
    story.form("kim@bolt.test", company="Bolt")
    story.wait(4 * MINUTE)
    story.wait(2 * HOUR + MINUTE)
    send()
    assert "Overdue: Bolt." in [one["text"] for one in of_lead(slack)]


@pytest.mark.usefixtures("connected")
def test_a_card_stays_discreet_where_it_was_posted_so(story: Story, slack: Slack) -> None:
    one_channel(story)
    lead = came(story)
    story.wait(2 * HOUR + MINUTE)
    send()
    Team.objects.update(slack_channel="C0999", pool_channel="C0456")
    story.do(lead, "accept")
    send()
    assert names_nobody(of_lead(slack, "chat.update")[-1])


@pytest.mark.usefixtures("connected")
def test_whom_to_contact_is_not_told_where_reps_read(story: Story, slack: Slack) -> None:
    one_channel(story)
    lead = came(story, first_name="Zelda", phone="+31205550100")
    story.do(lead, "recycle", reason="budget")
    story.signal(email="jo@acme.test", kind="pricing_visit")
    send()
    [card] = [one for one in of_lead(slack) if "pricing page" in one["text"]]
    assert not [word for word in ("Zelda", "jo@acme.test", "+3120555", *OF_A_REP[:3]) if word in told(card)]


def test_the_webhook_names_no_rep(story: Story, slack: Slack) -> None:
    with override_settings(SLACK_WEBHOOK_URL=f"{slack.url}/services/T1/B1/x", SLACK_BOT_TOKEN="", SLACK_TIMEOUT=2.0):
        came(story)
        story.wait(2 * HOUR + MINUTE)
        send()
    [text] = [request["asked"]["text"] for request in slack.requests() if request["path"].startswith("/services/")]
    assert text.startswith("Overdue: Acme. <")
    assert statuses("slack.overdue") == ["sent"]


def test_mail_to_who_answers_names_the_rep(story: Story, mailoutbox: list[Any]) -> None:
    """It is theirs alone, whatever the channels."""
    one_channel(story)
    with override_settings(SLACK_BOT_TOKEN="", EMAIL_HOST="mail.test"):
        lead = came(story)
        name = story.holder(lead).name
        story.wait(2 * HOUR + MINUTE)
        send()
        send()
    [mail] = [mail for mail in mailoutbox if mail.to == ["mona@airtight.test"]]
    assert f"Overdue: Acme, with {name}." in mail.body


@pytest.mark.usefixtures("connected")
def test_the_checks_and_the_admin_say_what_to_set(story: Story) -> None:
    def warned() -> list[str]:
        return [str(one.msg) for one in run_checks(databases=["default"]) if one.id == "revops.W015"]

    def shown() -> list[str]:
        return [one.text for one in attention() if "Reps are offered leads" in one.text]

    assert warned() == shown() == []
    typed_twice(story)
    told = "Reps are offered leads in #deals, Mid-market's channel for alerts: those name no rep there."
    assert warned() == shown() == [told]
    with override_settings(SLACK_BOT_TOKEN=""):
        assert warned() == shown() == []
