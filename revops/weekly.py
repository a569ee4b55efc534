"""The week's notice to RevOps. A row a week is the record: made once, claimed, looked for before a second try."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse

from leads.deliveries import connected
from leads.models import Arrival, Team
from revops.asked_anyway import asked_anyway, with_reasons
from revops.integrations.errors import VendorError
from revops.integrations.slack_blocks import Message, asked_anyway_card
from revops.ladder import Ladder, NoLastResort
from revops.models import WeeklyNotice
from revops.slack import by_mail
from revops.slack.sending import connection

WEEK = timedelta(days=7)
CLAIM = timedelta(minutes=10)
AGAIN_AFTER = timedelta(hours=1)
MOST_TOLD = 20


def tell_of_the_week(*, at: datetime) -> None:
    """Make the notice of the week that has ended, unless it is there, and send what waits. Safe to call at any time."""
    _owe(at=at)
    for notice in _claim(at=at):
        _send(notice, at=at)


def _owe(*, at: datetime) -> None:
    """From where the last notice ended, so that no week is left out after an outage."""
    until = _monday(at)
    if WeeklyNotice.objects.filter(until__gte=until).exists():
        return
    last = WeeklyNotice.objects.order_by("-until").first()
    since = last.until if last else until - WEEK
    asked = _arrivals(since, until).count()
    waits = asked and connected("slack.revops")
    status = WeeklyNotice.Status.PENDING if waits else WeeklyNotice.Status.SKIPPED
    WeeklyNotice.objects.get_or_create(
        until=until, defaults={"since": since, "asked": asked, "status": status, "next_try_at": at}
    )


def _monday(at: datetime) -> datetime:
    day = at.astimezone(UTC).date()
    return datetime.combine(day - timedelta(days=day.weekday()), time(0), UTC)


def _arrivals(since: datetime, until: datetime) -> Any:
    return asked_anyway().filter(at__gte=since, at__lt=until)


def _claim(*, at: datetime) -> list[WeeklyNotice]:
    """Take what is due and count the attempt before it is made."""
    with transaction.atomic():
        rows = WeeklyNotice.objects.filter(status=WeeklyNotice.Status.PENDING, next_try_at__lte=at)
        free = rows.filter(Q(claimed_until__isnull=True) | Q(claimed_until__lt=at)).order_by("pk")
        ids = list(free.select_for_update(skip_locked=True).values_list("pk", flat=True))
        WeeklyNotice.objects.filter(pk__in=ids).update(claimed_until=at + CLAIM, attempts=F("attempts") + 1)
    return list(WeeklyNotice.objects.filter(pk__in=ids).order_by("pk"))


def _send(notice: WeeklyNotice, *, at: datetime) -> None:
    try:
        answer = _say(notice, Ladder().last_resort().team)
    except VendorError as error:
        _failed(notice, str(error), at=at, permanent=error.permanent)
    except NoLastResort as error:
        _failed(notice, str(error), at=at, permanent=True)
    else:
        changed = {"status": WeeklyNotice.Status.SENT, "answer": answer, "claimed_until": None, "error": ""}
        WeeklyNotice.objects.filter(pk=notice.pk).update(**changed)


def _failed(notice: WeeklyNotice, error: str, *, at: datetime, permanent: bool) -> None:
    status = WeeklyNotice.Status.DEAD if permanent else WeeklyNotice.Status.PENDING
    changed = {"status": status, "error": error[:500], "claimed_until": None, "next_try_at": at + AGAIN_AFTER}
    WeeklyNotice.objects.filter(pk=notice.pk).update(**changed)


def _say(notice: WeeklyNotice, team: Team) -> dict[str, Any]:
    """To where RevOps is told of leads that nobody decides: its team's channel, else by mail. Raises VendorError."""
    mark = f"weekly/{notice.until:%Y-%m-%d}"
    text, blocks = _message(notice)
    if not (settings.SLACK_BOT_TOKEN and team.slack_channel):
        to = team.alert_email or Ladder().last_resort().user.email
        by_mail.mail(
            text, f"{text}\n\n{_list()}\n", to=to, mark=mark, message_id=f"<{mark.replace('/', '-')}@airtight>"
        )
        return {"mailed_to": "RevOps"}
    slack = connection()
    if notice.attempts > 1:
        found = slack.find_posted(channel=team.slack_channel, dedupe_id=mark, oldest=notice.until)
        if found is not None:
            return vars(found)
    return vars(slack.post_message(channel=team.slack_channel, text=text, blocks=blocks, dedupe_id=mark))


def _message(notice: WeeklyNotice) -> Message:
    """Date, source and what they are suppressed for: never who they are."""
    rows = with_reasons(_arrivals(notice.since, notice.until)).order_by("-at", "-pk")[:MOST_TOLD]
    return asked_anyway_card([_line(row) for row in rows], count=notice.asked, url=_list())


def _line(row: Arrival) -> str:
    parts = [f"{row.at:%-d %b %H:%M} UTC", row.source or row.door, getattr(row, "because", "")]
    lead = f"lead {row.lead_id}" if row.lead_id else "never had a lead"
    return ", ".join([*filter(None, parts), lead])


def _list() -> str:
    return f"{settings.AIRTIGHT_URL}{reverse('admin:leads_arrival_changelist')}?asked=yes"
