"""How Slack fares: one circuit for the workspace, and what keeps a single conversation from being reached."""

import hashlib
from datetime import datetime, timedelta
from logging import ERROR, WARNING

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from leads.models import Conversation, VendorHealth
from leads.models.vendor_health import OPENS_AT
from revops.integrations.errors import VendorError

VENDOR = "slack"
# People wait for what they are told: Slack is never left alone for longer than this without a look.
LONGEST_PAUSE = timedelta(minutes=2)
# What an admin must mend is looked at again this often: a token may be let in again without becoming another one.
LOOK_AGAIN = timedelta(minutes=5)
# As long as the one call on trial may take; nobody else asks meanwhile.
TRIAL = timedelta(seconds=30)
# What the error begins with while Slack itself has named the time until which it is left alone.
ASKED_TO_WAIT = "Slack asked us to wait"
FRESH = timedelta(minutes=1)
# One call's refusal for what it was about: the conversation, its member, or a scope that other calls do not need.
OF_A_CONVERSATION = frozenset(
    [
        "cannot_dm_bot",
        "channel_not_found",
        "is_archived",
        "messages_tab_disabled",
        "missing_scope",
        "not_in_channel",
        "restricted_action",
        "restricted_action_read_only_channel",
        "user_disabled",
        "users_not_found",
    ]
)
log = structlog.get_logger(__name__)


def fingerprint() -> str:
    """Tells one connection from another without telling its token."""
    secret = settings.SLACK_BOT_TOKEN or settings.SLACK_WEBHOOK_URL
    parts = [settings.SECRET_KEY, VENDOR, settings.SLACK_BASE_URL, secret]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def standing() -> VendorHealth | None:
    """How Slack fared with the token that is set now; None before it was asked."""
    health = VendorHealth.objects.filter(vendor=VENDOR).first()
    of_another = health is not None and health.refused and health.refused != fingerprint()
    return None if of_another else health


def closed_until(*, at: datetime) -> datetime | None:
    """Until when Slack is not to be asked, None when it may be."""
    health = standing() if settings.SLACK_BOT_TOKEN or settings.SLACK_WEBHOOK_URL else None
    return health.open_until if health is not None and health.is_open(at=at) else None


def banned_until(*, at: datetime) -> datetime | None:
    """Until when Slack itself asked us to wait, None where it did not."""
    health = standing()
    asked = health is not None and health.is_open(at=at) and health.error.startswith(ASKED_TO_WAIT)
    return health.open_until if health is not None and asked else None


def takes_the_trial(*, at: datetime) -> bool:
    """After a pause one call alone tells whether Slack is well again; true for whoever may make it."""
    health = standing()
    if health is None or not health.on_trial:
        return True
    free = Q(open_until__isnull=True) | Q(open_until__lte=at)
    return bool(VendorHealth.objects.filter(free, vendor=VENDOR).update(open_until=at + TRIAL))


def gives_back_the_trial(*, at: datetime) -> None:
    """The call that took it at `at` was refused for its own conversation: another may tell how Slack fares."""
    taken = VendorHealth.objects.filter(vendor=VENDOR, failures__gte=OPENS_AT, open_until=at + TRIAL)
    taken.update(open_until=None)


def on_trial() -> bool:
    health = standing()
    return health is not None and health.on_trial


def answered(*, at: datetime) -> bool:
    """Keep that Slack took something; true when it had not before, so that all that waits may go now."""
    health = VendorHealth.objects.filter(vendor=VENDOR).first()
    if health and not health.error and health.ok_at and at - health.ok_at < FRESH:
        return False
    with transaction.atomic():
        health = _row()
        was_ill = bool(health.failures or health.refused)
        health.succeeded(at=at)
        health.save()
    return was_ill


def failed(error: VendorError, *, at: datetime) -> bool:
    """Keep what a failure says of Slack itself; false when it is about one message or one conversation alone."""
    if error.permanent and not is_shut(error):
        return False
    with transaction.atomic():
        health = _row()
        if is_shut(error):
            health.refused_credential(str(error), credential=fingerprint(), at=at)
            health.failures, health.open_until = max(health.failures, OPENS_AT), at + LOOK_AGAIN
        elif error.code == "ratelimited" or error.retry_after is not None:
            health.paused(f"{ASKED_TO_WAIT}. {error}", until=at + timedelta(seconds=error.retry_after or 30), at=at)
        else:
            health.failed(str(error), at=at, longest=LONGEST_PAUSE)
        health.save()
    log.log(ERROR if is_shut(error) else WARNING, "slack_failed", error=str(error), code=error.code)
    return True


def is_shut(error: VendorError) -> bool:
    """Whether nothing goes through until somebody changes the token, the app or the address."""
    return error.permanent and error.configuration and error.code not in OF_A_CONVERSATION


def block(key: str, error: VendorError, *, at: datetime) -> datetime:
    """This conversation cannot be reached; until when it is left alone."""
    row, _new = Conversation.objects.get_or_create(key=key)
    row.blocked_since, row.blocked_until, row.error = row.blocked_since or at, at + LOOK_AGAIN, str(error)[:500]
    row.channel = row.member = ""
    row.save(update_fields=["blocked_since", "blocked_until", "error", "channel", "member"])
    log.error("slack_conversation_unreachable", conversation=key, error=str(error))
    return at + LOOK_AGAIN


def reached(key: str) -> bool:
    """Keep that the conversation can be reached; true when it could not before."""
    blocked = Conversation.objects.filter(key=key, blocked_since__isnull=False)
    return bool(blocked.update(blocked_since=None, blocked_until=None, error=""))


def try_again(*, at: datetime) -> None:
    """A person says that it is mended; a ban is Slack's own to lift."""
    with transaction.atomic():
        health, until = _row(), banned_until(at=at)
        health.try_again()
        health.open_until = until
        health.save()
        Conversation.objects.filter(blocked_until__isnull=False).update(blocked_until=F("blocked_since"))


def _row() -> VendorHealth:
    VendorHealth.objects.get_or_create(vendor=VENDOR)
    return VendorHealth.objects.select_for_update().get(vendor=VENDOR)
