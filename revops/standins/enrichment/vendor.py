"""What every stand-in of an enrichment vendor has: an account with credits, a contract, and errors in its own form."""

import hmac
from abc import ABC, abstractmethod
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from revops.standins.companies import Company, company_at
from revops.standins.contracts import Contract
from revops.standins.web import Reply, Request

CREDITS = 1000

COMPANY, CHECK, TOKEN, OTHER = "company", "check", "token", "other"


@dataclass
class Account:
    """The customer at the vendor. `paid_for` are the domains that have cost their credit already."""

    credits: int = CREDITS
    revoked: bool = False
    unknown: set[str] = field(default_factory=set)
    paid_for: set[str] = field(default_factory=set)


def is_key(sent: str, expected: str) -> bool:
    """Whether it is the credential; where none is set nothing is."""
    return bool(expected) and hmac.compare_digest(sent.encode(), expected.encode())


def basic(authorization: str) -> str:
    """'name:password' out of HTTP Basic; '' for what is none."""
    scheme, _, value = authorization.partition(" ")
    try:
        return b64decode(value, validate=True).decode() if scheme == "Basic" else ""
    except ValueError:
        return ""


class Vendor(ABC):
    """NUMBERS, LABELS and KEPT are paths into a company's record, for spoiling it."""

    NAME: ClassVar[str]
    TITLE: ClassVar[str]
    CONTRACT: ClassVar[str]
    PATHS: ClassVar[Mapping[str, str]]  # the end of a path: which kind of call it is
    NUMBERS: ClassVar[tuple[str, ...]]
    LABELS: ClassVar[tuple[str, ...]]
    KEPT: ClassVar[tuple[str, ...]]

    def __init__(self) -> None:
        self.account = Account()
        self.tokens: set[str] = set()  # access tokens given out
        self.contract = Contract.read(self.CONTRACT)

    def kind_of(self, path: str) -> str:
        return next((kind for end, kind in self.PATHS.items() if path.endswith(end)), OTHER)

    def answer(self, request: Request) -> Reply:
        """What the vendor says: to a stranger, to a malformed request, to one with no credits left, to a good one."""
        if not self.contract.knows(request.method, request.path):
            return self.unknown_route()
        if self.account.revoked or not self.admits(request):
            return self.refused()
        if breaches := self.contract.request_breaches(request):
            return self.invalid(breaches)
        return self.carry_out(request)

    def company(self, domain: str) -> Company | None:
        return None if domain.lower() in self.account.unknown else company_at(domain)

    def pay(self, company: Company, *, each_time: bool) -> bool:
        """Take a credit for a company; False when there is none left to take."""
        if company.domain in self.account.paid_for and not each_time:
            return True
        if self.account.credits <= 0:
            return False
        self.account.credits -= 1
        self.account.paid_for.add(company.domain)
        return True

    @abstractmethod
    def admits(self, request: Request) -> bool:
        """Whether the request's credential is good."""

    @abstractmethod
    def carry_out(self, request: Request) -> Reply:
        """The answer to a request that is in order."""

    @abstractmethod
    def record(self, said: Any) -> dict[str, Any] | None:
        """The company's record within an answer, to be spoilt in place."""

    def rows(self, said: Any) -> list[Any] | None:
        """The rows of an answer about several companies, to be moved about in place; None for any other answer."""
        return None

    @abstractmethod
    def unknown_route(self) -> Reply: ...

    @abstractmethod
    def refused(self) -> Reply: ...

    @abstractmethod
    def invalid(self, breaches: list[str]) -> Reply: ...

    @abstractmethod
    def forbidden(self) -> Reply: ...

    @abstractmethod
    def slow_down(self) -> Reply: ...

    @abstractmethod
    def used_up(self) -> Reply: ...

    def echoed(self, secret: str) -> Reply:
        """A refusal that quotes the credential, as careless servers do."""
        reply = self.refused()
        return Reply(status=400, body=reply.body + secret.encode(), content_type=reply.content_type)
