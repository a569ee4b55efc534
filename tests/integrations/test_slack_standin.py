"""The stand-in itself: it must refuse what Slack refuses, and its buttons must work as Slack's do."""

import json
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs
from urllib.request import Request, urlopen

import pytest

from revops.integrations.errors import VendorError
from revops.integrations.slack import SlackConnection
from revops.integrations.slack_blocks import LeadCard, assigned_card
from revops.integrations.slack_dialog import Choice, errors_response, read_recycle_view, recycle_view
from revops.integrations.slack_signature import verify
from revops.standins.serving import NotThisMachine, serve
from revops.standins.slack.clicks import Airtight
from revops.standins.slack.rules import breaches
from tests.integrations.conftest import SECRET, TOKEN, Slack

CARD = LeadCard(7, "Acme", "Jim", "CTO", [], "Demo", "", None, "https://airtight.test/leads/7/", "t0k")
PLAIN = {"type": "plain_text", "text": "x"}


class Hook:
    """Airtight's end of the interactions: keeps what it was told, answers what it is set to."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.status = "200 OK"
        self.answer = b""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        verify(
            secrets=[SECRET],
            timestamp=environ["HTTP_X_SLACK_REQUEST_TIMESTAMP"],
            signature=environ["HTTP_X_SLACK_SIGNATURE"],
            body=body,
            at=datetime.now(UTC),
        )
        assert environ["PATH_INFO"] == "/api/v1/hooks/slack/"
        self.told.append(json.loads(parse_qs(body.decode())["payload"][0]))
        start_response(self.status, [("Content-Length", str(len(self.answer)))])
        return [self.answer]


@pytest.fixture
def hook(slack: Slack) -> Iterator[Hook]:
    answering = Hook()
    server = serve(answering, host="127.0.0.1", port=0)
    slack.app.airtight = Airtight(f"http://127.0.0.1:{server.server_port}", SECRET)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield answering
    server.shutdown()
    server.server_close()
    thread.join()


def click(slack: Slack, connection: SlackConnection, action_id: str) -> dict[str, Any]:
    user = str(connection.find_user("ada@example.com"))
    text, blocks = assigned_card(CARD)
    posted = connection.post_message(
        channel=connection.open_direct_message(user), text=text, blocks=blocks, dedupe_id="1"
    )
    pressed = {"channel": posted.channel, "ts": posted.ts, "action_id": action_id, "user": user}
    return slack.post("/__click", pressed)


def test_a_click_reaches_airtight_as_slack_would_send_it(slack: Slack, connection: SlackConnection, hook: Hook) -> None:
    assert click(slack, connection, "lead_accept") == {"trouble": ""}
    (payload,) = hook.told
    (action,) = payload["actions"]
    assert payload["type"] == "block_actions"
    assert (action["action_id"], action["block_id"], action["value"]) == ("lead_accept", "lead:7", "7:t0k")
    assert payload["user"]["id"] == connection.find_user("ada@example.com")
    connection.respond(payload["response_url"], text="Accepted", replace_original=True)
    assert slack.messages("Ada")[0]["text"] == "Accepted"


def test_a_dialog_opens_is_corrected_and_closes(slack: Slack, connection: SlackConnection, hook: Hook) -> None:
    click(slack, connection, "lead_recycle")
    connection.open_view(hook.told[0]["trigger_id"], recycle_view([Choice("timing", "Timing")], "7"))
    (dialog,) = slack.get("/__state")["dialogs"]

    hook.answer = json.dumps(errors_response({"reason": "Choose one."})).encode()
    assert slack.post("/__submit", {"view": dialog["id"], "values": {}})["errors"] == {"reason": "Choose one."}

    hook.answer = b""
    filled = {"reason": "timing", "until": "2027-02-01", "note": ""}
    assert slack.post("/__submit", {"view": dialog["id"], "values": filled}) == {"trouble": "", "errors": {}}
    payload = hook.told[-1]
    assert (payload["type"], payload["view"]["private_metadata"]) == ("view_submission", "7")
    assert read_recycle_view(payload) == {"reason": "timing", "until": "2027-02-01"}
    assert slack.get("/__state")["dialogs"] == []


def test_a_trigger_works_once_and_not_when_made_up(slack: Slack, connection: SlackConnection, hook: Hook) -> None:
    click(slack, connection, "lead_recycle")
    view = recycle_view([Choice("timing", "Timing")], "")
    trigger_id = hook.told[0]["trigger_id"]
    connection.open_view(trigger_id, view)
    for stale in (trigger_id, "made-up"):
        with pytest.raises(VendorError, match="invalid_trigger_id"):
            connection.open_view(stale, view)


def test_what_airtight_fails_to_acknowledge_is_told(slack: Slack, connection: SlackConnection, hook: Hook) -> None:
    hook.status = "500 Internal Server Error"
    assert click(slack, connection, "lead_accept") == {"trouble": "Airtight answered 500"}


def test_only_a_messages_own_buttons_can_be_pressed(slack: Slack, connection: SlackConnection, hook: Hook) -> None:
    with pytest.raises(HTTPError, match="409"):
        click(slack, connection, "lead_claim")
    assert hook.told == []


def test_a_response_url_is_spent_after_five(slack: Slack, connection: SlackConnection, hook: Hook) -> None:
    click(slack, connection, "lead_accept")
    for _ in range(5):
        connection.respond(hook.told[0]["response_url"], text="x")
    with pytest.raises(VendorError, match="used_url"):
        connection.respond(hook.told[0]["response_url"], text="x")


@pytest.mark.parametrize(
    ("path", "headers", "body", "error"),
    [
        ("auth.test", {}, b"", "not_authed"),
        ("auth.test", {"Authorization": "Bearer xoxb-other"}, b"", "invalid_auth"),
        ("auth.test", {"Authorization": f"Basic {TOKEN}"}, b"", "not_authed"),
        ("no.such", {}, b"", "unknown_method"),
        ("chat.postMessage", {}, b"{", "invalid_json"),
        ("chat.postMessage", {}, b"[]", "invalid_json"),
        ("chat.postMessage", {}, b'{"channel":"C","blocks":[]}', "no_text"),
        ("chat.postMessage", {}, b'{"text":"x"}', "channel_not_found"),
        ("chat.postMessage", {}, b'{"channel":"missing","text":"x"}', "channel_not_found"),
        ("chat.postMessage", {}, b'{"channel":"a","text":"x","thread_ts":"1.1"}', "thread_not_found"),
        ("chat.postMessage", {}, b'{"channel":"a","text":"x","metadata":{"a":1}}', "invalid_metadata_format"),
        ("chat.postMessage", {}, b'{"channel":"a","text":"x","blocks":[{"type":"video"}]}', "invalid_blocks"),
        ("chat.update", {}, b'{"channel":"leads","text":"x","ts":"1.1"}', "channel_not_found"),
        ("chat.update", {}, b'{"channel":"C0123456789","text":"x","ts":"1.1"}', "message_not_found"),
        ("chat.postEphemeral", {}, b'{"channel":"a","text":"x","user":"me"}', "user_not_found"),
        ("users.lookupByEmail", {}, b'{"email":"ada@example.com"}', "invalid_arguments"),
        ("conversations.open", {}, b'{"users":"Uwrong"}', "user_not_found"),
        ("views.open", {}, b'{"trigger_id":"1","view":{"type":"modal"}}', "invalid_arguments"),
    ],
)
def test_what_slack_refuses(slack: Slack, path: str, headers: dict[str, str], body: bytes, error: str) -> None:
    own = {} if path == "auth.test" else {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    with urlopen(Request(f"{slack.url}/api/{path}", body, own | headers), timeout=5) as answer:
        said = json.load(answer)
    assert (said["ok"], said["error"]) == (False, error)


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ({"type": "header", "text": {"type": "mrkdwn", "text": "x"}}, "plain_text"),
        ({"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}, "less than 151"),
        ({"type": "section"}, "text or fields"),
        ({"type": "section", "text": {"type": "mrkdwn", "text": ""}}, "more than 0"),
        ({"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}, "less than 3001"),
        ({"type": "section", "fields": [PLAIN] * 11}, "no more than 10"),
        ({"type": "section", "fields": [{"type": "mrkdwn", "text": "x" * 2001}]}, "less than 2001"),
        ({"type": "context", "elements": []}, "no fewer than 1"),
        ({"type": "actions", "elements": [{"type": "button", "text": PLAIN}] * 26}, "no more than 25"),
        ({"type": "actions", "elements": [{"type": "button", "text": PLAIN, "action_id": "a"}] * 2}, "unique"),
        ({"type": "actions", "elements": [{"type": "button", "text": {**PLAIN, "text": "x" * 76}}]}, "less than 76"),
        ({"type": "actions", "elements": [{"type": "button", "text": PLAIN, "value": "x" * 2001}]}, "less than 2001"),
        ({"type": "actions", "elements": [{"type": "button", "text": PLAIN, "style": "blue"}]}, "primary or danger"),
        ({"type": "section", "text": PLAIN, "block_id": "x" * 256}, "less than 256"),
        ({"type": "input", "label": PLAIN, "element": {"type": "datepicker"}}, "unsupported type"),
        ("x", "must be an object"),
    ],
)  # fmt: skip
def test_block_rules(block: Any, message: str) -> None:
    (breach,) = breaches([block])
    assert message in breach


def test_fifty_blocks_are_the_most() -> None:
    assert breaches([{"type": "divider"}] * 50) == []
    assert len(breaches([{"type": "divider"}] * 51)) == 1


@pytest.mark.parametrize("fault", [{"explode": True}, {"status": "500"}, {"drip": 1}, {"hang": True}, "x"])
def test_unknown_faults_are_refused(slack: Slack, fault: Any) -> None:
    with pytest.raises(HTTPError, match="400"):
        slack.fail(fault)


def test_a_fault_may_wait_for_its_method(slack: Slack, connection: SlackConnection) -> None:
    slack.fail({"status": 500, "method": "users.lookupByEmail"})
    connection.check()
    with pytest.raises(VendorError, match="500"):
        connection.find_user("ada@example.com")


def test_clear_forgets_all(slack: Slack, connection: SlackConnection) -> None:
    connection.post_message(channel="leads", text="x", blocks=[], dedupe_id="1")
    slack.post("/__control", {"clear": True})
    assert slack.requests() == []
    assert slack.messages("leads") == []


def test_another_sites_form_cannot_steer_it(slack: Slack) -> None:
    with pytest.raises(HTTPError, match="400"):
        urlopen(Request(f"{slack.url}/__control", b'{"clear": true}', {"Content-Type": "text/plain"}), timeout=5)


def test_ids_survive_a_restart(slack: Slack, connection: SlackConnection) -> None:
    user = str(connection.find_user("ada@example.com"))
    direct = connection.open_direct_message(user)
    slack.post("/__control", {"clear": True})
    connection.post_message(channel=direct, text="still here", blocks=[], dedupe_id="1")
    assert connection.find_user("ada@example.com") == user
    assert slack.messages("Ada")[0]["text"] == "still here"


def test_the_page_is_whole_and_runs_nothing_but_its_own(slack: Slack) -> None:
    with urlopen(f"{slack.url}/", timeout=5) as answer:
        page = answer.read().decode()
        policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for address in re.findall(r'(?:href|src)="([^"]+)"', page):
        with urlopen(slack.url + address, timeout=5) as answer:
            source = answer.read().decode()
        assert "innerHTML" not in source
        assert "//cdn" not in source


def test_the_page_is_asked_only_for_what_changed(slack: Slack) -> None:
    revision = slack.get("/__state")["revision"]
    with urlopen(f"{slack.url}/__state?seen={revision}", timeout=5) as answer:
        assert answer.status == 204


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.1", "example.com", "::", ""])
def test_it_listens_on_this_machine_alone(slack: Slack, host: str) -> None:
    with pytest.raises(NotThisMachine):
        serve(slack.app, host=host, port=0)
