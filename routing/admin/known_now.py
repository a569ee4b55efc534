"""What is known of a lead at this moment and from whom, and what vendors may still tell. Nobody is asked for it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from leads import wording
from leads.explaining import found_words
from leads.models import Lead
from routing import directory, enquiries
from routing.criteria import is_unknown
from routing.criteria_field import LABELS
from routing.models import Enquiry, Vendor, VendorAnswer
from routing.qualification import facts
from routing.ranges import told_as_range

FROM_ADDRESS = ("domain", "is_free_mail")
TYPED, OF_THE_ADDRESS, SENT, AS_A_RULE = "typed here", "from the address", "sent with the lead", "unless a form tells"


@dataclass(frozen=True)
class Used:
    """One value that the criteria ask for, and who told it."""

    label: str
    value: str
    origin: str


@dataclass
class KnownNow:
    """`origins` tells by field who told what; `awaited` by field which vendors may still tell it; `notes` what the
    directory and each vendor had to say, in words."""

    origins: dict[str, str] = field(default_factory=dict)
    awaited: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def used(self, lead: Lead, names: Iterable[str]) -> tuple[Used, ...]:
        """The values of these fields that are known."""
        known = facts(lead)
        told = [(name, known.get(name) or told_as_range(name, known) or known.get(name)) for name in names]
        return tuple(
            Used(_label(name).capitalize(), found_words(value), self._origin(lead, name))
            for name, value in told
            if not is_unknown(value)
        )

    def not_known(self, lead: Lead, names: Iterable[str]) -> tuple[str, ...]:
        """The others, each with the vendors that may still tell it."""
        known = facts(lead)
        return tuple(
            _label(name) + (f" ({wording.either(self.awaited[name])} may still tell)" if name in self.awaited else "")
            for name in names
            if is_unknown(known.get(name)) and not told_as_range(name, known)
        )

    def _origin(self, lead: Lead, name: str) -> str:
        if name == "employee_count" and lead.employee_range:
            name = "employee_range"
        if name in self.origins:
            return self.origins[name]
        return OF_THE_ADDRESS if name in FROM_ADDRESS else SENT if lead.pk else AS_A_RULE


def fill_in(lead: Lead, *, typed: Collection[str], connected: Collection[str], at: datetime) -> KnownNow:
    """Give the lead, in memory, what its account and the kept answers of vendors tell, and say what came of it."""
    now = KnownNow()
    if lead.pk:
        now.origins |= {name: _told_by(who, lead) for name, who in enquiries.origins(lead).items()}
    typed_size = (lead.employee_count, lead.employee_range)
    _from_the_directory(lead, now, at=at)
    if lead.domain and not lead.is_free_mail:
        _from_vendors(lead, now, connected, at=at)
    if "employee_count" in typed:  # a range is tried too where the count is known
        lead.employee_count, lead.employee_range = typed_size
        now.origins["employee_range"] = TYPED
    now.origins |= dict.fromkeys(typed, TYPED)
    return now


def _told_by(who: str, lead: Lead) -> str:
    return f"account {lead.account}" if who == directory.PROVIDER and lead.account else wording.vendor(who)


def _from_the_directory(lead: Lead, now: KnownNow, *, at: datetime) -> None:
    [found] = directory.enrich([lead], at=at)
    if lead.account is not None:
        now.notes.append(f"Belongs to the account {lead.account.name}, by its {found.values['by']}.")
        now.origins |= dict.fromkeys(set(found.values) - {"account", "by"}, f"account {lead.account.name}")
    elif lead.is_free_mail:
        now.notes.append("Writes from free mail, which tells no company.")
    else:
        now.notes.append("Belongs to no account in the directory.")


def _from_vendors(lead: Lead, now: KnownNow, connected: Collection[str], *, at: datetime) -> None:
    last: dict[str, VendorAnswer] = {}
    for row in VendorAnswer.objects.filter(domain=lead.domain).order_by("asked_at", "pk"):
        last[row.vendor] = row
    still_asked = not lead.pk or Enquiry.objects.filter(lead=lead, done_at__isnull=True).exists()
    for vendor in Vendor.objects.filter(active=True).order_by("position", "pk"):
        answer = enquiries.kept(vendor, [lead.domain], at=at).get(lead.domain)
        if answer is not None:
            now.notes.append(_answered(lead, vendor, answer, now, at=at))
        elif vendor.name in connected:
            now.notes.append(_silent(vendor, last.get(vendor.name), lead.domain, is_over=not still_asked, at=at))
            for name in vendor.fields if still_asked else ():
                now.awaited.setdefault(name, []).append(wording.vendor(vendor.name))


def _answered(lead: Lead, vendor: Vendor, answer: VendorAnswer, now: KnownNow, *, at: datetime) -> str:
    asked = f"{wording.vendor(vendor.name)}, asked at {_when(answer.asked_at, at=at)},"
    if answer.outcome != VendorAnswer.Outcome.MATCH:
        return f"{asked} does not know the company."
    taken = enquiries.fill(lead, answer.values, enquiries.with_ranges(vendor.fields))
    now.origins |= dict.fromkeys(taken, wording.vendor(vendor.name))
    told = wording.listed([wording.field(name) for name in taken]) if taken else "nothing that was not known"
    return f"{asked} has told {told}."


def _silent(vendor: Vendor, last: VendorAnswer | None, domain: str, *, is_over: bool, at: datetime) -> str:
    """Why there is no answer to use."""
    name = wording.vendor(vendor.name)
    if last is None:
        why = f"has not been asked about {domain}"
    elif last.outcome == VendorAnswer.Outcome.PENDING:
        why = f"was asked at {_when(last.asked_at, at=at)} and is looking into it"
    elif last.outcome == VendorAnswer.Outcome.FAILED:
        why = f"was asked at {_when(last.asked_at, at=at)} and did not answer: {last.error or 'it failed'}"
    else:
        why = f"answered at {_when(last.asked_at, at=at)}, which is too long ago to be used"
    return f"{name} {why.rstrip('.')}{'; it is not waited for any more' if is_over else ''}."


def _when(time: datetime, *, at: datetime) -> str:
    return wording.moment(time, timezone.get_current_timezone(), at=at)


def _label(name: str) -> str:
    return LABELS.get(name) or wording.field(name.removeprefix("custom."))
