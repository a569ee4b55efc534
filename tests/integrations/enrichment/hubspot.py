"""HubSpot among the vendors of company data: its one stand-in answers; the ways to go wrong are this suite's."""

from typing import Any

from revops.integrations.enrichment.values import at
from revops.standins.companies import Company
from revops.standins.crm.records import Book
from revops.standins.enrichment.vendor import COMPANY, Vendor, is_key
from revops.standins.faults import Fault
from revops.standins.hubspot.app import HubSpotStandIn, refusal
from revops.standins.web import Reply, Request


class HubSpotRecords(Vendor):
    """Its CRM has come to hold every company that is asked for, unless nobody knows it."""

    NAME = "hubspot"
    TITLE = "HubSpot"
    CONTRACT = "hubspot"
    PATHS = {"/companies/search": COMPANY}
    NUMBERS = ("properties.numberofemployees", "properties.annualrevenue", "properties.founded_year")
    LABELS = ("properties.industry",)
    KEPT = ("id", "properties.name", "properties.domain", "createdAt", "updatedAt", "archived")

    def __init__(self, *, token: str) -> None:
        super().__init__()
        self._token = token
        self._book = Book()
        self._crm = HubSpotStandIn(self._book, token=token)

    def admits(self, request: Request) -> bool:
        return is_key(request.authorization.removeprefix("Bearer "), self._token)

    def carry_out(self, request: Request) -> Reply:
        filters = [one for group in (request.json() or {})["filterGroups"] for one in group["filters"]]
        self._book.clear()
        for company in filter(None, (self.company(str(at(one, "value"))) for one in filters)):
            self._add(company)
        return self._crm.answer(request)

    def record(self, said: Any) -> dict[str, Any] | None:
        return next(iter(said["results"]), None)

    def unknown_route(self) -> Reply:
        return refusal(404, "OBJECT_NOT_FOUND", "Unable to infer object type.")

    def refused(self) -> Reply:
        return refusal(401, "INVALID_AUTHENTICATION", "The token is not valid.")

    def invalid(self, breaches: list[str]) -> Reply:
        return refusal(400, "VALIDATION_ERROR", "; ".join(breaches))

    def forbidden(self) -> Reply:
        return self._trouble("scope")

    def slow_down(self) -> Reply:
        return self._trouble("busy")

    def used_up(self) -> Reply:
        return self._trouble("quota")

    def _trouble(self, error: str) -> Reply:
        reply = self._crm.fault_reply(Fault(error=error))
        assert reply is not None
        return reply

    def _add(self, company: Company) -> None:
        label, *_ = company.industry
        _, region, _, city = company.place
        self._book.add(
            "account",
            name=company.name,
            domain=company.domain,
            industry=label.upper(),
            employees=company.people,
            revenue=company.revenue,
            country=company.country,
            region=region,
            city=city,
        )
