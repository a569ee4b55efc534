"""What is known of a lead and of its interest, with where each came from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from leads import wording
from leads.models import IntentSignal, Lead
from leads.sizes import people

SENT, DIRECTORY = "sent", "directory"
KINDS = {"form": "Another form", "pricing_visit": "Looked at the prices"}


@dataclass(frozen=True)
class Fact:
    """One line: what it is, what was found, and who said so: 'sent' with the lead, 'directory', a vendor, or ''.

    `told_otherwise` is what other vendors say of it, in words.
    """

    label: str
    value: str
    origin: str = ""
    told_otherwise: str = ""

    @property
    def badge(self) -> str:
        """Who said it, where the lead did not."""
        return "" if self.origin in ("", SENT) else wording.vendor(self.origin)


@dataclass(frozen=True)
class Sign:
    """A sign of interest."""

    at: datetime
    text: str
    points: int


def facts(
    lead: Lead,
    origins: Mapping[str, str],
    others: Mapping[str, Mapping[str, object]] | None = None,
    *,
    in_crm: str = "",
    contenders: Sequence[str] = (),
    contact: bool = True,
) -> tuple[Fact, ...]:
    """The known facts in reading order; `in_crm` is how it stands there, `contenders` are accounts that may be its own.

    `origins` tells who filled which field; `others`, by field, which vendor says what where they disagree. Without
    `contact` nothing is told by which the person could be found: fields of one's own may hold anything, a website may
    be their profile, and the domain is that of their e-mail.
    """
    values = {
        "company": ("Company", lead.company),
        "website": ("Website", (lead.website or lead.domain) if contact else ""),
        "industry": ("Industry", lead.industry),
        "employee_count": ("Size", people(lead)),
        "annual_revenue": ("Revenue", wording.money(lead.annual_revenue) if lead.annual_revenue else ""),
        "country": ("Country", wording.country(lead.country)),
        "region": ("Region", lead.region),
        "city": ("City", lead.city),
        "tech_stack": ("Technology", ", ".join(map(str, lead.tech_stack))),
        "source": ("Source", wording.source(lead.source)),
        "campaign": ("Campaign", lead.campaign),
    }
    if lead.employee_range:
        origins = {**origins, "employee_count": origins.get("employee_range", SENT)}
    known = [
        Fact(label, value, origins.get(name, SENT), _others(name, origins.get(name, ""), others or {}))
        for name, (label, value) in values.items()
    ]
    if lead.account is not None:
        known.append(Fact("Account", lead.account.name, DIRECTORY))
    elif contenders:
        shared = f"{lead.domain} as its domain" if contact else "the same domain"
        known.append(Fact("Account", f"{wording.either(contenders)}: each gives {shared}", DIRECTORY))
    if lead.opportunity is not None:
        known.append(Fact("Open deal", lead.opportunity.name, DIRECTORY))
    if lead.converted_opportunity:
        known.append(Fact("Opportunity", lead.converted_opportunity))
    known.append(Fact("In the CRM", in_crm))
    own = lead.custom.items() if contact else ()
    known += [Fact(name.replace("_", " ").capitalize(), str(value), SENT) for name, value in own]
    return tuple(fact for fact in known if fact.value)


def _others(name: str, origin: str, others: Mapping[str, Mapping[str, object]]) -> str:
    said = {vendor: value for vendor, value in others.get(name, {}).items() if vendor != origin}
    return "; ".join(f"{wording.vendor(vendor)}: {wording.plain(value)}" for vendor, value in said.items())


def signs(signals: Iterable[IntentSignal]) -> tuple[Sign, ...]:
    return tuple(
        Sign(one.occurred_at, KINDS.get(one.kind, one.kind.replace("_", " ").capitalize()), one.points)
        for one in signals
    )
