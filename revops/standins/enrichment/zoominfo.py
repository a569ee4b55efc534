"""ZoomInfo's side of the wire: the GTM API, and the older one beside it."""

import json
import secrets
from typing import Any

from revops.standins.companies import Company
from revops.standins.enrichment.vendor import CHECK, COMPANY, OTHER, TOKEN, Vendor, basic, is_key
from revops.standins.web import Reply, Request, json_reply

JSON_API = "application/vnd.api+json"
RANGES = (
    (10, "1 - 10"),
    (50, "20 - 50"),
    (200, "100 - 200"),
    (1000, "500 - 1,000"),
    (5000, "1,000 - 5,000"),
    (10_000, "5,000 - 10,000"),
)


class ZoomInfoStandIn(Vendor):
    """`not_allowed` are output fields that this customer's package leaves out."""

    NAME = "zoominfo"
    TITLE = "ZoomInfo"
    CONTRACT = "zoominfo"
    PATHS = {
        "/technologies/enrich": OTHER,
        "/companies/enrich": COMPANY,
        "/enrich/company": COMPANY,
        "/users/usage": CHECK,
        "/lookup/usage": CHECK,
        "/oauth/v1/token": TOKEN,
        "/authenticate": TOKEN,
    }
    NUMBERS = ("employeeCount", "revenue", "foundedYear")
    LABELS = ("employeeRange",)
    KEPT = ("id", "name", "website")

    def __init__(self, *, client_id: str, client_secret: str, username: str, password: str) -> None:
        super().__init__()
        self._client = f"{client_id}:{client_secret}" if client_secret else ""
        self._user = (username, password)
        self.not_allowed: set[str] = set()

    def admits(self, request: Request) -> bool:
        if request.path == "/authenticate":
            said = request.json() or {}
            return all(map(is_key, (str(said.get("username")), str(said.get("password"))), self._user))
        if self.kind_of(request.path) == TOKEN:
            return is_key(basic(request.authorization), self._client)
        scheme, _, token = request.authorization.partition(" ")
        return scheme == "Bearer" and token in self.tokens

    def answer(self, request: Request) -> Reply:
        reply = super().answer(request)
        if reply.status == 401 and request.path.endswith("/oauth/v1/token"):
            return json_reply({"error": "invalid_client", "error_description": "Unknown client."}, status=401)
        return reply

    def carry_out(self, request: Request) -> Reply:
        said = request.json() or {}
        if self.kind_of(request.path) == TOKEN:
            return self._token(request.path)
        if request.path.endswith("/usage"):
            return self._usage(is_legacy=request.path == "/lookup/usage")
        if request.path == "/enrich/company":
            return self._legacy(said["matchCompanyInput"], said["outputFields"])
        attributes = said["data"]["attributes"]
        if request.path.endswith("/technologies/enrich"):
            return self._technologies(attributes["companyId"])
        return self._enrich(attributes["matchCompanyInput"], attributes["outputFields"])

    def record(self, said: Any) -> dict[str, Any] | None:
        if isinstance(said["data"], dict):
            return next(iter(said["data"]["result"][0]["data"]), None)
        return said["data"][0].get("attributes")

    def rows(self, said: Any) -> list[Any] | None:
        data = said["data"]
        found: list[Any] = data["result"] if isinstance(data, dict) else data
        return found

    def unknown_route(self) -> Reply:
        return _gateway(404, "ZI9998", "No such route.")

    def refused(self) -> Reply:
        return _gateway(401, "ZI0001", "The token is missing, unknown or has expired.")

    def invalid(self, breaches: list[str]) -> Reply:
        return _platform("PFAPI0002", "; ".join(breaches))

    def forbidden(self) -> Reply:
        return _gateway(403, "ZI0003", "The app lacks api:data:company.")

    def slow_down(self) -> Reply:
        return _gateway(429, "ZI0004", "Too many requests.", retryable=True)

    def used_up(self) -> Reply:
        return _platform("PFAPI0011", "The credit limit is reached.")

    def _token(self, path: str) -> Reply:
        token = secrets.token_urlsafe(24)
        self.tokens.add(token)
        if path == "/authenticate":
            return json_reply({"jwt": token})
        return json_reply({"access_token": token, "token_type": "Bearer", "expires_in": 3600})

    def _usage(self, *, is_legacy: bool) -> Reply:
        limits = [
            {"limitType": "requestLimit", "totalLimit": 100_000, "currentUsage": 5, "usageRemaining": 99_995},
            {"limitType": "recordLimit", "totalLimit": 1000, "usageRemaining": self.account.credits},
        ]
        if is_legacy:
            return json_reply({"usage": limits})
        return _json_api({"data": [{"id": "1", "type": "UserUsage", "attributes": {"usage": limits}}]})

    def _enrich(self, inputs: list[dict[str, str]], fields: list[str]) -> Reply:
        if spoiling := sorted(self.not_allowed & set(fields)):
            return _platform("PFAPI0001", f"You may not ask for the output field '{spoiling[0]}'.")
        rows = []
        for asked in inputs:
            company = self.company(asked["companyWebsite"])
            if company is not None and not self.pay(company, each_time=False):
                return self.used_up()
            rows.append(_row(asked, company, fields))
        return _json_api({"data": rows})

    def _legacy(self, inputs: list[dict[str, str]], fields: list[str]) -> Reply:
        results = []
        for asked in inputs:
            company = self.company(asked["companyWebsite"])
            if company is not None and not self.pay(company, each_time=False):
                return self.used_up()
            found = [_shown(company, fields)] if company else []
            results.append({"input": asked, "data": found, "matchStatus": "FULL_MATCH" if company else "NO_MATCH"})
        return json_reply({"success": True, "data": {"outputFields": [fields], "result": results}})

    def _technologies(self, number: int) -> Reply:
        domain = next((one for one in self.account.paid_for if _number(self.company(one)) == number), "")
        company = self.company(domain)
        found = _technologies(company) if company else []
        return _json_api({"data": [{"id": str(n), "type": "Technology", "attributes": a} for n, a in enumerate(found)]})


