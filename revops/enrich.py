"""Asks the vendors. The enquiries are the queue: claim some, call out with no transaction open, land what was said.

A waterfall: the vendors in their order, each asked about the companies of which something that the ICP or a territory
asks for is still unknown, several at a time; then the next vendor about what is left.
"""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F, Q

from leads.intake.countries import country_code
from leads.models import Lead, VendorHealth
from revops import lifecycle, vendors
from revops.alone import alone
from revops.enriching import Finding, Heard
from revops.integrations.enrichment.firmographics import Firmographics, Match, NoMatch, Pending
from revops.integrations.enrichment.provider import Provider
from revops.integrations.errors import AuthRevoked, QuotaExhausted, RateLimited, VendorError
from routing import enquiries
from routing.models import Enquiry, Vendor, VendorAnswer

CLAIM = timedelta(seconds=90)
# Companies asked about at the same time, of one vendor.
TOGETHER = 8
# For one claim, whatever the vendors do: a worker is ended after a minute.
BUDGET_SECONDS = 30.0
LEAST_SECONDS = 0.5
MOST_TRIES = 40
GIVE_UP_AFTER = timedelta(hours=24)
SOON, LATER = timedelta(seconds=30), timedelta(minutes=1)
UNTIL_PAID = timedelta(hours=1)
# One process asks at a time, so that two never pay for the same company.
ASKING_LOCK = 4_170_002
log = structlog.get_logger(__name__)


@dataclass
class Company:
    """A domain being asked about: what must still be found out, what was said, and when to ask again."""

    domain: str
    missing: set[str]
    heard: dict[str, Heard] = field(default_factory=dict)
    again_at: datetime | None = None

    def hear(self, vendor: Vendor, answer: VendorAnswer) -> None:
        values = {name: value for name, value in answer.values.items() if name in vendor.fields}
        self.heard[vendor.name] = Heard(vendor.name, answer.outcome, values)
        self.missing -= set(values)

    def wait(self, until: datetime) -> None:
        self.again_at = min(self.again_at or until, until)


def enrich_due(*, at: datetime) -> int:
    """Ask about some companies that leads wait for. Returns how many enquiries were taken."""
    with alone(ASKING_LOCK) as held:
        taken = _claim(at=at) if held else []
        if taken:
            lifecycle.enriched(_findings(taken, at=at), at=at)
    return len(taken)


def _claim(*, at: datetime) -> list[Enquiry]:
    """Take what is due, the attempt counted before it is made."""
    with transaction.atomic():
        rows = Enquiry.objects.filter(done_at__isnull=True, next_try_at__lte=at)
        rows = rows.filter(Q(claimed_until__isnull=True) | Q(claimed_until__lt=at)).order_by("next_try_at", "pk")
        ids = list(rows.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True)[:TOGETHER])
        Enquiry.objects.filter(pk__in=ids).update(claimed_until=at + CLAIM, attempts=F("attempts") + 1)
    return list(Enquiry.objects.filter(pk__in=ids).order_by("next_try_at", "pk"))


def _findings(taken: Sequence[Enquiry], *, at: datetime) -> list[Finding]:
    companies = _companies(taken)
    waterfall = Waterfall(at=at)
    for vendor in Vendor.objects.filter(active=True).order_by("position", "pk"):
        waterfall.ask(vendor, list(companies.values()))
    found = []
    for enquiry in taken:
        company = companies[enquiry.domain]
        tired = enquiry.attempts >= MOST_TRIES or at - enquiry.asked_at > GIVE_UP_AFTER
        again_at = company.again_at if company.missing and not tired else None
        found.append(Finding(enquiry, tuple(company.heard.values()), again_at))
    return found


def _companies(taken: Sequence[Enquiry]) -> dict[str, Company]:
    leads = Lead.objects.filter(pk__in=[enquiry.lead_id for enquiry in taken])
    missing = enquiries.missing(leads, enquiries.asked_for())
    companies: dict[str, Company] = {}
    for enquiry in taken:
        company = companies.setdefault(enquiry.domain, Company(enquiry.domain, set()))
        company.missing |= missing.get(enquiry.lead_id, set())
    return companies


