"""What Slack is answered: alike whether it asked over HTTP or over a socket."""

from functools import partial
from typing import Any

import structlog

from revops.integrations.errors import VendorError
from revops.integrations.slack_dialog import REASON, errors_response, wait_response
from revops.slack import clicks, doing
from revops.slack.doing import Outcome
from revops.slack.payloads import Pressed, Submitted
from revops.slack.sending import connection

log = structlog.get_logger(__name__)


def answer(said: Pressed | Submitted | None) -> dict[str, Any]:
    """Do what was asked; what the acknowledgement carries, which is nothing for a click. Raises doing.Busy."""
    if isinstance(said, Submitted):
        return _submitted(said)
    if isinstance(said, Pressed) and said.action in clicks.BUTTONS:
        doing.do(partial(clicks.press, said), in_time=partial(_refused, said), late=partial(_became, said))
    return {}


def _submitted(said: Submitted) -> dict[str, Any]:
    """The dialog closes, or says beside a field why not; kept waiting it says so, and the outcome comes by message."""
    outcome = doing.do(partial(clicks.submit, said), in_time=_in_the_dialog, late=partial(_by_message, said))
    if outcome is None:
        return wait_response()
    errors = outcome.errors or ({REASON: outcome.refusal} if outcome.refusal else {})
    return errors_response(errors) if errors else {}


def _refused(pressed: Pressed, outcome: Outcome) -> None:
    """What was done in time is seen on the card, or is said."""
    _say(pressed, outcome.refusal or outcome.aside)


def _became(pressed: Pressed, outcome: Outcome) -> None:
    _say(pressed, outcome.told)


def _say(pressed: Pressed, text: str) -> None:
    """A line for the person who clicked, alone. Said once: an hour later nobody remembers the click."""
    if not text or not pressed.response_url:
        return
    try:
        connection().respond(pressed.response_url, text=text)
    except VendorError as error:
        log.warning("slack_click_unanswered", error=str(error))


def _in_the_dialog(outcome: Outcome) -> None:
    """Its acknowledgement has said it."""


def _by_message(said: Submitted, outcome: Outcome) -> None:
    """A dialog has no response_url."""
    slack = connection()
    try:
        channel = slack.open_direct_message(said.member)
        mark = f"answer:{said.lead_id}:{said.seq}"
        slack.post_message(channel=channel, text=outcome.told, blocks=[], dedupe_id=mark)
    except VendorError as error:
        log.warning("slack_dialog_unanswered", error=str(error))
