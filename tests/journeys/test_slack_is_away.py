"""Slack bans, breaks, or lets nobody in: what holds is not lost, what does not is not sent, somebody is told."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import override_settings

from leads.locks import CONVERSATIONS
from leads.models import Delivery, Lead, VendorHealth
from revops import deliver
from revops.slack import health
from tests.integrations.conftest import Slack
from tests.integrations.conftest import slack as slack
from tests.journeys.conftest import Story, came
from tests.journeys.slack_told import actions, posts, send, statuses
from tests.journeys.slack_told import connected as connected
from tests.journeys.slack_told import lead as lead
from tests.locks import held_elsewhere
from tests.world import DAY, HOUR, MINUTE, SECOND

pytestmark = pytest.mark.usefixtures("connected")


def burst(lead_id: int, count: int) -> None:
    """So many alerts at once to the manager's channel, besides the one that there is."""
    [row] = Delivery.objects.filter(kind="slack.overdue", lead=lead_id)
    rows = []
    for number in range(count - 1):
        copy = Delivery.objects.get(pk=row.pk)
        copy.pk, copy.dedupe_key = None, f"{row.dedupe_key}/{number}"
        rows.append(copy)
    Delivery.objects.bulk_create(rows)


@pytest.mark.parametrize("count", [20, pytest.param(200, marks=pytest.mark.long)])
def test_a_burst_keeps_the_ban_and_the_pace(story: Story, slack: Slack, lead: int, count: int) -> None:
    """D14: 200 alerts and a ban of 60 s. Not one request in the ban, and drained within ban + 200 s."""
    send()
    story.wait(2 * HOUR + SECOND)
    burst(lead, count)
    Delivery.objects.exclude(kind="slack.overdue").update(status="dropped", done_at=story.world.now, shows=None)
    before, began = len(posts(slack)), story.world.now
    slack.fail({"status": 429, "retry_after": 60, "method": "chat.postMessage"})
    send()
    assert len(posts(slack)) == before + 1
    asked = len(slack.requests())
    while story.world.now < began + 50 * SECOND:
        story.world.now += 10 * SECOND
        send()
    assert len(slack.requests()) == asked, "asked during the ban"
    story.world.now = began + 60 * SECOND
    while Delivery.objects.filter(kind="slack.overdue", status="pending").exists():
        send()
        story.world.now += SECOND
    assert story.world.now <= began + timedelta(seconds=60 + count)
    assert statuses("slack.overdue").count("sent") == count


def test_a_conversation_takes_one_message_a_second_and_others_do_not_wait(
    story: Story, slack: Slack, lead: int
) -> None:
    other = came(story, "bo@other.test", company="Other")
    story.wait(2 * HOUR + MINUTE)
    Delivery.objects.exclude(kind__in=("slack.overdue", "slack.assigned")).update(
        status="dropped", done_at=story.world.now
    )
    Delivery.objects.filter(kind="slack.overdue").update(send_at=story.world.now, next_try_at=story.world.now)
    assert Delivery.objects.filter(kind="slack.overdue", lead__in=(lead, other)).count() == 2
    send()
    assert sorted(statuses("slack.overdue")) == ["pending", "sent"]
    story.world.now += SECOND
    send()
    assert statuses("slack.overdue") == ["sent", "sent"]


def test_a_conversation_that_another_worker_takes_is_left_to_it(story: Story, slack: Slack, lead: int) -> None:
    """And not waited for: each taking several in its own order, they would wait for each other."""
    story.wait(2 * HOUR + MINUTE)
    channel = story.world.team.slack_channel
    with held_elsewhere(CONVERSATIONS, of=channel):
        send()
        assert (statuses("slack.assigned"), statuses("slack.overdue")) == (["sent"], ["pending"])
    send()
    assert statuses("slack.overdue") == ["sent"]


def test_a_revoked_token_keeps_all_that_is_owed_until_there_is_another(
    story: Story, slack: Slack, lead: int, settings: Any
) -> None:
    """D15: nothing counts as sent, the leads go on, and with a token that is good everything goes out by itself."""
    good = settings.SLACK_BOT_TOKEN
    with override_settings(SLACK_BOT_TOKEN="xoxb-revoked"):
        send()
        asked = len(slack.requests())
        for _try in range(4):
            story.world.now += MINUTE
            send()
        assert len(slack.requests()) == asked, "asked again with the token that was refused"
        assert health.standing() is not None
        story.wait(2 * HOUR)
        send()
        assert story.lead(lead)["state"] == "overdue"
        assert statuses("slack.overdue") == ["pending"]
    assert good == settings.SLACK_BOT_TOKEN
    story.world.now += 6 * MINUTE
    send()
    assert statuses("slack.overdue") == ["sent"]
    assert statuses("slack.assigned") == ["sent"], "it is still the rep's, who may accept it late"
    assert {"dropped"} == set(statuses("slack.reminder"))
    [card] = [message for message in posts(slack) if "Accept or recycle by" in message["text"]]
    assert card["text"].startswith("Overdue: Acme")
    assert "lead_accept" in actions(card)
    assert VendorHealth.objects.get(vendor="slack").refused == ""


