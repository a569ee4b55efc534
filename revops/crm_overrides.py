"""Owners that somebody changed in the CRM by hand: told from what we wrote there ourselves, and reported.

A pull sees most of them. One that our next write would cover is seen by the look that is taken before it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from leads.models import CrmRecord, Delivery, Lead
from revops import lifecycle
from revops.crm_people import Staff
from revops.integrations.crm.port import Crm
from revops.reported import RULED, OwnerChange

# In a delivery's answer until it has one: whom it was making the owner.
TRIED = "tried_owner"


class OwnedThere(Protocol):
    """A record's owner in the CRM, when the record was changed last, and by whom where it says so."""

    @property
    def owner_id(self) -> str: ...
    @property
    def changed_at(self) -> datetime: ...
    @property
    def changed_by(self) -> str: ...


@dataclass(frozen=True)
class Override:
    """Whom the lead was given to."""

    name: str


def look(crm: Crm, lead: Lead, record: CrmRecord, *, at: datetime) -> Override | None:
    """Before the lead is written: an owner set by hand since we wrote last is reported, and known from then on.

    Costs one call, and none where no rule gives the lead to anybody or we never wrote its owner. Raises VendorError.
    """
    if not record.wrote_owner or lead.state not in RULED:
        return None
    there = crm.owner_of_lead(record.crm_id)
    staff = Staff()
    if not report(there, record, lead, staff, at=at):
        return None
    name = staff.name(there.owner_id)
    known = {"owner_crm_id": there.owner_id[:100], "owner_name": name[:255]}
    CrmRecord.objects.filter(pk=record.pk, lead=lead).update(**known)
    return Override(name)


def report(there: OwnedThere, record: CrmRecord, lead: Lead, staff: Staff, *, at: datetime) -> bool:
    """Tell the lifecycle if somebody gave it to another owner. Whether it was news."""
    owner = staff.users.get(there.owner_id)
    if owner is None or not _by_hand(there, record, lead, staff):
        return False
    is_there = lead.owner is None or staff.user_of(lead.owner) is not None
    change = OwnerChange(owner, there.changed_at, staff.name(there.changed_by), holder_is_there=is_there)
    return lifecycle.owner_changed_in_crm(lead.pk, change, at=at, by=staff.actor(there.changed_by))


def _by_hand(there: OwnedThere, record: CrmRecord, lead: Lead, staff: Staff) -> bool:
    """Whether somebody gave it to another owner since we wrote. By the CRM's own times, which no clock of ours need
    agree with; where we never wrote an owner, whoever it was made for is none of our choice."""
    if not record.wrote_owner or record.wrote_at is None or there.changed_at < record.wrote_at:
        return False
    if there.owner_id in (record.wrote_owner, record.owner_crm_id):
        return False
    if lead.owner is not None:
        holder = staff.user_of(lead.owner)
        if holder is not None and holder.crm_id == there.owner_id:
            return False
    return there.owner_id not in _tried(lead)


def _tried(lead: Lead) -> set[str]:
    """Owners that we may have written without hearing so: since the last delivery that was answered."""
    ours = Delivery.objects.filter(lead=lead, kind__startswith="crm.")
    last = ours.filter(status=Delivery.Status.SENT).order_by("-pk").values_list("pk", flat=True).first()
    since = ours.filter(pk__gt=last or 0, answer__has_key=TRIED)
    return set(since.values_list(f"answer__{TRIED}", flat=True))
