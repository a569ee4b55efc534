"""Vendors that say what a story tells them to, and remember what they were asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from revops.enrich import enrich_due
from revops.integrations.enrichment.firmographics import Firmographics, Match, NoMatch, Result, Standing
from revops.integrations.enrichment.provider import Provider
from revops.integrations.errors import VendorError
from revops.integrations.wire import Deadline
from tests.world import World

NAMES = ("apollo", "zoominfo", "clearbit", "hubspot")


@dataclass
class Scripted(Provider):
    """Says what it is told to, and remembers who was asked about."""

    NAME: ClassVar[str] = "scripted"
    CREDENTIALS: ClassVar[Mapping[str, str]] = {}
    OPTIONS: ClassVar[Mapping[str, str]] = {}

    name: str
    says: Result | Exception = field(default_factory=NoMatch)
    asked: list[str] = field(default_factory=list)
    takes: int = 1
    calls: list[int] = field(default_factory=list)
    costs: int = 1
    says_of: dict[str, Result | VendorError] = field(default_factory=dict)

    @property
    def most(self) -> int:
        return self.takes

    @property
    def credits(self) -> int:
        return self.costs

    def companies(self, domains: Sequence[str], *, seconds: float | None = None) -> dict[str, Result | VendorError]:
        self.calls.append(len(domains))
        return super().companies(domains, seconds=seconds)

    def _in_one_call(self, domains: Sequence[str], deadline: Deadline) -> dict[str, Result | VendorError]:
        told = self.company(domain=" ".join(domains))
        return {domain: self.says_of.get(domain, told) for domain in domains}

    def company(self, *, domain: str, seconds: float | None = None) -> Result:
        self.asked.append(domain)
        if isinstance(self.says, Exception):
            raise self.says
        return self.says

    def check(self, *, seconds: float | None = None) -> Standing:
        return Standing()


def company(vendor: str, **known: Any) -> Match:
    return Match(Firmographics(provider=vendor, provider_id="1", **known))


@dataclass
class Vendors:
    """The vendors of a world, each by its name; `keys` are what their credentials look like."""

    world: World
    by_name: dict[str, Scripted]
    keys: dict[str, str]

    def __getattr__(self, name: str) -> Scripted:
        return self.by_name[name]

    def ask(self) -> int:
        """The worker asks about what is due, as long as there is something."""
        taken = 0
        while count := enrich_due(at=self.world.now):
            taken += count
        return taken

    def calls(self) -> dict[str, int]:
        return {name: len(vendor.asked) for name, vendor in self.by_name.items() if vendor.asked}
