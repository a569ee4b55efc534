"""That nobody answers is told to RevOps: in their own channel or by their own mail, past the team that let it lapse."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.checks import run_checks

from leads.delivery_words import answer, to_whom
from leads.models import Conversation, Delivery, Rep, Team
from revops import slack_desk
from revops.admin_attention import attention
from revops.slack import conversations, second_channel
from revops.slack import health as slack_health
from tests.integrations.conftest import Slack
from tests.integrations.conftest import slack as slack
from tests.journeys.conftest import Story, came
from tests.journeys.slack_told import connected as connected
from tests.journeys.slack_told import posts, send, statuses
from tests.world import HOUR, MINUTE, person

ADMIN, TEAMS = "C0ADMIN00", "C-MANAGER"


def untold(story: Story, company: str = "Acme") -> int:
    """A lead that nobody has answered, of which RevOps is owed the first word; all else is not what this is about."""
    lead = came(story, f"jo@{company.lower()}.test", company=company)
    for _half_day in range(30):
        story.wait(12 * HOUR)
        if "tell_revops" in story.kinds(lead):
            break
    Delivery.objects.exclude(kind="slack.revops").update(status="dropped", done_at=story.world.now, shows=None)
    return lead


def apart(story: Story) -> Rep:
    """RevOps in a team of their own, whose manager is another."""
    team = Team.objects.create(name="Operations", slack_channel="C-OPS", alert_email="ops@airtight.test")
    Rep.objects.filter(pk=story.world.revops.pk).update(team=team)
    return Rep.objects.get(pk=story.world.revops.pk)


@pytest.mark.usefixtures("connected")
def test_in_the_admin_channel_where_there_is_one(story: Story, slack: Slack, settings: Any) -> None:
    settings.AIRTIGHT_ADMIN_CHANNEL = ADMIN
    untold(story)
    send()
    [card] = posts(slack)
    assert card["channel"] == ADMIN
    assert card["text"] == "Nobody answers: Acme, now with Rita."
    [row] = Delivery.objects.filter(kind="slack.revops")
    assert (row.status, to_whom(row)) == ("sent", "RevOps")


@pytest.mark.usefixtures("connected")
def test_without_one_in_their_teams_channel(story: Story, slack: Slack) -> None:
    apart(story)
    untold(story)
    send()
    assert [post["channel"] for post in posts(slack)] == ["C-OPS"]


@pytest.mark.usefixtures("connected")
@pytest.mark.parametrize("admin", ["", ADMIN])
def test_the_queue_knows_the_same_conversation(story: Story, slack: Slack, settings: Any, admin: str) -> None:
    settings.AIRTIGHT_ADMIN_CHANNEL = admin
    untold(story)
    [row] = Delivery.objects.annotate(lane=conversations.key_in_sql()).filter(kind="slack.revops")
    assert row.lane == conversations.key(row) == (admin or TEAMS)
    assert {
        row.lane == conversations.key(row)
        for row in Delivery.objects.annotate(lane=conversations.key_in_sql()).filter(kind__startswith="slack.")
    } == {True}


@pytest.mark.usefixtures("connected")
def test_what_waited_for_the_admin_channel_comes_together(story: Story, slack: Slack, settings: Any) -> None:
    settings.AIRTIGHT_ADMIN_CHANNEL = ADMIN
    for company in ("Acme", "Bolt"):
        untold(story, company)
    Delivery.objects.filter(status="pending").update(send_at=story.world.now - 6 * MINUTE)
    send()
    [digest] = posts(slack)
    assert digest["channel"] == ADMIN
    assert "Nobody answers: Acme, now with Rita." in str(digest["blocks"])
    assert "Nobody answers: Bolt, now with Rita." in str(digest["blocks"])


@pytest.mark.usefixtures("connected")
def test_an_admin_channel_in_which_reps_are_offered_leads_names_nobody(
    story: Story, slack: Slack, settings: Any
) -> None:
    settings.AIRTIGHT_ADMIN_CHANNEL = "#leads"
    Team.objects.update(pool_channel="leads")
    untold(story)
    send()
    [card] = posts(slack)
    assert card["text"] == "Nobody answers: Acme."
    told = "Reps are offered leads in #leads, AIRTIGHT_ADMIN_CHANNEL: "
    warned = [str(one.msg) for one in run_checks(databases=["default"]) if one.id == "revops.W015"]
    assert [told in text for text in warned] == [True]
    assert [told in one.text for one in attention() if "Reps are offered" in one.text] == [True]
    assert told in slack_desk.standing(at=story.world.now).shared[-1]


@pytest.mark.usefixtures("connected")
def test_an_admin_channel_that_is_gone_is_told_by_mail_and_left_alone(
    story: Story, slack: Slack, settings: Any, mailoutbox: list[Any]
) -> None:
    settings.AIRTIGHT_ADMIN_CHANNEL, settings.EMAIL_HOST = ADMIN, "mail.test"
    apart(story)
    untold(story)
    slack.fail({"error": "is_archived", "method": "chat.postMessage"})
    send()
    assert [mail.to for mail in mailoutbox] == [["rita@airtight.test"]]
    blocked = Conversation.objects.get(blocked_until__isnull=False)
    assert blocked.key == ADMIN
    [row] = Delivery.objects.filter(kind="slack.revops")
    assert answer(row, at=story.world.now).startswith("Mailed to the last resort instead: ")


@pytest.fixture
def by_mail(settings: Any) -> None:
    settings.SLACK_BOT_TOKEN, settings.EMAIL_HOST = "", "mail.test"


@pytest.mark.usefixtures("by_mail")
def test_by_mail_to_the_last_resort(story: Story, settings: Any, mailoutbox: list[Any]) -> None:
    """Whom the setting names at that moment, else of RevOps; not to the manager who let it lapse."""
    untold(story)
    settings.AIRTIGHT_LAST_RESORT = person("otto@airtight.test", story.world.team, takes=False).user.email
    send()
    assert [mail.to for mail in mailoutbox] == [["otto@airtight.test"]]
    assert mailoutbox[0].subject.startswith("Nobody answers: Acme")


@pytest.mark.usefixtures("by_mail")
def test_where_the_last_resort_has_no_address_the_team_is_told(story: Story, mailoutbox: list[Any]) -> None:
    untold(story)
    User.objects.filter(pk=story.world.revops.user_id).update(email="")
    send()
    assert [mail.to for mail in mailoutbox] == [["mona@airtight.test"]]


@pytest.mark.usefixtures("by_mail")
def test_where_nobody_is_the_last_resort_any_more_the_team_is_told(story: Story, mailoutbox: list[Any]) -> None:
    untold(story)
    User.objects.filter(pk=story.world.revops.user_id).update(is_active=False)
    send()
    assert [mail.to for mail in mailoutbox] == [["mona@airtight.test"]]


def test_while_slack_fails_each_reader_is_mailed_their_own(
    story: Story, settings: Any, mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SLACK_BOT_TOKEN, settings.EMAIL_HOST = "xoxb-1", "mail.test"
    untold(story)
    story.wait(timedelta(hours=(34 - story.world.now.hour) % 24))
    came(story, "jo@bolt.test", company="Bolt")
    story.wait(2 * HOUR + MINUTE)
    waiting = Delivery.objects.filter(status="pending")
    waiting.exclude(kind__in=["slack.revops", "slack.overdue"]).update(status="dropped", done_at=story.world.now)
    waiting.update(send_at=story.world.now - 11 * MINUTE)
    monkeypatch.setattr(slack_health, "on_trial", lambda: True)
    second_channel.tell(at=story.world.now)
    told = {mail.to[0]: mail.body for mail in mailoutbox}
    assert set(told) == {"mona@airtight.test", "rita@airtight.test"}
    assert "Nobody answers: Acme" in told["rita@airtight.test"]
    assert "Nobody answers" not in told["mona@airtight.test"]
    assert set(statuses("slack.revops")) == {"pending"}
