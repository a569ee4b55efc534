"""The CRM that the settings name, as a door gets it."""

import math

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from revops.integrations.crm.hubspot import HubSpot
from revops.integrations.crm.port import Crm
from revops.integrations.crm.salesforce import Salesforce
from revops.integrations.crm.salesforce_login import ClientCredentials, JwtBearer, Login

# The part of an org's calls of the day at which pulls stop; what is owed to a lead may take the rest.
PULLS_SHARE = 0.8


def configured(*, within: float = math.inf, share: float = PULLS_SHARE) -> Crm | None:
    """Salesforce if its address is set, else HubSpot if it has a key. A call ends after CRM_TIMEOUT, and after `within`
    seconds.

    Raises ImproperlyConfigured, with the setting to change.
    """
    timeout = min(settings.CRM_TIMEOUT, within)
    if settings.SALESFORCE_BASE_URL:
        return Salesforce(
            base_url=settings.SALESFORCE_BASE_URL,
            login=_login(),
            version=settings.SALESFORCE_API_VERSION,
            timeout=timeout,
            private_allowed=settings.AIRTIGHT_PRIVATE_VENDORS,
            share=share,
        )
    if settings.HUBSPOT_ACCESS_TOKEN:
        return HubSpot(
            base_url=settings.HUBSPOT_BASE_URL,
            token=settings.HUBSPOT_ACCESS_TOKEN,
            version=settings.HUBSPOT_API_VERSION,
            timeout=timeout,
            private_allowed=settings.AIRTIGHT_PRIVATE_VENDORS,
        )
    return None


def _login() -> Login:
    url, client = settings.SALESFORCE_LOGIN_URL, settings.SALESFORCE_CLIENT_ID
    if not client:
        raise ImproperlyConfigured("Set SALESFORCE_CLIENT_ID to the consumer key of the External Client App.")
    if settings.SALESFORCE_PRIVATE_KEY:
        if not settings.SALESFORCE_USERNAME:
            raise ImproperlyConfigured("Set SALESFORCE_USERNAME to the user that SALESFORCE_PRIVATE_KEY signs for.")
        return JwtBearer(url, client, settings.SALESFORCE_USERNAME, settings.SALESFORCE_PRIVATE_KEY)
    if not settings.SALESFORCE_CLIENT_SECRET:
        raise ImproperlyConfigured("Set SALESFORCE_CLIENT_SECRET, or SALESFORCE_PRIVATE_KEY and SALESFORCE_USERNAME.")
    return ClientCredentials(url, client, settings.SALESFORCE_CLIENT_SECRET)
