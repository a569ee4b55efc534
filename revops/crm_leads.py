"""A page of the CRM's leads: what people did with them there reaches ours, and what is to be known of them is kept."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

import structlog
from django.db import OperationalError

from leads import crm_mirror, states
from leads.models import CrmRecord, Lead
from revops import crm_overrides, lifecycle
from revops.crm_people import Met, Staff, meet
from revops.integrations.crm.port import CrmLead, Gone

Conversion = CrmRecord.Conversion
DEALT_WITH = (Conversion.FOLLOWED, Conversion.BEFORE)
log = structlog.get_logger(__name__)


class LeadPage:
    """`report` tells the lifecycle, lead by lead and each at most once; `keep` saves the page, in one transaction."""

    def __init__(self, items: Sequence[CrmLead], gone: Sequence[Gone], *, at: datetime) -> None:
        self.items, self.gone, self.at = items, gone, at
        self.left_out = 0
        self._conversions: dict[str, Conversion] = {}
        self._raised: set[str] = set()
        self._handed_on: list[str] = []

    @cached_property
    def staff(self) -> Staff:
        return Staff()

    def report(self) -> None:
        for met in meet(self.items):
            if met.lead is not None:
                self._tell(met, met.lead)

    def _tell(self, met: Met, lead: Lead) -> None:
        try:
            self._conversions[met.item.id] = self._converted(met, lead)
            self._owner_changed(met, lead)
        except OperationalError:  # no fault of the lead's: the page comes again
            raise
        except Exception:  # one lead that raises must not hold up all that come after it
            log.exception("crm_lead_raised", lead=lead.pk)
            self.left_out += 1
            self._raised.add(met.item.id)
            if met.item.converted:
                self._conversions.setdefault(met.item.id, Conversion.WAITING)

    def keep(self) -> int:
        """Returns how many could not be reported."""
        crm_mirror.drop_records({gone.id: gone.merged_into for gone in self.gone})
        # Held, since a delivery may be writing one of them.
        list(CrmRecord.objects.select_for_update().filter(crm_id__in=[item.id for item in self.items]).order_by("pk"))
        records, others = [], []
        for met in meet(self.items):
            if met.lead is not None or self._is_unowned(met.item):
                records.append(self._record(met))
            elif met.record is not None:
                others.append(met.item.id)
        crm_mirror.save_records(records)
        crm_mirror.never_written(self._handed_on)
        crm_mirror.forget(others)
        return self.left_out

    def _is_unowned(self, item: CrmLead) -> bool:
        return not item.converted and self.staff.is_nobody(item.owner_id)

    def _record(self, met: Met) -> CrmRecord:
        item, record = met.item, met.record or CrmRecord(crm_id=met.item.id)
        if _is_handed_on(met):  # what we wrote there was another lead's
            record.wrote_at, record.wrote_owner = None, ""
            self._handed_on.append(item.id)
        record.lead = met.lead
        record.email, record.company, record.status = item.email[:320], item.company[:255], item.status[:255]
        record.contact_id, record.opportunity_id = item.contact_id[:100], item.opportunity_id[:100]
        record.converted_on, record.changed_at, record.seen_at = item.converted_on, item.changed_at, self.at
        record.conversion = self._conversions.get(item.id, record.conversion)
        if not item.converted:
            record.converted_by = ""
        elif not record.converted_by:
            record.converted_by = item.owner_id[:100]
        # An owner that could not be reported stays news, for when the record comes again.
        told = met.record is None or item.id not in self._raised
        if told and (record.wrote_at is None or item.changed_at >= record.wrote_at):
            record.owner_crm_id, record.owner_name = item.owner_id[:100], self.staff.name(item.owner_id)[:255]
        return record

    def _converted(self, met: Met, lead: Lead) -> Conversion:
        item, record = met.item, met.record
        was = Conversion(record.conversion) if record else Conversion.NONE
        if not item.converted:
            return Conversion.NONE
        if record is not None and was in DEALT_WITH and record.opportunity_id == item.opportunity_id:
            return was
        if _is_older_than_the_lead(met, lead):
            return Conversion.BEFORE
        by = (record.converted_by if record else "") or item.owner_id
        return follow(lead.pk, by, item.opportunity_id, on=converted_at(item), at=self.at, staff=self.staff)

    def _owner_changed(self, met: Met, lead: Lead) -> None:
        if met.record is not None and not _is_handed_on(met):
            crm_overrides.report(met.item, met.record, lead, self.staff, at=self.at)


def _is_handed_on(met: Met) -> bool:
    """Whether the record was another lead's of ours until now, such as one that was merged."""
    record, lead = met.record, met.lead
    return record is not None and lead is not None and record.lead_id not in (None, lead.pk)


def _is_older_than_the_lead(met: Met, lead: Lead) -> bool:
    """Whether the person had become an opportunity before this lead came in. HubSpot may not say when: then a contact
    that is one at first sight is taken for an old one, since a lead must not end by what it did not do."""
    if met.item.converted_on is None:
        return met.record is None or met.record.changed_at is None
    if met.item.converted_at is not None:
        return met.item.converted_at < lead.captured_at
    return met.item.converted_on < lead.captured_at.astimezone(UTC).date()


def converted_at(item: CrmLead) -> datetime:
    return item.converted_at or _on_the_day(item.converted_on, item.changed_at)


def _on_the_day(day: date | None, changed_at: datetime) -> datetime:
    """Where the CRM tells but the day, the time is that of its last change if that was the same day, else its end."""
    if day is None or changed_at.astimezone(UTC).date() == day:
        return changed_at
    return datetime.combine(day, time(0), UTC) + timedelta(days=1, seconds=-1)


def follow(lead_id: int, owner_id: str, opportunity: str, *, on: datetime, at: datetime, staff: Staff) -> Conversion:
    """Convert the lead here as it was there, as far as it may be."""
    rep = staff.rep(owner_id)
    done = lifecycle.converted_in_crm(
        lead_id,
        opportunity=opportunity[:100],
        on=min(on, at),
        rep_id=rep.pk if rep else None,
        at=at,
        by=staff.actor(owner_id),
    )
    return Conversion.FOLLOWED if done else Conversion.WAITING


def follow_waiting(*, at: datetime) -> None:
    """Leads that were converted there while nobody had accepted them here: those that somebody has by now. And those
    whose conversion raised when it was heard of."""
    held = (*states.OWNED, states.CONVERTED)
    waiting = list(CrmRecord.objects.filter(conversion=Conversion.WAITING, lead__state__in=held).order_by("pk"))
    if not waiting:
        return
    staff = Staff()
    for record in waiting:
        try:
            _follow_waiting(record, staff, at=at)
        except OperationalError:
            raise
        except Exception:  # it waits on, and holds up none of the others
            log.exception("crm_conversion_raised", lead=record.lead_id)


def _follow_waiting(record: CrmRecord, staff: Staff, *, at: datetime) -> None:
    if record.lead_id is None:
        return
    on = _on_the_day(record.converted_on, record.changed_at or at)
    conversion = follow(record.lead_id, record.converted_by, record.opportunity_id, on=on, at=at, staff=staff)
    CrmRecord.objects.filter(pk=record.pk).update(conversion=conversion)
