"""What is said to Slack after its click was acknowledged."""

import structlog

from revops.integrations.errors import VendorError
from revops.slack.sending import connection

log = structlog.get_logger(__name__)


def tell(response_url: str, text: str) -> None:
    """A line for the person who clicked, alone. Said once: an hour later nobody remembers the click."""
    try:
        connection().respond(response_url, text=text)
    except VendorError as error:
        log.warning("slack_click_unanswered", error=str(error))
