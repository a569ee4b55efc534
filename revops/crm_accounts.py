"""A page of the CRM's accounts or opportunities, in the words of our mirror."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from leads import mirror
from leads.models import Account
from revops.integrations.crm.port import CrmAccount, CrmOpportunity, Gone, Owners
from routing.models import NameAnswer


def keep_accounts(items: Sequence[CrmAccount], gone: Sequence[Gone], owners: Owners, *, at: datetime) -> int:
    """Returns how many could not be kept."""
    _hand_on_names(gone)
    mirror.drop_accounts({one.id: one.merged_into for one in gone})
    return mirror.take_accounts([account_row(item, owners) for item in items if not item.person], at=at)


def keep_deals(items: Sequence[CrmOpportunity], gone: Sequence[Gone], owners: Owners, *, at: datetime) -> int:
    """Returns how many could not be kept."""
    mirror.drop_deals([one.id for one in gone])
    return mirror.take_deals([deal(item, owners) for item in items], at=at)


def _hand_on_names(gone: Iterable[Gone]) -> None:
    """What people said that a name means holds for the account that a merged one became part of."""
    for one in gone:
        heir = Account.objects.filter(external_id=one.merged_into).first() if one.merged_into else None
        if heir is not None:
            NameAnswer.objects.filter(account__external_id=one.id).update(account=heir)


def account_row(item: CrmAccount, owners: Owners) -> dict[str, Any]:
    """An account in the words of intake, which cleans it. Revenue in another currency than dollars is left out."""
    in_dollars = item.currency in ("", "USD")
    return {
        "external_id": item.id,
        "name": item.name,
        "website": item.website,
        "domains": " ".join(item.domains),
        "country": item.country,
        "region": item.region,
        "city": item.city,
        "employee_count": item.employee_count if item.employee_count is not None else "",
        "industry": item.industry,
        "annual_revenue": str(int(item.annual_revenue)) if item.annual_revenue and in_dollars else "",
        "owner_email": owners.email(item.owner_id),
    }


def deal(item: CrmOpportunity, owners: Owners) -> mirror.Deal:
    """A day without a time counts to its end; where the CRM saw no activity, its last change does."""
    seen = item.last_activity_on
    active = datetime.combine(seen, time(0), UTC) + timedelta(days=1, seconds=-1) if seen else item.changed_at
    return mirror.Deal(
        external_id=item.id,
        account_id=item.account_id,
        name=item.name or "Unnamed deal",
        kind=item.kind,
        stage=item.stage,
        is_closed=item.is_closed,
        is_won=item.is_won,
        amount=item.amount,
        close_date=item.close_date,
        loss_reason=item.loss_reason,
        owner_email=owners.email(item.owner_id),
        contacts=item.contacts,
        last_activity_at=active,
    )
