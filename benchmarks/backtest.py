"""A version of the rules compared with what is in force over leads lived through, by one process.

The bar is 10,000 leads within a minute. Judging them alone, by both versions, is what any comparison would have to do.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.figures import Figure, peak_memory, seconds
from benchmarks.leads import lived
from revops import backtesting, rules
from routing import judging
from routing.models import IcpProfile, Pool
from routing.trials import Trials

DEFAULT = 10_000
NOW = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
DAYS = 365


def measure(leads: int) -> list[Figure]:
    lived(leads, now=NOW)
    base = rules.standing()
    profile = IcpProfile.objects.get(active=True)
    profile.intent_bar = 55
    profile.save()
    Pool.objects.update(strategy=Pool.Strategy.LOAD_BALANCED)
    candidate = rules.written()
    found: list[dict[str, Any]] = []
    with peak_memory("memory of the comparison") as memory:
        taken = seconds(lambda: found.append(_compared(base, candidate)))
    judged = seconds(lambda: _judge(base, candidate))
    count = found[0]["leads"]
    return [
        Figure(f"{count:,} leads compared", taken, "s", taken / judged, "judging them"),
        Figure(f"{count:,} leads judged, by both versions", judged, "s"),
        Figure("compared a second", count / taken, "leads/s"),
        Figure("leads that change hands", sum(found[0]["changed"].values()), "leads"),
        *memory,
    ]


def _compared(base: rules.Rules, candidate: rules.Rules) -> dict[str, Any]:
    return backtesting.compare(base, candidate, days=DAYS, at=NOW, progress=lambda _done, _total: None)


def _judge(*versions: rules.Rules) -> None:
    for trial in Trials(since=NOW - timedelta(days=DAYS), until=NOW):
        for version in versions:
            if version.routing.profile is not None:
                judging.judge(version.routing.profile.criteria, trial.case.facts, awaited=trial.awaited)
