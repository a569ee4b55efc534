"""The recycle dialog: the view that Airtight opens, and what its submission says. Pure.

https://docs.slack.dev/surfaces/modals
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from revops.integrations.slack_text import OPTION, escaped, mrkdwn, plain

CALLBACK = "lead_recycle"
REASON = "reason"
UNTIL = "until"
FEATURE = "feature"
FIELD = "field"
LEAD = "lead"
NOTE = "note"
ANSWERS = (REASON, UNTIL, FEATURE, FIELD, LEAD, NOTE)
VALUE = "value"  # the one action in each of these blocks

MOST_OPTIONS = 100
# As much as a recycle takes.
NOTE_LENGTH = 500
LABEL = 150
TOLD, MOST_LINES = 300, 10


@dataclass(frozen=True)
class Choice:
    """One option of a select. `hint` is a second, smaller line."""

    value: str
    label: str
    hint: str = ""


def recycle_view(
    reasons: Sequence[Choice],
    private_metadata: str,
    *,
    features: Sequence[Choice] = (),
    fields: Sequence[Choice] = (),
    leads: Sequence[Choice] = (),
    left_out: Sequence[str] = (),
) -> dict[str, Any]:
    """Why is the lead sent back? What a reason does not ask for is left empty; what has no options is not asked.

    `left_out` says which reasons cannot be given now, and why. Slack shows 100 options at most.
    """
    asked = [
        (FEATURE, "Missing feature", "Choose a feature", features, "For a feature gap: it comes back when that ships."),
        (FIELD, "What is wrong", "Choose a field", fields, "For a wrong territory or bad data."),
        (LEAD, "The lead it repeats", "Choose a lead", leads, "For a duplicate: this one is merged into that."),
    ]
    text = {"type": "plain_text_input", "multiline": True, "max_length": NOTE_LENGTH}
    blocks = [
        _input(REASON, "Reason", _select("Choose a reason", reasons), optional=False),
        _input(UNTIL, "Come back on", {"type": "datepicker"}, hint="For Timing; left empty, the reason's own date."),
        *(
            _input(name, label, _select(hold, options), hint=hint)
            for name, label, hold, options, hint in asked
            if options
        ),
        _input(NOTE, "Note", text, hint="What the next person should know."),
    ]
    return _modal(blocks + _told(left_out), private_metadata) | {"submit": plain("Recycle", 24)}


def wait_response() -> dict[str, Any]:
    """The answer to a submission that takes longer than Slack waits: the dialog says so, and asks no more."""
    wait = "Airtight is still at it. What became of it comes to you as a message."
    return {"response_action": "update", "view": _modal(_told([wait]), "")}


def _modal(blocks: list[dict[str, Any]], private_metadata: str) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": private_metadata,
        "title": plain("Recycle this lead", 24),
        "close": plain("Keep it" if private_metadata else "Close", 24),
        "blocks": blocks,
    }


def _told(lines: Sequence[str]) -> list[dict[str, Any]]:
    elements = [mrkdwn(escaped(line, TOLD)) for line in lines[:MOST_LINES]]
    return [{"type": "context", "elements": elements}] if elements else []


def read_recycle_view(payload: Mapping[str, Any]) -> dict[str, str]:
    """What was filled in, of ANSWERS, `until` as YYYY-MM-DD; unchecked, as any form's fields."""
    blocks = _mapping(_mapping(_mapping(payload.get("view")).get("state")).get("values"))
    answers = {name: _answer(_mapping(_mapping(blocks.get(name)).get(VALUE))) for name in ANSWERS}
    return {name: answer for name, answer in answers.items() if answer}


def errors_response(errors: Mapping[str, str]) -> dict[str, Any]:
    """The answer to a submission that keeps the dialog open, with each message under its field."""
    shown = {name if name in ANSWERS else REASON: text for name, text in errors.items()}
    return {"response_action": "errors", "errors": shown}


def _input(
    block_id: str, label: str, element: dict[str, Any], *, optional: bool = True, hint: str = ""
) -> dict[str, Any]:
    block = {
        "type": "input",
        "block_id": block_id,
        "optional": optional,
        "label": plain(label, LABEL),
        "element": {**element, "action_id": VALUE},
    }
    return {**block, "hint": plain(hint, LABEL)} if hint else block


def _select(placeholder: str, choices: Sequence[Choice]) -> dict[str, Any]:
    options = [_option(choice) for choice in choices[:MOST_OPTIONS]]
    return {"type": "static_select", "placeholder": plain(placeholder, LABEL), "options": options}


def _option(choice: Choice) -> dict[str, Any]:
    option = {"text": plain(choice.label, OPTION), "value": choice.value}
    return {**option, "description": plain(choice.hint, OPTION)} if choice.hint else option


def _answer(element: Mapping[str, Any]) -> str:
    selected = _mapping(element.get("selected_option")).get("value")
    answer = selected or element.get("selected_date") or element.get("value")
    return answer.strip() if isinstance(answer, str) else ""


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
