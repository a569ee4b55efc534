"""HubSpot's company records, which its Breeze data fills: no credits, and only companies that are in the CRM.

Property values are texts, all of them. https://developers.hubspot.com/docs/api-reference
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from revops.integrations.enrichment import values
from revops.integrations.enrichment.firmographics import Firmographics, Match, NoMatch, Result, Standing, Tech
from revops.integrations.enrichment.provider import SECONDS, Provider
from revops.integrations.enrichment.ranges import band_of, size_range
from revops.integrations.enrichment.server import Server, as_json, json_object, pending
from revops.integrations.wire import Answer, Deadline

PROPERTIES = (
    "name",
    "domain",
    "numberofemployees",
    "hs_employee_range",
    "industry",
    "country",
    "hs_country_code",
    "state",
    "city",
    "annualrevenue",
    "hs_revenue_range",
    "web_technologies",
    "founded_year",
    "linkedin_company_page",
    "hs_lastmodifieddate",
)
MOST_FOUND = 10


@dataclass
class HubSpotCompanies(Provider):
    NAME: ClassVar[str] = "hubspot"
    CREDENTIALS: ClassVar[Mapping[str, str]] = {"access_token": "HUBSPOT_ACCESS_TOKEN"}
    OPTIONS: ClassVar[Mapping[str, str]] = {"base_url": "HUBSPOT_BASE_URL", "api_version": "HUBSPOT_API_VERSION"}

    access_token: str = field(repr=False)
    base_url: str = "https://api.hubapi.com"
    api_version: str = "2026-09"
    seconds: float = SECONDS
    private_allowed: bool = False

    def company(self, *, domain: str, seconds: float | None = None) -> Result:
        answer = self._search([{"propertyName": "domain", "operator": "EQ", "value": domain}], MOST_FOUND, seconds)
        if queued := pending(answer):
            return queued
        said = self._server().said(self._path, answer)
        found = said.get("results")
        if not isinstance(found, list):
            raise self._server().bad_answer(self._path, "the answer has no results")
        for record in values.items(found):
            properties, provider_id = values.at(record, "properties"), values.identity(values.at(record, "id"))
            if provider_id and isinstance(properties, Mapping) and values.host(properties.get("domain")) == domain:
                return Match(_firmographics(properties, provider_id))
        return NoMatch()

    def check(self, *, seconds: float | None = None) -> Standing:
        """HubSpot sells no credits for reading: it is only seen whether the token may read companies."""
        self._server().said(self._path, self._search([], 1, seconds))
        return Standing()

    @property
    def _path(self) -> str:
        return f"/crm/objects/{self.api_version}/companies/search"

    def _search(self, filters: list[dict[str, str]], limit: int, seconds: float | None) -> Answer:
        asked = {
            "filterGroups": [{"filters": filters}] if filters else [],
            "properties": list(PROPERTIES),
            "limit": limit,
            "after": "0",
            "sorts": [],
        }
        return self._server().ask(
            "POST",
            self._path,
            headers={"Authorization": f"Bearer {self.access_token}", "Content-Type": "application/json"},
            body=as_json(asked),
            deadline=Deadline.within(self.seconds if seconds is None else seconds),
        )

    def _server(self) -> Server:
        return Server(
            vendor="HubSpot",
            base_url=self.base_url,
            credential="HUBSPOT_ACCESS_TOKEN",
            address="HUBSPOT_BASE_URL and HUBSPOT_API_VERSION",
            private_allowed=self.private_allowed,
            secrets=(self.access_token,),
            code_of=lambda said: said.get("category"),
            used_up=_used_up,
        )


def _used_up(answer: Answer, code: str) -> bool:
    policy = (json_object(answer.body) or {}).get("policyName") if answer.status == 429 else None
    return answer.status == 402 or policy == "DAILY"


def _firmographics(properties: Mapping[str, Any], provider_id: str) -> Firmographics:
    count = values.count(properties.get("numberofemployees"))
    return Firmographics(
        provider=HubSpotCompanies.NAME,
        provider_id=provider_id,
        company_name=values.text(properties.get("name")),
        domain=values.host(properties.get("domain")),
        employee_count=count,
        employee_range=band_of(count) if count else size_range(properties.get("hs_employee_range")),
        industry=values.text(properties.get("industry")),
        country=values.text(properties.get("hs_country_code")) or values.text(properties.get("country")),
        state=values.text(properties.get("state")),
        city=values.text(properties.get("city")),
        annual_revenue=values.dollars(properties.get("annualrevenue")),
        revenue_range=values.text(properties.get("hs_revenue_range")),
        tech_stack=_tech_stack(properties.get("web_technologies")),
        founded=values.year(properties.get("founded_year")),
        linkedin_url=values.web_address(properties.get("linkedin_company_page")),
        as_of=values.moment(properties.get("hs_lastmodifieddate")),
        raw=values.kept(properties, PROPERTIES),
    )


def _tech_stack(joined: object) -> tuple[Tech, ...]:
    names = joined.split(";")[: values.MOST_ITEMS] if isinstance(joined, str) else []
    return tuple(Tech(name) for name in dict.fromkeys(filter(None, map(values.text, names))))
