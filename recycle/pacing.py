"""Returns at a pace: a backlog or a shipped feature must not become a flood."""

from datetime import datetime, timedelta

from django.conf import settings

DAY = timedelta(days=1)


def slots(count: int, *, reps: int, start: datetime, already: int = 0) -> list[datetime]:
    """When each of `count` leads may start: the setting's number a rep and day, spread evenly, the first at `start`.

    `already` slots are taken before them.
    """
    a_day = max(1, reps) * settings.AIRTIGHT_RETURNS_PER_REP_AND_DAY
    return [start + DAY * position / a_day for position in range(already, already + count)]
