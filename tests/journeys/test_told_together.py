"""What one conversation waited for comes together: each reader is told their own, and every button that still works."""

from typing import Any

import pytest
from django.test import override_settings

from leads.models import Delivery, Team
from tests.integrations.conftest import Slack
from tests.integrations.conftest import slack as slack
from tests.journeys.conftest import Story, came
from tests.journeys.slack_told import connected as connected
from tests.journeys.slack_told import send, statuses
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
