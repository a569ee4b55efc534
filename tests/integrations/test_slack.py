"""What Airtight says to Slack, on the wire."""

from datetime import UTC, datetime, timedelta

import pytest

from revops.integrations.errors import VendorError
from revops.integrations.slack import SlackConnection
from revops.integrations.slack_blocks import LeadCard, assigned_card
from tests.integrations.conftest import TOKEN, Slack

BLOCKS = [{"type": "section", "text": {"type": "mrkdwn", "text": "*Acme*"}}]
CARD = LeadCard(7, "Acme & Söhne", "Jim", "CTO", [("Score", "82")], "Demo", "your turn", None, "https://a.test/", "t0k")


def ago(minutes: int) -> datetime:
    return datetime.now(UTC) - timedelta(minutes=minutes)


def test_a_post_carries_bearer_json_text_and_metadata(slack: Slack, connection: SlackConnection) -> None:
    text, blocks = assigned_card(CARD)
    posted = connection.post_message(channel="#leads", text=text, blocks=blocks, dedupe_id="d-1")
    (request,) = slack.requests()
    assert request["path"] == "/api/chat.postMessage"
    assert request["authorized"]
    assert request["content_type"] == "application/json"
    asked = request["asked"]
    assert asked["text"] == text
    assert asked["blocks"] == blocks
    assert asked["metadata"] == {"event_type": "airtight_delivery", "event_payload": {"id": "d-1"}}
    assert asked["unfurl_links"] is False
    assert "thread_ts" not in asked
    assert posted.channel.startswith("C")
    assert slack.messages("leads")[0]["ts"] == posted.ts


def test_a_reply_goes_into_its_thread(slack: Slack, connection: SlackConnection) -> None:
    root = connection.post_message(channel="leads", text="a", blocks=BLOCKS, dedupe_id="1")
    connection.post_message(channel=root.channel, text="b", blocks=BLOCKS, dedupe_id="2", thread_ts=root.ts)
    assert slack.messages("leads")[1]["thread"] == root.ts


def test_an_update_takes_the_place_of_the_message(slack: Slack, connection: SlackConnection) -> None:
    posted = connection.post_message(channel="leads", text="before", blocks=BLOCKS, dedupe_id="1")
    connection.update_message(channel=posted.channel, ts=posted.ts, text="after", blocks=[])
    (message,) = slack.messages("leads")
    assert (message["ts"], message["text"], message["blocks"]) == (posted.ts, "after", [])


def test_updating_what_is_gone_says_so_by_its_code(connection: SlackConnection) -> None:
    with pytest.raises(VendorError) as caught:
        connection.update_message(channel="C0123456789", ts="1.000001", text="after", blocks=[])
    assert caught.value.code == "message_not_found"
    assert caught.value.permanent
    assert not caught.value.configuration


def test_find_posted_finds_its_own_and_no_other(connection: SlackConnection) -> None:
    for number in range(3):
        connection.post_message(channel="leads", text="x", blocks=BLOCKS, dedupe_id=f"d-{number}")
    wanted = connection.post_message(channel="leads", text="x", blocks=BLOCKS, dedupe_id="d-wanted")
    assert connection.find_posted(channel=wanted.channel, dedupe_id="d-wanted", oldest=ago(5)) == wanted
    assert connection.find_posted(channel=wanted.channel, dedupe_id="d-never", oldest=ago(5)) is None


def test_find_posted_looks_into_a_thread(connection: SlackConnection) -> None:
    root = connection.post_message(channel="leads", text="a", blocks=BLOCKS, dedupe_id="1")
    reply = connection.post_message(channel=root.channel, text="b", blocks=BLOCKS, dedupe_id="2", thread_ts=root.ts)
    assert connection.find_posted(channel=root.channel, dedupe_id="2", oldest=ago(5)) is None
    found = connection.find_posted(channel=root.channel, dedupe_id="2", oldest=ago(5), thread_ts=root.ts)
    assert found == reply


