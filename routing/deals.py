"""The bypass: an open deal at the lead's account, and whose lead it then is."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings

from leads.intake.emails import clean_email
from leads.intake.problems import Unusable
from leads.models import Lead, Opportunity
from routing.matching.linking import sharing_accounts

# An old account has hundreds of deals; a decision names those that came nearest to counting, and counts the rest.
MOST_NAMED = 10


@dataclass(frozen=True)
class Found:
    """What a lead's account, or another of its domain, has: the deal that counts, if one does, and the ones left out,
    the nearest first."""

    deal: Opportunity | None
    left_out: tuple[tuple[Opportunity, str], ...]

    def as_steps(self) -> dict[str, Any]:
        named = [{"opportunity": deal.pk, "why": why} for deal, why in self.left_out[:MOST_NAMED]]
        steps: dict[str, Any] = {"deals_left_out": named} if named else {}
        if len(self.left_out) > MOST_NAMED:
            steps["deals_unnamed"] = len(self.left_out) - MOST_NAMED
        return steps | ({"deal": self.deal.pk} if self.deal else {})


NONE = Found(None, ())


def find(leads: Sequence[Lead], *, at: datetime) -> dict[int, Found]:
    """The deals of each lead whose account has any, or another one that shares its domain; by lead id."""
    accounts = sharing_accounts(leads)
    at_account: dict[int, list[Opportunity]] = defaultdict(list)
    wanted = set().union(*accounts.values())
    for deal in Opportunity.objects.filter(account__in=wanted).select_related("account"):
        at_account[deal.account_id].append(deal)
    found = {}
    for lead in leads:
        deals = [deal for pk in accounts.get(lead.id, ()) for deal in at_account.get(pk, ())]
        if deals:
            found[lead.id] = _choose(deals, lead, at=at)
    return found


def _choose(deals: Sequence[Opportunity], lead: Lead, *, at: datetime) -> Found:
    """Of several that count, the one with this person as a contact, else the most recently active."""
    why = {deal.pk: why_not(deal, at=at) for deal in deals}
    known = {deal.pk: lead.person_key in _contacts(tuple(deal.contacts)) for deal in deals}
    nearest = sorted(
        deals,
        key=lambda deal: (why[deal.pk] is None, known[deal.pk], not deal.is_closed, deal.last_activity_at, -deal.pk),
        reverse=True,
    )
    winner = nearest[0] if why[nearest[0].pk] is None else None
    nearer = (
        "another has this person as a contact"
        if winner is not None and known[winner.pk]
        else "another was active more recently"
    )
    return Found(winner, tuple((deal, why[deal.pk] or nearer) for deal in nearest if deal != winner))


@lru_cache(maxsize=4_096)
def _contacts(emails: tuple[str, ...]) -> frozenset[str]:
    """The persons among a deal's contacts, compared as leads are; what is no address is nobody."""
    keys = set()
    for email in emails:
        try:
            keys.add(clean_email(email).person_key)
        except Unusable:
            continue
    return frozenset(keys)


def why_not(deal: Opportunity, *, at: datetime) -> str | None:
    """Why a deal does not count, or None when it does. The last day of each period still counts."""
    past, quiet = settings.AIRTIGHT_DEAL_DAYS_PAST_CLOSE, settings.AIRTIGHT_DEAL_DAYS_QUIET
    types = {name.strip().casefold() for name in settings.AIRTIGHT_DEAL_TYPES if name.strip()}
    if deal.is_closed:
        return "closed"
    if types and deal.kind.strip().casefold() not in types:
        return f"of type {deal.kind or 'unknown'}"
    if deal.close_date is not None and deal.close_date < (at - timedelta(days=past)).date():
        return f"more than {past} days past its close date"
    if deal.last_activity_at < at - timedelta(days=quiet):
        return f"not active in the last {quiet} days"
    return None
