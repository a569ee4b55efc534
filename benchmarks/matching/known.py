"""The accounts and pairs of the data set, and the accounts in the database."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zlib import crc32

from django.db import connection

from leads.intake.companies import normal_name
from leads.intake.domains import company_domain
from leads.models import Account, AccountDomain, Lead
from routing.matching.index import catch_up_all
from routing.matching.linking import match

BATCH = 500
AT = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Known:
    set: str
    key: str
    name: str
    sites: str


@dataclass(frozen=True)
class Pair:
    set: str
    kind: str
    typed: str
    key: str

    @property
    def half(self) -> int:
        return crc32(f"{self.set}:{self.key}".encode()) % 2


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def load(known: Sequence[Known]) -> dict[tuple[str, str], set[int]]:
    """The accounts in the database, in place of those before. The ids of each key."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE routing_namegram, routing_accountname, routing_changedaccount")
    AccountDomain.objects.all().delete()
    Account.objects.all().delete()
    accounts = [Account(name=k.name, normal_name=normal_name(k.name), imported_at=AT) for k in known]
    Account.objects.bulk_create(accounts, batch_size=5_000)
    domains: dict[str, int] = {}
    ids = defaultdict(set)
    for account, k in zip(accounts, known, strict=True):
        ids[k.set, k.key].add(account.pk)
        for site in k.sites.replace(";", " ").split():
            if (domain := company_domain(site)) is not None:
                domains.setdefault(domain, account.pk)
    AccountDomain.objects.bulk_create(
        [AccountDomain(account_id=pk, domain=domain) for domain, pk in domains.items()], batch_size=5_000
    )
    catch_up_all()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE routing_namegram, routing_accountname, leads_account, leads_accountdomain")
    return ids


def leads(pairs: Iterable[Pair]) -> list[Lead]:
    """Unsaved leads that say nothing but the name, from a business address that no account has."""

    return [
        Lead(pk=number, email=f"jo@d{number}.test", domain=f"d{number}.test", company=pair.typed)
        for number, pair in enumerate(pairs, 1)
    ]


def linked(pairs: Sequence[Pair]) -> list[int | None]:
    found: list[int | None] = []
    for start in range(0, len(pairs), BATCH):
        batch = leads(pairs[start : start + BATCH])
        matches = match(batch)
        found += [matches[lead.pk].account.pk if lead.pk in matches else None for lead in batch]
    return found
