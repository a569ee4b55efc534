"""The vendors by name, and how one is made from the settings that the caller reads."""

from typing import Any

from revops.integrations.enrichment.apollo import Apollo
from revops.integrations.enrichment.clearbit import Clearbit
from revops.integrations.enrichment.hubspot_companies import HubSpotCompanies
from revops.integrations.enrichment.provider import Provider
from revops.integrations.enrichment.zoominfo import ZoomInfo
from revops.integrations.enrichment.zoominfo_legacy import ZoomInfoLegacy

PROVIDERS: dict[str, type[Provider]] = {
    kind.NAME: kind for kind in (Apollo, ZoomInfo, ZoomInfoLegacy, Clearbit, HubSpotCompanies)
}


def connected(name: str, settings: Any) -> Provider | None:
    """The provider with the credential that the settings hold; None where they hold none."""
    kind: Any = PROVIDERS[name]
    credentials = {argument: getattr(settings, setting) for argument, setting in kind.CREDENTIALS.items()}
    if not all(credentials.values()):
        return None
    options = {argument: getattr(settings, setting) for argument, setting in kind.OPTIONS.items()}
    return kind(
        **credentials,
        **options,
        seconds=settings.ENRICHMENT_TIMEOUT,
        private_allowed=settings.AIRTIGHT_PRIVATE_VENDORS,
    )
