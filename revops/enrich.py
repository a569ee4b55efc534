"""Asks the vendors. The enquiries are the queue: claim some, call out with no transaction open, land what was said."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from leads.locks import Lock
from leads.models import Lead
from revops import lifecycle
from revops.alone import alone
from revops.enriching import Finding
from revops.waterfall import Company, Waterfall
from routing import enquiries
from routing.enquiries import Asked
from routing.models import Enquiry

CLAIM = timedelta(seconds=90)
MOST_TRIES = 40
GIVE_UP_AFTER = timedelta(hours=24)


def enrich_due(*, at: datetime) -> int:
    """Ask about some companies that leads wait for. Returns how many enquiries were taken."""
    with alone(Lock.ASKING) as held:  # or two would pay for the same company
        if not held:
            return 0
        waterfall = Waterfall(at=at)
        taken = _claim(waterfall.most, at=at)
        if taken:
            lifecycle.enriched(_findings(taken, waterfall), at=at)
    return len(taken)


def _claim(most: int, *, at: datetime) -> list[Enquiry]:
    """Take what is due, the attempt counted before it is made."""
    with transaction.atomic():
        rows = Enquiry.objects.filter(done_at__isnull=True, next_try_at__lte=at)
        rows = rows.filter(Q(claimed_until__isnull=True) | Q(claimed_until__lt=at)).order_by("next_try_at", "pk")
        ids = list(rows.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True)[:most])
        Enquiry.objects.filter(pk__in=ids).update(claimed_until=at + CLAIM, attempts=F("attempts") + 1)
    return list(Enquiry.objects.filter(pk__in=ids).order_by("next_try_at", "pk"))


def _findings(taken: Sequence[Enquiry], waterfall: Waterfall) -> list[Finding]:
    companies, at = _companies(taken, waterfall.asked), waterfall.at
    for vendor in waterfall.vendors:
        waterfall.ask(vendor, list(companies.values()))
    found = []
    for enquiry in taken:
        company = companies[enquiry.domain]
        given_up_at = enquiry.asked_at + GIVE_UP_AFTER
        tired = enquiry.attempts >= MOST_TRIES or at >= given_up_at
        waits_until = company.again_at if company.missing else None
        again_at = min(waits_until, given_up_at) if waits_until and not tired else None
        given_up = waits_until is not None and tired
        found.append(Finding(enquiry, tuple(company.heard.values()), again_at, given_up))
    return found


def _companies(taken: Sequence[Enquiry], asked: Asked) -> dict[str, Company]:
    leads = Lead.objects.filter(pk__in=[enquiry.lead_id for enquiry in taken])
    gaps = enquiries.gaps(leads, asked)
    companies: dict[str, Company] = {}
    for enquiry in taken:
        company = companies.setdefault(enquiry.domain, Company(enquiry.domain, set()))
        if found := gaps.get(enquiry.lead_id):
            company.missing |= found.names
            company.countries |= {found.country} - {""}
    return companies
