"""Clearbit's company API, for those who still hold a key: none has been given out since 2023."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

from revops.integrations.enrichment import values
from revops.integrations.enrichment.firmographics import Firmographics, Match, NoMatch, Result, Standing, Tech
from revops.integrations.enrichment.provider import SECONDS, Provider
from revops.integrations.enrichment.ranges import band_of, size_range
from revops.integrations.enrichment.server import Server, pending
from revops.integrations.waiting import reset_time, waiting_time
from revops.integrations.wire import Answer, Deadline

FIND = "/v2/companies/find"
KNOWN_TO_ALL = "clearbit.com"
NO_ROUTE = "unknown_route"
READ = (
    "id",
    "name",
    "legalName",
    "domain",
    "category",
    "geo",
    "metrics",
    "tech",
    "techCategories",
    "foundedYear",
    "linkedin",
    "emailProvider",
    "type",
    "indexedAt",
)


@dataclass
class Clearbit(Provider):
    NAME: ClassVar[str] = "clearbit"
    CREDENTIALS: ClassVar[Mapping[str, str]] = {"api_key": "CLEARBIT_API_KEY"}
    OPTIONS: ClassVar[Mapping[str, str]] = {"base_url": "CLEARBIT_BASE_URL"}

    api_key: str = field(repr=False)
    base_url: str = "https://company.clearbit.com"
    seconds: float = SECONDS
    private_allowed: bool = False

    def company(self, *, domain: str, seconds: float | None = None) -> Result:
        answer = self._find(domain, seconds)
        if queued := pending(answer):
            return queued
        if self._is_unknown(answer):
            return NoMatch()
        company = self._server().said(FIND, answer)
        provider_id = values.identity(company.get("id"))
        if provider_id is None:
            raise self._server().bad_answer(FIND, "the company has no id")
        return Match(_firmographics(company, provider_id))

    def check(self, *, seconds: float | None = None) -> Standing:
        """Clearbit has no call for this: it is asked about itself. Nor does it tell what is left beyond the minute."""
        answer = self._find(KNOWN_TO_ALL, seconds)
        if not pending(answer) and not self._is_unknown(answer):
            self._server().said(FIND, answer)
        return Standing()

    def _find(self, domain: str, seconds: float | None) -> Answer:
        return self._server().ask(
            "GET",
            FIND,
            query={"domain": domain},
            headers={"Authorization": f"Bearer {self.api_key}"},
            deadline=Deadline.within(self.seconds if seconds is None else seconds),
        )

    def _is_unknown(self, answer: Answer) -> bool:
        """404 in Clearbit's own words, unless they say that the address is wrong."""
        return answer.status == 404 and self._server().code(answer) not in {"", NO_ROUTE}

    def _server(self) -> Server:
        return Server(
            vendor="Clearbit",
            base_url=self.base_url,
            credential="CLEARBIT_API_KEY",
            address="CLEARBIT_BASE_URL",
            private_allowed=self.private_allowed,
            secrets=(self.api_key,),
            code_of=lambda said: values.at(said, "error", "type"),
            wait_of=_wait_of,
            used_up=lambda answer, code: answer.status == 402 or code in {"over_quota", "payment_required"},
        )


def _wait_of(headers: Mapping[str, str]) -> float | None:
    wait = waiting_time(headers)
    return reset_time(headers) if wait is None else wait


def _firmographics(company: Mapping[str, Any], provider_id: str) -> Firmographics:
    count = values.count(values.at(company, "metrics", "employees"))
    handle = values.text(values.at(company, "linkedin", "handle"))
    geo = partial(values.at, company, "geo")
    return Firmographics(
        provider=Clearbit.NAME,
        provider_id=provider_id,
        company_name=values.text(company.get("name")) or values.text(company.get("legalName")),
        domain=values.host(company.get("domain")),
        employee_count=count,
        employee_range=band_of(count) if count else size_range(values.at(company, "metrics", "employeesRange")),
        industry=values.text(values.at(company, "category", "industry")),
        sub_industry=values.text(values.at(company, "category", "subIndustry")),
        naics=values.codes([values.at(company, "category", "naicsCode")]),
        sic=values.codes([values.at(company, "category", "sicCode")]),
        country=values.text(geo("countryCode")) or values.text(geo("country")),
        state=values.text(geo("stateCode")) or values.text(geo("state")),
        city=values.text(geo("city")),
        annual_revenue=values.dollars(values.at(company, "metrics", "annualRevenue")),
        revenue_range=values.text(values.at(company, "metrics", "estimatedAnnualRevenue")),
        tech_stack=_tech_stack(company),
        founded=values.year(company.get("foundedYear")),
        linkedin_url=values.web_address(f"https://www.linkedin.com/{handle}") if handle else None,
        is_free_email_domain=company.get("emailProvider") is True,
        as_of=values.moment(company.get("indexedAt")),
        raw=values.kept(company, READ),
    )


def _tech_stack(company: Mapping[str, Any]) -> tuple[Tech, ...]:
    """The slugs alone: techCategories is a list of its own, not one beside them."""
    names = filter(None, map(values.text, values.items(company.get("tech"))))
    return tuple(Tech(name) for name in dict.fromkeys(names))
