"""What vendors told of a lead's company lands on the lead, in time or late; nobody's clock is started again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from leads import states
from leads.actor import SYSTEM
from leads.deadline import Deadline
from leads.models import Lead
from revops import holding
from revops.deadlines import settle
from revops.handoff import note
from revops.moment import Moment
from revops.qualifying import judge
from routing import enquiries
from routing.models import Enquiry, EnrichmentAnswer


@dataclass(frozen=True)
class Heard:
    """One vendor's word on a company: `values` by the lead's field names, of which those in `fields` are taken."""

    vendor: str
    outcome: str
    values: Mapping[str, Any]
    fields: frozenset[str]


@dataclass(frozen=True)
class Finding:
    """What came of one enquiry. With `again_at` some vendor was not reached and is asked then; if `given_up`, never."""

    enquiry: Enquiry
    heard: tuple[Heard, ...]
    again_at: datetime | None = None
    given_up: bool = False


def enriched(findings: Sequence[Finding], *, at: datetime) -> None:
    """Give the leads what was found. A lead that only waits for it is judged at once."""
    by_lead = {finding.enquiry.lead_id: finding for finding in findings}

    def act(m: Moment) -> None:
        leads = holding.locked(list(by_lead))
        settle(leads, m)
        gaps = enquiries.gaps(leads, enquiries.EVERYTHING)
        landed = _landed(findings)
        for lead in leads:
            finding = by_lead[lead.pk]
            _close(finding, m)
            if lead.is_open:
                _land(lead, _news(finding, landed), gaps[lead.pk], m)
        judge_now = [lead for lead in leads if _only_waits(lead, by_lead[lead.pk])]
        for lead in judge_now:
            lead.postpone(Deadline(lead.deadline.step, m.at, lead.terms))
        judge(judge_now, m)

    holding.within(at=at, by=SYSTEM, act=act)


def _close(finding: Finding, m: Moment) -> None:
    row = Enquiry.objects.filter(pk=finding.enquiry.pk, done_at__isnull=True)
    if finding.again_at is None:
        row.update(done_at=m.at, claimed_until=None)
        return
    row.update(claimed_until=None)
    # Unless it was woken while it was being asked about.
    row.filter(next_try_at=finding.enquiry.next_try_at).update(next_try_at=finding.again_at)


def _landed(findings: Sequence[Finding]) -> set[tuple[int, str, datetime]]:
    """What vendors had told for the same enquiries: a kept answer is heard anew each time another is retried."""
    rows = EnrichmentAnswer.objects.filter(lead__in=[finding.enquiry.lead_id for finding in findings])
    return set(rows.values_list("lead_id", "provider", "asked_at"))


def _news(finding: Finding, landed: Collection[tuple[int, str, datetime]]) -> Finding:
    """The finding without the answers that have landed before."""
    enquiry = finding.enquiry
    new = [one for one in finding.heard if (enquiry.lead_id, one.vendor, enquiry.asked_at) not in landed]
    return replace(finding, heard=tuple(new))


def _land(lead: Lead, finding: Finding, gaps: enquiries.Gaps, m: Moment) -> None:
    """Fill in what the lead and its account do not tell, the first vendor that was asked first."""
    taken_from: dict[str, list[str]] = {}
    for heard in finding.heard:
        taken = enquiries.fill(
            lead, heard.values, gaps.names & enquiries.with_ranges(heard.fields), country=gaps.country
        )
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
    ends = finding.again_at is None and (finding.heard or finding.given_up)
    if ends or any(taken_from.values()):
        told = {"given_up": True} if finding.given_up else {}
        note(lead, m, "enriched", vendors=taken_from, late=lead.state != states.BUFFER, **told)


def _only_waits(lead: Lead, finding: Finding) -> bool:
    """In the buffer, past its minimum, and every answer is in."""
    return lead.state == states.BUFFER and lead.due_step == "ceiling" and finding.again_at is None
