"""The one source of time. Read once at each door and passed down as `at`."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection


def now() -> datetime:
    """The time, in UTC; with AIRTIGHT_TEST_CLOCK moved by the offset that every process reads from the database."""
    return datetime.now(UTC) + offset()


def offset() -> timedelta:
    if not settings.AIRTIGHT_TEST_CLOCK:
        return timedelta(0)
    with connection.cursor() as cursor:
        cursor.execute('SELECT "offset" FROM revops_clockoffset WHERE id = 1')
        row = cursor.fetchone()
    return row[0] if row else timedelta(0)


def move(by: timedelta) -> datetime:
    """Move the trial's clock. Raises RuntimeError unless AIRTIGHT_TEST_CLOCK is on, or when it would go back."""
    if not settings.AIRTIGHT_TEST_CLOCK:
        raise RuntimeError("The clock can only be moved with AIRTIGHT_TEST_CLOCK=1, which no production has.")
    if by < timedelta(0):
        raise RuntimeError("The clock only moves forward: what has happened has happened.")
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO revops_clockoffset (id, "offset") VALUES (1, %s::interval) ON CONFLICT (id) '
            'DO UPDATE SET "offset" = revops_clockoffset."offset" + excluded."offset"',
            [f"{by.total_seconds()} seconds"],
        )
    return now()