class Waterfall:
    """Asks one vendor after the other, within one budget of time."""

    def __init__(self, *, at: datetime) -> None:
        self.at = at
        self.ends = time.monotonic() + BUDGET_SECONDS
        self.providers = vendors.providers()

    def ask(self, vendor: Vendor, companies: Sequence[Company]) -> None:
        """Ask `vendor` about those of which it may tell something that is missing; what is kept costs no call."""
        wanting = [company for company in companies if company.missing & set(vendor.fields)]
        kept = enquiries.kept(vendor, [company.domain for company in wanting], at=self.at)
        for company in wanting:
            if company.domain in kept:
                company.hear(vendor, kept[company.domain])
        provider = self.providers.get(vendor.name)
        unasked = [company for company in wanting if company.domain not in kept]
        if provider is not None and unasked:
            self._call(vendor, provider, unasked)

    def _call(self, vendor: Vendor, provider: Provider, companies: Sequence[Company]) -> None:
        health, _new = VendorHealth.objects.get_or_create(vendor=vendor.name)
        if health.refuses(vendors.fingerprint(vendor.name)):
            return
        room = self._room(vendor, health)
        for company in companies[room:]:
            company.wait(health.open_until if health.is_open(at=self.at) and health.open_until else self.at + SOON)
        seconds = min(vendor.seconds, self.ends - time.monotonic())
        if seconds < LEAST_SECONDS:
            for company in companies[:room]:
                company.wait(self.at + SOON)
            return
        with ThreadPoolExecutor(max_workers=TOGETHER) as pool:
            asked = [(company, pool.submit(_answer, provider, company.domain, seconds)) for company in companies[:room]]
        for company, future in asked:
            self._take(vendor, company, future.result())

    def _room(self, vendor: Vendor, health: VendorHealth) -> int:
        """About how many companies it may be asked now."""
        if health.is_open(at=self.at):
            return 0
        left = enquiries.credits_left(vendor, at=self.at)
        return min(1 if health.on_trial else TOGETHER, TOGETHER if left is None else left)

    def _take(self, vendor: Vendor, company: Company, said: "Said") -> None:
        outcome = VendorAnswer.Outcome(said.outcome)
        answer = VendorAnswer.objects.create(
            vendor=vendor.name,
            domain=company.domain,
            outcome=outcome,
            values=said.values,
            error=str(said.error or "")[:500],
            asked_at=self.at,
            good_until=enquiries.good_until(vendor, outcome, at=self.at),
        )
        again_at = self._note_health(vendor, said)
        if again_at is not None:
            company.wait(again_at)
        if outcome in (VendorAnswer.Outcome.MATCH, VendorAnswer.Outcome.NO_MATCH):
            company.hear(vendor, answer)

    def _note_health(self, vendor: Vendor, said: "Said") -> datetime | None:
        """Keep how the vendor fares; when to ask it again, None for not again."""
        with transaction.atomic():
            health = VendorHealth.objects.select_for_update().get(vendor=vendor.name)
            again_at = _fares(health, said, credential=vendors.fingerprint(vendor.name), at=self.at)
            health.save()
        return again_at


@dataclass(frozen=True)
class Said:
    """What came of one call."""

    outcome: str
    values: Mapping[str, Any] = field(default_factory=dict)
    error: VendorError | None = None
    retry_after: float | None = None


def _answer(provider: Provider, domain: str, seconds: float) -> Said:
    """One call, in a thread of its own: no database here."""
    try:
        result = provider.company(domain=domain, seconds=seconds)
    except VendorError as error:
        return Said("failed", error=error, retry_after=error.retry_after)
    except Exception as error:
        log.exception("vendor_raised", vendor=provider.NAME)
        return Said("failed", error=VendorError(f"{type(error).__name__} in our own client", permanent=False))
    match result:
        case Match(firmographics):
            return Said("match", values_of(firmographics))
        case NoMatch():
            return Said("no_match")
        case Pending(retry_after):
            return Said("pending", retry_after=retry_after)


def values_of(told: Firmographics) -> dict[str, Any]:
    """A vendor's words in the lead's field names; a country in a word we do not know is left out."""
    values = {
        "country": country_code(told.country) if told.country else None,
        "region": told.state,
        "city": told.city,
        "employee_count": told.employee_count,
        "industry": told.industry,
        "annual_revenue": told.annual_revenue,
        "tech_stack": [tech.name for tech in told.tech_stack],
    }
    return {name: value for name, value in values.items() if not enquiries.is_unknown(value)}


def _fares(health: VendorHealth, said: Said, *, credential: str, at: datetime) -> datetime | None:
    error, wait = said.error, timedelta(seconds=said.retry_after) if said.retry_after is not None else None
    if error is None:
        health.succeeded(at=at)
        return at + max(wait or LATER, SOON) if said.outcome == "pending" else None
    if isinstance(error, QuotaExhausted | RateLimited):
        pause = UNTIL_PAID if isinstance(error, QuotaExhausted) else LATER
        health.paused(str(error), until=at + (wait or pause), at=at)
        return health.open_until
    if isinstance(error, AuthRevoked) or error.configuration:
        health.refused_credential(str(error), credential=credential, at=at)
        log.error("vendor_refuses_credential", vendor=health.vendor, error=str(error))
        return None
    if error.permanent:
        return None
    health.failed(str(error), at=at)
    return max(health.open_until or at, at + max(wait or SOON, SOON))
