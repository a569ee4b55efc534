"""Apollo's side of the wire."""

from typing import Any

from revops.standins.companies import Company
from revops.standins.enrichment.vendor import CHECK, COMPANY, Vendor, is_key
from revops.standins.web import Reply, Request, json_reply

MOST = 10  # companies in one call


class ApolloStandIn(Vendor):
    NAME = "apollo"
    TITLE = "Apollo"
    CONTRACT = "apollo"
    PATHS = {"/organizations/enrich": COMPANY, "/organizations/bulk_enrich": COMPANY, "/users/api_profile": CHECK}
    NUMBERS = ("estimated_num_employees", "annual_revenue", "founded_year")
    LABELS = ("industry",)
    KEPT = ("id", "name")

    def __init__(self, *, api_key: str) -> None:
        super().__init__()
        self._api_key = api_key

    def admits(self, request: Request) -> bool:
        return is_key(request.headers.get("x-api-key", ""), self._api_key)

    def carry_out(self, request: Request) -> Reply:
        if request.path.endswith("/api_profile"):
            shown = {"num_credits_remaining": self.account.credits} if request.query else {}
            return json_reply({"id": "66ab", "is_logged_in": True, **shown})
        if request.path.endswith("/bulk_enrich"):
            return self._bulk([detail["domain"] for detail in (request.json() or {})["details"]])
        company = self.company(request.query["domain"])
        if company is None:
            return json_reply({"organization": None})
        if not self.pay(company, each_time=True):
            return self.used_up()
        return json_reply({"organization": _organization(company)}, headers={"x-minute-requests-left": "999"})

    def record(self, said: Any) -> dict[str, Any] | None:
        rows = self.rows(said)
        return said["organization"] if rows is None else next(iter(rows), None)

    def rows(self, said: Any) -> list[Any] | None:
        found: list[Any] | None = said.get("organizations")
        return found

    def _bulk(self, domains: list[str]) -> Reply:
        """Rows for the companies that are known, in no order to rely on."""
        if len(domains) > MOST:
            return _refused_batch("RECORD_LIMIT_EXCEEDED", f"At most {MOST} organizations at once.")
        found = [company for company in map(self.company, domains) if company]
        if len(found) > self.account.credits:
            return self.used_up()
        for company in found:
            self.pay(company, each_time=True)
        told = {
            "status": "success",
            "error_code": None,
            "total_requested_domains": len(domains),
            "unique_enriched_records": len(found),
            "missing_records": len(domains) - len(found),
            "organizations": [_organization(company) for company in reversed(found)],
        }
        return json_reply(told)

    def unknown_route(self) -> Reply:
        return json_reply({"error": "Not found"}, status=404)

    def refused(self) -> Reply:
        return Reply(status=401, body=b"Invalid API key. Please check your key.", content_type="text/plain")

    def invalid(self, breaches: list[str]) -> Reply:
        return json_reply({"error": "; ".join(breaches)}, status=422)

    def forbidden(self) -> Reply:
        return json_reply(
            {"error": "This API key may not use this endpoint.", "error_code": "API_INACCESSIBLE"}, status=403
        )

    def slow_down(self) -> Reply:
        return json_reply({"message": "The maximum number of api calls allowed is 600 times per hour."}, status=429)

    def used_up(self) -> Reply:
        return json_reply({"error": "You have insufficient credits for this."}, status=422)


def _refused_batch(code: str, message: str) -> Reply:
    return json_reply({"status": "failed", "error_code": code, "error_message": message}, status=400)


def _organization(company: Company) -> dict[str, Any]:
    label, further, *_ = company.industry
    return {
        "id": f"5e66{company.number:x}",
        "name": company.name,
        "primary_domain": company.domain,
        "website_url": f"http://www.{company.domain}",
        "industry": label.lower(),
        "industries": [label.lower(), further.lower()],
        "secondary_industries": [],
        "estimated_num_employees": company.people,
        "annual_revenue": company.revenue,
        "annual_revenue_printed": f"{company.revenue / 1_000_000:.1f}M",
        "founded_year": company.founded,
        "country": company.country,
        "state": company.place[1] or None,
        "city": company.place[3],
        "linkedin_url": f"http://www.linkedin.com/company/{company.slug}",
        "phone": None,
        "alexa_ranking": None,
        "technology_names": [name for name, *_ in company.technologies],
        "current_technologies": [
            {"uid": name.lower().replace(" ", "_"), "name": name, "category": category}
            for name, _, category in company.technologies
        ],
        "account": {"id": "acc-1", "owner_id": "the-customer's-own-data"},
    }
