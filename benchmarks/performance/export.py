"""A CRM's export: who won and lost which deal, and who works in whose team."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

DEALS, TEAMS = "sales_pipeline*.csv", "sales_teams.csv"
ENDS = {"won": True, "lost": False}


class BadExport(ValueError):
    """What of the export cannot be read: file, row and field, and what to do."""


@dataclass(frozen=True, order=True)
class Deal:
    closed_on: date
    key: str
    agent: str
    won: bool


@dataclass(frozen=True)
class Export:
    """`teams` are the teams' names by agent; the deals are in the order in which they closed."""

    deals: list[Deal]
    teams: Mapping[str, str]


def read(folder: Path) -> Export:
    """Closed deals from sales_pipeline….csv (opportunity_id, sales_agent, deal_stage, close_date) and the teams from
    sales_teams.csv (sales_agent, manager). Raises BadExport."""
    teams = {row["sales_agent"]: row["manager"] for _, row in _rows(folder / TEAMS, ("sales_agent", "manager"))}
    found = sorted(folder.glob(DEALS))
    if not found:
        raise BadExport(f"{folder} has no {DEALS}: name the folder that holds the export.")
    wanted = ("opportunity_id", "sales_agent", "deal_stage", "close_date")
    deals = []
    for path in found:
        for place, row in _rows(path, wanted):
            if row["deal_stage"].casefold() in ENDS:
                deals.append(_deal(row, teams, f"{path.name}, row {place}"))
    if not deals:
        raise BadExport(f"{folder} has no deal that is Won or Lost: there is nothing to foretell.")
    return Export(sorted(deals), teams)


def _deal(row: Mapping[str, str], teams: Mapping[str, str], where: str) -> Deal:
    agent = row["sales_agent"]
    if agent not in teams:
        raise BadExport(f"{where}: sales_agent {agent!r} is not in {TEAMS}; add them there with their manager.")
    try:
        closed = date.fromisoformat(row["close_date"])
    except ValueError:
        told = f"{where}: close_date {row['close_date']!r} is no day; write it like 2017-03-01."
        raise BadExport(told) from None
    return Deal(closed, row["opportunity_id"], agent, ENDS[row["deal_stage"].casefold()])


def _rows(path: Path, wanted: Iterable[str]) -> list[tuple[int, dict[str, str]]]:
    """The rows with their numbers, the heading being row 1."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restval="")
            if missing := [name for name in wanted if name not in (reader.fieldnames or ())]:
                raise BadExport(f"{path.name} has no column {', '.join(missing)}.")
            return list(enumerate(reader, start=2))
    except FileNotFoundError:
        raise BadExport(f"{path} is not there: name the folder that holds the export.") from None
