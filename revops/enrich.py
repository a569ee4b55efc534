"""Asks the vendors. The enquiries are the queue: claim some, call out with no transaction open, land what was said."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, F, When

from leads import states
from leads.locks import Lock
from leads.models import Lead
from leads.queues import free_to_claim
from revops import lifecycle
from revops.alone import alone
from revops.enriching import Finding
from revops.waterfall import REST, Company, Waterfall
from routing import enquiries
from routing.enquiries import Asked
from routing.models import Enquiry

CLAIM = timedelta(seconds=90)
GIVE_UP_AFTER = timedelta(hours=24)
# Longer than the longest period that credits are counted by.
GIVE_UP_ON_CREDITS_AFTER = timedelta(days=31)
# What has waited for credits for so long rests for a part of that between two tries: thousands may wait for one credit.
LONG = timedelta(hours=1)


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
    """Take what is due, first what a lead waits for in the buffer, the attempt counted before it is made."""
    due = Enquiry.objects.filter(done_at__isnull=True, next_try_at__lte=at)
    due.exclude(lead__state__in=states.OPEN).update(done_at=at)
    with transaction.atomic():
        rows = due.filter(free_to_claim(at=at))
        rows = rows.order_by(Case(When(lead__state=states.BUFFER, then=0), default=1), "next_try_at", "pk")
        locked = rows.select_for_update(skip_locked=True, no_key=True, of=("self",))
        ids = list(locked.values_list("pk", flat=True)[:most])
        Enquiry.objects.filter(pk__in=ids).update(claimed_until=at + CLAIM, attempts=F("attempts") + 1)
        taken = Enquiry.objects.in_bulk(ids)
    return [taken[one] for one in ids]


def _findings(taken: Sequence[Enquiry], waterfall: Waterfall) -> list[Finding]:
    companies = _companies(taken, waterfall.asked)
    for vendor in waterfall.vendors:
        waterfall.ask(vendor, list(companies.values()))
    found = []
    for enquiry in taken:
        company = companies[enquiry.domain]
        waits_until = company.again_at if company.missing else None
        again_at = _again_at(enquiry, waits_until, used_up=company.used_up, at=waterfall.at) if waits_until else None
        given_up = waits_until is not None and again_at is None
        found.append(Finding(enquiry, tuple(company.heard.values()), again_at, given_up))
    return found


def _again_at(enquiry: Enquiry, until: datetime, *, used_up: bool, at: datetime) -> datetime | None:
    """When it is tried again, not before `until`; None when it has been tried for long enough."""
    ends, age = enquiry.asked_at + (GIVE_UP_ON_CREDITS_AFTER if used_up else GIVE_UP_AFTER), at - enquiry.asked_at
    if used_up and age > LONG:
        until = max(until, at + REST * age)
    return None if at >= ends else min(until, ends)


def _companies(taken: Sequence[Enquiry], asked: Asked) -> dict[str, Company]:
    leads = Lead.objects.filter(pk__in=[enquiry.lead_id for enquiry in taken])
    gaps = enquiries.gaps(leads, asked)
    companies: dict[str, Company] = {}
    for enquiry in taken:
        company = companies.setdefault(enquiry.domain, Company(enquiry.domain, set(), enquiry.asked_at))
        company.since = max(company.since, enquiry.asked_at)
        if found := gaps.get(enquiry.lead_id):
            company.missing |= found.names
            company.countries |= {found.country} - {""}
    return companies
