"""Without an app, an incoming webhook: one channel for all teams, in plain text; what is for one person is mailed."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings

from leads.models import Delivery, VendorHealth
from tests.integrations.conftest import Slack
from tests.integrations.conftest import slack as slack
from tests.journeys.conftest import Story, came
from tests.journeys.slack_told import send, statuses
from tests.world import HOUR, MINUTE


@pytest.fixture(autouse=True)
def _by_webhook(slack: Slack) -> Iterator[None]:
    url = f"{slack.url}/services/T1/B1/the-secret"
    with override_settings(SLACK_WEBHOOK_URL=url, SLACK_BOT_TOKEN="", SLACK_TIMEOUT=2.0):
        yield


def texts(slack: Slack) -> list[str]:
    return [request["asked"]["text"] for request in slack.requests() if request["path"].startswith("/services/")]


def test_alerts_are_posted_as_text_with_a_link(story: Story, slack: Slack) -> None:
    lead = came(story, company="Acme & Sons <!channel>")
    story.wait(2 * HOUR + MINUTE)
    send()
    [text] = texts(slack)
    assert "Overdue: Acme &amp; Sons &lt;!channel&gt;" in text
    assert f"/leads/{lead}/|Open the lead>" in text
    [row] = Delivery.objects.filter(kind="slack.overdue")
    assert (row.status, row.shows) == ("sent", None)
    assert statuses("slack.assigned") == ["skipped"], "it is for one person, whom no channel and no mail reaches"


def test_the_rep_is_mailed(story: Story, slack: Slack, mailoutbox: list[Any]) -> None:
    with override_settings(EMAIL_HOST="mail.test"):
        lead = came(story)
        send()
        assert [mail.to for mail in mailoutbox] == [[story.holder(lead).user.email]]
    assert not texts(slack)


def test_a_webhook_that_is_gone_keeps_what_is_owed_and_its_address_secret(story: Story, slack: Slack) -> None:
    came(story)
    story.wait(2 * HOUR + MINUTE)
    slack.fail({"error": "no_service", "method": "webhook"})
    send()
    [row] = Delivery.objects.filter(kind="slack.overdue")
    assert (row.status, row.error) == ("pending", "Slack webhook: no_service")
    assert VendorHealth.objects.get(vendor="slack").refused
    assert "the-secret" not in VendorHealth.objects.get().error
    story.world.now += 6 * MINUTE
    send()
    assert statuses("slack.overdue") == ["sent"]
    assert VendorHealth.objects.get(vendor="slack").refused == ""


def test_a_ban_is_kept(story: Story, slack: Slack) -> None:
    came(story)
    story.wait(2 * HOUR + MINUTE)
    slack.fail({"status": 429, "retry_after": 60, "method": "webhook"})
    send()
    story.world.now += MINUTE / 2
    send()
    assert len(texts(slack)) == 1
    story.world.now += MINUTE
    send()
    assert statuses("slack.overdue") == ["sent"]
