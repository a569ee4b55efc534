"""Enrichment from the account directory, and the account a lead belongs to."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leads.intake.companies import normal_name
from leads.models import Account, AccountDomain, Lead
from routing.models import FIRMOGRAPHICS, EnrichmentAnswer

PROVIDER = "directory"


@dataclass(frozen=True)
class Match:
    """The account a lead belongs to, and by what: domain or name."""

    account: Account
    by: str


def match(leads: Sequence[Lead]) -> dict[int, Match]:
    """The account of each lead that has one, by lead id: its domain first, else an exact name that only one bears.

    A name never links a free-mail sender: anybody can type a company's name.
    """
    matches = _by_domain(leads)
    nameless = [lead for lead in leads if lead.pk not in matches and lead.company and not lead.is_free_mail]
    return matches | _by_name(nameless)


def _by_domain(leads: Sequence[Lead]) -> dict[int, Match]:
    domains = {lead.domain for lead in leads if lead.domain}
    rows = AccountDomain.objects.filter(domain__in=domains).select_related("account")
    accounts = {row.domain: row.account for row in rows}
    return {lead.pk: Match(accounts[lead.domain], "domain") for lead in leads if lead.domain in accounts}


def _by_name(leads: Sequence[Lead]) -> dict[int, Match]:
    names = {lead.pk: normal_name(lead.company) for lead in leads}
    accounts: dict[str, list[Account]] = defaultdict(list)
    for account in Account.objects.filter(normal_name__in={name for name in names.values() if name}):
        accounts[account.normal_name].append(account)
    return {pk: Match(accounts[name][0], "name") for pk, name in names.items() if len(accounts.get(name, ())) == 1}


def enrich(leads: Sequence[Lead], *, at: datetime) -> list[EnrichmentAnswer]:
    """Fill what the leads left blank from their accounts; the unsaved answers, one a lead, remember who said what."""
    matches = match(leads)
    return [_answer(lead, matches.get(lead.pk), at) for lead in leads]


def _answer(lead: Lead, found: Match | None, at: datetime) -> EnrichmentAnswer:
    lead.account = found.account if found else None
    outcome = EnrichmentAnswer.Outcome.MATCH if found else EnrichmentAnswer.Outcome.NO_MATCH
    values = {"account": found.account.pk, "by": found.by, **_fill(lead, found.account)} if found else {}
    return EnrichmentAnswer(lead=lead, provider=PROVIDER, outcome=outcome, values=values, asked_at=at, answered_at=at)


def _fill(lead: Lead, account: Account) -> dict[str, Any]:
    filled = {}
    for name in FIRMOGRAPHICS:
        value = getattr(account, name)
        if getattr(lead, name) in (None, "", []) and value not in (None, "", []):
            setattr(lead, name, value)
            filled[name] = value
    return filled