def down(slack: Slack, calls: int = 400) -> None:
    slack.fail(*[{"status": 503}] * calls)


def well(slack: Slack) -> None:
    slack.app._faults.clear()


def test_six_hours_without_slack_end_in_one_message_of_what_still_holds(story: Story, slack: Slack) -> None:
    policy = story.world.policy
    policy.accept_within, policy.release_after, policy.remind_before = 7 * 60, 8 * 60, 0
    policy.save()
    leads = [came(story, f"jo@company{number}.test", company=f"Company {number}") for number in range(6)]
    down(slack)
    for _try in range(12):
        story.world.now += 30 * MINUTE
        send()
    assert statuses("slack.assigned") == ["pending"] * 6
    holders = [story.holder(lead).pk for lead in leads]
    first = leads[0]
    assert Lead.objects.filter(pk__in=leads, state="assigned").count() == 6
    story.do(first, "accept")
    well(slack)
    before = len(posts(slack))
    for _try in range(8):
        story.world.now += MINUTE
        send()
    told = posts(slack)[before:]
    assert len(told) == len(set(holders)), "one message to each rep"
    for number, one in enumerate(leads):
        said = sum(f"Company {number}" in str(message["blocks"]) for message in told)
        assert said == (0 if one == first else 1)
    assert sorted(statuses("slack.assigned")) == ["dropped", *["sent"] * 5]
    assert {"lead_accept", "lead_open"} <= set(actions(told[0]))


def test_a_digest_is_brought_up_to_date_line_by_line(story: Story, slack: Slack) -> None:
    rep = story.world.reps[0]
    for other in story.world.reps[1:]:
        other.takes_routing = False
        other.save()
    leads = [came(story, f"jo@company{number}.test", company=f"Company {number}") for number in range(3)]
    assert {story.holder(lead).pk for lead in leads} == {rep.pk}
    story.world.now += 6 * MINUTE
    send()
    [digest] = posts(slack)
    assert actions(digest).count("lead_accept") == 3
    story.do(leads[1], "accept")
    send()
    [update] = posts(slack, "chat.update")
    assert actions(update).count("lead_accept") == 2
    assert "Accepted by Ada" in str(update["blocks"])


def test_the_manager_is_mailed_while_slack_is_down_and_told_once(
    story: Story, slack: Slack, lead: int, mailoutbox: list[Any]
) -> None:
    send()
    with override_settings(EMAIL_HOST="mail.test"):
        story.wait(2 * HOUR + SECOND)
        down(slack)
        for _try in range(30):
            story.world.now += MINUTE
            send()
    to_mona = [mail for mail in mailoutbox if mail.to == ["mona@airtight.test"]]
    assert len(to_mona) == 1
    assert "Overdue: Acme & Sons <!channel>" in to_mona[0].subject
    assert f"/leads/{lead}/" in to_mona[0].body
    assert statuses("slack.overdue") == ["pending"]
    well(slack)
    story.wait(3 * MINUTE)
    send()
    assert statuses("slack.overdue") == ["sent"]


def test_a_hiccup_is_mailed_to_nobody(story: Story, slack: Slack, lead: int, mailoutbox: list[Any]) -> None:
    with override_settings(EMAIL_HOST="mail.test"):
        slack.fail({"status": 503}, {"status": 503})
        for _try in range(12):
            story.world.now += MINUTE
            send()
    assert statuses("slack.assigned") == ["sent"]
    assert not mailoutbox


def test_who_is_no_member_is_mailed_at_once(story: Story, slack: Slack, lead: int, mailoutbox: list[Any]) -> None:
    story.holder(lead)
    slack.fail({"error": "users_not_found", "method": "users.lookupByEmail"})
    with override_settings(EMAIL_HOST="mail.test"):
        send()
    [mail] = mailoutbox
    assert mail.to == [story.holder(lead).user.email]
    [row] = Delivery.objects.filter(kind="slack.assigned")
    assert (row.status, row.answer["mailed_to"]) == ("sent", "rep")
    assert "No Slack member has the e-mail of" in row.answer["because"]


def test_after_a_day_of_tries_it_is_dead(story: Story, slack: Slack, lead: int) -> None:
    Delivery.objects.filter(kind="slack.assigned").update(
        send_at=story.world.now - 2 * DAY, attempts=deliver.MOST_TRIES, error="503"
    )
    send()
    assert statuses("slack.assigned") == ["dead"]
    row = Delivery.objects.get(kind="slack.assigned")
    assert row.attempts == deliver.MOST_TRIES, "giving up is no try"
    story.world.now += 2 * SECOND
    assert deliver.retry(row.pk, at=story.world.now)
    slack.fail({"status": 503, "method": "chat.postMessage"})
    send()
    row.refresh_from_db()
    assert (row.status, row.attempts) == ("pending", deliver.MOST_TRIES + 1), "a try of as many again"
    assert row.next_try_at - story.world.now <= deliver.FIRST_WAIT * 2 * SECOND
