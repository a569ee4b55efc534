"""The recycle dialog: the view that Airtight opens, and what its submission says. Pure.

https://docs.slack.dev/surfaces/modals
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from revops.integrations.slack_text import OPTION, plain

CALLBACK = "lead_recycle"
REASON = "reason"
UNTIL = "until"
FEATURE = "feature"
NOTE = "note"
VALUE = "value"  # the one action in each of these blocks

MOST_OPTIONS = 100
NOTE_LENGTH = 2000
LABEL = 150


@dataclass(frozen=True)
class Choice:
    """One option of a select. `hint` is a second, smaller line."""

    value: str
    label: str
    hint: str = ""


def recycle_view(reasons: Sequence[Choice], features: Sequence[Choice], private_metadata: str) -> dict[str, Any]:
    """Why is the lead sent back? What a reason does not ask for is left empty. Slack shows 100 options at most."""
    blocks = [
        _input(REASON, "Reason", _select("Choose a reason", reasons), optional=False),
        _input(UNTIL, "Come back on", {"type": "datepicker"}, hint="For Timing; left empty, the reason's own date."),
    ]
    if features:
        hint = "For a feature gap: the lead comes back when it ships."
        blocks.append(_input(FEATURE, "Missing feature", _select("Choose a feature", features), hint=hint))
    text = {"type": "plain_text_input", "multiline": True, "max_length": NOTE_LENGTH}
    blocks.append(_input(NOTE, "Note", text, hint="What the next person should know."))
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": private_metadata,
        "title": plain("Recycle this lead", 24),
        "submit": plain("Recycle", 24),
        "close": plain("Keep it", 24),
        "blocks": blocks,
    }


def read_recycle_view(payload: Mapping[str, Any]) -> dict[str, str]:
    """What was filled in, of `reason`, `until` (YYYY-MM-DD), `feature` and `note`; unchecked, as any form's fields."""
    blocks = _mapping(_mapping(_mapping(payload.get("view")).get("state")).get("values"))
    answers = {
        name: _answer(_mapping(_mapping(blocks.get(name)).get(VALUE))) for name in (REASON, UNTIL, FEATURE, NOTE)
    }
    return {name: answer for name, answer in answers.items() if answer}


def errors_response(errors: Mapping[str, str]) -> dict[str, Any]:
    """The answer to a submission that keeps the dialog open, with each message under its field."""
    shown = {name if name in {REASON, UNTIL, FEATURE, NOTE} else REASON: text for name, text in errors.items()}
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
