"""What every enrichment vendor can do."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

from revops.integrations.enrichment.firmographics import Result, Standing
from revops.integrations.errors import BadAnswer, InvalidRequest, Unavailable, VendorError
from revops.integrations.wire import Deadline

SECONDS = 10.0


class Provider(ABC):
    """A vendor that is asked about companies. Keep the object: it keeps its access token.

    NAME         its key in PROVIDERS
    CREDENTIALS  constructor arguments that must be given, each with the setting it comes from
    OPTIONS      the others
    """

    NAME: ClassVar[str]
    CREDENTIALS: ClassVar[Mapping[str, str]]
    OPTIONS: ClassVar[Mapping[str, str]]
    seconds: float = SECONDS

    @property
    def most(self) -> int:
        """How many companies one call may ask about."""
        return 1

    @property
    def credits(self) -> int:
        """What one match costs."""
        return 1

    @abstractmethod
    def company(self, *, domain: str, seconds: float | None = None) -> Result:
        """What the vendor knows of the company with this registrable domain, in at most so many seconds in all.

        Raises VendorError and nothing else. Nothing is asked twice, but for an access token that has expired.
        """

    def companies(self, domains: Sequence[str], *, seconds: float | None = None) -> dict[str, Result | VendorError]:
        """The same of several companies in the same time: of each what `company` returns, or what it would raise."""
        deadline = Deadline.within(self.seconds if seconds is None else seconds)
        try:
            told = self._in_one_call(domains, deadline) if 1 < len(domains) <= self.most else {}
        except InvalidRequest:  # one domain that the vendor does not take spoils the call for the others
            told = {}
        except VendorError as error:
            return dict.fromkeys(domains, error)
        return told | self._one_by_one([domain for domain in domains if domain not in told], deadline)

    def _in_one_call(self, domains: Sequence[str], deadline: Deadline) -> dict[str, Result | VendorError]:
        """Those that are left out are asked about one by one. Raises VendorError."""
        return {}

    def _one_by_one(self, domains: Sequence[str], deadline: Deadline) -> dict[str, Result | VendorError]:
        """Until a failure that is not the one company's own: the others then fail by it, unasked."""
        told: dict[str, Result | VendorError] = {}
        for domain in domains:
            try:
                told[domain] = self.company(domain=domain, seconds=deadline.left())
            except (InvalidRequest, BadAnswer) as error:
                told[domain] = error
            except TimeoutError:
                return dict.fromkeys(domains, Unavailable(f"{self.NAME}: out of time")) | told
            except VendorError as error:
                return dict.fromkeys(domains, error) | told
        return told

    @abstractmethod
    def check(self, *, seconds: float | None = None) -> Standing:
        """Does the credential work? Raises VendorError where it does not."""
