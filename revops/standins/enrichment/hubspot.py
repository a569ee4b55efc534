"""HubSpot's side of the wire, as far as company records go."""

from typing import Any

from revops.standins.enrichment.companies import Company
from revops.standins.enrichment.vendor import COMPANY, Vendor, is_key
from revops.standins.web import Reply, Request, json_reply

CHANGED = "2026-11-01T00:00:00Z"


class HubSpotStandIn(Vendor):
    NAME = "hubspot"
    TITLE = "HubSpot"
    CONTRACT = "hubspot-companies"
    PATHS = {"/companies/search": COMPANY}
    NUMBERS = ("properties.numberofemployees", "properties.annualrevenue", "properties.founded_year")
    LABELS = ("properties.industry", "properties.hs_employee_range")
    KEPT = ("id", "properties.name", "properties.domain", "createdAt", "updatedAt", "archived")

    def __init__(self, *, access_token: str) -> None:
        super().__init__()
        self._access_token = access_token

    def admits(self, request: Request) -> bool:
        return is_key(request.authorization.removeprefix("Bearer "), self._access_token)

    def carry_out(self, request: Request) -> Reply:
        asked = request.json() or {}
        filters = [one for group in asked["filterGroups"] for one in group["filters"]]
        equal = [one for one in filters if (one["propertyName"], one["operator"]) == ("domain", "EQ")]
        found = [company for one in equal if (company := self.company(one.get("value", ""))) is not None]
        results = [_record(company, asked["properties"]) for company in found]
        return json_reply({"total": len(results), "results": results})

    def record(self, said: Any) -> dict[str, Any] | None:
        return next(iter(said["results"]), None)

    def unknown_route(self) -> Reply:
        return _error(404, "OBJECT_NOT_FOUND", "Unable to infer object type.")

    def refused(self) -> Reply:
        return _error(401, "INVALID_AUTHENTICATION", "The token is not valid.")

    def invalid(self, breaches: list[str]) -> Reply:
        return _error(400, "VALIDATION_ERROR", "; ".join(breaches))

    def forbidden(self) -> Reply:
        return _error(403, "MISSING_SCOPES", "This needs crm.objects.companies.read.")

    def slow_down(self) -> Reply:
        return _error(429, "RATE_LIMITS", "You have reached your secondly limit.", policyName="SECONDLY")

    def used_up(self) -> Reply:
        return _error(429, "RATE_LIMITS", "You have reached your daily limit.", policyName="DAILY")


def _error(status: int, category: str, message: str, **more: str) -> Reply:
    said = {"status": "error", "message": message, "correlationId": "5c0d-4e1f", "category": category}
    return json_reply({**said, **more}, status=status)


def _record(company: Company, asked: list[str]) -> dict[str, Any]:
    label, *_ = company.industry
    country, state, _, city = company.place
    properties = {
        "name": company.name,
        "domain": company.domain,
        "numberofemployees": str(company.people),
        "industry": label.upper().replace(" ", "_"),
        "country": company.country,
        "hs_country_code": country,
        "state": state or None,
        "city": city,
        "annualrevenue": str(company.revenue),
        "web_technologies": ";".join(name.lower().replace(" ", "_") for name, *_ in company.technologies),
        "founded_year": str(company.founded),
        "linkedin_company_page": f"https://www.linkedin.com/company/{company.slug}",
        "hs_lastmodifieddate": CHANGED,
    }
    shown = {name: value for name, value in properties.items() if name in asked}
    always = {"createdate": CHANGED, "hs_object_id": str(company.number), "hs_lastmodifieddate": CHANGED}
    return {
        "id": str(company.number),
        "properties": {**always, **shown},
        "createdAt": CHANGED,
        "updatedAt": CHANGED,
        "archived": False,
    }
