"""What a story in Slack needs: a connection to its stand-in, a lead, and what was said."""

from typing import Any

import pytest
from django.core.management import call_command
from django.test import override_settings

from leads.models import Delivery
from tests.integrations.conftest import TOKEN, Slack
from tests.journeys.conftest import Story
from tests.world import MINUTE


@pytest.fixture
def connected(slack: Slack) -> Any:
    with override_settings(SLACK_BASE_URL=f"{slack.url}/api/", SLACK_BOT_TOKEN=TOKEN, SLACK_TIMEOUT=2.0):
        yield


@pytest.fixture
def lead(story: Story) -> int:
    lead_id: int = story.form(company="Acme & Sons <!channel>", intent_score=80)["id"]
    story.wait(4 * MINUTE)
    return lead_id


def posts(slack: Slack, method: str = "chat.postMessage") -> list[dict[str, Any]]:
    return [request["asked"] for request in slack.requests() if request["path"].endswith(method)]


def send() -> None:
    call_command("deliver", "--once", verbosity=0)


def statuses(kind: str) -> list[str]:
    return list(Delivery.objects.filter(kind=kind).order_by("pk").values_list("status", flat=True))


def actions(message: dict[str, Any]) -> list[str]:
    return [
        element.get("action_id", "")
        for block in message["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
    ]
