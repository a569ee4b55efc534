"""The enrichment vendors that are connected: those whose credential the settings hold."""

import hashlib
from functools import lru_cache

from django.conf import settings

from revops.integrations.enrichment.provider import Provider
from revops.integrations.enrichment.providers import PROVIDERS, connected


def providers() -> dict[str, Provider]:
    """By name. Each is kept for as long as its settings stay, and with it its access token."""
    found = {name: _kept(name, print_) for name in PROVIDERS if (print_ := fingerprint(name))}
    return {name: provider for name, provider in found.items() if provider is not None}


def fingerprint(name: str) -> str:
    """Tells one credential and address from another without telling them; '' where a credential is missing."""
    kind = PROVIDERS[name]
    if not all(getattr(settings, setting) for setting in kind.CREDENTIALS.values()):
        return ""
    parts = [str(getattr(settings, setting)) for setting in (*kind.CREDENTIALS.values(), *kind.OPTIONS.values())]
    return hashlib.sha256("\0".join([settings.SECRET_KEY, name, *parts]).encode()).hexdigest()


@lru_cache(maxsize=64)
def _kept(name: str, print_: str) -> Provider | None:
    return connected(name, settings)
