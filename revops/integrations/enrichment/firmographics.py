"""What a vendor knows of a company, in one shape for all of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Tech:
    name: str
    category: str | None = None
    vendor: str | None = None


@dataclass(frozen=True, kw_only=True)
class Firmographics:
    """A company. What a vendor does not say, or says in a form that cannot be so, is None or empty.

    domain           a host in lower case, without 'www.'; it may be another than was asked for
    employee_range   one of `ranges.BANDS` where the vendor's fits into one, else its own bounds as '51-250' or '251+'
    industry         the vendor's own label
    country          the vendor's own word, name or code: `leads.intake.countries.clean_country` makes it ISO alpha-2
    annual_revenue   whole US dollars
    as_of            when the vendor last looked, where it says
    raw              the answer's fields that were read, as they came; fit to be stored as JSON
    """

    provider: str
    provider_id: str
    company_name: str | None = None
    domain: str | None = None
    employee_count: int | None = None
    employee_range: str | None = None
    industry: str | None = None
    sub_industry: str | None = None
    naics: tuple[str, ...] = ()
    sic: tuple[str, ...] = ()
    country: str | None = None
    state: str | None = None
    city: str | None = None
    annual_revenue: int | None = None
    revenue_range: str | None = None
    tech_stack: tuple[Tech, ...] = ()
    founded: int | None = None
    linkedin_url: str | None = None
    is_free_email_domain: bool = False
    as_of: datetime | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Match:
    firmographics: Firmographics


@dataclass(frozen=True)
class NoMatch:
    """The vendor knows no such company."""


@dataclass(frozen=True)
class Pending:
    """The vendor is looking: ask again in so many seconds."""

    retry_after: float


Result = Match | NoMatch | Pending


@dataclass(frozen=True)
class Standing:
    """The credential works. `credits_left` is None where the vendor, or the key's scope, does not tell."""

    credits_left: int | None = None
