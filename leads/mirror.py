"""The CRM's accounts and opportunities, kept as they are there: set by set, each set in one transaction.

The CRM is the truth for what it holds: an owner it takes away is taken away here. What it leaves blank another source
may have told, and stays.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Lower

from leads import domain_claims
from leads.intake.account_form import CleanAccount, UnusableAccount, clean_account
from leads.intake.directory import save_accounts
from leads.models import Account, Lead, Opportunity, Rep

MOST_AMOUNT = Decimal(10) ** 14
LONGEST = {"name": 255, "kind": 60, "stage": 60, "loss_reason": 255}
MOST_CONTACTS = 200


@dataclass(frozen=True)
class Deal:
    """An opportunity as the CRM has it; `account_id` is the CRM's. `last_activity_at` None is unknown."""

    external_id: str
    account_id: str
    name: str
    kind: str
    stage: str
    is_closed: bool
    is_won: bool
    amount: Decimal | None
    close_date: date | None
    loss_reason: str
    owner_email: str
    contacts: tuple[str, ...]
    last_activity_at: datetime


def take_accounts(rows: Sequence[Mapping[str, Any]], *, at: datetime) -> int:
    """Save these accounts (`clean_account`'s fields, `external_id` among them). Returns how many could not be."""
    usable = [form for row in rows if (form := _usable(row)) is not None]
    with transaction.atomic():
        save_accounts(usable, at=at)
        _of(form.external_id for form in usable).update(seen_at=at)
        nobodys = _of(form.external_id for form in usable if not form.owner_email)
        nobodys.exclude(owner=None, owner_email="").update(owner=None, owner_email="")
    return len(rows) - len(usable)


def _of(external_ids: Iterable[str]) -> QuerySet[Account]:
    """The accounts with these ids; the index is of those that have one."""
    return Account.objects.exclude(external_id="").filter(external_id__in=list(external_ids))


def _usable(row: Mapping[str, Any]) -> CleanAccount | None:
    try:
        return clean_account(row)
    except UnusableAccount:
        return None


def take_deals(deals: Sequence[Deal], *, at: datetime) -> int:
    """Save these opportunities. Returns how many could not be, since their account is not here."""
    with transaction.atomic():
        wanted = {deal.account_id for deal in deals}
        accounts = dict(_of(wanted).values_list("external_id", "pk"))
        owners = _reps({deal.owner_email for deal in deals})
        rows = [_row(deal, accounts, owners, at=at) for deal in deals if deal.account_id in accounts]
        _save_deals({row.external_id: row for row in rows})
    return len(deals) - len(rows)


def _save_deals(rows: Mapping[str, Opportunity]) -> None:
    known = dict(
        Opportunity.objects.exclude(external_id="").filter(external_id__in=rows).values_list("external_id", "pk")
    )
    for external_id, row in rows.items():
        row.pk = known.get(external_id)
    Opportunity.objects.bulk_create([row for row in rows.values() if row.pk is None], batch_size=500)
    changed = [row for row in rows.values() if row.external_id in known]
    Opportunity.objects.bulk_update(changed, [*_VALUES, "account", "owner"], batch_size=500)


_VALUES = (
    "name",
    "kind",
    "stage",
    "is_closed",
    "is_won",
    "amount",
    "close_date",
    "loss_reason",
    "owner_email",
    "contacts",
    "last_activity_at",
    "seen_at",
)


def _row(deal: Deal, accounts: Mapping[str, int], owners: Mapping[str, Rep], *, at: datetime) -> Opportunity:
    texts = {name: getattr(deal, name)[:limit] for name, limit in LONGEST.items()}
    amount = deal.amount if deal.amount is not None and abs(deal.amount) < MOST_AMOUNT else None
    return Opportunity(
        external_id=deal.external_id,
        account_id=accounts[deal.account_id],
        owner=owners.get(deal.owner_email.casefold()),
        owner_email=deal.owner_email,
        is_closed=deal.is_closed,
        is_won=deal.is_won,
        amount=amount,
        close_date=deal.close_date,
        contacts=sorted({contact.casefold() for contact in deal.contacts})[:MOST_CONTACTS],
        last_activity_at=deal.last_activity_at,
        seen_at=at,
        **texts,
    )


def _reps(emails: Collection[str]) -> dict[str, Rep]:
    wanted = {email.casefold() for email in emails if email}
    reps = Rep.objects.select_related("user").annotate(address=Lower("user__email")).filter(address__in=wanted)
    return {rep.user.email.casefold(): rep for rep in reps}


def drop_accounts(gone: Mapping[str, str]) -> None:
    """Accounts that the CRM no longer has: id -> the one it became part of, or ''.

    A merged one hands on its domains, deals and leads. A deleted one stays with what is known of it but is no longer
    the CRM's: it has no owner and no domains, and its deals are closed.
    """
    with transaction.atomic():
        accounts = {row.external_id: row for row in _of([*gone, *gone.values()])}
        for external_id, heir_id in gone.items():
            account, heir = accounts.get(external_id), accounts.get(heir_id) if heir_id else None
            if account is None:
                continue
            if heir is not None and heir.pk != account.pk:
                _hand_on(account, heir)
            else:
                _no_longer(Account.objects.filter(pk=account.pk))


def _hand_on(account: Account, heir: Account) -> None:
    domain_claims.hand_on(account, heir)
    Opportunity.objects.filter(account=account).update(account=heir)
    Lead.objects.filter(account=account).update(account=heir)
    heir.aliases = sorted({*heir.aliases, *account.aliases, account.name} - {heir.name})
    heir.save(update_fields=["aliases"])
    account.delete()


def drop_deals(gone: Collection[str]) -> None:
    """Opportunities that the CRM no longer has: closed, so that no lead goes to their owner."""
    Opportunity.objects.filter(external_id__in=gone).update(is_closed=True, stage=Opportunity.DELETED, seen_at=None)


def drop_unseen(kind: str, *, since: datetime) -> int:
    """After a whole pull that began at `since`: what of the CRM's was not in it is gone. Returns how many."""
    if kind == "opportunities":
        rows = Opportunity.objects.filter(seen_at__lt=since).exclude(external_id="")
        return rows.update(is_closed=True, stage=Opportunity.DELETED, seen_at=None)
    with transaction.atomic():
        return _no_longer(Account.objects.filter(seen_at__lt=since).exclude(external_id=""))


def _no_longer(accounts: QuerySet[Account]) -> int:
    domain_claims.free(accounts)
    Opportunity.objects.filter(account__in=accounts.values("pk")).update(is_closed=True, stage=Opportunity.DELETED)
    return accounts.update(owner=None, owner_email="", seen_at=None)


def find_owners() -> int:
    """Give accounts and deals to whoever has become a rep since they were pulled. Returns how many."""
    found = 0
    for model in (Account, Opportunity):
        ownerless = model._default_manager.filter(owner__isnull=True).exclude(owner_email="")
        emails = ownerless.values_list("owner_email", flat=True).distinct()
        for email, rep in _reps(set(emails)).items():
            found += ownerless.filter(owner_email__iexact=email).update(owner=rep)
    return found
