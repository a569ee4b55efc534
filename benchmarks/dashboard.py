"""The manager's dashboard over 90 days, as RevOps sees it: all teams. L2 aims at a p95 of 1.5 s."""

from datetime import UTC, datetime
from statistics import median

from benchmarks.figures import Figure, spread
from benchmarks.leads import lived
from benchmarks.pages import visit
from leads.models import Lead
from revops.demo import company

DEFAULT = 51_740
# Reads every row: no index has this column.
COUNT = "SELECT count(raw) FROM leads_lead"


def measure(leads: int) -> list[Figure]:
    lived(leads, now=datetime.now(UTC))
    everything = visit(company.rep(company.LAST_RESORT), "/dashboard/?days=90", beside=COUNT)
    team = visit(company.rep(company.MANAGER), "/dashboard/?days=90", beside=COUNT)
    base = median(everything.base)
    return [
        *spread("90 days, all teams", everything.times, base, "a count of all leads"),
        Figure("90 days, all teams, of it in the database", median(everything.database), "s"),
        *spread("90 days, a manager's team", team.times, median(team.base), "a count of all leads"),
        Figure("90 days, a manager's team, of it in the database", median(team.database), "s"),
        Figure("count of all leads", base, "s"),
        Figure("queries", everything.queries, "queries"),
        Figure("leads", Lead.objects.count(), "leads"),
    ]
