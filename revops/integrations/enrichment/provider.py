"""What every enrichment vendor can do."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from revops.integrations.enrichment.firmographics import Result, Standing

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

    @abstractmethod
    def company(self, *, domain: str, seconds: float | None = None) -> Result:
        """What the vendor knows of the company with this registrable domain, in at most so many seconds in all.

        Raises VendorError and nothing else. Nothing is asked twice, but for an access token that has expired.
        """

    @abstractmethod
    def check(self, *, seconds: float | None = None) -> Standing:
        """Does the credential work? Raises VendorError where it does not."""
