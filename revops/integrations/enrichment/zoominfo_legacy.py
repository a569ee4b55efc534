"""ZoomInfo's older Enterprise API, for accounts that have not been moved: a name and a password buy a token of an hour.

Its answers were not seen in a machine-readable contract, so more than one form of them is taken.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from revops.integrations.enrichment import values
from revops.integrations.enrichment.firmographics import Match, NoMatch, Result, Standing
from revops.integrations.enrichment.provider import SECONDS, Provider
from revops.integrations.enrichment.server import Server, as_json, pending
from revops.integrations.enrichment.tokens import Token, TokenKeeper
from revops.integrations.enrichment.zoominfo import code_of, used_up
from revops.integrations.enrichment.zoominfo_company import (
    FIELDS,
    MOST,
    Row,
    credits_left,
    firmographics,
    one,
    technologies,
    told,
)
from revops.integrations.errors import VendorError
from revops.integrations.wire import Answer, Deadline

AUTHENTICATE = "/authenticate"
ENRICH = "/enrich/company"
USAGE = "/lookup/usage"
TOKEN_SECONDS = 3600.0
GTM_ONLY = frozenset(("primarySubIndustryCode", "isDefunct"))
OUTPUT = [*(name for name in FIELDS if name not in GTM_ONLY), "techAttributes"]


@dataclass
class ZoomInfoLegacy(Provider):
    NAME: ClassVar[str] = "zoominfo_legacy"
    CREDENTIALS: ClassVar[Mapping[str, str]] = {"username": "ZOOMINFO_USERNAME", "password": "ZOOMINFO_PASSWORD"}
    OPTIONS: ClassVar[Mapping[str, str]] = {"base_url": "ZOOMINFO_LEGACY_BASE_URL"}

    username: str
    password: str = field(repr=False)
    base_url: str = "https://api.zoominfo.com"
    seconds: float = SECONDS
    private_allowed: bool = False

    def __post_init__(self) -> None:
        self._tokens = TokenKeeper(self._new_token)

    @property
    def most(self) -> int:
        return MOST

    def company(self, *, domain: str, seconds: float | None = None) -> Result:
        deadline = Deadline.within(self.seconds if seconds is None else seconds)
        return one(self._in_one_call([domain], deadline), domain)

    def _in_one_call(self, domains: Sequence[str], deadline: Deadline) -> dict[str, Result | VendorError]:
        inputs = [{"companyWebsite": domain} for domain in domains]
        answer = self._ask("POST", ENRICH, {"matchCompanyInput": inputs, "outputFields": OUTPUT}, deadline)
        if queued := pending(answer):
            return dict.fromkeys(domains, queued)
        rows = values.at(self._server().said(ENRICH, answer), "data", "result")
        if not isinstance(rows, list):
            raise self._server().bad_answer(ENRICH, "the answer has no result")
        return told(ENRICH, map(_row, rows), domains, self._result)

    def _result(self, record: object) -> Result:
        provider_id = values.identity(values.at(record, "id"))
        if not isinstance(record, Mapping) or provider_id is None:
            return NoMatch()
        tech_stack = technologies(record.get("techAttributes"))
        return Match(firmographics(record, provider=self.NAME, provider_id=provider_id, tech_stack=tech_stack))

    def check(self, *, seconds: float | None = None) -> Standing:
        deadline = Deadline.within(self.seconds if seconds is None else seconds)
        said = self._server().said(USAGE, self._ask("GET", USAGE, None, deadline))
        return Standing(credits_left(said.get("usage")))

    def _ask(self, method: str, path: str, asked: Mapping[str, Any] | None, deadline: Deadline) -> Answer:
        headers = {} if asked is None else {"Content-Type": "application/json"}
        body = None if asked is None else as_json(asked)

        def with_token(token: str) -> Answer:
            bearing = {**headers, "Authorization": f"Bearer {token}"}
            return self._server().ask(method, path, headers=bearing, body=body, deadline=deadline)

        return self._tokens.call(with_token, deadline=deadline)

    def _new_token(self, deadline: Deadline) -> Token:
        server, body = self._server(), as_json({"username": self.username, "password": self.password})
        headers = {"Content-Type": "application/json"}
        said = server.said(
            AUTHENTICATE, server.ask("POST", AUTHENTICATE, headers=headers, body=body, deadline=deadline)
        )
        token = said.get("jwt")
        if not isinstance(token, str) or not token:
            raise server.bad_answer(AUTHENTICATE, "the answer has no jwt")
        return Token(token, TOKEN_SECONDS)

    def _server(self) -> Server:
        return Server(
            vendor="ZoomInfo",
            base_url=self.base_url,
            credential="ZOOMINFO_USERNAME and ZOOMINFO_PASSWORD",
            address="ZOOMINFO_LEGACY_BASE_URL",
            private_allowed=self.private_allowed,
            secrets=(self.password,),
            code_of=code_of,
            used_up=used_up,
        )


def _row(said: object) -> Row:
    return Row(values.at(said, "input"), values.at(said, "matchStatus"), values.first(values.at(said, "data")))
