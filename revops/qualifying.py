"""The buffer's end: enrich, judge by the shared definition, and send each lead its way on."""

from collections.abc import Sequence
from typing import Any

from leads import suppressions
from leads.deadline import later
from leads.models import Lead, LeadEvent, Reason
from leads.writing import insert
from recycle import enrolments, recycling
from recycle.recycling import Recycling
from revops import vendors
from revops.handoff import bypass, decided, entered, start_routing
from revops.moment import Moment
from routing import deals, directory, enquiries, qualification
from routing.models import EnrichmentAnswer
from routing.qualification import Qualification


def decide(leads: Sequence[Lead], m: Moment) -> None:
    """The buffer's end. At `ready` a lead waits for an answer still out; at `ceiling` it goes on with what is known."""
    asked = enquiries.still_asked(leads)
    ready = []
    for lead in leads:
        if lead.id in asked and lead.due_step == "ready":
            lead.postpone(later(lead.terms, "ceiling"))
            m.changed(lead)
        else:
            ready.append(lead)
    judge(ready, m)


def judge(leads: Sequence[Lead], m: Moment) -> None:
    """Enrich, then each takes its way on: suppressed, to a deal's owner, turned away, or qualified."""
    # Written at once and not with the rest, for from when the pools are held others wait until all is written.
    insert(EnrichmentAnswer, directory.enrich(leads, at=m.at))
    blocked = suppressions.hits(suppressions.Person(lead.person_key, lead.domain) for lead in leads)
    at_account = deals.find(leads, at=m.at)
    unanswered = enquiries.awaited(leads, connected=vendors.providers(), at=m.at)
    verdicts = qualification.qualify(leads, m.rules.routing.profile, at=m.at, unanswered=unanswered)
    qualified = []
    for lead in leads:
        verdict, found = verdicts[lead.id], at_account.get(lead.id, deals.NONE)
        lead.opportunity = None
        way_on = verdict.way_on(suppressed=lead.person_key in blocked, deal=found.deal is not None)
        if way_on == qualification.SUPPRESSED:
            suppress(lead, m, reason=blocked[lead.person_key].reason or m.reasons["suppression_list"])
        elif way_on == qualification.BYPASS:
            bypass(lead, found, m)
        elif way_on == qualification.NOT_ICP:
            turn_away(lead, verdict, m, reason=m.reasons["rule_not_icp"], found=found)
        elif way_on == qualification.LOW_INTENT:
            turn_away(lead, verdict, m, reason=m.reasons["rule_low_intent"], found=found)
        else:
            qualify(lead, verdict, m, found=found)
            qualified.append(lead)
    start_routing(qualified, m, facts={lead.id: verdicts[lead.id].facts for lead in qualified})


def suppress(lead: Lead, m: Moment, *, reason: Reason) -> None:
    """On the suppression list since it came in."""
    lead.suppress(reason=reason, **m.lapse(lead))
    entered(lead, m)


def turn_away(lead: Lead, verdict: Qualification, m: Moment, *, reason: Reason, found: deals.Found) -> None:
    """The rules' own verdict: to the reason's nurture track, to be judged again by the rules of then."""
    lead.reviews += 1
    lead.nurture(reason=reason, deadline=recycling.stay(reason, at=m.at, reviews=lead.reviews), **m.lapse(lead))
    event = entered(lead, m)
    m.writes.add(enrolments.open_one(lead, event, Recycling(reason), last_owner_id=None))
    _judged(lead, event, verdict, m, outcome=reason.code, found=found)


def qualify(lead: Lead, verdict: Qualification, m: Moment, *, found: deals.Found) -> None:
    """ICP and intent cleared, by rule and never by hand: an AQL."""
    lead.reviews = 0
    lead.qualify(deadline=m.terms.at_once("route", at=m.at), **m.lapse(lead))
    event = entered(lead, m)
    _judged(lead, event, verdict, m, outcome="aql", found=found)


def _judged(
    lead: Lead, event: LeadEvent, verdict: Qualification, m: Moment, *, outcome: str, found: deals.Found
) -> None:
    """Keep why it is one, or is not."""
    told: dict[str, Any] = {"sentence": verdict.sentence(), "steps": verdict.as_steps() | found.as_steps()}
    decided(lead, event, m, kind="qualification", outcome=outcome, facts=verdict.facts, **told)
