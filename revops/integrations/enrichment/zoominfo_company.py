"""A company as both of ZoomInfo's APIs describe it."""

from collections.abc import Iterator, Mapping
from typing import Any

from revops.integrations.enrichment import values
from revops.integrations.enrichment.firmographics import Firmographics, Tech
from revops.integrations.enrichment.ranges import band_of, size_range

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


def is_about(asked: object, domain: str) -> bool:
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
