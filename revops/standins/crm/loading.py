"""Records to begin with: a company made up from a seed, or a CRM's export as a folder of CSV files."""

import csv
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from revops.standins.crm.records import LOST_STAGE, OPEN_STAGE, STAGES, WON_STAGE, Book, Record

FIRST = ("Ada", "Ben", "Chloe", "Dev", "Elif", "Femi", "Gita", "Hugo", "Iris", "Jun", "Kofi", "Lena", "Mina", "Noah")
LAST = ("Albers", "Bauer", "Costa", "Dietz", "Evans", "Fischer", "Garcia", "Hoang", "Ito", "Jansen", "Kaya", "Lopez")
WORDS = (
    "Amber",
    "Birch",
    "Cinder",
    "Delta",
    "Ember",
    "Falcon",
    "Garnet",
    "Harbor",
    "Indigo",
    "Juniper",
    "Kite",
    "Lark",
)
TRADES = ("Logistics", "Software", "Health", "Energy", "Foods", "Mills", "Robotics", "Bank", "Media", "Labs")
COUNTRIES = (("United States", "Austin"), ("Germany", "Berlin"), ("Netherlands", "Utrecht"), ("Japan", "Osaka"))
LOSSES = ("Price", "Timing", "Feature gap", "No decision")
EXPORT_STAGES = {"Won": WON_STAGE, "Lost": LOST_STAGE, "Prospecting": OPEN_STAGE, "Engaging": "Qualification"}
FILES = ("sales_teams.csv", "accounts.csv", "sales_pipeline*.csv")


class BadExport(Exception):
    """A folder that is not the export it should be; says which file and row."""


@dataclass(frozen=True)
class Size:
    users: int = 12
    accounts: int = 60
    opportunities: int = 90
    leads: int = 40
    activities: int = 60


def made_up(book: Book, *, at: datetime, size: Size | None = None, seed: int = 7, people: Sequence[Any] = ()) -> None:
    """The same company each time, for one seed. `people` are (name, e-mail) of users there should be."""
    size = size or Size()
    chance = random.Random(seed)  # noqa: S311  (not for secrets)
    started = at - timedelta(days=90)
    users = [_user(book, name, email, started) for name, email in people or _staff(size.users)]
    book.add("user", at=started, name="Inbound queue", queue=True, active=True)
    book.add("user", at=started, name="Gone Gretel", email="gretel@crm.example", active=False)
    accounts = [_account(book, chance, index, users, started) for index in range(size.accounts)]
    leads = [_lead(book, chance, index, users, accounts, started) for index in range(size.leads)]
    for index in range(size.opportunities):
        _opportunity(book, chance, index, users, accounts, leads, started)
    for _ in range(size.activities if leads else 0):
        lead = chance.choice(leads)
        when = started + timedelta(minutes=chance.randrange(90 * 24 * 60))
        _activity(book, chance, lead, when)


def export(book: Book, folder: Path, *, at: datetime) -> None:
    """From a folder with sales_teams.csv, accounts.csv and sales_pipeline….csv. Agents become users.

    Raises BadExport.
    """
    users = {}
    for where, row in _rows(folder, FILES[0]):
        name = _needed(row, "sales_agent", where)
        users[name] = _user(book, name, _address(name), at)
    accounts = {}
    for where, row in _rows(folder, FILES[1]):
        name = _needed(row, "account", where)
        accounts[name] = book.add("account", at=at, **_exported_account(row, where))
    for where, row in _rows(folder, FILES[2]):
        deal = _exported_deal(row, where)
        owner, account = users.get(row["sales_agent"]), accounts.get(row["account"])
        if row["sales_agent"] and owner is None:
            raise BadExport(f"{where}: sales_agent {row['sales_agent']} is not in {FILES[0]}")
        deal |= {"owner": owner.number if owner else None, "account": account.number if account else None}
        book.add("opportunity", at=at, **deal)


def _staff(count: int) -> list[tuple[str, str]]:
    names = [f"{FIRST[index % len(FIRST)]} {LAST[index * 5 % len(LAST)]}" for index in range(count)]
    return [(name, f"{name.split()[0].lower()}.{index}@crm.example") for index, name in enumerate(names)]


def _user(book: Book, name: str, email: str, at: datetime) -> Record:
    return book.add("user", at=at, name=name, email=email, active=True)


def _account(book: Book, chance: random.Random, index: int, users: Sequence[Record], at: datetime) -> Record:
    word = WORDS[index % len(WORDS)]
    name = f"{word} {TRADES[index // len(WORDS) % len(TRADES)]}"
    again = index // (len(WORDS) * len(TRADES))
    name += f" {again + 1}" if again else ""
    domain = f"{name.lower().replace(' ', '-')}.example"
    country, city = chance.choice(COUNTRIES)
    return book.add(
        "account",
        at=at,
        name=name,
        domain=domain,
        website=f"https://www.{domain}/",
        industry=chance.choice(TRADES),
        employees=chance.choice((12, 45, 180, 900, 5200)),
        revenue=chance.randrange(1, 400) * 250_000,
        currency=chance.choice(("USD", "EUR")),
        country=country,
        city=city,
        owner=chance.choice(users).number,
        person=index % 25 == 24,
    )


def _lead(
    book: Book, chance: random.Random, index: int, users: Sequence[Record], accounts: Sequence[Record], at: datetime
) -> Record:
    account = chance.choice(accounts)
    first, last = FIRST[index % len(FIRST)], LAST[index * 7 % len(LAST)]
    return book.add(
        "lead",
        at=at,
        first_name=first,
        last_name=last,
        email=f"{first.lower()}.{last.lower()}.{index}@{account['domain']}",
        company=account["name"],
        status="Open - Not Contacted",
        owner=chance.choice(users).number,
    )


def _opportunity(
    book: Book,
    chance: random.Random,
    index: int,
    users: Sequence[Record],
    accounts: Sequence[Record],
    leads: Sequence[Record],
    at: datetime,
) -> Record:
    account, stage = chance.choice(accounts), STAGES[index % len(STAGES)]
    return book.add(
        "opportunity",
        at=at,
        name=f"{account['name']} – deal {index + 1}",
        account=account.number,
        owner=chance.choice(users).number,
        type=chance.choice(("New Business", "Expansion")),
        stage=stage,
        amount=chance.randrange(2, 200) * 500,
        currency=account["currency"],
        close_date=(at + timedelta(days=chance.randrange(200))).date(),
        loss_reason=chance.choice(LOSSES) if stage == LOST_STAGE else "",
        people=[chance.choice(leads).number] if leads and index % 2 else [],
        last_activity=(at + timedelta(days=chance.randrange(90))).date(),
    )


def _activity(book: Book, chance: random.Random, lead: Record, when: datetime) -> None:
    what = chance.choice(("call", "mail", "mail", "meeting", "task"))
    inbound = what == "mail" and chance.random() < 0.3
    values = {"owner": lead["owner"], "person": lead.number, "inbound": inbound, "automatic": False}
    book.add("activity", at=when, what=what, when=when, done=what != "task" or chance.random() < 0.5, **values)


def _rows(folder: Path, pattern: str) -> list[tuple[str, dict[str, str]]]:
    found = sorted(folder.glob(pattern))
    if not found:
        raise BadExport(f"{folder} has no {pattern}")
    with found[0].open(encoding="utf-8-sig", newline="") as lines:
        return [
            (f"{found[0].name} row {number}", {str(name): (value or "").strip() for name, value in row.items()})
            for number, row in enumerate(csv.DictReader(lines), start=2)
        ]


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
