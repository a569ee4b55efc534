"""A company directory, saved as accounts: the same company again is the same account."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Lower

from leads import domain_claims
from leads.intake.account_form import CleanAccount
from leads.intake.companies import normal_name
from leads.intake.domains import company_domain
from leads.intake.problems import Problem
from leads.models import Account, AccountDomain, DomainClaim, Rep
from leads.sizes import supersede

# What a directory may tell anew; a blank never wipes out what is known.
TOLD = (
    "website",
    "country",
    "region",
    "city",
    "employee_count",
    "employee_range",
    "industry",
    "sub_industry",
    "annual_revenue",
    "founded_year",
    "owner_email",
)
WRITTEN = (*TOLD, "name", "normal_name", "external_id", "aliases", "tech_stack", "owner", "imported_at")
BATCH = 500
TAKEN = (
    "The domain {} belongs to another account already; this one claims it. A lead from there goes to the one whose very"
    " name it gives; else a person is asked."
)


@dataclass(frozen=True)
class Saved:
    """How many accounts were made and brought up to date, and what could not be kept, by position in the batch."""

    counts: Counter[str]
    problems: dict[int, Problem]


def save_accounts(rows: Sequence[CleanAccount], *, at: datetime) -> Saved:
    """Save one batch, in one transaction. An account is known again by its external id, a domain, else its name.

    Two rows of one domain are two companies where their ids or, within one import (that is, one `at`), their names say
    so. A company that has another name than it had keeps the one before among those it is also called.
    """
    counts: Counter[str] = Counter()
    problems: dict[int, Problem] = {}
    with transaction.atomic():
        known = _Known(rows, at=at)
        owners = _owners(rows)
        for position, row in enumerate(rows):
            account = known.find(row)
            counts["accounts brought up to date" if account else "new accounts"] += 1
            account = _told(account or Account(), row, owners, at=at)
            known.remember(account, row)
            taken = known.give_domains(account, row)
            if taken:
                problems[position] = Problem("website", "domain_taken", TAKEN.format(taken), taken)
        known.save()
    return Saved(counts, problems)


class _Known:
    """The accounts that a batch may mean, read in three queries and written in as many. Each is one object, whichever
    way it is found."""

    def __init__(self, rows: Sequence[CleanAccount], *, at: datetime) -> None:
        self.at = at
        ids = {row.external_id for row in rows if row.external_id}
        names = {normal_name(row.name) for row in rows}
        domains = {domain for row in rows for domain in row.domains}
        owned = dict(AccountDomain.objects.filter(domain__in=domains).values_list("domain", "account"))
        # Each by its own index; the first of them is of the rows that have an id.
        with_id = Q(external_id__in=ids) & ~Q(external_id="")
        meant = [with_id, Q(normal_name__in=names), Q(pk__in=set(owned.values()))]
        found = {account.pk: account for one in meant for account in Account.objects.filter(one)}
        accounts = dict(sorted(found.items()))
        self.by_id = {account.external_id: account for account in accounts.values() if account.external_id}
        self.by_domain = {domain: accounts[pk] for domain, pk in owned.items()}
        self.by_name: dict[str, Account | None] = {}
        for account in accounts.values():
            # Two companies of one name are not told apart by it.
            self.by_name[account.normal_name] = None if account.normal_name in self.by_name else account
        self.changed: dict[int, Account] = {}
        self.new_domains: list[AccountDomain] = []
        self.claims: dict[int, set[str]] = {}
        self.claimed: dict[int, set[str]] = defaultdict(set)
        for account_id, domain in DomainClaim.objects.filter(domain__in=domains).values_list("account", "domain"):
            self.claimed[account_id].add(domain)

    def find(self, row: CleanAccount) -> Account | None:
        if row.external_id and row.external_id in self.by_id:
            return self.by_id[row.external_id]
        same = next((self.by_domain[domain] for domain in row.domains if domain in self.by_domain), None)
        if same is None and not row.domains:
            same = self.by_name.get(normal_name(row.name))
        elif same is not None and row.named and normal_name(row.name) not in _names(same):
            same = self._claimant(row) or (None if same.imported_at == self.at else same)
        if same is not None and row.external_id and same.external_id not in ("", row.external_id):
            return None  # the sender's ids say that these are two
        return same

    def _claimant(self, row: CleanAccount) -> Account | None:
        """The account of the row's name, if it claims a domain of the row that another has."""
        account = self.by_name.get(normal_name(row.name))
        if account is None:
            return None
        claims = self.claims.get(id(account)) or self.claimed.get(account.pk or 0, set())
        return account if claims & set(row.domains) else None

    def remember(self, account: Account, row: CleanAccount) -> None:
        self.changed[id(account)] = account
        if row.external_id:
            self.by_id[row.external_id] = account
        self.by_name.setdefault(account.normal_name, account)

    def give_domains(self, account: Account, row: CleanAccount) -> str:
        """Give the account its domains; it claims those that are another's already. The first of these, or ''."""
        taken = []
        for domain in row.domains:
            if domain not in self.by_domain:
                self.new_domains.append(AccountDomain(account=account, domain=domain))
                self.by_domain[domain] = account
            elif self.by_domain[domain] is not account:
                taken.append(domain)
        if row.domains:
            self.claims.setdefault(id(account), set()).update(taken)
        return next(iter(taken), "")

    def save(self) -> None:
        new = [account for account in self.changed.values() if account.pk is None]
        old = [account for account in self.changed.values() if account.pk is not None]
        Account.objects.bulk_create(
            sorted(old, key=lambda account: account.pk),
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=WRITTEN,
        )
        Account.objects.bulk_create(new, batch_size=BATCH)
        for row in self.new_domains:
            row.account_id = row.account.pk
        AccountDomain.objects.bulk_create(self.new_domains, batch_size=BATCH)
        domain_claims.keep({self.changed[one].pk: domains for one, domains in self.claims.items()})


def _owners(rows: Sequence[CleanAccount]) -> dict[str, Rep]:
    emails = {row.owner_email.casefold() for row in rows if row.owner_email}
    reps = Rep.objects.select_related("user").alias(address=Lower("user__email")).filter(address__in=emails)
    return {rep.user.email.casefold(): rep for rep in reps}


def _names(account: Account) -> set[str]:
    return {account.normal_name, *map(normal_name, account.aliases)}


def _former(name: str, account: Account) -> set[str]:
    """The name it had, unless that was its domain in want of one."""
    other = name and normal_name(name) != account.normal_name and company_domain(name) != name
    return {name} if other else set()


def _told(account: Account, row: CleanAccount, owners: dict[str, Rep], *, at: datetime) -> Account:
    before = account.name
    if row.named or not before:
        account.name, account.normal_name = row.name, normal_name(row.name)
    account.external_id = account.external_id or row.external_id
    for field in TOLD:
        value = getattr(row, field)
        if value not in (None, ""):
            setattr(account, field, value)
    supersede(account)
    account.aliases = sorted({*account.aliases, *row.aliases, *_former(before, account)} - {account.name})
    account.tech_stack = sorted({*account.tech_stack, *row.tech_stack})
    if row.owner_email:
        # Nobody's here who is no rep of ours: the address tells whose it is, and may become a rep's.
        account.owner = owners.get(row.owner_email.casefold())
    account.imported_at = at
    return account
