"""The deliveries page: what, to whom, how often, what was answered, and a button on it that sends again."""

import re
from typing import Any

import pytest
from django.db.models import F
from django.test import Client

from leads.models import Conversation, Delivery, VendorHealth
from revops import deliver
from revops.admin_attention import attention
from revops.integrations.errors import VendorError
from revops.slack import health
from tests.admin.conftest import said
from tests.integrations.conftest import TOKEN, Slack
from tests.integrations.conftest import slack as slack
from tests.world import HOUR, MINUTE, SECOND, World

LIST = "/admin/leads/delivery/"
REVOKED = VendorError("Slack chat.postMessage: token_revoked", permanent=True, configuration=True, code="token_revoked")
NO_CHANNEL = VendorError("channel_not_found", permanent=True, configuration=True, code="channel_not_found")


@pytest.fixture
def row(ours: World, settings: Any, at: Any) -> Delivery:
    """The rep's card, waiting for Slack."""
    settings.SLACK_BOT_TOKEN = "xoxb-secret"
    ours.to_state("assigned")
    return Delivery.objects.get(kind="slack.assigned")


def test_the_list_says_what_to_whom_and_what_was_answered(ours: World, rita: Client, row: Delivery) -> None:
    assert row.rep is not None
    row.attempts, row.error = 2, "Slack answered 503"
    row.save()
    page = rita.get(LIST).content.decode()
    for word in ("New lead", row.rep.name, "Slack answered 503", "Not asked yet."):
        assert word in page, word
    row.status, row.done_at, row.answer = "sent", ours.now, {"mailed_to": "rep", "because": "No Slack member."}
    row.save()
    assert "Mailed to the rep instead: No Slack member." in rita.get(LIST).content.decode()
    assert "xoxb-secret" not in page


def test_what_waits_says_whether_for_its_time_or_for_others(ours: World, rita: Client, row: Delivery) -> None:
    for wait, told in ((SECOND, "Waits for its time."), (-MINUTE, "Waits for its turn: others go before it.")):
        Delivery.objects.filter(pk=row.pk).update(next_try_at=ours.now + wait)
        assert told in rita.get(f"{LIST}{row.pk}/change/").content.decode()


@pytest.mark.parametrize(("status", "button"), [("dead", "Send it again"), ("pending", "Try it now")])
def test_a_button_on_its_page_sends_it_again(
    ours: World, rita: Client, row: Delivery, status: str, button: str
) -> None:
    Delivery.objects.filter(pk=row.pk).update(
        status=status, done_at=ours.now if status == "dead" else None, next_try_at=ours.now + HOUR, error="it broke"
    )
    page = f"{LIST}{row.pk}/change/"
    assert button in rita.get(page).content.decode()
    assert rita.get(f"{LIST}{row.pk}/send/").status_code == 405
    assert "It is sent now" in said(rita.post(f"{LIST}{row.pk}/send/", follow=True))
    row.refresh_from_db()
    assert (row.status, row.next_try_at) == ("pending", ours.now)


def test_the_tries_before_it_was_sent_again_stay_counted(ours: World, rita: Client, row: Delivery) -> None:
    Delivery.objects.filter(pk=row.pk).update(status="dead", done_at=ours.now, attempts=13, error="it broke")
    rita.post(f"{LIST}{row.pk}/send/")
    assert deliver.claim(at=ours.now, limit=1)
    for page in (LIST, f"{LIST}{row.pk}/change/"):
        shown = rita.get(page).content.decode()
        assert re.search(r">\s*14\s*<", shown), page
        assert "it broke" in shown, page


def test_what_is_done_has_no_button(ours: World, rita: Client, row: Delivery) -> None:
    Delivery.objects.filter(pk=row.pk).update(status="sent", done_at=F("created_at"))
    assert "Try it now" not in rita.get(f"{LIST}{row.pk}/change/").content.decode()
    assert "nothing to send again" in said(rita.post(f"{LIST}{row.pk}/send/", follow=True))
    assert rita.post(f"{LIST}999999/send/").status_code == 404


