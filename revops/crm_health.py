"""How the CRM fares: one circuit for what is pulled from it and what is written to it."""

import hashlib
from datetime import datetime, timedelta
from logging import ERROR, WARNING

import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from leads.models import VendorHealth
from revops.crm import configured
from revops.integrations.crm.port import SPARED, Crm
from revops.integrations.errors import AuthRevoked, VendorError

VENDOR = "crm"
# A key that is refused, or an address that is wrong, is looked at again this often: it costs no call until it changes.
LOOK_AGAIN = timedelta(minutes=15)
CREDENTIALS = (
    "SALESFORCE_BASE_URL",
    "SALESFORCE_LOGIN_URL",
    "SALESFORCE_CLIENT_ID",
    "SALESFORCE_CLIENT_SECRET",
    "SALESFORCE_PRIVATE_KEY",
    "SALESFORCE_USERNAME",
    "HUBSPOT_BASE_URL",
    "HUBSPOT_ACCESS_TOKEN",
)
NO_SCOPE = "MISSING_SCOPES"  # HubSpot's word for a key that is good, but not for this
log = structlog.get_logger(__name__)


def fingerprint() -> str:
    """Tells one CRM and credential from another without telling them."""
    parts = [str(getattr(settings, name)) for name in CREDENTIALS]
    return hashlib.sha256("\0".join([settings.SECRET_KEY, VENDOR, *parts]).encode()).hexdigest()


def closed_until(*, at: datetime) -> datetime | None:
    """Until when the CRM is not to be asked, None when it may be: not while it asked us to wait, or has failed again
    and again, nor ever again with a key that it refused."""
    health = VendorHealth.objects.filter(vendor=VENDOR).first()
    if health is None:
        return None
    if health.refuses(fingerprint()):
        return at + LOOK_AGAIN
    return health.open_until if health.is_open(at=at) else None


def connected(*, at: datetime) -> Crm | None:
    """The CRM, when it may be asked. A setting that is missing is kept as a refused key is: said once, and not tried
    again until it changes."""
    if closed_until(at=at) is not None:
        return None
    try:
        return configured()
    except ImproperlyConfigured as missing:
        failed(VendorError(str(missing), permanent=True, configuration=True), at=at)
        return None


def answered(*, at: datetime) -> None:
    with transaction.atomic():
        health = _row()
        health.succeeded(at=at)
        health.save()


def failed(error: VendorError, *, at: datetime) -> None:
    """Keep what a failure says of the CRM. One that is about a single record says nothing, nor does a pull that leaves
    the day's last calls to what must be written."""
    refused = is_shut(error)
    if (error.permanent and not refused) or error.code == SPARED:
        return
    with transaction.atomic():
        health = _row()
        if refused:
            health.refused_credential(str(error), credential=fingerprint(), at=at)
        elif error.retry_after is not None:
            health.paused(str(error), until=at + timedelta(seconds=error.retry_after), at=at)
        else:
            health.failed(str(error), at=at)
        health.save()
    log.log(ERROR if refused else WARNING, "crm_failed", error=str(error), refused=refused)


def try_again() -> None:
    """A person says that it is mended."""
    with transaction.atomic():
        health = _row()
        health.try_again()
        health.save()


def is_shut(error: VendorError) -> bool:
    """Whether nothing will go through until somebody changes the key or the address."""
    if isinstance(error, AuthRevoked):
        return error.code != NO_SCOPE
    return type(error) is VendorError and error.permanent and error.configuration


def _row() -> VendorHealth:
    VendorHealth.objects.get_or_create(vendor=VENDOR)
    return VendorHealth.objects.select_for_update().get(vendor=VENDOR)
