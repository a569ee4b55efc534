"""Apollo.io: one call gives size, industry and technologies, of one company or of ten, for one credit each.

https://docs.apollo.io/reference/organization-enrichment
https://docs.apollo.io/reference/bulk-organization-enrichment
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from revops.integrations.enrichment import values
from revops.integrations.enrichment.firmographics import Firmographics, Match, NoMatch, Result, Standing, Tech
from revops.integrations.enrichment.provider import SECONDS, Provider
from revops.integrations.enrichment.ranges import band_of
from revops.integrations.enrichment.server import Server, as_json, pending
from revops.integrations.errors import NotAllowed, VendorError
from revops.integrations.wire import Answer, Deadline

ENRICH = "/organizations/enrich"
BULK = "/organizations/bulk_enrich"
MOST = 10
PROFILE = "/users/api_profile"
READ = (
    "id",
    "name",
    "primary_domain",
    "website_url",
    "estimated_num_employees",
    "industry",
    "industries",
    "secondary_industries",
    "annual_revenue",
    "annual_revenue_printed",
    "founded_year",
    "country",
    "state",
    "city",
    "linkedin_url",
    "technology_names",
    "current_technologies",
)


@dataclass
class Apollo(Provider):
    NAME: ClassVar[str] = "apollo"
    CREDENTIALS: ClassVar[Mapping[str, str]] = {"api_key": "APOLLO_API_KEY"}
    OPTIONS: ClassVar[Mapping[str, str]] = {"base_url": "APOLLO_BASE_URL"}

    api_key: str = field(repr=False)
    base_url: str = "https://api.apollo.io/api/v1"
    seconds: float = SECONDS
    private_allowed: bool = False

    def __post_init__(self) -> None:
        self._bulk_allowed = True

    @property
    def most(self) -> int:
        return MOST if self._bulk_allowed else 1

    def company(self, *, domain: str, seconds: float | None = None) -> Result:
        answer = self._ask(ENRICH, self._deadline(seconds), query={"domain": domain})
        if queued := pending(answer):
            return queued
        said = self._server().said(ENRICH, answer)
        organization = said.get("organization")
        if organization is None:
            return NoMatch()
        if not isinstance(organization, Mapping):
            raise self._server().bad_answer(ENRICH, "the organization is no object")
        return _result(organization)

    def _in_one_call(self, domains: Sequence[str], deadline: Deadline) -> dict[str, Result | VendorError]:
        answer = self._ask(BULK, deadline, said={"details": [{"domain": domain} for domain in domains]})
        if queued := pending(answer):
            return dict.fromkeys(domains, queued)
        try:
            said = self._server().said(BULK, answer)
        except NotAllowed:  # a key's scope may hold the single call alone
            self._bulk_allowed = False
            return {}
        rows = said.get("organizations")
        if not isinstance(rows, list):
            raise self._server().bad_answer(BULK, "the answer has no organizations")
        return _told([row for row in values.items(rows) if isinstance(row, Mapping)], domains)

    def check(self, *, seconds: float | None = None) -> Standing:
        """A key's scope may leave out the call that tells its credits: it works all the same."""
        answer = self._ask(PROFILE, self._deadline(seconds), query={"include_credit_usage": "true"})
        try:
            said = self._server().said(PROFILE, answer)
        except NotAllowed as refusal:
            if refusal.code == "API_INACCESSIBLE":
                return Standing()
            raise
        left = values.count(said.get("num_credits_remaining"), least=0)
        return Standing(values.count(values.at(said, "lead_credit", "left_over"), least=0) if left is None else left)

    def _deadline(self, seconds: float | None) -> Deadline:
        return Deadline.within(self.seconds if seconds is None else seconds)

    def _ask(
        self,
        path: str,
        deadline: Deadline,
        *,
        query: Mapping[str, str] | None = None,
        said: Mapping[str, Any] | None = None,
    ) -> Answer:
        headers = {"x-api-key": self.api_key}
        if said is None:
            return self._server().ask("GET", path, query=query, headers=headers, deadline=deadline)
        headers["Content-Type"] = "application/json"
        return self._server().ask("POST", path, headers=headers, body=as_json(said), deadline=deadline)

    def _server(self) -> Server:
        return Server(
            vendor="Apollo",
            base_url=self.base_url,
            credential="APOLLO_API_KEY",
            address="APOLLO_BASE_URL",
            private_allowed=self.private_allowed,
            secrets=(self.api_key,),
            code_of=lambda said: said.get("error_code"),
            used_up=_used_up,
        )


def _used_up(answer: Answer, code: str) -> bool:
    """Apollo documents no status for it; the refusals that were seen speak of credits."""
    return answer.status == 402 or (answer.status in {400, 403, 422} and b"credit" in answer.body.lower())


def _result(organization: Mapping[str, Any]) -> Result:
    """No record is told by an object without an id too."""
    provider_id = values.identity(organization.get("id"))
    return Match(_firmographics(organization, provider_id)) if provider_id else NoMatch()


def _told(rows: list[Mapping[str, Any]], domains: Sequence[str]) -> dict[str, Result | VendorError]:
    """By domain, not by place. Apollo knows none that has no row; but where a row is about none of these domains, which
    is how a company that has moved to another looks, those without a row are left out."""
    told: dict[str, Result | VendorError] = {}
    for domain in domains:
        if ours := [row for row in rows if _is_about(row, domain)]:
            told[domain] = _result(ours[0])
    has_stranger = any(row.get("id") and not any(_is_about(row, domain) for domain in domains) for row in rows)
    return told if has_stranger else dict.fromkeys(domains, NoMatch()) | told


def _is_about(row: object, domain: str) -> bool:
    told = (values.at(row, "primary_domain"), values.at(row, "website_url"))
    return domain.removeprefix("www.") in map(values.host, told)


def _firmographics(organization: Mapping[str, Any], provider_id: str) -> Firmographics:
    count = values.count(organization.get("estimated_num_employees"))
    return Firmographics(
        provider=Apollo.NAME,
        provider_id=provider_id,
        company_name=values.text(organization.get("name")),
        domain=values.host(organization.get("primary_domain")) or values.host(organization.get("website_url")),
        employee_count=count,
        employee_range=band_of(count) if count else None,
        industry=values.text(organization.get("industry")),
        sub_industry=_sub_industry(organization),
        country=values.text(organization.get("country")),
        state=values.text(organization.get("state")),
        city=values.text(organization.get("city")),
        annual_revenue=values.dollars(organization.get("annual_revenue")),
        revenue_range=values.text(organization.get("annual_revenue_printed")),
        tech_stack=_tech_stack(organization),
        founded=values.year(organization.get("founded_year")),
        linkedin_url=values.web_address(organization.get("linkedin_url")),
        raw=values.kept(organization, READ),
    )


def _sub_industry(organization: Mapping[str, Any]) -> str | None:
    others = [
        *values.items(organization.get("industries"))[1:],
        *values.items(organization.get("secondary_industries")),
    ]
    return next(filter(None, map(values.text, others)), None)


def _tech_stack(organization: Mapping[str, Any]) -> tuple[Tech, ...]:
    """The technologies with their categories, then the names that only the plain list has."""
    found: dict[str, Tech] = {}
    for one in values.items(organization.get("current_technologies")):
        if name := values.text(values.at(one, "name")):
            found.setdefault(name.casefold(), Tech(name, category=values.text(values.at(one, "category"))))
    for one in values.items(organization.get("technology_names")):
        if name := values.text(one):
            found.setdefault(name.casefold(), Tech(name))
    return tuple(found.values())
