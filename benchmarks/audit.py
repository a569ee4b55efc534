"""`manage.py audit` over leads with their histories, beside a plain count of the events."""

from datetime import UTC, datetime

from django.db import connection

from benchmarks.figures import Figure, peak_memory, seconds
from benchmarks.leads import lived
from leads.models import Lead
from revops.audit.auditing import Report, audit

DEFAULT = 50_000


def measure(leads: int) -> list[Figure]:
    at = datetime.now(UTC)
    lived(leads, now=at)
    reports: list[Report] = []
    with peak_memory("peak memory") as memory:
        taken = seconds(lambda: reports.append(audit(at=at)))
    base = seconds(_count)
    return [
        Figure("audit", taken, "s", taken / base, "a count of all events"),
        Figure("leads", Lead.objects.count(), "leads"),
        Figure("checks that found something", sum(not found.ok for found in reports[0].findings), "checks"),
        *memory,
    ]


def _count() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(data) FROM leads_leadevent")
        cursor.fetchall()
