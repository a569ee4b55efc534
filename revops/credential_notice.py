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


def owed() -> Iterator[tuple[str, str, datetime, datetime, int]]:
    """One for each key that is refused, until the vendor has answered in between: kind, subject, since, until, how
    many."""
    for health in VendorHealth.objects.exclude(refused="").exclude(error_at=None).order_by("vendor"):
        subject = f"{health.vendor} {health.refused[:12]}"
        told = Notice.objects.filter(kind=Notice.Kind.CREDENTIAL, subject=subject)
        if health.ok_at is not None:
            told = told.filter(until__gte=health.ok_at)
        if health.error_at is not None and not told.exists():
            yield Notice.Kind.CREDENTIAL, subject, health.error_at, health.error_at, 1


def message(notice: Notice) -> Message:
    vendor = _vendor(notice)
    health = VendorHealth.objects.filter(vendor=vendor).first()
    text = f"{wording.vendor(vendor)} does not let us in, and is not asked until its key or address is another."
    return notice_card(
        text, [health.error] if health and health.error else [], url=address(notice), link="See how it fares"
    )


def address(notice: Notice) -> str:
    pages = {crm_health.VENDOR: "leads_crmpull"}
    page = pages.get(_vendor(notice), "routing_vendor")
    return f"{settings.AIRTIGHT_URL}{reverse(f'admin:{page}_changelist')}"


def _vendor(notice: Notice) -> str:
    return notice.subject.partition(" ")[0]