def test_trouble_is_told_and_what_waits_is_sent_by_a_button(ours: World, rita: Client, row: Delivery) -> None:
    health.failed(REVOKED, at=ours.now)
    health.block("C-MANAGER", NO_CHANNEL, at=ours.now)
    Delivery.objects.filter(pk=row.pk).update(next_try_at=ours.now + HOUR)
    page = rita.get(LIST).content.decode()
    for word in ("does not let us in", "token_revoked", "C-MANAGER", "No mail server"):
        assert word in page, word
    told = " ".join(notice.text for notice in attention())
    assert "Slack does not let us in" in told
    assert "1 conversation in Slack cannot be reached: C-MANAGER" in told
    assert "Slack is asked again" in said(rita.post(f"{LIST}ask-again/", follow=True))
    assert health.closed_until(at=ours.now) is None
    assert Delivery.objects.get(pk=row.pk).next_try_at == ours.now
    assert not Conversation.objects.filter(blocked_until__gt=ours.now).exists()
    assert "Slack does not let us in" not in " ".join(notice.text for notice in attention())


def test_an_outage_is_on_the_first_page(ours: World, row: Delivery) -> None:
    for minutes in range(3):
        health.failed(VendorError("503", permanent=False), at=ours.now + minutes * MINUTE)
    assert any("Slack failed 3 times in a row" in notice.text for notice in attention())


def test_a_test_message_says_where_it_went_and_what_the_app_lacks(
    ours: World, rita: Client, slack: Slack, settings: Any
) -> None:
    """Or why it did not arrive, which is kept as of any message; without a connection it says how to make one."""
    settings.SLACK_BOT_TOKEN, settings.SLACK_BASE_URL = TOKEN, f"{slack.url}/api/"
    settings.AIRTIGHT_ADMIN_CHANNEL = "C-ADMIN"
    assert "Send a test message" in rita.get(LIST).content.decode()
    told = said(rita.post(f"{LIST}test/", follow=True))
    assert "Slack took it: posted to C-ADMIN of" in told
    assert "The app lacks groups:history and groups:read" in told
    [post] = [one["asked"] for one in slack.requests() if one["path"].endswith("chat.postMessage")]
    assert (post["channel"], "A test message" in post["text"]) == ("C-ADMIN", True)
    slack.fail({"error": "token_revoked", "method": "auth.test"})
    assert "The test message did not arrive. Slack auth.test: token_revoked" in said(
        rita.post(f"{LIST}test/", follow=True)
    )
    assert health.closed_until(at=ours.now) is not None
    settings.SLACK_BOT_TOKEN = ""
    assert "Not connected. Set SLACK_BOT_TOKEN" in said(rita.post(f"{LIST}test/", follow=True))


def test_no_button_asks_slack_while_slack_asked_us_to_wait(
    ours: World, rita: Client, row: Delivery, slack: Slack, settings: Any
) -> None:
    """Neither the test message nor sending what waits; once the time has come both do."""
    settings.SLACK_BOT_TOKEN, settings.SLACK_BASE_URL = TOKEN, f"{slack.url}/api/"
    settings.AIRTIGHT_ADMIN_CHANNEL = "C-ADMIN"
    for failures in (0, 5):
        VendorHealth.objects.update_or_create(vendor="slack", defaults={"failures": failures})
        health.failed(VendorError("429", permanent=False, retry_after=90, code="ratelimited"), at=ours.now)
        until = f"{ours.now + 90 * SECOND:%H:%M}"
        told = said(rita.post(f"{LIST}test/", follow=True))
        assert f"Slack asked us to wait until {until} today UTC." in told
        assert f"Slack asked us to wait until {until} today UTC. What waits is sent then." in said(
            rita.post(f"{LIST}ask-again/", follow=True)
        )
        assert health.closed_until(at=ours.now) == ours.now + 90 * SECOND
        assert slack.requests() == []
    ours.now += 91 * SECOND
    assert "Slack took it: posted to C-ADMIN" in said(rita.post(f"{LIST}test/", follow=True))


def test_who_only_looks_sends_nothing(ours: World, client: Client, row: Delivery) -> None:
    client.force_login(ours.manager.user)
    for address in (f"{LIST}{row.pk}/send/", f"{LIST}ask-again/", f"{LIST}test/"):
        assert client.post(address).status_code in (302, 403)
    assert not VendorHealth.objects.exists()


def test_the_list_says_where_alerts_are_read_by_reps(ours: World, rita: Client, settings: Any, at: Any) -> None:
    settings.SLACK_BOT_TOKEN = "xoxb-secret"
    assert "Reps are offered leads" not in rita.get(LIST).content.decode()
    ours.team.pool_channel = ""
    ours.team.save()
    page = rita.get(LIST).content.decode()
    assert "Reps are offered leads in C-MANAGER" in page
    assert "Give it a Shark Tank channel of its own" in page
    settings.SLACK_BOT_TOKEN, settings.SLACK_WEBHOOK_URL = "", "https://hooks.slack.test/services/x"
    assert "the one channel of the webhook" in rita.get(LIST).content.decode()
