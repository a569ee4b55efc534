"""The vendors in their order, each asked about the companies of which something that the ICP or a territory asks for is
still unknown, as many in one call as it takes; then the next vendor about what is left.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction

from leads.intake.countries import country_code
from leads.models import VendorHealth
from revops import rules, vendors
from revops.enriching import Heard
from revops.integrations.enrichment.firmographics import Firmographics, Match, NoMatch, Pending, Result
from revops.integrations.enrichment.provider import Provider
from revops.integrations.errors import AuthRevoked, NotAllowed, QuotaExhausted, RateLimited, VendorError
from routing import enquiries
from routing.enquiries import Asked
from routing.models import Vendor, VendorAnswer

# Calls to one vendor at the same time, and companies at the most in one round.
TOGETHER = 10
MOST_COMPANIES = 25
# For one round, whatever the vendors do: a worker is ended after a minute.
BUDGET_SECONDS = 30.0
LEAST_SECONDS = 0.5
SOON, LATER = timedelta(seconds=30), timedelta(minutes=1)
# Whoever puts us off for long is asked ever less often: this part of the time it has lasted.
REST = 0.1
UNTIL_PAID = UNTIL_MENDED = timedelta(hours=1)
# The credential is not taken, or not for this; whatever else an admin must look at may end without them.
REFUSED = (AuthRevoked, NotAllowed)
USED_UP = (QuotaExhausted, RateLimited)
log = structlog.get_logger(__name__)


@dataclass
class Company:
    """A domain being asked about: what must still be found out, what was said, and when to ask again.

    `since` is when the latest enquiry began. `countries` are those that its leads are in, by what is known so far.
    `used_up`: a vendor that works is waited for, because its credits or calls are used up, by its own limits or ours.
    """

    domain: str
    missing: set[str]
    since: datetime
    countries: set[str] = field(default_factory=set)
    heard: dict[str, Heard] = field(default_factory=dict)
    again_at: datetime | None = None
    used_up: bool = False

    def hear(self, vendor: Vendor, answer: VendorAnswer, asked: Asked) -> None:
        self.heard[vendor.name] = Heard(vendor.name, answer.outcome, answer.values, frozenset(vendor.fields))
        told = asked.told_by(answer.values, vendor.fields, self.missing)
        if not self.countries and "country" in told:
            self.countries = {answer.values["country"]}
        if not all(enquiries.is_place_in(country, answer.values) for country in self.countries or {""}):
            told -= enquiries.PLACE
        self.missing -= told

    def wait(self, until: datetime, *, used_up: bool = False) -> None:
        self.again_at = min(self.again_at or until, until)
        self.used_up |= used_up


class Waterfall:
    """Asks one vendor after the other, within one budget of time."""

    def __init__(self, *, at: datetime) -> None:
        self.at = at
        self.asked = enquiries.asked_for(rules.standing().routing)
        self.ends = time.monotonic() + BUDGET_SECONDS
        self.vendors = list(Vendor.objects.filter(active=True).order_by("position", "pk"))
        self.providers = vendors.providers()

    @property
    def most(self) -> int:
        """As many companies as the vendor that takes the fewest can be asked about side by side."""
        asked = [self.providers[vendor.name].most for vendor in self.vendors if vendor.name in self.providers]
        return min(TOGETHER * min(asked, default=1), MOST_COMPANIES)

    def ask(self, vendor: Vendor, companies: Sequence[Company]) -> None:
        """Ask `vendor` about those of which it may tell something that is missing; what is kept costs no call."""
        wanting = [company for company in companies if company.missing & set(vendor.fields)]
        domains = [company.domain for company in wanting]
        kept = enquiries.kept(vendor, domains, at=self.at)
        for company in wanting:
            if (answer := kept.get(company.domain)) and answer.outcome in enquiries.ANSWERS:
                company.hear(vendor, answer, self.asked)
        provider = self.providers.get(vendor.name)
        if provider is None:
            return
        waits = enquiries.waits(vendor, domains, at=self.at)
        unasked = [company for company in wanting if company.domain not in kept]
        for company in unasked:
            if company.domain in waits:
                company.wait(waits[company.domain])
        now = [company for company in unasked if company.domain not in waits]
        if now:
            self._call(vendor, provider, now)

    def _call(self, vendor: Vendor, provider: Provider, companies: Sequence[Company]) -> None:
        health, _new = VendorHealth.objects.get_or_create(vendor=vendor.name)
        if health.refuses(vendors.fingerprint(vendor.name)):
            for company in companies:
                company.wait(self.at + UNTIL_MENDED)
            return
        room, until = self._room(vendor, health, each=provider.credits)
        for company in companies[room:]:
            company.wait(until, used_up=room == 0 and not health.on_trial)
        seconds = min(vendor.seconds, self.ends - time.monotonic())
        if seconds < LEAST_SECONDS:
            for company in companies[:room]:
                company.wait(self.at + SOON)
            return
        self._ask_in_calls(vendor, provider, companies[:room], seconds)

    def _room(self, vendor: Vendor, health: VendorHealth, *, each: int) -> tuple[int, datetime]:
        """About how many companies it may be asked now, and when about the others."""
        if health.is_open(at=self.at):
            return 0, health.open_until or self.at
        most = 1 if health.on_trial else MOST_COMPANIES
        vendor.refresh_from_db(fields=("credits_a_day", "credits_a_month"))  # who raises them wakes what is claimed
        left = enquiries.credits_left(vendor, at=self.at)
        if left is not None and left < each:
            return 0, max(enquiries.free_at(vendor, each=each, at=self.at), self.at + SOON)
        return most if left is None else min(most, left // each), self.at + SOON

    def _ask_in_calls(self, vendor: Vendor, provider: Provider, companies: Sequence[Company], seconds: float) -> None:
        """Side by side; each call's answers are kept as soon as they are there."""
        most = max(provider.most, 1)
        calls = [companies[start : start + most] for start in range(0, len(companies), most)]
        with ThreadPoolExecutor(max_workers=TOGETHER) as pool:
            asked = {
                pool.submit(_answers, provider, [company.domain for company in call], seconds): call for call in calls
            }
            for future in as_completed(asked):
                self._keep(vendor, asked[future], future.result(), cost=provider.credits)

    def _keep(self, vendor: Vendor, companies: Sequence[Company], said: Mapping[str, "Said"], *, cost: int) -> None:
        """What one call told, and how the vendor fares by it."""
        with transaction.atomic():
            health = VendorHealth.objects.select_for_update().get(vendor=vendor.name)
            _note(health, (one.error for one in said.values()), credential=vendors.fingerprint(vendor.name), at=self.at)
            health.save()
            again = {one.domain: _again_at(said[one.domain], health, since=one.since, at=self.at) for one in companies}
            rows = [self._answer(vendor, domain, one, again[domain], cost=cost) for domain, one in said.items()]
            VendorAnswer.objects.bulk_create(rows)
        told = {row.domain: row for row in rows if row.outcome in enquiries.ANSWERS}
        for company in companies:
            if until := again[company.domain]:
                company.wait(until, used_up=isinstance(said[company.domain].error, USED_UP))
            if company.domain in told:
                company.hear(vendor, told[company.domain], self.asked)

    def _answer(
        self, vendor: Vendor, domain: str, said: "Said", again_at: datetime | None, *, cost: int
    ) -> VendorAnswer:
        outcome = VendorAnswer.Outcome(said.outcome)
        # With another key it may be asked at once.
        waits_until = None if isinstance(said.error, REFUSED) else again_at
        return VendorAnswer(
            vendor=vendor.name,
            domain=domain,
            outcome=outcome,
            values=said.values,
            error=str(said.error or "")[:500],
            credits=cost if outcome == VendorAnswer.Outcome.MATCH else 0,
            asked_at=self.at,
            good_until=enquiries.good_until(vendor, outcome, at=self.at) or waits_until,
        )


