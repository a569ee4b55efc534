"""What is known of a lead and of its interest, with where each came from."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from leads import wording
from leads.models import IntentSignal, Lead

SENT, DIRECTORY = "sent", "directory"
KINDS = {"form": "Another form", "pricing_visit": "Looked at the prices"}


@dataclass(frozen=True)
class Fact:
    """One line: what it is, what was found, and where it came from (`sent`, `directory` or '')."""

    label: str
    value: str
    origin: str = ""


@dataclass(frozen=True)
class Sign:
    """A sign of interest."""

    at: datetime
    text: str
    points: int


def facts(lead: Lead, from_directory: Collection[str]) -> tuple[Fact, ...]:
    """The known facts in reading order; `from_directory` names the fields that enrichment filled."""
    values = {
        "company": ("Company", lead.company),
        "website": ("Website", lead.website or lead.domain),
        "industry": ("Industry", lead.industry),
        "employee_count": ("Size", _people(lead.employee_count)),
        "annual_revenue": ("Revenue", wording.money(lead.annual_revenue) if lead.annual_revenue else ""),
        "country": ("Country", wording.country(lead.country)),
        "region": ("Region", lead.region),
        "city": ("City", lead.city),
        "tech_stack": ("Technology", ", ".join(map(str, lead.tech_stack))),
        "source": ("Source", lead.source),
        "campaign": ("Campaign", lead.campaign),
    }
    known = [
        Fact(label, value, DIRECTORY if name in from_directory else SENT) for name, (label, value) in values.items()
    ]
    if lead.account is not None:
        known.append(Fact("Account", lead.account.name, DIRECTORY))
    if lead.opportunity is not None:
        known.append(Fact("Open deal", lead.opportunity.name, DIRECTORY))
    if lead.converted_opportunity:
        known.append(Fact("Opportunity", lead.converted_opportunity))
    known += [Fact(name.replace("_", " ").capitalize(), str(value), SENT) for name, value in lead.custom.items()]
    return tuple(fact for fact in known if fact.value)


def _people(count: int | None) -> str:
    return wording.count(count, "person", "people") if count is not None else ""


def signs(signals: Iterable[IntentSignal]) -> tuple[Sign, ...]:
    return tuple(
        Sign(one.occurred_at, KINDS.get(one.kind, one.kind.replace("_", " ").capitalize()), one.points)
        for one in signals
    )
