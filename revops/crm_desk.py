"""What RevOps sees of the connection to the CRM, and does about it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django_q.tasks import async_task

from leads import wording
from leads.deliveries import connected
from leads.models import VendorHealth
from revops import crm_backfill, crm_health, deliver
from revops.crm_backfill import Progress


@dataclass(frozen=True)
class Standing:
    """`name` and `host` of the CRM, '' where none is connected; `tone` is ok, bad or warn."""

    name: str
    host: str
    tone: str
    told: str
    error: str
    progress: Progress | None


def standing(*, at: datetime) -> Standing:
    if not connected("crm.owner"):
        told = "Not connected. Set SALESFORCE_BASE_URL or HUBSPOT_ACCESS_TOKEN and what goes with it: docs/crm.md."
        return Standing("", "", "warn", told, "", None)
    name, url = ("HubSpot", settings.HUBSPOT_BASE_URL)
    if settings.SALESFORCE_BASE_URL:
        name, url = ("Salesforce", settings.SALESFORCE_BASE_URL)
    tone, told, error = _fares(VendorHealth.objects.filter(vendor=crm_health.VENDOR).first(), at=at)
    return Standing(name, urlsplit(url).netloc, tone, told, error, crm_backfill.progress(at=at))


def _fares(health: VendorHealth | None, *, at: datetime) -> tuple[str, str, str]:
    if health is None:
        return "warn", "Not asked yet.", ""
    if health.refuses(crm_health.fingerprint()):
        return "bad", "Not asked until its key or settings change, or until you ask again.", health.error
    if health.is_open(at=at) and health.open_until:
        return "bad", f"Left alone until {wording.moment(health.open_until, UTC, at=at)} UTC.", health.error
    if health.failures:
        return "warn", f"{wording.count(health.failures, 'failure')} in a row.", health.error
    answered = f"Answered last at {wording.moment(health.ok_at, UTC, at=at)} UTC." if health.ok_at else "Not asked yet."
    return ("ok" if health.ok_at else "warn"), answered, ""


def ask_again(*, at: datetime) -> None:
    """Somebody says that it is mended: pull, and send what is owed to it, now."""
    with transaction.atomic():
        crm_health.try_again()
        deliver.hurry("crm", at=at)
        async_task("revops.jobs.sync_crm")
