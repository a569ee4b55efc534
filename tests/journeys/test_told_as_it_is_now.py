"""What is told is so at that moment: leads are read anew, and what happens while Slack is called is not forgotten."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.models import Delivery, Team
from revops import alerts, deliver
from revops.delivery_claims import TOLD
from revops.integrations.slack import SlackConnection
from revops.slack import by_mail, second_channel, sending
from revops.slack import health as slack_health
from tests.integrations.conftest import TOKEN, Slack
from tests.integrations.conftest import slack as slack
from tests.journeys.conftest import Story, came
from tests.journeys.slack_told import actions, posts, send, statuses
from tests.journeys.slack_told import connected as connected
from tests.world import HOUR, MINUTE

DECIDING = {"lead_accept", "lead_recycle", "lead_claim"}


@contextmanager
def meanwhile(method: str, does: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """While Slack is called the first time, before it answers, `does` happens."""
    real, left = getattr(SlackConnection, method), [does]

    def call(self: SlackConnection, **asked: Any) -> Any:
        if left:
            left.pop()()
        return real(self, **asked)

    with monkeypatch.context() as patched:
        patched.setattr(SlackConnection, method, call)
        yield
    assert not left, "Slack was never called"


@pytest.mark.usefixtures("connected")
def test_a_lead_accepted_while_its_card_is_brought_up_to_date_loses_its_buttons_too(
    story: Story, slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = came(story)
    send()
    story.wait(2 * HOUR + MINUTE)
    Delivery.objects.filter(status="pending").update(status="dropped", done_at=story.world.now)
    with meanwhile("update_message", lambda: story.do(lead, "accept"), monkeypatch):
        send()
    as_built, after = posts(slack, "chat.update")
    assert {"lead_accept", "lead_recycle"} <= set(actions(as_built))
    assert not DECIDING & set(actions(after))
    assert "Accepted by" in after["text"]


@pytest.mark.usefixtures("connected")
def test_an_alert_seen_while_its_digest_is_brought_up_to_date_says_so(
    story: Story, slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads = [came(story, f"jo@{name}.test", company=name) for name in ("acme", "bolt", "corex")]
    story.wait(2 * HOUR + MINUTE)
    Delivery.objects.exclude(kind="slack.overdue").filter(status="pending").update(
        status="dropped", done_at=story.world.now
    )
    story.world.now += 6 * MINUTE
    send()
    [digest] = posts(slack)
    assert actions(digest).count("alert_seen") == 3

    def see() -> None:
        unseen = alerts.open_for(Team.objects.all()).exclude(lead=leads[0])
        alerts.see(unseen, by_id=story.world.manager.user_id, how="page", at=story.world.now)

    story.do(leads[0], "accept")
    with meanwhile("update_message", see, monkeypatch):
        send()
    as_built, *_between, after = posts(slack, "chat.update")
    assert actions(as_built).count("alert_seen") == 2
    assert "alert_seen" not in actions(after)
    assert str(after["blocks"]).count("Seen by Mona") == 2


@pytest.mark.usefixtures("connected")
def test_a_lead_accepted_while_a_digest_is_brought_up_to_date_loses_its_buttons_too(
    story: Story, slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (came(story, f"jo@{name}.test", company=name) for name in ("acme", "bolt"))
    for step in (2 * HOUR + MINUTE, 2 * HOUR):
        story.wait(step)
    Delivery.objects.exclude(kind="slack.pool").filter(status="pending").update(
        status="dropped", done_at=story.world.now
    )
    story.world.now += 6 * MINUTE
    send()
    assert actions(posts(slack)[-1]).count("lead_claim") == 2

    def claim(lead: int) -> None:
        lapsed = story.lead(lead)["id"]
        mates = [rep for rep in story.world.reps if not rep.assignments.filter(lead=lapsed).exists()]
        story.do(lead, "claim", by=mates[0])

    claim(first)
    with meanwhile("update_message", lambda: claim(second), monkeypatch):
        send()
    as_built, *_between, after = posts(slack, "chat.update")
    assert actions(as_built).count("lead_claim") == 1
    assert "lead_claim" not in actions(after)


WAYS = {
    "the app": {},
    "the webhook": {"SLACK_BOT_TOKEN": "", "SLACK_WEBHOOK_URL": "{url}/services/T1/B1/x"},
    "mail": {"SLACK_BOT_TOKEN": "", "EMAIL_HOST": "mail.test"},
}


@pytest.mark.parametrize("way", WAYS)
def test_what_became_moot_between_claim_and_sending_is_not_sent(
    story: Story, slack: Slack, settings: Any, mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Others were sent and mailed before its turn; meanwhile the rep has accepted."""
    settings.SLACK_BASE_URL, settings.SLACK_BOT_TOKEN = f"{slack.url}/api/", TOKEN
    for name, value in WAYS[way].items():
        setattr(settings, name, value.format(url=slack.url))
    lead = came(story)
    story.wait(2 * HOUR + MINUTE)
    Delivery.objects.exclude(kind="slack.overdue").filter(status="pending").update(
        status="dropped", done_at=story.world.now
    )

    def accepted(*, at: Any) -> int:
        story.do(lead, "accept")
        return 0

    monkeypatch.setattr(deliver.second_channel, "tell", accepted)
    send()
    assert statuses("slack.overdue") == ["dropped"]
    assert not mailoutbox
    assert not [one for one in slack.requests() if "Overdue" in str(one["asked"])]


