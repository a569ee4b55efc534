"""The alarm of a key that a vendor no longer takes: it is not asked again with that one, so somebody has to know."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from leads import wording
from leads.models import VendorHealth
from revops import crm_health
from revops.integrations.slack_blocks import Message, notice_card
from revops.models import Notice
from revops.slack import health


def owed() -> Iterator[tuple[str, str, datetime, datetime, int]]:
    """One for each key that is refused, until the vendor has answered in between: kind, subject, since, until, how
    many."""
    for fares in VendorHealth.objects.exclude(refused="").exclude(error_at=None).order_by("vendor"):
        subject = f"{fares.vendor} {fares.refused[:12]}"
        told = Notice.objects.filter(kind=Notice.Kind.CREDENTIAL, subject=subject)
        if fares.ok_at is not None:
            told = told.filter(until__gte=fares.ok_at)
        if fares.error_at is not None and not told.exists():
            yield Notice.Kind.CREDENTIAL, subject, fares.error_at, fares.error_at, 1


def still(notice: Notice) -> bool:
    vendor, _, refused = notice.subject.partition(" ")
    return VendorHealth.objects.filter(vendor=vendor, refused__startswith=refused).exclude(refused="").exists()


def message(notice: Notice) -> Message:
    vendor = _vendor(notice)
    fares = VendorHealth.objects.filter(vendor=vendor).first()
    text = f"{wording.vendor(vendor)} does not let us in, and is not asked until its key or address is another."
    if vendor == health.VENDOR:
        text = "Slack does not let us in. What is owed to it is kept, mailed meanwhile, and sent once it does."
    return notice_card(
        text, [fares.error] if fares and fares.error else [], url=address(notice), link="See how it fares"
    )


def address(notice: Notice) -> str:
    pages = {crm_health.VENDOR: "leads_crmpull", health.VENDOR: "leads_delivery"}
    page = pages.get(_vendor(notice), "routing_vendor")
    return f"{settings.AIRTIGHT_URL}{reverse(f'admin:{page}_changelist')}"


def _vendor(notice: Notice) -> str:
    return notice.subject.partition(" ")[0]
