"""Tells what is of no one lead: RevOps, and each team its day's digest. Rows are the queue: made once, claimed, looked
for before a second try."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F

from leads.deliveries import connected
from leads.models import Conversation, Team
from leads.queues import free_to_claim
from revops import credential_notice, daily_digest, timer_notices, trouble_notices, weekly
from revops.integrations import slack_webhook
from revops.integrations.errors import VendorError
from revops.integrations.slack import Posted
from revops.integrations.slack_blocks import Message
from revops.integrations.slack_text import read_aloud
from revops.ladder import Ladder, NoLastResort
from revops.models import Notice
from revops.slack import by_mail, conversations, health
from revops.slack.sending import connection

log = structlog.get_logger(__name__)
CLAIM = timedelta(minutes=10)
# What passes by itself is tried again soon, then less and less often; what an admin must mend, once they may have.
SOON, AGAIN_AFTER = timedelta(minutes=2), timedelta(hours=1)
# What each kind says, and where it is to be looked at.
TELLS: dict[str, tuple[Callable[[Notice], Message], Callable[[Notice], str]]] = {
    Notice.Kind.ASKED_ANYWAY: (weekly.message, weekly.address),
    Notice.Kind.CREDENTIAL: (credential_notice.message, credential_notice.address),
    Notice.Kind.SLACK: (trouble_notices.slack_message, trouble_notices.address),
    Notice.Kind.CONVERSATION: (trouble_notices.conversations_message, trouble_notices.address),
    Notice.Kind.DEAD: (trouble_notices.dead_message, trouble_notices.address),
    Notice.Kind.DIGEST: (daily_digest.message, daily_digest.address),
    Notice.Kind.ASIDE: (timer_notices.aside_message, timer_notices.address),
    Notice.Kind.SILENT: (timer_notices.silent_message, timer_notices.address),
}
# Troubles that pass by themselves or are mended: whether there still is one by the time that it can be told.
STILL: dict[str, Callable[[Notice], bool]] = {
    Notice.Kind.CREDENTIAL: credential_notice.still,
    Notice.Kind.SLACK: trouble_notices.slack_still,
    Notice.Kind.CONVERSATION: trouble_notices.conversations_still,
    Notice.Kind.ASIDE: timer_notices.aside_still,
    Notice.Kind.SILENT: timer_notices.silent_still,
}
# What may be a team's to be told; all else is RevOps'.
TEAMS: dict[str, Callable[[Notice], Team | None]] = {
    Notice.Kind.DIGEST: daily_digest.team_of,
    Notice.Kind.ASIDE: timer_notices.team_of,
}


@dataclass(frozen=True)
class Reader:
    """To whom a notice goes, and by which ways."""

    name: str
    channel: str
    email: str


def tell_revops(*, at: datetime) -> None:
    """Make what is owed by now, and send what waits. Safe to call at any time, by any number at once."""
    with transaction.atomic():
        Notice.objects.bulk_create([_notice(*owed, at=at) for owed in _owed(at=at)], ignore_conflicts=True)
    for notice in _claim(at=at):
        if notice.kind in STILL and not STILL[notice.kind](notice):
            _passed(notice)
        else:
            _send(notice, at=at)


def _owed(*, at: datetime) -> Iterator[tuple[str, str, datetime, datetime, int]]:
    """Kind, subject, since, until, how many."""
    yield from weekly.owed(at=at)
    yield from credential_notice.owed()
    yield from trouble_notices.owed(at=at)
    yield from timer_notices.owed(at=at)
    yield from daily_digest.owed(at=at)


def _notice(kind: str, subject: str, since: datetime, until: datetime, count: int, *, at: datetime) -> Notice:
    waits = count and connected("slack.revops")
    status = Notice.Status.PENDING if waits else Notice.Status.SKIPPED
    return Notice(kind=kind, subject=subject, since=since, until=until, count=count, status=status, next_try_at=at)


def _claim(*, at: datetime) -> list[Notice]:
    """Take what is due and count the attempt before it is made."""
    with transaction.atomic():
        rows = Notice.objects.filter(status=Notice.Status.PENDING, next_try_at__lte=at)
        free = rows.filter(free_to_claim(at=at)).order_by("pk")
        ids = list(free.select_for_update(skip_locked=True).values_list("pk", flat=True))
        Notice.objects.filter(pk__in=ids).update(claimed_until=at + CLAIM, attempts=F("attempts") + 1)
    return list(Notice.objects.filter(pk__in=ids).order_by("pk"))


def _send(notice: Notice, *, at: datetime) -> None:
    try:
        answer = _say(notice, at=at)
    except VendorError as error:
        _failed(notice, str(error), at=at, wait=_wait(notice, error))
    except NoLastResort as error:
        _failed(notice, str(error), at=at, wait=None)
    except Exception as error:
        log.exception("notice_raised", notice=notice.pk)
        _failed(notice, f"{type(error).__name__} while telling it", at=at, wait=_growing(notice))
    else:
        changed = {"status": Notice.Status.SENT, "answer": answer, "claimed_until": None, "error": ""}
        Notice.objects.filter(pk=notice.pk).update(**changed)


def _passed(notice: Notice) -> None:
    """What would be told is so no longer."""
    changed = {"status": Notice.Status.SKIPPED, "answer": {"passed": True}, "claimed_until": None}
    Notice.objects.filter(pk=notice.pk).update(**changed)


def _failed(notice: Notice, error: str, *, at: datetime, wait: timedelta | None) -> None:
    """It is tried again after that long; for None it has failed for good."""
    status = Notice.Status.DEAD if wait is None else Notice.Status.PENDING
    changed = {"status": status, "error": error[:500], "claimed_until": None, "next_try_at": at + (wait or AGAIN_AFTER)}
    Notice.objects.filter(pk=notice.pk).update(**changed)


def _wait(notice: Notice, error: VendorError) -> timedelta | None:
    if error.configuration:
        return AGAIN_AFTER
    return None if error.permanent else _growing(notice)


def _growing(notice: Notice) -> timedelta:
    return min(SOON * 2 ** min(notice.attempts - 1, 10), AGAIN_AFTER)


def _say(notice: Notice, *, at: datetime) -> dict[str, Any]:
    """By the way that still works: in Slack where it and the channel can be reached, else by mail. Raises VendorError,
    NoLastResort."""
    message, address = TELLS[notice.kind]
    text, blocks = message(notice)
    reader = _reader(notice)
    if settings.SLACK_BOT_TOKEN and reader.channel and not _out_of_reach(reader.channel, at=at):
        try:
            return vars(_post(notice, reader.channel, text, blocks))
        except VendorError as error:
            health.failed(error, at=at)
            if not settings.EMAIL_HOST or not error.permanent:
                raise
    if conversations.has_webhook() and not _out_of_reach(conversations.WEBHOOK, at=at):
        said = f"{text}\n{_lines(blocks)}<{address(notice)}|See more>"
        slack_webhook.post(settings.SLACK_WEBHOOK_URL, text=said, seconds=settings.SLACK_TIMEOUT)
        return {"posted_by": "webhook"}
    if not settings.EMAIL_HOST and health.closed_until(at=at) is not None:
        raise VendorError("Slack is left alone for now, and there is no mail server (EMAIL_HOST).", permanent=False)
    message_id = f"<{notice.mark.replace('/', '-')}@airtight>"
    body = f"{read_aloud(text)}\n\n{read_aloud(_lines(blocks))}{address(notice)}\n"
    by_mail.mail(read_aloud(text), body, to=reader.email, mark=notice.mark, of="notices", message_id=message_id)
    return {"mailed_to": reader.name}


def _reader(notice: Notice) -> Reader:
    """A team is told its own digest and of its own leads, RevOps all else. Raises NoLastResort."""
    team = TEAMS[notice.kind](notice) if notice.kind in TEAMS else None
    if team is not None:
        manager = team.manager.user.email if team.manager else ""
        return Reader(str(team), team.slack_channel, team.alert_email or manager)
    last = Ladder().last_resort()
    channel = settings.AIRTIGHT_ADMIN_CHANNEL or last.team.slack_channel
    return Reader("RevOps", channel, last.team.alert_email or last.user.email)


def _out_of_reach(channel: str, *, at: datetime) -> bool:
    blocked = Conversation.objects.filter(key=channel, blocked_until__gt=at)
    return health.closed_until(at=at) is not None or health.on_trial() or blocked.exists()


def _post(notice: Notice, channel: str, text: str, blocks: list[Any]) -> Posted:
    slack = connection()
    if notice.attempts > 1:
        found = slack.find_posted(channel=channel, dedupe_id=notice.mark, oldest=notice.until)
        if found is not None:
            return found
    return slack.post_message(channel=channel, text=text, blocks=blocks, dedupe_id=notice.mark)


def _lines(blocks: list[Any]) -> str:
    """What the card lists, where it is no card."""
    return "".join(f"{block['text']['text']}\n\n" for block in blocks if block["type"] == "section")
