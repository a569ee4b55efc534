"""Clearbit's side of the wire, as it still answers those who hold a key."""

import time
from typing import Any

from revops.standins.companies import Company
from revops.standins.enrichment.vendor import COMPANY, Vendor, basic, is_key
from revops.standins.web import Reply, Request, json_reply

RESET_SECONDS = 30
RANGES = ((10, "1-10"), (50, "11-50"), (250, "51-250"), (1_000, "251-1K"), (5_000, "1K-5K"), (10_000, "5K-10K"))


class ClearbitStandIn(Vendor):
    NAME = "clearbit"
    TITLE = "Clearbit"
    CONTRACT = "clearbit"
    PATHS = {"/v2/companies/find": COMPANY}
    NUMBERS = ("metrics.employees", "metrics.annualRevenue", "foundedYear")
    LABELS = ("category.industry", "metrics.employeesRange")
    KEPT = ("id", "name", "domain")

    def __init__(self, *, api_key: str) -> None:
        super().__init__()
        self._api_key = api_key

    def admits(self, request: Request) -> bool:
        bearer = request.authorization.removeprefix("Bearer ")
        return is_key(bearer, self._api_key) or is_key(basic(request.authorization).rstrip(":"), self._api_key)

    def carry_out(self, request: Request) -> Reply:
        company = self.company(request.query.get("domain", ""))
        if company is None:
            return _error(404, "unknown_record", "Unknown company.")
        if not self.pay(company, each_time=False):
            return self.used_up()
        headers = {"x-api-version": "2019-12-19", "x-ratelimit-limit": "600", "x-ratelimit-remaining": "599"}
        return json_reply(_company(company), headers=headers)

    def record(self, said: Any) -> dict[str, Any] | None:
        return said

    def unknown_route(self) -> Reply:
        return _error(404, "unknown_route", "There is nothing here.")

    def refused(self) -> Reply:
        return _error(401, "invalid_api_key", "Invalid API key provided.")

    def invalid(self, breaches: list[str]) -> Reply:
        return _error(422, "params_invalid", "; ".join(breaches))

    def forbidden(self) -> Reply:
        return _error(403, "forbidden", "Your plan does not include this.")

    def slow_down(self) -> Reply:
        headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + RESET_SECONDS)}
        error = {"error": {"type": "rate_limit", "message": "Too many requests."}}
        return json_reply(error, status=429, headers=headers)

    def used_up(self) -> Reply:
        return _error(402, "over_quota", "The plan's look-ups are used up.")


def _error(status: int, kind: str, message: str) -> Reply:
    return json_reply({"error": {"type": kind, "message": message}}, status=status)


def _company(company: Company) -> dict[str, Any]:
    label, further, naics, sic = company.industry
    country, state, state_code, city = company.place
    return {
        "id": f"c-{company.number}",
        "name": company.name,
        "legalName": f"{company.name} Inc",
        "domain": company.domain,
        "category": {
            "sector": label,
            "industryGroup": label,
            "industry": label,
            "subIndustry": further,
            "sicCode": sic[:2],
            "naicsCode": naics[:2],
        },
        "geo": {
            "city": city,
            "state": state or None,
            "stateCode": state_code or None,
            "country": company.country,
            "countryCode": country,
        },
        "metrics": {
            "employees": company.people,
            "employeesRange": next((words for most, words in RANGES if company.people <= most), "10K-50K"),
            "annualRevenue": company.revenue,
            "estimatedAnnualRevenue": "$10M-$50M",
        },
        "tech": [name.lower().replace(" ", "_") for name, *_ in company.technologies],
        "techCategories": sorted({category.lower().replace(" ", "_") for *_, category in company.technologies}),
        "foundedYear": company.founded,
        "linkedin": {"handle": f"company/{company.slug}"},
        "emailProvider": company.is_free_mail,
        "type": "private",
        "indexedAt": "2026-11-01T00:00:00.000Z",
    }
