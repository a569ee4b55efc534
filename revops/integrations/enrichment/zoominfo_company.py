"""A company as both of ZoomInfo's APIs describe it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from revops.integrations.enrichment import values
from revops.integrations.enrichment.firmographics import Firmographics, NoMatch, Result, Tech
from revops.integrations.enrichment.ranges import band_of, size_range
from revops.integrations.errors import InvalidRequest, QuotaExhausted, VendorError

MOST = 25  # companies in one call
MOST_CREDITS = 10**12
THOUSANDS = 1000  # of US dollars: the unit of ZoomInfo's revenue
FIELDS = (
    "id",
    "name",
    "website",
    "domainList",
    "employeeCount",
    "employeeRange",
    "revenue",
    "revenueRange",
    "primaryIndustry",
    "primarySubIndustryCode",
    "industries",
    "naicsCodes",
    "sicCodes",
    "foundedYear",
    "country",
    "state",
    "city",
    "socialMediaUrls",
    "isDefunct",
)
# What every package may ask for, when the fields it may not are not named.
LEAST_FIELDS = ("id", "name", "website", "employeeCount", "revenue", "primaryIndustry", "country", "state", "city")


@dataclass(frozen=True)
class Row:
    """One row of an answer: the question it repeats, how that was matched, and the company if there is one."""

    asked: object
    status: object
    record: object


def told(
    path: str, rows: Iterable[Row], domains: Sequence[str], result: Callable[[object], Result]
) -> dict[str, Result | VendorError]:
    """What is said of each domain: by the row that repeats it, the first of several. Without a row it is unknown."""
    ours: dict[str, Row] = {}
    for row in rows:
        for domain in domains:
            # A row that repeats no question is ours where we asked one.
            if _is_about(row.asked, domain) or (not row.asked and len(domains) == 1):
                ours.setdefault(domain, row)
    return {domain: _said_by(path, ours[domain], result) if domain in ours else NoMatch() for domain in domains}


def one(told: Mapping[str, Result | VendorError], domain: str) -> Result:
    """What was said of the one domain that was asked about. Raises VendorError."""
    found = told[domain]
    if isinstance(found, VendorError):
        raise found
    return found


def _said_by(path: str, row: Row, result: Callable[[object], Result]) -> Result | VendorError:
    if row.status == "LIMIT_EXCEEDED":
        return QuotaExhausted(f"ZoomInfo {path}: LIMIT_EXCEEDED: the credits are used up", code="LIMIT_EXCEEDED")
    if row.status == "INVALID_INPUT":
        return InvalidRequest(f"ZoomInfo {path}: INVALID_INPUT: it takes no such domain", code="INVALID_INPUT")
    return NoMatch() if row.status == "NO_MATCH" else result(row.record)


def firmographics(
    attributes: Mapping[str, Any], *, provider: str, provider_id: str, tech_stack: tuple[Tech, ...] = ()
) -> Firmographics:
    count = values.count(attributes.get("employeeCount"))
    return Firmographics(
        provider=provider,
        provider_id=provider_id,
        company_name=values.text(attributes.get("name")),
        domain=values.host(attributes.get("website")) or values.host(values.first(attributes.get("domainList"))),
        employee_count=count,
        employee_range=band_of(count) if count else size_range(attributes.get("employeeRange")),
        industry=_label(values.first(attributes.get("primaryIndustry"))),
        sub_industry=_label(values.first(attributes.get("primarySubIndustryCode"))),
        naics=values.codes(_ids(attributes.get("naicsCodes"))),
        sic=values.codes(_ids(attributes.get("sicCodes"))),
        country=values.text(attributes.get("country")),
        state=values.text(attributes.get("state")),
        city=values.text(attributes.get("city")),
        annual_revenue=values.dollars(attributes.get("revenue"), unit=THOUSANDS),
        revenue_range=values.text(attributes.get("revenueRange")),
        tech_stack=tech_stack,
        founded=values.year(attributes.get("foundedYear")),
        linkedin_url=_linkedin(attributes.get("socialMediaUrls")),
        raw=values.kept(attributes, FIELDS),
    )


def technologies(records: object) -> tuple[Tech, ...]:
    """Of records with a product, a vendor and a category."""
    found = {tech.name.casefold(): tech for tech in _technologies(records)}
    return tuple(found.values())


def _is_about(asked: object, domain: str) -> bool:
    """Whether the question that an answer repeats is ours."""
    return values.host(values.at(asked, "companyWebsite")) == domain.removeprefix("www.")


def credits_left(usage: object) -> int | None:
    """The records still to be had, else the requests, of ZoomInfo's list of limits."""
    for kind in ("record", "uniqueid", "request"):
        for limit in values.items(usage):
            left = values.count(values.at(limit, "usageRemaining"), least=0, most=MOST_CREDITS)
            if left is not None and str(values.at(limit, "limitType")).lower().startswith(kind):
                return left
    return None


def _technologies(records: object) -> Iterator[Tech]:
    for record in values.items(records):
        if name := values.text(values.at(record, "product")):
            category = values.text(values.at(record, "category")) or values.text(values.at(record, "categoryParent"))
            yield Tech(name, category=category, vendor=values.text(values.at(record, "vendor")))


def _label(value: object) -> str | None:
    return values.text(value) or values.text(values.at(value, "name"))


def _ids(records: object) -> list[object]:
    return [values.at(record, "id") for record in values.items(records)]


def _linkedin(records: object) -> str | None:
    urls = (values.at(record, "url") for record in values.items(records) if values.at(record, "type") == "LINKED_IN")
    return next(filter(None, map(values.web_address, urls)), None)
