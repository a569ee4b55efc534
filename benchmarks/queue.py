"""The rep's queue page with few leads and with many. The bar (L1): p95 400 ms, 15 queries, however many they hold."""

from datetime import UTC, datetime, timedelta
from statistics import median

from benchmarks.figures import Figure, spread
from benchmarks.leads import in_buffer
from benchmarks.pages import visit
from leads.models import Lead, Rep
from revops.sweep import sweep

DEFAULT = 5_000
HELD = "SELECT * FROM leads_lead WHERE owner_id = %s ORDER BY due_at LIMIT 201"
FEW = 12
SECONDS, QUERIES = 0.4, 15


def measure(leads: int) -> list[Figure]:
    now = datetime.now(UTC)
    figures: list[Figure] = []
    for what, count in (("few", FEW), ("many", leads)):
        in_buffer(count, at=now - timedelta(minutes=6), name=what)
        sweep(at=now)
        rep = Rep.objects.filter(leads__isnull=False).order_by("pk")[0]
        seen = visit(rep, "/", beside=HELD, params=[rep.pk])
        figures += [
            Figure(f"{what}: held by the rep", Lead.objects.filter(owner=rep).count(), "leads"),
            *spread(f"{what}: page", seen.times, median(seen.base), "the query for the leads", bar=SECONDS),
            Figure(f"{what}: page, of it in the database", median(seen.database), "s"),
            Figure(f"{what}: queries", seen.queries, "queries", bar=QUERIES),
        ]
    return figures