@dataclass(frozen=True)
class Said:
    """What came of asking about one company."""

    outcome: str
    values: Mapping[str, Any] = field(default_factory=dict)
    error: VendorError | None = None
    retry_after: float | None = None


def _answers(provider: Provider, domains: Sequence[str], seconds: float) -> dict[str, Said]:
    """One call, in a thread of its own: no database here."""
    try:
        told = provider.companies(domains, seconds=seconds)
    except Exception as error:
        log.exception("vendor_raised", vendor=provider.NAME)
        ours = VendorError(f"{type(error).__name__} in our own client", permanent=False)
        told = dict.fromkeys(domains, ours)
    return {domain: _said(told[domain]) for domain in domains}


def _said(told: Result | VendorError) -> Said:
    match told:
        case VendorError():
            outcome = "refused" if _is_final(told) else "failed"
            return Said(outcome, error=told, retry_after=told.retry_after)
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
        "employee_range": told.employee_range if told.employee_count is None else None,
        "industry": told.industry,
        "annual_revenue": told.annual_revenue,
        "tech_stack": [tech.name for tech in told.tech_stack],
    }
    return {name: value for name, value in values.items() if not enquiries.is_unknown(value)}


def _note(health: VendorHealth, errors: Iterable[VendorError | None], *, credential: str, at: datetime) -> None:
    """How the vendor fares by one call: a failure that all its companies share is one failure."""
    told = dict.fromkeys(errors)
    if None in told:
        health.succeeded(at=at)
    for error in filter(None, told):
        if isinstance(error, USED_UP):
            pause = UNTIL_PAID if isinstance(error, QuotaExhausted) else LATER
            health.paused(str(error), until=at + (_wait(error.retry_after) or pause), at=at)
        elif isinstance(error, REFUSED):
            health.refused_credential(str(error), credential=credential, at=at)
            log.error("vendor_refuses_credential", vendor=health.vendor, error=str(error))
        elif not _is_final(error):
            health.failed(str(error), at=at)


def _again_at(said: Said, health: VendorHealth, *, since: datetime, at: datetime) -> datetime | None:
    """When to ask the vendor about this company again; None for not again."""
    error, wait = said.error, _wait(said.retry_after)
    if error is None:
        return at + max(wait or LATER, SOON, REST * (at - since)) if said.outcome == "pending" else None
    if isinstance(error, USED_UP):
        return health.open_until
    if isinstance(error, REFUSED):
        return at + UNTIL_MENDED
    if _is_final(error):
        return None
    return max(health.open_until or at, at + max(wait or SOON, SOON))


def _is_final(error: VendorError) -> bool:
    """The vendor works and will not tell of this company, however often it is asked."""
    return error.permanent and not error.configuration


def _wait(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
