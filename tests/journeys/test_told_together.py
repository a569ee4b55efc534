"""What one conversation waited for comes together: each reader is told their own, and every button that still works."""

from typing import Any

import pytest
from django.test import override_settings

from leads.models import Delivery, Team
from revops import alerts
from tests.integrations.conftest import Slack
from tests.integrations.conftest import slack as slack
from tests.journeys.conftest import Story, came
from tests.journeys.slack_told import actions, posts, send, statuses
from tests.journeys.slack_told import connected as connected
from tests.world import HOUR, MINUTE

pytestmark = pytest.mark.usefixtures("connected")


def only(kind: str, story: Story) -> None:
    """All else is not what the story is about."""
    others = Delivery.objects.exclude(kind=kind)
    others.update(status="dropped", done_at=story.world.now, shows=None)


@pytest.mark.parametrize("has_app", [True, False], ids=["a channel that is gone", "no Slack any more"])
def test_teams_that_share_a_channel_are_mailed_their_own_alerts(
    story: Story, slack: Slack, mailoutbox: list[Any], settings: Any, has_app: bool
) -> None:
    for name in ("Acme", "Bolt", "Corex"):
        came(story, f"jo@{name.lower()}.test", company=name)
    story.wait(2 * HOUR + MINUTE)
    only("slack.overdue", story)
    other = Team.objects.create(name="Other", slack_channel=story.world.team.slack_channel, alert_email="o@other.test")
    first, *rest = Delivery.objects.order_by("pk").filter(kind="slack.overdue", status="pending")
    Delivery.objects.filter(pk=rest[0].pk).update(team=other)
    if not has_app:
        Delivery.objects.filter(pk__in=[row.pk for row in rest]).update(told_with=first)
        settings.SLACK_BOT_TOKEN = ""
    story.world.now += 6 * MINUTE
    slack.fail({"error": "channel_not_found", "method": "chat.postMessage"})
    with override_settings(EMAIL_HOST="mail.test"):
        for _second in range(3):
            send()
            story.world.now += MINUTE / 60
    told = {mail.to[0]: f"{mail.subject} {mail.body}" for mail in mailoutbox}
    assert sorted(mail.to[0] for mail in mailoutbox) == ["mona@airtight.test", "o@other.test"]
    assert "Bolt" in told["o@other.test"]
    assert "Acme" not in told["o@other.test"]
    assert "Bolt" not in told["mona@airtight.test"]
    assert statuses("slack.overdue") == ["sent"] * 3


def test_a_lead_given_and_heard_of_again_can_be_accepted(story: Story, slack: Slack) -> None:
    came(story)
    story.form()
    story.world.now += 6 * MINUTE
    send()
    [told] = posts(slack)
    assert statuses("slack.joined") == ["sent"]
    assert told["text"] == "1 alert that waited"
    assert "New lead: Acme" in str(told["blocks"])
    assert "lead_accept" in actions(told)
    assert "could not be reached" not in str(told["blocks"]), "it may have waited for its turn alone"


def test_a_pooled_lead_that_nobody_claims_can_be_claimed_and_its_alert_seen(story: Story, slack: Slack) -> None:
    """Where the team has one channel for both."""
    team, mona = story.world.team, story.world.manager
    Team.objects.update(pool_channel="")
    came(story)
    for step in (2 * HOUR + MINUTE, 2 * HOUR, HOUR + MINUTE):
        story.wait(step)
    story.world.now += 6 * MINUTE
    send()
    [told] = [post for post in posts(slack) if post["channel"] == team.slack_channel]
    assert statuses("slack.pool") == statuses("slack.pool_unclaimed") == ["sent"]
    assert "Nobody has claimed Acme" in str(told["blocks"])
    assert {"lead_claim", "alert_seen"} <= set(actions(told))
    alerts.see(alerts.open_for([team]), by_id=mona.user_id, how="page", at=story.world.now)
    send()
    [update] = posts(slack, "chat.update")
    assert actions(update) == ["lead_claim"]
    assert f"Seen by {mona.name}." in str(update["blocks"])


def test_what_became_of_each_lead_says_whose_it_was(story: Story, slack: Slack) -> None:
    """Two that one rep has claimed are told apart, and a name is no markup."""
    for company in ("Northwind <Robotics>", "Bolt"):
        came(story, f"jo@{company[:4].lower()}.test", company=company)
    for step in (2 * HOUR + MINUTE, 2 * HOUR):
        story.wait(step)
    only("slack.pool", story)
    claimer = story.world.reps[2]
    claimer.user.first_name = "Cleo <!channel>"
    claimer.user.save()
    Delivery.objects.filter(kind="slack.pool").update(send_at=story.world.now)
    story.world.now += 6 * MINUTE
    send()
    [digest] = posts(slack)
    assert actions(digest) == ["lead_claim"] * 2
    for lead in Delivery.objects.filter(kind="slack.pool").values_list("lead", flat=True):
        story.do(lead, "claim", by=claimer)
    send()
    update = posts(slack, "chat.update")[-1]
    told = [block["text"]["text"].rpartition(" in ")[0] for block in update["blocks"] if block["type"] == "section"]
    assert sorted(told) == [
        f"{company}: Claimed by Cleo &lt;!channel&gt;" for company in ("Bolt", "Northwind &lt;Robotics&gt;")
    ]
