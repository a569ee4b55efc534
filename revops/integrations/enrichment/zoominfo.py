"""ZoomInfo's GTM API: OAuth by client credentials, JSON:API, one credit for each company that is new to the account.

https://docs.zoominfo.com
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import urlencode

from revops.integrations.enrichment import values
from revops.integrations.enrichment.firmographics import Match, NoMatch, Result, Standing, Tech
from revops.integrations.enrichment.provider import SECONDS, Provider
from revops.integrations.enrichment.server import Server, as_json, pending
from revops.integrations.enrichment.tokens import Token, TokenKeeper
from revops.integrations.enrichment.zoominfo_company import (
    FIELDS,
    LEAST_FIELDS,
    MOST,
    Row,
    credits_left,
    firmographics,
    one,
    technologies,
    told,
)
from revops.integrations.errors import AuthRevoked, VendorError
from revops.integrations.wire import Answer, Deadline

MEDIA_TYPE = "application/vnd.api+json"
ENRICH = "/data/v1/companies/enrich"
TECHNOLOGIES = "/data/v1/companies/technologies/enrich"
USAGE = "/data/v1/users/usage"
TOKEN_SECONDS = 3600.0
FIELD_NOT_ALLOWED = "PFAPI0001"
CREDITS_USED_UP = "PFAPI0011"
REFUSED_CLIENT = frozenset(("invalid_client", "unauthorized_client", "invalid_grant"))


@dataclass
class ZoomInfo(Provider):
    """With `technologies` each match costs a second credit, for what the company runs."""

    NAME: ClassVar[str] = "zoominfo"
    CREDENTIALS: ClassVar[Mapping[str, str]] = {
        "client_id": "ZOOMINFO_CLIENT_ID",
        "client_secret": "ZOOMINFO_CLIENT_SECRET",
    }
    OPTIONS: ClassVar[Mapping[str, str]] = {
        "base_url": "ZOOMINFO_BASE_URL",
        "token_url": "ZOOMINFO_TOKEN_URL",
        "technologies": "ZOOMINFO_TECHNOLOGIES",
    }

    client_id: str
    client_secret: str = field(repr=False)
    base_url: str = "https://api.zoominfo.com/gtm"
    token_url: str = "https://api.zoominfo.com/gtm/oauth/v1/token"  # noqa: S105 - an address
    seconds: float = SECONDS
    private_allowed: bool = False
    technologies: bool = False

    def __post_init__(self) -> None:
        self._tokens = TokenKeeper(self._new_token)
        self._fields: tuple[str, ...] = FIELDS

    @property
    def most(self) -> int:
        """With `technologies` each company takes a call of its own, so that they are asked about side by side."""
        return 1 if self.technologies else MOST

    @property
    def credits(self) -> int:
        return 2 if self.technologies else 1

    def company(self, *, domain: str, seconds: float | None = None) -> Result:
        deadline = Deadline.within(self.seconds if seconds is None else seconds)
        return one(self._in_one_call([domain], deadline), domain)

    def _in_one_call(self, domains: Sequence[str], deadline: Deadline) -> dict[str, Result | VendorError]:
        answer = self._enriched(domains, deadline)
        if queued := pending(answer):
            return dict.fromkeys(domains, queued)
        rows = self._server().said(ENRICH, answer).get("data")
        if not isinstance(rows, list):
            raise self._server().bad_answer(ENRICH, "the answer has no data")
        return told(ENRICH, map(_row, rows), domains, lambda record: self._result(record, deadline))

    def _result(self, record: object, deadline: Deadline) -> Result:
        provider_id, attributes = values.identity(values.at(record, "id")), values.at(record, "attributes")
        if values.at(record, "type") != "Company" or provider_id is None or not isinstance(attributes, Mapping):
            return NoMatch()
        tech_stack = self._tech_stack(provider_id, deadline) if self.technologies else ()
        return Match(firmographics(attributes, provider=self.NAME, provider_id=provider_id, tech_stack=tech_stack))

    def check(self, *, seconds: float | None = None) -> Standing:
        deadline = Deadline.within(self.seconds if seconds is None else seconds)
        said = self._server().said(USAGE, self._ask("GET", USAGE, None, deadline))
        return Standing(credits_left(values.at(values.first(said.get("data")), "attributes", "usage")))

    def _enriched(self, domains: Sequence[str], deadline: Deadline) -> Answer:
        """The answer; asked once more without the fields that this account may not have, which spoil a whole call."""
        answer = self._ask("POST", ENRICH, _question(domains, self._fields), deadline)
        if answer.status == 400 and self._server().code(answer) == FIELD_NOT_ALLOWED:
            why = answer.body.decode("utf-8", "replace")
            allowed = tuple(name for name in self._fields if f"'{name}'" not in why and f"[{name}]" not in why)
            self._fields = allowed if len(allowed) < len(self._fields) else LEAST_FIELDS
            answer = self._ask("POST", ENRICH, _question(domains, self._fields), deadline)
        return answer

    def _tech_stack(self, company: str, deadline: Deadline) -> tuple[Tech, ...]:
        """What the company runs; nothing when that call fails, since the company itself is known already."""
        identity = int(company) if company.isdecimal() else company
        asked = {"data": {"type": "TechnologyEnrich", "attributes": {"companyId": identity}}}
        try:
            said = self._server().said(TECHNOLOGIES, self._ask("POST", TECHNOLOGIES, asked, deadline))
        except VendorError:
            return ()
        return technologies([values.at(row, "attributes") for row in values.items(said.get("data"))])

    def _ask(self, method: str, path: str, asked: Mapping[str, Any] | None, deadline: Deadline) -> Answer:
        headers = {"Accept": MEDIA_TYPE} if asked is None else {"Accept": MEDIA_TYPE, "Content-Type": MEDIA_TYPE}
        body = None if asked is None else as_json(asked)

        def with_token(token: str) -> Answer:
            bearing = {**headers, "Authorization": f"Bearer {token}"}
            return self._server().ask(method, path, headers=bearing, body=body, deadline=deadline)

        return self._tokens.call(with_token, deadline=deadline)

    def _new_token(self, deadline: Deadline) -> Token:
        server = self._server(self.token_url, "ZOOMINFO_TOKEN_URL")
        basic = b64encode(f"{self.client_id}:{self.client_secret}".encode(errors="replace")).decode()
        headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"}
        answer = server.ask(
            "POST",
            "",
            headers=headers,
            body=urlencode({"grant_type": "client_credentials"}).encode(),
            deadline=deadline,
        )
        if answer.status == 400 and (code := server.code(answer)) in REFUSED_CLIENT:
            raise AuthRevoked(f"ZoomInfo: {code}: look at {server.credential}", code=code)
        said = server.said("", answer)
        token = said.get("access_token")
        if not isinstance(token, str) or not token:
            raise server.bad_answer("", "the answer has no access_token")
        return Token(token, values.number(said.get("expires_in")) or TOKEN_SECONDS)

    def _server(self, base_url: str = "", address: str = "ZOOMINFO_BASE_URL") -> Server:
        return Server(
            vendor="ZoomInfo",
            base_url=base_url or self.base_url,
            credential="ZOOMINFO_CLIENT_ID and ZOOMINFO_CLIENT_SECRET",
            address=address,
            private_allowed=self.private_allowed,
            secrets=(self.client_secret,),
            code_of=code_of,
            used_up=used_up,
        )


def code_of(said: Mapping[str, Any]) -> object:
    """From the gateway's form, the platform's, or OAuth's."""
    error = said.get("error")
    listed = values.at(values.first(said.get("errors")), "code")
    return listed or values.at(error, "code") or error


def used_up(answer: Answer, code: str) -> bool:
    return answer.status == 402 or code == CREDITS_USED_UP


def _question(domains: Sequence[str], fields: tuple[str, ...]) -> dict[str, Any]:
    inputs = [{"companyWebsite": domain} for domain in domains]
    attributes = {"matchCompanyInput": inputs, "outputFields": list(fields)}
    return {"data": {"type": "CompanyEnrich", "attributes": attributes}}


def _row(said: object) -> Row:
    return Row(values.at(said, "meta", "input"), values.at(said, "meta", "matchStatus"), said)