def _number(company: Company | None) -> int:
    return company.number if company else 0


def _json_api(said: dict[str, Any], *, status: int = 200) -> Reply:
    return Reply(status=status, body=json.dumps(said).encode(), content_type=JSON_API)


def _gateway(status: int, code: str, message: str, *, retryable: bool = False) -> Reply:
    error = {"code": code, "message": message, "status": status, "requestId": "7f2a-11", "retryable": retryable}
    return json_reply({"error": error}, status=status)


def _platform(code: str, detail: str) -> Reply:
    error = {"id": "e-1", "code": code, "status": "400", "detail": detail, "source": {"pointer": "/data/attributes"}}
    return _json_api({"title": "Bad request", "detail": detail, "errors": [error]}, status=400)


def _row(asked: dict[str, str], company: Company | None, fields: list[str]) -> dict[str, Any]:
    if company is None:
        return {"id": "0", "type": "NoMatch", "meta": {"matchStatus": "NO_MATCH", "input": asked}}
    attributes = {name: value for name, value in _shown(company, fields).items() if name != "id"}
    meta = {"matchStatus": "FULL_MATCH", "input": asked}
    return {"id": str(company.number), "type": "Company", "attributes": attributes, "meta": meta}


def _shown(company: Company, fields: list[str]) -> dict[str, Any]:
    label, further, naics, sic = company.industry
    known = {
        "id": company.number,
        "name": company.name,
        "website": f"www.{company.domain}",
        "domainList": [company.domain],
        "employeeCount": company.people,
        "employeeRange": next((words for most, words in RANGES if company.people <= most), "Over 10,000"),
        "revenue": company.revenue // 1000,
        "revenueRange": "$10 mil. - $50 mil.",
        "primaryIndustry": [label],
        "primarySubIndustryCode": [{"id": f"{label}.{further}".lower(), "name": further}],
        "industries": [{"id": label.lower(), "name": label}],
        "naicsCodes": [{"id": naics, "name": further}],
        "sicCodes": [{"id": sic, "name": further}],
        "foundedYear": str(company.founded),
        "country": company.country,
        "state": company.place[1] or None,
        "city": company.place[3],
        "socialMediaUrls": [{"type": "LINKED_IN", "url": f"https://www.linkedin.com/company/{company.slug}"}],
        "isDefunct": False,
        "techAttributes": _technologies(company),
    }
    return {name: value for name, value in known.items() if name in fields}


def _technologies(company: Company) -> list[dict[str, Any]]:
    return [
        {"product": name, "vendor": vendor, "category": category, "categoryParent": "Technology"}
        for name, vendor, category in company.technologies
    ]
