"""The week's notice to RevOps: the suppressed people who asked for a call all the same."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse

from leads.models import Arrival
from revops.asked_anyway import asked_anyway, with_reasons
from revops.integrations.slack_blocks import Message, notice_card
from revops.models import Notice

WEEK = timedelta(days=7)
MOST_TOLD = 20


def owed(*, at: datetime) -> Iterator[tuple[str, str, datetime, datetime, int]]:
    """The notice of the week that has ended: kind, subject, since, until, how many.

    It begins where the last one ended, so that no week is left out after an outage.
    """
    until = _monday(at)
    rows = Notice.objects.filter(kind=Notice.Kind.ASKED_ANYWAY)
    if rows.filter(until__gte=until).exists():
        return
    last = rows.order_by("-until").first()
    since = last.until if last else until - WEEK
    yield Notice.Kind.ASKED_ANYWAY, "", since, until, _arrivals(since, until).count()


def _monday(at: datetime) -> datetime:
    day = at.astimezone(UTC).date()
    return datetime.combine(day - timedelta(days=day.weekday()), time(0), UTC)


def _arrivals(since: datetime, until: datetime) -> Any:
    return asked_anyway().filter(at__gte=since, at__lt=until)


def message(notice: Notice) -> Message:
    """Date, source and what they are suppressed for: never who they are."""
    were = "call was" if notice.count == 1 else "calls were"
    text = f"Last week {notice.count} {were} asked for by people who are suppressed."
    rows = with_reasons(_arrivals(notice.since, notice.until)).order_by("-at", "-pk")[:MOST_TOLD]
    told = [_line(row) for row in rows]
    more = [f"and {notice.count - len(told)} more"] if notice.count > len(told) else []
    return notice_card(text, [*told, *more], url=address(notice), link="See them all")


def _line(row: Arrival) -> str:
    parts = [f"{row.at:%-d %b %H:%M} UTC", row.source or row.door, getattr(row, "because", "")]
    lead = f"lead {row.lead_id}" if row.lead_id else "never had a lead"
    return ", ".join([*filter(None, parts), lead])


def address(_notice: Notice) -> str:
    return f"{settings.AIRTIGHT_URL}{reverse('admin:leads_arrival_changelist')}?asked=yes"
