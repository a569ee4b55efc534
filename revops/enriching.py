"""What vendors told of a lead's company lands on the lead, in time or late; nobody's clock is started again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leads import states
from leads.actor import SYSTEM
from leads.deadline import Deadline
from leads.models import Lead
from revops import holding
from revops.deadlines import settle
from revops.handoff import judge, note
from revops.moment import Moment
from routing import enquiries
from routing.models import FIRMOGRAPHICS, Enquiry, EnrichmentAnswer


@dataclass(frozen=True)
class Heard:
    """One vendor's word on a company: `values` by the lead's field names."""

    vendor: str
    outcome: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Finding:
    """What came of one enquiry. With `again_at` some vendor could not be asked and will be then."""

    enquiry: Enquiry
    heard: tuple[Heard, ...]
    again_at: datetime | None = None


def enriched(findings: Sequence[Finding], *, at: datetime) -> None:
    """Give the leads what was found. A lead that only waits for it is judged at once."""
    by_lead = {finding.enquiry.lead_id: finding for finding in findings}

    def act(m: Moment) -> None:
        leads = holding.locked(list(by_lead))
        settle(leads, m)
        wanted = enquiries.missing(leads, FIRMOGRAPHICS)
        for lead in leads:
            finding = by_lead[lead.pk]
            _close(finding, m)
            if lead.is_open:
                _land(lead, finding, wanted[lead.pk], m)
        judge_now = [lead for lead in leads if _only_waits(lead, by_lead[lead.pk])]
        for lead in judge_now:
            lead.postpone(Deadline(lead.deadline.step, m.at, lead.terms))
        judge(judge_now, m)

    holding.within(at=at, by=SYSTEM, act=act)


def _close(finding: Finding, m: Moment) -> None:
    row = Enquiry.objects.filter(pk=finding.enquiry.pk, done_at__isnull=True)
    if finding.again_at is None:
        row.update(done_at=m.at, claimed_until=None)
    else:
        row.update(next_try_at=finding.again_at, claimed_until=None)


def _land(lead: Lead, finding: Finding, wanted: set[str], m: Moment) -> None:
    """Fill in what the lead and its account do not tell, the first vendor that was asked first."""
    taken_from: dict[str, list[str]] = {}
    for heard in finding.heard:
        taken = enquiries.fill(lead, heard.values, wanted)
        taken_from[heard.vendor] = sorted(taken)
        m.writes.add(
            EnrichmentAnswer(
                lead=lead,
                provider=heard.vendor,
                outcome=heard.outcome,
                values=taken,
                asked_at=finding.enquiry.asked_at,
                answered_at=m.at,
            )
        )
    if finding.heard:
        note(lead, m, "enriched", vendors=taken_from, late=lead.state != states.BUFFER)


def _only_waits(lead: Lead, finding: Finding) -> bool:
    """In the buffer, past its minimum, and every answer is in."""
    return lead.state == states.BUFFER and lead.due_step == "ceiling" and finding.again_at is None
