"""Every benchmark runs, at a size of no interest, so that none of them rots. No time is asserted: machines differ."""

import math
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connection

from benchmarks import figures, leads
from benchmarks.figures import Figure
from benchmarks.replaying import AWAY
from benchmarks.suite import ALL
from leads.models import Alert, Lead
from revops.audit.auditing import audit
from revops.demo import company
from tests.world import MONDAY, check_law


@pytest.fixture
def small(db: None, planted: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.AIRTIGHT_LAST_RESORT = company.LAST_RESORT
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    monkeypatch.setattr(leads, "TOLD", 3)
    monkeypatch.setattr("benchmarks.pages.TIMES", 2)
    # Other processes would not see what a test has not committed.
    monkeypatch.setattr("benchmarks.routing.PROCESSES", 1)
    monkeypatch.setattr("benchmarks.sweep.PROCESSES", 1)
    monkeypatch.setattr("benchmarks.routing.FEW", 50)
    yield
    check_law()


# They take seconds even with a few leads.
SLOW = ("dashboard", "audit", "backtest", "sweep")


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.long) if name in SLOW else name for name in ALL])
def test_a_benchmark_runs_and_tells_figures(small: None, name: str) -> None:
    found = ALL[name].measure(60)
    assert found
    assert len({figure.name for figure in found}) == len(found)
    for figure in found:
        assert math.isfinite(figure.value)
        assert figure.value >= 0
        assert figure.unit
        assert (figure.ratio is None) == (figure.baseline == "")
    assert any(figure.ratio is not None for figure in found)
    assert ALL[name].about


def named(found: list[Figure]) -> dict[str, float]:
    return {figure.name: figure.value for figure in found}


def test_the_sweep_moves_every_lead_and_its_twin(small: None) -> None:
    told = named(ALL["sweep"].measure(120))
    steps = ("buffer to assigned", "assigned to overdue", "overdue to the Shark Tank", "Shark Tank to assigned")
    assert [told[f"{step}, leads"] for step in steps] == [100, 100, 100, 100]
    assert told["accepts meanwhile"] == len(steps)
    assert Lead.objects.filter(pk__gte=AWAY, state="assigned", slips=2).count() == 100
    assert not Lead.objects.filter(email__startswith="p").exclude(state="assigned", slips=2).exists()
    assert Alert.objects.filter(revops_at__isnull=False).count() >= 100


def test_a_figure_above_its_bar_is_too_much() -> None:
    within, above, free = Figure("a", 20, "s", bar=20), Figure("b", 20.1, "s", bar=20), Figure("c", 1e9, "s")
    assert [figure.is_too_much for figure in (within, above, free)] == [False, True, False]
    assert "TOO MUCH: the bar is 20 s" in str(above)
    assert "good" in str(within)


def test_the_queue_asks_as_much_for_few_as_for_many(small: None) -> None:
    told = named(ALL["queue"].measure(200))
    assert told["few: held by the rep"] < told["many: held by the rep"]
    assert told["few: queries"] == told["many: queries"] > 0


@pytest.mark.long
def test_copied_histories_hold_against_the_audit(small: None) -> None:
    leads.lived(300, now=MONDAY)
    assert Lead.objects.count() >= 300
    report = audit(at=MONDAY)
    assert [finding.as_dict() for finding in report.findings if not finding.ok] == []


def test_the_spread_of_times() -> None:
    times = [float(number) for number in range(1, 21)]
    assert figures.p95(times) == 19.0
    middle, late = figures.spread("page", times, 2.0, "base")
    assert (middle.value, middle.ratio, late.value, late.ratio) == (10.5, 5.25, 19.0, 9.5)
    assert "page, median" in str(middle)
    assert "x base" in str(middle)


def test_an_unknown_name_is_told_with_those_there_are() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "nonsense"],
        cwd=configured.BASE_DIR,
        env=os.environ | {"SECRET_KEY": "x", "DATABASE_URL": "postgresql:///nowhere"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "there is no benchmark nonsense; there are intake, sweep, routing, backtest, audit" in done.stderr
    assert connection.settings_dict["NAME"].startswith("test_")
