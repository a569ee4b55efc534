"""A lead's stay on a nurture track, opened and closed."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from leads.models import Lead, LeadEvent
from recycle.models import Dispute, Enrolment
from recycle.recycling import Recycling


def open_one(lead: Lead, event: LeadEvent, recycling: Recycling, *, last_owner_id: int | None) -> Enrolment:
    """The unsaved enrolment of a lead that has just entered nurture."""
    if recycling.reason.track is None or lead.due_at is None:
        raise ValueError(f"Reason {recycling.reason.code} has no track to enrol lead {lead.pk} on.")
    return Enrolment(
        lead=lead,
        event=event,
        reason=recycling.reason,
        track=recycling.reason.track,
        feature=recycling.feature,
        last_owner_id=last_owner_id,
        note=recycling.note,
        started_at=event.at,
        until=lead.due_at,
    )


def end(leads: Iterable[Lead], *, at: datetime, by: str) -> None:
    """Close the stays of leads that leave nurture; `by` is what ended them."""
    Enrolment.objects.filter(lead__in=[lead.pk for lead in leads], ended_at__isnull=True).update(
        ended_at=at, ended_by=by
    )


def waiting_for(trigger: str, leads: Sequence[Lead]) -> list[Lead]:
    """Those of the leads whose track lets this trigger bring them back."""
    return [lead for lead in leads if lead.reason and lead.reason.track and trigger in lead.reason.track.triggers]


def dispute(lead: Lead, event: LeadEvent, *, rep_id: int, met: list[str]) -> Dispute:
    """The unsaved definition dispute of a lead that the criteria called ICP and a rep did not."""
    return Dispute(lead=lead, event=event, rep_id=rep_id, at=event.at, criteria_met=met)
