"""Asking vendors about a company: what is still missing, what is kept from before, what may be spent."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, Sum

from leads.models import Account, Lead
from leads.sizes import supersede
from routing.criteria import UNKNOWN, criteria_in
from routing.matching.linking import match
from routing.models import FIRMOGRAPHICS, Enquiry, EnrichmentAnswer, Vendor, VendorAnswer
from routing.ranges import RANGES, reads
from routing.rules import RoutingRules

# What is worth asking for where neither the ICP nor a territory asks for anything.
ALWAYS_USEFUL = frozenset({"employee_count", "industry", "country"})
ANSWERS = (VendorAnswer.Outcome.MATCH, VendorAnswer.Outcome.NO_MATCH)
# It is known what the vendor has to say of the company, be it that it refuses to say anything.
SETTLED = (*ANSWERS, VendorAnswer.Outcome.REFUSED)
PLACE = frozenset(("region", "city"))
DAY, MONTH = timedelta(days=1), timedelta(days=30)
# While another vendor is tried again, one that has answered is not.
LEAST_KEPT = DAY


@dataclass(frozen=True)
class Gaps:
    """What is to be found out of one lead, and the country it is in as far as is known."""

    names: set[str]
    country: str


def open_for(leads: Sequence[Lead], *, at: datetime) -> list[Enquiry]:
    """The unsaved enquiries of leads that have entered the buffer; one from an earlier stay there is closed.

    Free-mail senders have no company to ask about.
    """
    business = [lead for lead in leads if lead.domain and not lead.is_free_mail]
    again = [lead.pk for lead in business if lead.seq > 1]
    if again:
        Enquiry.objects.filter(lead__in=again, done_at__isnull=True).update(done_at=at)
    return [Enquiry(lead=lead, domain=lead.domain, asked_at=at, next_try_at=at) for lead in business]


def origins(lead: Lead) -> dict[str, str]:
    """Who filled which of the lead's fields, the latest last."""
    answers = EnrichmentAnswer.objects.filter(lead=lead, outcome=EnrichmentAnswer.Outcome.MATCH)
    return {name: told.provider for told in answers.order_by("answered_at", "pk") for name in told.values}


def still_asked(leads: Sequence[Lead]) -> set[int]:
    """The leads that vendors have been asked about and have not all answered."""
    rows = Enquiry.objects.filter(lead__any_of=[lead.pk for lead in leads], done_at__isnull=True)
    return set(rows.values_list("lead_id", flat=True))


def awaited(leads: Sequence[Lead], *, connected: Collection[str], at: datetime) -> dict[int, set[str]]:
    """Of the leads with an open enquiry, what those `connected` vendors that have not answered may tell; by lead id."""
    rows = Enquiry.objects.filter(lead__any_of=[lead.pk for lead in leads], done_at__isnull=True)
    domains = dict(rows.values_list("lead_id", "domain"))
    found: dict[int, set[str]] = {lead_id: set() for lead_id in domains}
    for vendor in Vendor.objects.filter(active=True, name__in=connected) if domains else ():
        answered = kept(vendor, set(domains.values()), at=at)
        for lead_id, domain in domains.items():
            if domain not in answered:
                found[lead_id] |= set(vendor.fields)
    return found


def ask_now(vendor_names: Collection[str], *, at: datetime) -> None:
    """These are mended: what they failed over may be asked again at once, and no open enquiry waits any longer."""
    outcomes = (VendorAnswer.Outcome.FAILED, VendorAnswer.Outcome.REFUSED)
    failed = VendorAnswer.objects.filter(vendor__in=vendor_names, outcome__in=outcomes)
    failed.filter(good_until__gt=at).update(good_until=at)
    wake(at=at)


def wake(*, at: datetime) -> None:
    """No open enquiry waits any longer, and what is being asked about at this moment is asked about once more."""
    rows = Enquiry.objects.filter(done_at__isnull=True)
    rows.filter(Q(next_try_at__gt=at) | Q(claimed_until__gt=at)).update(next_try_at=at)


@dataclass(frozen=True)
class Asked:
    """The firmographics that are asked for, and the criteria over the size, of which a range may tell enough."""

    names: frozenset[str]
    sizes: tuple[Mapping[str, Any], ...] = ()

    def is_enough(self, size_range: str) -> bool:
        """Whether every criterion over the size reads the range in one way."""
        return bool(size_range and self.sizes) and all(reads(one, size_range) != UNKNOWN for one in self.sizes)

    def told_by(self, values: Mapping[str, Any], fields: Iterable[str], missing: Collection[str]) -> set[str]:
        """The names that need not be asked for any more after these values, of which `fields` are taken."""
        told = set(values) & with_ranges(fields)
        if "employee_count" in told:
            return told | {"employee_range"}
        if {"employee_range"} <= told & set(missing) and self.is_enough(values["employee_range"]):
            return told | {"employee_count"}
        return told


# What a lead takes when it is told, whatever is asked for: a count also where a range would have been enough.
EVERYTHING = Asked(frozenset(FIRMOGRAPHICS))


def with_ranges(fields: Iterable[str]) -> frozenset[str]:
    """A vendor from which the size is taken may tell it as a range."""
    names = frozenset(fields)
    return names | {RANGES[name] for name in names & set(RANGES)}


