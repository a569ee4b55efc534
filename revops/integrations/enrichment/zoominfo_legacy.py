"""ZoomInfo's older Enterprise API, for accounts that have not been moved: a name and a password buy a token of an hour.

Its answers were not seen in a machine-readable contract, so more than one form of them is taken.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from revops.integrations.enrichment import values
from revops.integrations.enrichment.firmographics import Match, NoMatch, Result, Standing
from revops.integrations.enrichment.provider import SECONDS, Provider
from revops.integrations.enrichment.server import Server, as_json, pending
from revops.integrations.enrichment.tokens import Token, TokenKeeper
from revops.integrations.enrichment.zoominfo import code_of, used_up
from revops.integrations.enrichment.zoominfo_company import FIELDS, credits_left, firmographics, is_about, technologies
from revops.integrations.errors import InvalidRequest, QuotaExhausted
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

    def company(self, *, domain: str, seconds: float | None = None) -> Result:
        deadline = Deadline.within(self.seconds if seconds is None else seconds)
        asked = {"matchCompanyInput": [{"companyWebsite": domain}], "outputFields": OUTPUT}
        answer = self._ask("POST", ENRICH, asked, deadline)
        if queued := pending(answer):
            return queued
        record = self._record(self._server().said(ENRICH, answer), domain)
        provider_id = values.identity(values.at(record, "id"))
        if record is None or provider_id is None:
            return NoMatch()
        tech_stack = technologies(record.get("techAttributes"))
        return Match(firmographics(record, provider=self.NAME, provider_id=provider_id, tech_stack=tech_stack))

    def check(self, *, seconds: float | None = None) -> Standing:
        deadline = Deadline.within(self.seconds if seconds is None else seconds)
        said = self._server().said(USAGE, self._ask("GET", USAGE, None, deadline))
        return Standing(credits_left(said.get("usage")))

    def _record(self, said: Mapping[str, Any], domain: str) -> Mapping[str, Any] | None:
        results = values.at(said, "data", "result")
        if not isinstance(results, list):
            raise self._server().bad_answer(ENRICH, "the answer has no result")
        inputs = [values.at(result, "input") for result in results]
        ours = (result for result, asked in zip(results, inputs, strict=True) if is_about(asked, domain) or not asked)
        result = next(ours, None)
        status = values.at(result, "matchStatus")
        if status == "LIMIT_EXCEEDED":
            raise QuotaExhausted(f"ZoomInfo {ENRICH}: LIMIT_EXCEEDED: the credits are used up", code=status)
        if status == "INVALID_INPUT":
            raise InvalidRequest(f"ZoomInfo {ENRICH}: INVALID_INPUT: it takes no such domain", code=status)
        record = values.first(values.at(result, "data"))
        return record if isinstance(record, Mapping) and status != "NO_MATCH" else None

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
