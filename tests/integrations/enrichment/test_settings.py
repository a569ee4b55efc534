"""Addresses of vendors are looked at when the product starts, not when the first lead waits."""

from typing import Any

import pytest

from revops.checks import vendors_can_be_called
from revops.integrations.enrichment.providers import PROVIDERS, connected


def test_the_defaults_can_be_called() -> None:
    assert vendors_can_be_called(None) == []


@pytest.mark.parametrize("name", ["APOLLO_BASE_URL", "ZOOMINFO_TOKEN_URL", "HUBSPOT_BASE_URL", "SALESFORCE_LOGIN_URL"])
def test_a_slip_is_told_by_the_settings_name(settings: Any, name: str) -> None:
    setattr(settings, name, "http://10.0.0.1/")
    (error,) = vendors_can_be_called(None)
    assert name in error.msg
    assert "private network" in error.msg


def test_a_private_address_can_be_allowed(settings: Any) -> None:
    settings.AIRTIGHT_PRIVATE_VENDORS = True
    settings.APOLLO_BASE_URL = "https://10.0.0.1/apollo"
    assert vendors_can_be_called(None) == []


def test_every_provider_can_be_made_of_the_products_settings(settings: Any) -> None:
    for name, kind in PROVIDERS.items():
        assert connected(name, settings) is None
        for setting in kind.CREDENTIALS.values():
            setattr(settings, setting, "a-credential")
        assert type(connected(name, settings)) is kind
