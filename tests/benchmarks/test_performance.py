"""The comparison over a CRM's export: on one of our own making, where agents differ, and where they do not."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from benchmarks.performance import __main__ as command

TEAMS = """sales_agent,manager
Ada Ash,Mona
Ben Birch,Mona
Cleo Cedar,Mona
Dan Dogwood,Noor
Eve Elm,Noor
New One,Noor
"""
HEADINGS = "opportunity_id,sales_agent,deal_stage,close_date"
AGENTS = ("Ada Ash", "Ben Birch", "Cleo Cedar", "Dan Dogwood", "Eve Elm")
APART = dict(zip(AGENTS, (80, 50, 20, 70, 30), strict=True))
ALIKE = dict.fromkeys(AGENTS, 50)


def export(folder: Path, rates: dict[str, int], *, later: dict[str, int] | None = None, each: int = 150) -> Path:
    """Deals by turns over half a year, of which each agent won so many percent in a mixed order; `later` is what they
    won in the last third."""
    lines = [HEADINGS, "OPEN1,Ada Ash,Engaging,"]
    for number in range(each):
        day = f"2026-{1 + number * 6 // each:02}-{1 + number % 28:02}"
        for agent, rate in (rates if later is None or number * 3 < each * 2 else later).items():
            stage = "Won" if (number * 37) % 100 < rate else "Lost"
            lines.append(f"{agent[:3]}{number:04},{agent},{stage},{day}")
    (folder / "sales_pipeline.csv").write_text("\n".join(lines), encoding="utf-8")
    (folder / "sales_teams.csv").write_text(TEAMS, encoding="utf-8")
    return folder


def test_agents_who_differ_are_foretold_better_by_shrunk_rates(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main([str(export(tmp_path, APART))]) == 0
    told = capsys.readouterr().out
    assert "750 deals closed from 2026-01-01" in told
    assert "by 5 agents with deals of 6 in 2 teams" in told
    assert told.count("no worse than equal weights") == 2
    assert "log-loss over 750 held-back deals" in told
    assert "log-loss over 225 held-back deals" in told
    rows = {line[20:42].strip(): line.split() for line in told.splitlines() if line.startswith(("Mona", "Noor"))}
    assert len(rows) == 6
    assert float(rows["Ada Ash"][-2]) > float(rows["Ben Birch"][-2]) > float(rows["Cleo Cedar"][-2]) >= 0.5
    assert rows["New One"][-2:] == ["1.00", "1.00"]
    assert rows["Ada Ash"][3] == "150"


def test_agents_who_are_alike_are_given_equal_weights(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([str(export(tmp_path, ALIKE))]) == 0
    told = capsys.readouterr().out
    assert "Agents differ no more than chance would have them" in told
    assert {line.split()[-2] for line in told.splitlines() if line.startswith(("Mona", "Noor"))} == {"1.00"}


def test_the_bar_can_fail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who was good is bad afterwards: their own rates, shrunk or not, foretell the later deals wrongly."""
    turned = {agent: 100 - rate for agent, rate in APART.items()}
    assert command.main([str(export(tmp_path, APART, later=turned))]) == 1
    by_time, by_deal = capsys.readouterr().out.split("by deal:")
    assert "MISSED  shrunk / equal = " in by_time
    assert "WORSE than equal weights" in by_time
    assert "WORSE" not in by_deal


def write(folder: Path, pipeline: str, teams: str = TEAMS) -> Path:
    (folder / "sales_pipeline.csv").write_text(pipeline, encoding="utf-8")
    (folder / "sales_teams.csv").write_text(teams, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("pipeline", "teams", "says"),
    [
        (f"{HEADINGS}\nA,Nobody,Won,2026-01-01", TEAMS, "sales_pipeline.csv, row 2: sales_agent 'Nobody' is not in"),
        (f"{HEADINGS}\nA,Ada Ash,Won,1.1.26", TEAMS, "row 2: close_date '1.1.26' is no day; write it like 2017-03-01"),
        (f"{HEADINGS}\nA,Ada Ash,Open,", TEAMS, "no deal that is Won or Lost"),
        ("a,b\n1,2", TEAMS, "sales_pipeline.csv has no column opportunity_id, sales_agent"),
        (f"{HEADINGS}\n", "agent\nAda", "sales_teams.csv has no column sales_agent, manager"),
    ],
)
def test_what_cannot_be_read_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], pipeline: str, teams: str, says: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main([str(write(tmp_path, pipeline, teams))])
    assert ended.value.code == 2
    assert says in capsys.readouterr().err


def test_it_runs_without_settings_or_a_database(tmp_path: Path) -> None:
    folder = export(tmp_path, APART)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "performance", str(folder)],
        cwd=settings.BASE_DIR, env={"PATH": ""}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "shrunk / equal" in done.stdout
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "performance", str(tmp_path / "none")],
        cwd=settings.BASE_DIR, env={"PATH": ""}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "is not there: name the folder" in done.stderr
