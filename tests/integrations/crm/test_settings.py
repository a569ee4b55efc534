"""Which CRM the settings name, and what they say when half of it is missing."""

from typing import Any

import pytest
from django.core.checks import ERROR
from django.core.exceptions import ImproperlyConfigured

from revops.checks import the_crm_has_all_its_settings
from revops.crm import configured
from revops.integrations.crm.hubspot import HubSpot
from revops.integrations.crm.salesforce import Salesforce
from revops.integrations.crm.salesforce_login import ClientCredentials, JwtBearer

ORG = "https://acme.my.salesforce.com"
SALESFORCE = {"SALESFORCE_BASE_URL": ORG, "SALESFORCE_LOGIN_URL": ORG, "SALESFORCE_CLIENT_ID": "app"}
SECRET = {"SALESFORCE_CLIENT_SECRET": "s3cret"}
KEY = {"SALESFORCE_PRIVATE_KEY": "pem", "SALESFORCE_USERNAME": "robot@acme.test"}
HUBSPOT = {"HUBSPOT_ACCESS_TOKEN": "s3cret"}


def given(settings: Any, *parts: dict[str, str]) -> None:
    for part in parts:
        for name, value in part.items():
            setattr(settings, name, value)


def test_no_crm_is_fine() -> None:
    assert configured() is None


def test_hubspot(settings: Any) -> None:
    given(settings, HUBSPOT)
    assert configured() == HubSpot("https://api.hubapi.com", "s3cret", version="2026-09", timeout=30.0)


@pytest.mark.parametrize(
    ("parts", "login"),
    [
        ([SECRET], ClientCredentials(ORG, "app", "s3cret")),
        ([KEY], JwtBearer(ORG, "app", "robot@acme.test", "pem")),
        ([KEY, SECRET], JwtBearer(ORG, "app", "robot@acme.test", "pem")),
        ([SECRET, HUBSPOT], ClientCredentials(ORG, "app", "s3cret")),
    ],
)
def test_salesforce(settings: Any, parts: list[dict[str, str]], login: Any) -> None:
    given(settings, SALESFORCE, *parts)
    assert configured() == Salesforce(ORG, login, version="66.0", timeout=30.0)
    assert "s3cret" not in repr(configured())
    assert "pem" not in repr(configured())


@pytest.mark.parametrize(
    ("parts", "missing"),
    [
        ([SALESFORCE], "SALESFORCE_CLIENT_SECRET"),
        ([SALESFORCE, {"SALESFORCE_CLIENT_ID": ""}], "SALESFORCE_CLIENT_ID"),
        ([SALESFORCE, {"SALESFORCE_PRIVATE_KEY": "pem"}], "SALESFORCE_USERNAME"),
    ],
)
def test_half_a_connection_names_the_setting(settings: Any, parts: list[dict[str, str]], missing: str) -> None:
    given(settings, *parts)
    with pytest.raises(ImproperlyConfigured, match=missing):
        configured()
    [error] = the_crm_has_all_its_settings(None)
    assert missing in str(error.msg)
    assert error.level == ERROR


def test_a_whole_connection_or_none_is_no_error(settings: Any) -> None:
    assert the_crm_has_all_its_settings(None) == []
    given(settings, SALESFORCE, SECRET)
    assert the_crm_has_all_its_settings(None) == []