def asked_for(rules: RoutingRules) -> Asked:
    """What the ICP and the territories ask for."""
    asked = [one for rule in rules.all_criteria() for one in criteria_in(rule)]
    found = {one["field"] for one in asked} & set(FIRMOGRAPHICS)
    return Asked(frozenset(found) or ALWAYS_USEFUL, tuple(one for one in asked if one["field"] == "employee_count"))


def gaps(leads: Iterable[Lead], asked: Asked) -> dict[int, Gaps]:
    """What of `asked` neither the lead nor its account in the directory tells, by lead id."""
    leads = list(leads)
    accounts = match(leads)
    return {lead.pk: _gaps(lead, accounts[lead.pk].account if lead.pk in accounts else None, asked) for lead in leads}


def _gaps(lead: Lead, account: Account | None, asked: Asked) -> Gaps:
    known = told_by(account, lead) if account else {}
    names = {name for name in asked.names if is_unknown(getattr(lead, name)) and is_unknown(known.get(name))}
    if "employee_count" in names:
        size_range = lead.employee_range or known.get("employee_range", "")
        if asked.is_enough(size_range):
            names.discard("employee_count")
        elif not size_range:
            names.add("employee_range")
    return Gaps(names, lead.country or known.get("country", ""))


def told_by(account: Account, lead: Lead) -> dict[str, Any]:
    """What the account tells of its lead: a place in another country than the lead's is not the lead's."""
    elsewhere = lead.country and account.country and lead.country != account.country
    names = [name for name in (*FIRMOGRAPHICS, *RANGES.values()) if name not in PLACE or not elsewhere]
    return {name: value for name in names if not is_unknown(value := getattr(account, name))}


def is_unknown(value: object) -> bool:
    return value in (None, "", [])


def kept(vendor: Vendor, domains: Collection[str], *, at: datetime) -> dict[str, VendorAnswer]:
    """What the vendor has said or refused to say, as long as that is good, by domain; the latest of each."""
    rows = VendorAnswer.objects.filter(vendor=vendor.name, domain__in=domains, good_until__gt=at, outcome__in=SETTLED)
    return {row.domain: row for row in rows.order_by("asked_at", "pk")}


def waits(vendor: Vendor, domains: Collection[str], *, at: datetime) -> dict[str, datetime]:
    """Of the companies that the vendor failed over or is looking into, when it may be asked again, by domain."""
    rows = VendorAnswer.objects.filter(vendor=vendor.name, domain__in=domains, good_until__gt=at)
    rows = rows.exclude(outcome__in=SETTLED).order_by("asked_at", "pk")
    return {domain: until for domain, until in rows.values_list("domain", "good_until") if until is not None}


def good_until(vendor: Vendor, outcome: str, *, at: datetime) -> datetime | None:
    """How long an answer may be used for other leads; None for one that says nothing."""
    days = dict.fromkeys(SETTLED, vendor.keep_no_match_days) | {VendorAnswer.Outcome.MATCH: vendor.keep_days}
    known = VendorAnswer.Outcome(outcome)
    return at + max(timedelta(days=days[known]), LEAST_KEPT) if known in days else None


def credits_left(vendor: Vendor, *, at: datetime) -> int | None:
    """What may still be spent by our own limits; None without a limit."""
    left = [limit - spent(vendor, since=at - span) for limit, span in _limits(vendor)]
    return max(0, min(left)) if left else None


def spent(vendor: Vendor, *, since: datetime) -> int:
    rows = VendorAnswer.objects.filter(vendor=vendor.name, asked_at__gt=since)
    return rows.aggregate(credits=Sum("credits", default=0))["credits"]


def free_at(vendor: Vendor, *, each: int, at: datetime) -> datetime:
    """When a match for `each` credits may be paid again by those of our own limits that do not allow one now."""
    return max([at, *(_free_at(vendor, each, limit, span, at) for limit, span in _limits(vendor))])


def _free_at(vendor: Vendor, each: int, limit: int, span: timedelta, at: datetime) -> datetime:
    over = spent(vendor, since=at - span) + each - limit
    if over <= 0:
        return at
    paid = VendorAnswer.objects.filter(vendor=vendor.name, asked_at__gt=at - span, credits__gt=0).order_by("asked_at")
    for asked_at, credits in paid.values_list("asked_at", "credits").iterator():
        over -= credits
        if over <= 0:
            return asked_at + span
    return at + span


def _limits(vendor: Vendor) -> list[tuple[int, timedelta]]:
    limits = ((vendor.credits_a_day, DAY), (vendor.credits_a_month, MONTH))
    return [(limit, span) for limit, span in limits if limit is not None]


def fill(lead: Lead, values: Mapping[str, Any], wanted: Collection[str], *, country: str = "") -> dict[str, Any]:
    """Give the lead what it does not know of `wanted`; returns what it took.

    Region and city come only with their country: the lead's, else `country`, which its account tells.
    """
    taken = {}
    for name in (*FIRMOGRAPHICS, *RANGES.values()):
        unknown = name in wanted and is_unknown(getattr(lead, name)) and not is_unknown(values.get(name))
        if unknown and (name not in PLACE or is_place_in(lead.country or country, values)):
            setattr(lead, name, values[name])
            taken[name] = values[name]
    if lead.employee_count is not None:
        taken.pop("employee_range", None)
    supersede(lead)
    return taken


def is_place_in(country: str, values: Mapping[str, Any]) -> bool:
    """Whether what an answer tells of region and city is of this country."""
    return bool(country) and values.get("country") == country