def test_find_posted_reads_on_over_pages(connection: SlackConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("revops.integrations.slack.PAGE", 2)
    first = connection.post_message(channel="leads", text="x", blocks=BLOCKS, dedupe_id="first")
    for number in range(6):
        connection.post_message(channel="leads", text="x", blocks=BLOCKS, dedupe_id=f"d-{number}")
    assert connection.find_posted(channel=first.channel, dedupe_id="first", oldest=ago(5)) == first


def test_find_posted_does_not_say_no_when_it_could_not_read_all(
    connection: SlackConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("revops.integrations.slack.PAGE", 1)
    for number in range(7):
        connection.post_message(channel="leads", text="x", blocks=BLOCKS, dedupe_id=f"d-{number}")
    with pytest.raises(VendorError, match="too many messages"):
        connection.find_posted(channel="leads", dedupe_id="never", oldest=ago(5))


def test_find_posted_knows_a_channel_by_its_name(connection: SlackConnection) -> None:
    wanted = connection.post_message(channel="#leads", text="x", blocks=BLOCKS, dedupe_id="d-1")
    assert connection.find_posted(channel="#Leads", dedupe_id="d-1", oldest=ago(5)) == wanted
    with pytest.raises(VendorError, match="no channel named") as caught:
        connection.find_posted(channel="#other", dedupe_id="d-1", oldest=ago(5))
    assert caught.value.configuration


def test_a_member_is_found_by_mail_and_opened_as_a_conversation(slack: Slack, connection: SlackConnection) -> None:
    user = connection.find_user("ada.lovelace@example.com")
    assert user is not None
    assert user == connection.find_user("Ada.Lovelace@example.com")
    assert slack.requests()[0]["content_type"] == "application/x-www-form-urlencoded"
    direct = connection.open_direct_message(user)
    connection.post_message(channel=direct, text="hello", blocks=[], dedupe_id="1")
    assert slack.messages("Ada Lovelace")[0]["text"] == "hello"


def test_nobody_is_none(connection: SlackConnection) -> None:
    assert connection.find_user("nobody@example.com") is None


def test_an_ephemeral_line_is_for_one_member(slack: Slack, connection: SlackConnection) -> None:
    user = connection.find_user("ben@example.com")
    assert user is not None
    connection.post_ephemeral(channel="pool", user=user, text="Already taken.")
    assert slack.messages("pool")[0]["only_for"] == user


def test_check_tells_whom_the_token_speaks_for(connection: SlackConnection) -> None:
    identity = connection.check()
    assert identity.team == "Airtight demo"
    assert "chat:write" in identity.scopes


@pytest.mark.parametrize("token", ["xoxb-another", "", "xoxb-with\nnewline", "xoxb-ünï"])
def test_a_wrong_token_is_a_matter_of_configuration_and_never_told(slack: Slack, token: str) -> None:
    connection = SlackConnection(f"{slack.url}/api/", token, 2.0)
    with pytest.raises(VendorError) as caught:
        connection.post_message(channel="leads", text="x", blocks=[], dedupe_id="1")
    assert caught.value.permanent
    assert caught.value.configuration
    assert not token or token not in str(caught.value)


def test_the_token_is_not_in_the_connections_picture(connection: SlackConnection) -> None:
    assert TOKEN not in repr(connection)


def test_a_click_is_answered_at_its_response_url(slack: Slack, connection: SlackConnection) -> None:
    user = connection.find_user("ben@example.com")
    posted = connection.post_message(channel="pool", text="claim me", blocks=BLOCKS, dedupe_id="1")
    _, token = slack.app.workspace.press(str(user), posted.channel, posted.ts)
    url = f"{slack.url}/actions/{token}"
    connection.respond(url, text="Already taken.")
    connection.respond(url, text="Taken by Ben", blocks=BLOCKS, replace_original=True)
    replaced, told = slack.messages("pool")
    assert replaced["text"] == "Taken by Ben"
    assert (told["text"], told["only_for"]) == ("Already taken.", user)


def test_a_spent_response_url_is_final(slack: Slack, connection: SlackConnection) -> None:
    with pytest.raises(VendorError) as caught:
        connection.respond(f"{slack.url}/actions/never", text="x")
    assert (caught.value.code, caught.value.permanent) == ("expired_url", True)


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://hooks.slack.com.evil.test/actions/1",
        "https://hooks.slack.com@evil.test/actions/1",
        "http://hooks.slack.com/actions/1",
        "https://hooks.slack.com:8443/actions/1",
        "file:///etc/passwd",
        "//hooks.slack.com/actions",
        "http://[",
        "https://hooks.slack.com:port/",
        "",
    ],
)
def test_only_slack_is_answered(connection: SlackConnection, url: str) -> None:
    with pytest.raises(VendorError, match="not an address of Slack"):
        connection.respond(url, text="x")
