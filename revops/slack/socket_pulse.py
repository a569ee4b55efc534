"""The sign of life of Slack's socket: given while it is open, wanted where Socket Mode is set up."""

from datetime import timedelta

from django.conf import settings

from revops.sweep import pulse_age

SOCKET = "slack_socket"
SILENT_AFTER = timedelta(minutes=3)
NEVER_HEARD_OF = (
    "SLACK_APP_TOKEN is set, so clicks in Slack come over a socket, and `manage.py slack_socket` was never heard of"
)


def trouble() -> str:
    """Why clicks in Slack may not arrive; '' where they do, or where they come over HTTP."""
    if not settings.SLACK_APP_TOKEN:
        return ""
    age = pulse_age(SOCKET)
    if age is None:
        return NEVER_HEARD_OF
    if age <= SILENT_AFTER:
        return ""
    return (
        f"`manage.py slack_socket` has had no open socket for {int(age.total_seconds())} s: no click in Slack arrives"
    )
