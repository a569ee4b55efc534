"""Tells RevOps what is of no one lead. Rows are the queue: made once, claimed, looked for before a second try."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from leads.deliveries import connected
from leads.models import Team
from revops import credential_notice, weekly
from revops.integrations.errors import VendorError
from revops.integrations.slack_blocks import Message
from revops.ladder import Ladder, NoLastResort
from revops.models import Notice
from revops.slack import by_mail
from revops.slack.sending import connection

log = structlog.get_logger(__name__)
CLAIM = timedelta(minutes=10)
AGAIN_AFTER = timedelta(hours=1)
# What each kind says, and where it is to be looked at.
TELLS: dict[str, tuple[Callable[[Notice], Message], Callable[[Notice], str]]] = {
    Notice.Kind.ASKED_ANYWAY: (weekly.message, weekly.address),
    Notice.Kind.CREDENTIAL: (credential_notice.message, credential_notice.address),
}


def tell_revops(*, at: datetime) -> None:
    """Make what is owed by now, and send what waits. Safe to call at any time, by any number at once."""
    for kind, subject, since, until, count in [*weekly.owed(at=at), *credential_notice.owed()]:
        waits = count and connected("slack.revops")
        status = Notice.Status.PENDING if waits else Notice.Status.SKIPPED
        rest = {"since": since, "count": count, "status": status, "next_try_at": at}
        Notice.objects.get_or_create(kind=kind, subject=subject, until=until, defaults=rest)
    for notice in _claim(at=at):
        _send(notice, at=at)


def _claim(*, at: datetime) -> list[Notice]:
    """Take what is due and count the attempt before it is made."""
    with transaction.atomic():
        rows = Notice.objects.filter(status=Notice.Status.PENDING, next_try_at__lte=at)
        free = rows.filter(Q(claimed_until__isnull=True) | Q(claimed_until__lt=at)).order_by("pk")
        ids = list(free.select_for_update(skip_locked=True).values_list("pk", flat=True))
        Notice.objects.filter(pk__in=ids).update(claimed_until=at + CLAIM, attempts=F("attempts") + 1)
    return list(Notice.objects.filter(pk__in=ids).order_by("pk"))


def _send(notice: Notice, *, at: datetime) -> None:
    try:
        answer = _say(notice, Ladder().last_resort().team)
    except VendorError as error:
        _failed(notice, str(error), at=at, permanent=error.permanent)
    except NoLastResort as error:
        _failed(notice, str(error), at=at, permanent=True)
    except Exception as error:
        log.exception("notice_raised", notice=notice.pk)
        _failed(notice, f"{type(error).__name__} while telling it", at=at, permanent=False)
    else:
        changed = {"status": Notice.Status.SENT, "answer": answer, "claimed_until": None, "error": ""}
        Notice.objects.filter(pk=notice.pk).update(**changed)


def _failed(notice: Notice, error: str, *, at: datetime, permanent: bool) -> None:
    status = Notice.Status.DEAD if permanent else Notice.Status.PENDING
    changed = {"status": status, "error": error[:500], "claimed_until": None, "next_try_at": at + AGAIN_AFTER}
    Notice.objects.filter(pk=notice.pk).update(**changed)


def _say(notice: Notice, team: Team) -> dict[str, Any]:
    """To where RevOps is told of leads that nobody decides: its team's channel, else by mail. Raises VendorError."""
    message, address = TELLS[notice.kind]
    text, blocks = message(notice)
    if not (settings.SLACK_BOT_TOKEN and team.slack_channel):
        to = team.alert_email or Ladder().last_resort().user.email
        message_id = f"<{notice.mark.replace('/', '-')}@airtight>"
        by_mail.mail(text, f"{text}\n\n{address(notice)}\n", to=to, mark=notice.mark, message_id=message_id)
        return {"mailed_to": "RevOps"}
    slack = connection()
    if notice.attempts > 1:
        found = slack.find_posted(channel=team.slack_channel, dedupe_id=notice.mark, oldest=notice.until)
        if found is not None:
            return vars(found)
    return vars(slack.post_message(channel=team.slack_channel, text=text, blocks=blocks, dedupe_id=notice.mark))
