"""Records to begin with, made up from a seed: the same ones each time."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from revops.standins.crm.records import LOST_STAGE, STAGES, Book, Record

FIRST = ("Ada", "Ben", "Chloe", "Dev", "Elif", "Femi", "Gita", "Hugo", "Iris", "Jun", "Kofi", "Lena", "Mina", "Noah")
LAST = ("Albers", "Bauer", "Costa", "Dietz", "Evans", "Fischer", "Garcia", "Hoang", "Ito", "Jansen", "Kaya", "Lopez")
WORDS = ("Amber", "Birch", "Cinder", "Delta", "Ember", "Falcon", "Garnet", "Harbor", "Indigo", "Juniper", "Kite")
TRADES = ("Logistics", "Software", "Health", "Energy", "Foods", "Mills", "Robotics", "Bank", "Media", "Labs")
COUNTRIES = (("United States", "Austin"), ("Germany", "Berlin"), ("Netherlands", "Utrecht"), ("Japan", "Osaka"))
WAITING = 8  # one in so many leads is nobody's: a queue's, or of somebody who has left
LOSSES = ("Price", "Timing", "Feature gap", "No decision")

Company = tuple[str, str, str, str, int, str]  # name, domain, country, city, people, industry


@dataclass(frozen=True)
class Size:
    users: int = 12
    accounts: int = 60
    opportunities: int = 90
    leads: int = 40
    activities: int = 60


def made_up(
    book: Book,
    *,
    at: datetime,
    size: Size | None = None,
    seed: int = 7,
    people: Sequence[tuple[str, str]] = (),
    companies: Sequence[Company] = (),
) -> None:
    """The same company each time, for one seed. `people` are names and addresses of users, `companies` the first
    accounts; the rest is invented."""
    size = size or Size()
    chance = random.Random(seed)  # noqa: S311  (not for secrets)
    started = at - timedelta(days=90)
    users = [_user(book, name, email, started) for name, email in people or _staff(size.users)]
    nobody = [
        book.add("user", at=started, name="Inbound", queue=True, active=True),
        book.add("user", at=started, name="Gone Gretel", email="gretel@crm.example", active=False),
    ]
    known = [*companies, *(_company(chance, index) for index in range(len(companies), size.accounts))]
    accounts = [_account(book, chance, company, users, started) for company in known]
    leads = [_lead(book, chance, index, users, accounts, started) for index in range(size.leads)]
    for index, lead in enumerate(leads[WAITING - 1 :: WAITING]):
        lead.values["owner"] = nobody[index % len(nobody)].number
    for index in range(size.opportunities):
        _opportunity(book, chance, index, users, accounts, leads, started)
    for _ in range(size.activities if leads else 0):
        when = started + timedelta(minutes=chance.randrange(90 * 24 * 60))
        _activity(book, chance, chance.choice(leads), when)


def _staff(count: int) -> list[tuple[str, str]]:
    names = [f"{FIRST[index % len(FIRST)]} {LAST[index * 5 % len(LAST)]}" for index in range(count)]
    return [(name, f"{name.split()[0].lower()}.{index}@crm.example") for index, name in enumerate(names)]


def _user(book: Book, name: str, email: str, at: datetime) -> Record:
    return book.add("user", at=at, name=name, email=email, active=True)


def _company(chance: random.Random, index: int) -> Company:
    word, trade = WORDS[index % len(WORDS)], TRADES[index // len(WORDS) % len(TRADES)]
    again = index // (len(WORDS) * len(TRADES))
    name = f"{word} {trade} {again + 1}" if again else f"{word} {trade}"
    domain = f"{name.lower().replace(' ', '-')}.example"
    country, city = chance.choice(COUNTRIES)
    return name, domain, country, city, chance.choice((12, 45, 180, 900, 5200)), trade


def _account(book: Book, chance: random.Random, company: Company, users: Sequence[Record], at: datetime) -> Record:
    name, domain, country, city, employees, industry = company
    return book.add(
        "account",
        at=at,
        name=name,
        domain=domain,
        website=f"https://www.{domain}/",
        industry=industry,
        employees=employees,
        revenue=chance.randrange(1, 400) * 250_000,
        currency=chance.choice(("USD", "EUR")),
        country=country,
        city=city,
        owner=chance.choice(users).number,
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