@pytest.mark.usefixtures("connected")
def test_a_reminder_of_a_lead_accepted_while_another_was_posted_is_not_sent(
    story: Story, slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads = [came(story, f"jo@{name}.test", company=name) for name in ("acme", "bolt")]
    Delivery.objects.filter(status="pending", send_at__lte=story.world.now).update(
        status="dropped", done_at=story.world.now
    )
    assert story.holder(leads[0]) != story.holder(leads[1])
    story.world.now = Delivery.objects.filter(kind="slack.reminder", lead=leads[1]).earliest("send_at").send_at
    with meanwhile("post_message", lambda: story.do(leads[1], "accept"), monkeypatch):
        send()
    assert [post["text"].partition(":")[0].rpartition(" ")[2] for post in posts(slack)] == ["acme"]
    assert not Delivery.objects.filter(kind="slack.reminder", lead=leads[1], status="sent").exists()


def test_what_waits_for_mail_is_looked_at_before_each_mail(
    story: Story, settings: Any, mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While Slack fails: two readers, and what is for the second is moot by the time that the first has theirs."""
    settings.SLACK_BOT_TOKEN, settings.EMAIL_HOST = TOKEN, "mail.test"
    monkeypatch.setattr(slack_health, "on_trial", lambda: True)
    leads = [came(story, f"jo@{name}.test", company=name) for name in ("acme", "bolt")]
    story.world.now += 11 * MINUTE
    real = by_mail.send_all

    def send_all(rows: Any, *, at: Any) -> Any:
        if not mailoutbox:
            story.do(leads[1], "accept")
        return real(rows, at=at)

    monkeypatch.setattr(by_mail, "send_all", send_all)
    assert second_channel.tell(at=story.world.now) == 1
    assert ["acme" in mail.subject for mail in mailoutbox] == [True]


def queries(of: Callable[[], Any]) -> int:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        of()
    return len(asked)


def overdue(count: int) -> list[Delivery]:
    rows = Delivery.objects.filter(kind="slack.overdue", status="pending")
    return list(rows.select_related(*TOLD).order_by("pk")[:count])


@pytest.mark.parametrize("way", [by_mail.send_all, sending._by_webhook])
def test_a_message_of_many_leads_asks_no_more_than_one_of_few(
    story: Story, slack: Slack, settings: Any, mailoutbox: list[Any], way: Callable[..., Any]
) -> None:
    settings.SLACK_WEBHOOK_URL, settings.EMAIL_HOST = f"{slack.url}/services/T1/B1/x", "mail.test"
    story.burst(12)
    story.wait(4 * MINUTE)
    story.wait(2 * HOUR + MINUTE)
    few, many = overdue(2), overdue(12)
    cost = queries(lambda: way(few, at=story.world.now))
    assert cost == queries(lambda: way(many, at=story.world.now)) <= 4


def test_what_is_mailed_while_slack_fails_costs_each_mail_alike(
    story: Story, settings: Any, mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SLACK_BOT_TOKEN, settings.EMAIL_HOST = TOKEN, "mail.test"
    monkeypatch.setattr(slack_health, "on_trial", lambda: True)

    def mailed(leads: int) -> int:
        story.world.capture_all([{"email": f"jo@a{number}.of{leads}.test"} for number in range(leads)])
        story.wait(4 * MINUTE)
        story.wait(2 * HOUR + MINUTE)
        story.world.now += 11 * MINUTE
        count = queries(lambda: second_channel.tell(at=story.world.now))
        assert not Delivery.objects.filter(status="pending", kind="slack.overdue", mailed_at=None).exists()
        Delivery.objects.filter(status="pending").update(status="dropped", done_at=story.world.now)
        return count

    assert mailed(3) == mailed(12)
