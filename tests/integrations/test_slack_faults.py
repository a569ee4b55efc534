"""Slack misbehaves: every failure is named, and says whether to try again, when, and whether to look first."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from revops.integrations.errors import VendorError
from revops.integrations.slack import Posted, SlackConnection
from revops.standins.slack.methods import METHODS
from tests.integrations.conftest import TOKEN, Slack


def post(connection: SlackConnection, dedupe_id: str = "d-1") -> Posted:
    return connection.post_message(channel="leads", text="x", blocks=[], dedupe_id=dedupe_id)


def failure(connection: SlackConnection) -> VendorError:
    with pytest.raises(VendorError) as caught:
        post(connection)
    return caught.value


@pytest.mark.parametrize(
    ("fault", "permanent", "ambiguous", "configuration", "code"),
    [
        ({"status": 500}, False, True, False, ""),
        ({"status": 502}, False, True, False, ""),
        ({"status": 503}, False, False, False, ""),
        ({"status": 404}, True, False, True, ""),
        ({"status": 302}, True, False, True, ""),
        ({"html": True}, False, True, False, ""),
        ({"truncated": True}, False, True, False, ""),
        ({"error": "ratelimited"}, False, False, False, "ratelimited"),
        ({"error": "service_unavailable"}, False, False, False, "service_unavailable"),
        ({"error": "internal_error"}, False, True, False, "internal_error"),
        ({"error": "fatal_error"}, False, True, False, "fatal_error"),
        ({"error": "channel_not_found"}, True, False, True, "channel_not_found"),
        ({"error": "not_in_channel"}, True, False, True, "not_in_channel"),
        ({"error": "token_revoked"}, True, False, True, "token_revoked"),
        ({"error": "missing_scope"}, True, False, True, "missing_scope"),
        ({"error": "msg_too_long"}, True, False, False, "msg_too_long"),
        ({"error": "a_new_code"}, True, False, False, "a_new_code"),
    ],
    ids=str,
)
def test_each_failure_has_its_class(
    slack: Slack,
    connection: SlackConnection,
    fault: dict[str, Any],
    permanent: bool,
    ambiguous: bool,
    configuration: bool,
    code: str,
) -> None:
    slack.fail(fault)
    error = failure(connection)
    assert (error.permanent, error.ambiguous, error.configuration) == (permanent, ambiguous, configuration)
    assert error.code == code
    assert "chat.postMessage" in str(error)
    assert TOKEN not in str(error)
    post(connection)


def test_an_unknown_code_says_so(slack: Slack, connection: SlackConnection) -> None:
    slack.fail({"error": "a_new_code"})
    assert "a code Airtight does not know" in str(failure(connection))


def test_what_slack_says_of_blocks_is_passed_on(connection: SlackConnection) -> None:
    header = {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}
    with pytest.raises(VendorError, match="must be less than 151 characters") as caught:
        connection.post_message(channel="leads", text="x", blocks=[header], dedupe_id="1")
    assert caught.value.code == "invalid_blocks"


def test_429_keeps_the_time_to_wait(slack: Slack, connection: SlackConnection) -> None:
    slack.fail({"status": 429, "retry_after": 2}, {"status": 429})
    asked = failure(connection)
    assert (asked.retry_after, asked.permanent, asked.ambiguous) == (2.0, False, False)
    assert failure(connection).retry_after is None
    assert len(slack.requests()) == 2  # nothing was repeated behind our back


def test_a_hang_is_given_up_and_is_ambiguous(slack: Slack, hasty: SlackConnection) -> None:
    slack.fail({"hang": 1.5, "effect": True})
    began = time.monotonic()
    error = failure(hasty)
    assert time.monotonic() - began < 1.2
    assert (error.permanent, error.ambiguous) == (False, True)


def test_a_dripping_answer_cannot_hold_a_worker(slack: Slack, hasty: SlackConnection) -> None:
    slack.fail({"drip": True, "effect": True})
    began = time.monotonic()
    error = failure(hasty)
    assert time.monotonic() - began < 1.2
    assert (error.permanent, error.ambiguous) == (False, True)


@pytest.mark.parametrize(
    "fault", [{"hang": 1.5}, {"drip": True}, {"truncated": True}, {"html": True}, {"status": 500}], ids=str
)
def test_after_a_lost_answer_the_message_is_found_and_not_posted_again(
    slack: Slack, hasty: SlackConnection, fault: dict[str, Any]
) -> None:
    slack.fail({**fault, "effect": True})
    assert failure(hasty).ambiguous
    found = hasty.find_posted(channel="leads", dedupe_id="d-1", oldest=datetime.now(UTC) - timedelta(minutes=1))
    (message,) = slack.messages("leads")
    assert found is not None
    assert found.ts == message["ts"]


def test_a_lost_answer_to_a_question_is_not_ambiguous(slack: Slack, hasty: SlackConnection) -> None:
    slack.fail({"hang": 1.0})
    with pytest.raises(VendorError) as caught:
        hasty.find_user("ada@example.com")
    assert (caught.value.permanent, caught.value.ambiguous) == (False, False)


def test_nobody_listening_is_neither_permanent_nor_ambiguous() -> None:
    error = failure(SlackConnection("http://127.0.0.1:9/api/", TOKEN, 2.0))
    assert (error.permanent, error.ambiguous) == (False, False)


@pytest.mark.parametrize("base_url", ["file:///etc/", "slack.com/api/", "http://127.0.0.1:port/", ""])
def test_a_base_url_that_is_none_is_a_matter_of_configuration(base_url: str) -> None:
    assert failure(SlackConnection(base_url, TOKEN, 2.0)).configuration


def test_an_answer_without_its_ts_is_no_success(connection: SlackConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(METHODS, "chat.postMessage", lambda workspace, asked: {"channel": "C1"})
    error = failure(connection)
    assert "has no ts" in str(error)
    assert error.ambiguous
