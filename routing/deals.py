"""The bypass: an open deal at the lead's account, and whose lead it then is."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from leads.models import Lead, Opportunity

OVERRUN = timedelta(days=30)
QUIET = timedelta(days=90)


@dataclass(frozen=True)
class Deal:
    """The deal that counts and the ones left out, each with why."""

    opportunity: Opportunity
    left_out: tuple[dict[str, Any], ...]


def find(leads: Sequence[Lead], *, at: datetime) -> dict[int, Deal]:
    """The deal of each lead whose account has one that counts, by lead id.

    Of several, the one with this person as a contact, else the most recently active.
    """
    at_account: dict[int, list[Opportunity]] = defaultdict(list)
    accounts = {lead.account_id for lead in leads if lead.account_id}
    for deal in Opportunity.objects.filter(account__in=accounts).select_related("account"):
        at_account[deal.account_id].append(deal)
    found = {}
    for lead in leads:
        deals = at_account.get(lead.account_id or 0, [])
        counting = [deal for deal in deals if why_not(deal, at=at) is None]
        if counting:
            winner = max(counting, key=lambda deal: (_knows(deal, lead), deal.last_activity_at, -deal.pk))
            left_out = [
                {"opportunity": deal.pk, "why": why_not(deal, at=at) or "another deal is nearer"}
                for deal in deals
                if deal.pk != winner.pk
            ]
            found[lead.pk] = Deal(winner, tuple(left_out))
    return found


def _knows(deal: Opportunity, lead: Lead) -> bool:
    return lead.person_key in {str(contact).casefold() for contact in deal.contacts}


def why_not(deal: Opportunity, *, at: datetime) -> str | None:
    """Why a deal does not count, or None when it does."""
    types = {name.casefold() for name in settings.AIRTIGHT_DEAL_TYPES}
    if deal.is_closed:
        return "closed"
    if types and deal.kind.casefold() not in types:
        return f"of type {deal.kind or 'unknown'}"
    if deal.close_date is not None and deal.close_date < (at - OVERRUN).date():
        return "more than 30 days past its close date"
    if deal.last_activity_at < at - QUIET:
        return "not active in the last 90 days"
    return None
