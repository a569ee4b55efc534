"""The recycle dialog: what Slack is given, and what a submission says."""

from typing import Any

import pytest

from revops.integrations.slack_dialog import Choice, errors_response, read_recycle_view, recycle_view
from revops.standins.slack.rules import view_breaches

REASONS = [Choice("timing", "Timing", "comes back in 90 days"), Choice("budget", "Budget")]
FEATURES = [Choice("sso", "SAML <sso> & more")]


def submission(**values: dict[str, Any]) -> dict[str, Any]:
    return {"view": {"state": {"values": {block: {"value": element} for block, element in values.items()}}}}


def test_slack_takes_the_dialog() -> None:
    view = recycle_view(REASONS, '{"lead":1}', features=FEATURES, fields=FEATURES, leads=FEATURES, left_out=["<a>: b"])
    assert view_breaches(view) == []
    assert [block["block_id"] for block in view["blocks"][:-1]] == [
        "reason", "until", "feature", "field", "lead", "note",
    ]  # fmt: skip
    assert [block["optional"] for block in view["blocks"][:-1]] == [False, *[True] * 5]
    assert view["blocks"][-1]["elements"][0]["text"] == "&lt;a&gt;: b"
    assert view["private_metadata"] == '{"lead":1}'
    assert view["blocks"][2]["element"]["options"][0]["text"]["text"] == "SAML &lt;sso&gt; &amp; more"


def test_without_features_there_is_no_empty_select() -> None:
    view = recycle_view(REASONS, "")
    assert view_breaches(view) == []
    assert [block["block_id"] for block in view["blocks"]] == ["reason", "until", "note"]


def test_more_options_than_slack_shows() -> None:
    many = [Choice(f"f{number}", "x" * 200) for number in range(300)]
    assert (
        view_breaches(recycle_view(many, "", features=many, fields=many, leads=many, left_out=["x" * 900] * 30)) == []
    )


def test_a_filled_dialog_is_read() -> None:
    payload = submission(
        reason={"type": "static_select", "selected_option": {"value": "timing", "text": {}}},
        until={"type": "datepicker", "selected_date": "2027-02-01"},
        feature={"type": "static_select", "selected_option": None},
        note={"type": "plain_text_input", "value": "  call in spring \n"},
    )
    assert read_recycle_view(payload) == {"reason": "timing", "until": "2027-02-01", "note": "call in spring"}


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"view": None},
        {"view": {"state": []}},
        {"view": {"state": {"values": "x"}}},
        submission(reason={"selected_option": "timing"}),
        submission(reason={"selected_option": {"value": 7}}),
        submission(note={"value": ["x"]}),
        {"view": {"state": {"values": {"reason": {"value": 3}}}}},
    ],
)
def test_junk_says_nothing(payload: dict[str, Any]) -> None:
    assert read_recycle_view(payload) == {}


def test_errors_stand_beside_their_fields() -> None:
    said = errors_response({"until": "Too far ahead.", "state": "No longer yours."})
    assert said == {"response_action": "errors", "errors": {"until": "Too far ahead.", "reason": "No longer yours."}}
