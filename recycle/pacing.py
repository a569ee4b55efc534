"""Returns at a pace: a backlog or a shipped feature must not become a flood."""

from datetime import datetime, timedelta

from django.conf import settings

from leads.models import LeadEvent

DAY = timedelta(days=1)


def a_day(reps: int) -> int:
    """How many leads may return in a day."""
    return max(1, reps) * settings.AIRTIGHT_RETURNS_PER_REP_AND_DAY


def room(*, reps: int, at: datetime) -> int:
    """How many more may return now, of a day's worth, after those of the last 24 hours."""
    returned = LeadEvent.objects.filter(kind="re_engage", at__gt=at - DAY, at__lte=at).count()
    return max(0, a_day(reps) - returned)


def slots(count: int, *, reps: int, start: datetime, already: int = 0) -> list[datetime]:
    """When each of `count` leads may start: a day's worth spread evenly, the first at `start`.

    `already` slots are taken before them.
    """
    return [start + DAY * position / a_day(reps) for position in range(already, already + count)]
