"""Records to begin with, from a CRM's export: a folder of CSV files."""

import csv
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from revops.standins.crm.records import LOST_STAGE, OPEN_STAGE, WON_STAGE, Book, Record

EXPORT_STAGES = {"Won": WON_STAGE, "Lost": LOST_STAGE, "Prospecting": OPEN_STAGE, "Engaging": "Qualification"}
FILES = ("sales_teams.csv", "accounts.csv", "sales_pipeline*.csv")


class BadExport(Exception):
    """A folder that is not the export it should be; says which file and row."""


def load_export(book: Book, folder: Path, *, at: datetime) -> None:
    """From a folder with sales_teams.csv, accounts.csv and sales_pipeline….csv. Agents become users.

    Raises BadExport.
    """
    users = {}
    for where, row in _rows(folder, FILES[0]):
        name = _needed(row, "sales_agent", where)
        users[name] = _user(book, name, at)
    accounts = {}
    for where, row in _rows(folder, FILES[1]):
        name = _needed(row, "account", where)
        accounts[name] = book.add("account", at=at, **_exported_account(row, where))
    for where, row in _rows(folder, FILES[2]):
        deal = _exported_deal(row, where)
        deal["owner"] = _named(users, row, "sales_agent", where, FILES[0])
        deal["account"] = _named(accounts, row, "account", where, FILES[1])
        book.add("opportunity", at=at, **deal)


def _user(book: Book, name: str, at: datetime) -> Record:
    return book.add("user", at=at, name=name, email=_address(name), active=True)


def _rows(folder: Path, pattern: str) -> list[tuple[str, dict[str, str]]]:
    found = sorted(folder.glob(pattern))
    if not found:
        raise BadExport(f"{folder} has no {pattern}")
    try:
        with found[0].open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadExport(f"{found[0].name} cannot be read: {error}") from None
    return [(f"{found[0].name} row {number}", _texts(row)) for number, row in enumerate(rows, start=2)]


def _texts(row: Mapping[Any, Any]) -> dict[str, str]:
    return {name: value.strip() for name, value in row.items() if isinstance(name, str) and isinstance(value, str)}


def _named(known: Mapping[str, Record], row: Mapping[str, str], column: str, where: str, file: str) -> int | None:
    """The record this column names; deals at an early stage name no account yet."""
    name = row.get(column, "")
    if not name:
        return None
    if name not in known:
        raise BadExport(f"{where}: {column} {name} is not in {file}")
    return known[name].number


def _exported_account(row: Mapping[str, str], where: str) -> dict[str, Any]:
    name = row["account"]
    domain = f"{_slug(name)}.example"
    revenue = _number(row, "revenue", where)
    employees = _number(row, "employees", where)
    return {
        "name": name,
        "domain": domain,
        "website": f"https://www.{domain}/",
        "industry": row.get("sector", ""),
        "employees": int(employees) if employees is not None else None,
        "revenue": int(revenue * 1_000_000) if revenue is not None else None,
        "country": row.get("office_location", ""),
    }


def _exported_deal(row: Mapping[str, str], where: str) -> dict[str, Any]:
    said = _needed(row, "deal_stage", where)
    if said not in EXPORT_STAGES:
        raise BadExport(f"{where}: deal_stage {said} is not one of {', '.join(EXPORT_STAGES)}")
    amount = _number(row, "close_value", where)
    return {
        "name": f"{row.get('account') or 'Unknown'} – {_needed(row, 'opportunity_id', where)}",
        "stage": EXPORT_STAGES[said],
        "type": "New Business",
        "amount": int(amount) if amount is not None else None,
        "close_date": _day(row, "close_date", where),
        "last_activity": _day(row, "engage_date", where),
    }


def _needed(row: Mapping[str, str], name: str, where: str) -> str:
    value = row.get(name, "")
    if not value:
        raise BadExport(f"{where}: {name} is empty or missing")
    return value


def _number(row: Mapping[str, str], name: str, where: str) -> Decimal | None:
    try:
        return Decimal(row[name]) if row.get(name) else None
    except InvalidOperation:
        raise BadExport(f"{where}: {name} {row[name]} is no number") from None


def _day(row: Mapping[str, str], name: str, where: str) -> date | None:
    try:
        return datetime.strptime(row[name], "%Y-%m-%d").replace(tzinfo=UTC).date() if row.get(name) else None
    except ValueError:
        raise BadExport(f"{where}: {name} {row[name]} is no date such as 2026-11-30") from None


def _address(name: str) -> str:
    return f"{_slug(name).replace('-', '.')}@crm.example"


def _slug(name: str) -> str:
    return "-".join("".join(sign if sign.isalnum() else " " for sign in name.lower()).split())
