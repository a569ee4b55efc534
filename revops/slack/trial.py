"""A test message, sent at once and told to who asked for it: what a card would meet, met while somebody looks."""

from datetime import UTC, datetime

from django.conf import settings

from leads import wording
from leads.models import Rep
from revops import deliver
from revops.integrations import slack_webhook
from revops.integrations.errors import VendorError
from revops.integrations.slack import SlackConnection
from revops.integrations.slack_blocks import notice_card
from revops.slack import conversations, health
from revops.slack.sending import connection

# What cards need; the history scopes, by which a lost answer is found again, are told of as well.
SCOPES = frozenset(
    [
        "channels:history",
        "channels:read",
        "chat:write",
        "chat:write.public",
        "groups:history",
        "groups:read",
        "im:history",
        "im:write",
        "users:read",
        "users:read.email",
    ]
)
TEXT = "A test message from Airtight: cards arrive here."


def send(*, by: Rep | None, at: datetime) -> str:
    """Where it went, and what the app is not allowed to. Raises VendorError, which is kept like any other."""
    if told := told_to_wait(at=at):
        raise VendorError(told, permanent=False)
    try:
        told = _by_webhook() if conversations.has_webhook() else _by_the_app(connection(), by, at=at)
    except VendorError as error:
        health.failed(error, at=at)
        raise
    if health.answered(at=at):
        deliver.hurry("slack", at=at)
    return told


def told_to_wait(*, at: datetime) -> str:
    """That Slack asked us to wait, and until when; '' where it did not."""
    until = health.banned_until(at=at)
    return f"{health.ASKED_TO_WAIT} until {wording.moment(until, UTC, at=at)} UTC." if until else ""


def _by_webhook() -> str:
    slack_webhook.post(settings.SLACK_WEBHOOK_URL, text=TEXT, seconds=settings.SLACK_TIMEOUT)
    return "Slack took it by the incoming webhook: look in its channel."


def _by_the_app(slack: SlackConnection, by: Rep | None, *, at: datetime) -> str:
    known = slack.check()
    channel, name = _where(slack, by)
    text, blocks = notice_card(TEXT, [], url=settings.AIRTIGHT_URL, link="Open Airtight")
    slack.post_message(channel=channel, text=text, blocks=blocks, dedupe_id=f"test/{at.isoformat()}")
    missing = sorted(SCOPES - known.scopes) if known.scopes else []
    lacks = f" The app lacks {wording.listed(missing)}: see docs/slack.md." if missing else ""
    return f"Slack took it: posted to {name} of {known.team}.{lacks}"


def _where(slack: SlackConnection, by: Rep | None) -> tuple[str, str]:
    """The admin channel, else the team channel of who asks, else their own conversation; and what it is called."""
    if channel := settings.AIRTIGHT_ADMIN_CHANNEL or (by.team.slack_channel if by else ""):
        return channel, channel
    if by is None:
        raise VendorError("There is no channel to send it to: set AIRTIGHT_ADMIN_CHANNEL.", permanent=True)
    member = by.slack_user_id or slack.find_user(by.user.email)
    if member is None:
        raise VendorError(f"No Slack member has the e-mail of {by.name}.", permanent=True, code="users_not_found")
    return slack.open_direct_message(member), f"{by.name}, as a direct message,"
