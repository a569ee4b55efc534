"""How late deadlines are acted on, counted over all processes and for ever, as a monitor wants it."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from revops.models import Lateness

ADD = f"""
INSERT INTO {Lateness._meta.db_table} AS kept (up_to, count, seconds)
SELECT * FROM unnest(%s::integer[], %s::bigint[], %s::float8[])
ON CONFLICT (up_to) DO UPDATE SET count = kept.count + excluded.count, seconds = kept.seconds + excluded.seconds
"""  # noqa: S608


def keep(due: Sequence[datetime], *, at: datetime) -> None:
    """These deadlines were acted on by `at`."""
    late = sorted((at - deadline).total_seconds() for deadline in due)
    found: dict[int, list[float]] = {}
    for seconds in late:
        found.setdefault(bound(seconds), []).append(seconds)
    if found:
        counts, sums = [len(group) for group in found.values()], [sum(group) for group in found.values()]
        with connection.cursor() as cursor:
            cursor.execute(ADD, [list(found), counts, sums])


def bound(seconds: float) -> int:
    """The row that a lateness is counted in."""
    return Lateness.BOUNDS[min(bisect_left(Lateness.BOUNDS, seconds), len(Lateness.BOUNDS) - 1)]


def histogram() -> tuple[list[tuple[str, float]], float]:
    """How many were at most so late, by bound, and the sum of all seconds: Prometheus' histogram."""
    rows = {row.up_to: row for row in Lateness.objects.all()}
    buckets: list[tuple[str, float]] = []
    total = 0
    for up_to in Lateness.BOUNDS:
        total += rows[up_to].count if up_to in rows else 0
        buckets.append(("+Inf" if up_to == Lateness.LATER else f"{up_to:.1f}", total))
    return buckets, sum(row.seconds for row in rows.values())
