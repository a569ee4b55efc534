"""Enrichment from the account directory."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from leads.models import Account, Lead
from leads.models.rows import new_row
from leads.sizes import supersede
from routing.enquiries import is_unknown, told_by
from routing.matching.linking import Match, match
from routing.models import EnrichmentAnswer

PROVIDER = "directory"


def enrich(leads: Sequence[Lead], *, at: datetime) -> list[EnrichmentAnswer]:
    """Fill what the leads left blank from their accounts; the unsaved answers, one a lead, remember who said what."""
    matches = match(leads)
    return [answered(lead, matches.get(lead.id), at=at) for lead in leads]


def answered(lead: Lead, found: Match | None, *, at: datetime) -> EnrichmentAnswer:
    """Give the lead its account, with what that knows and the lead does not; the unsaved answer tells which."""
    lead.account = found.account if found else None
    outcome = EnrichmentAnswer.Outcome.MATCH if found else EnrichmentAnswer.Outcome.NO_MATCH
    values = {"account": found.account.pk, "by": found.by, **_fill(lead, found.account)} if found else {}
    return new_row(
        EnrichmentAnswer, lead=lead, provider=PROVIDER, outcome=outcome, values=values, asked_at=at, answered_at=at
    )


def _fill(lead: Lead, account: Account) -> dict[str, Any]:
    filled = {name: value for name, value in told_by(account, lead).items() if is_unknown(getattr(lead, name))}
    if lead.employee_count is not None:
        filled.pop("employee_range", None)
    for name, value in filled.items():
        setattr(lead, name, value)
    supersede(lead)
    return filled
