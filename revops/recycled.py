"""A lead given back: each reason has its own road."""

from typing import Any

from leads import states
from leads.models import Lead, Reason, Suppression
from recycle import enrolments
from recycle.recycling import BadAnswer, Recycling, read, stay
from revops.handoff import climb, entered, next_person, note, opened, route
from revops.holding import locked
from revops.moment import Moment
from revops.timers import SLIPS_BEFORE_THE_LADDER
from routing.deals import Found
from routing.models import FIRMOGRAPHICS, Decision, TurnCredit
from routing.qualification import NOT_FIT, called_icp, met, unknowns
from routing.roster import owe_a_turn
from sla import breaches
from sla.models import Breach

__all__ = ["follow", "read"]

ACCOUNT_OWNER = 2
# Ways back that say it should never have come to this rep.
MISTAKES = (Reason.Outcome.REROUTE, Reason.Outcome.REBUFFER, Reason.Outcome.MERGE, Reason.Outcome.ACCOUNT_OWNER)
NUMBERS = ("employee_count", "annual_revenue")


def follow(lead: Lead, recycling: Recycling, m: Moment) -> None:
    """Take the road that the reason's outcome names. A mistake of routing is nobody's lapse."""
    if recycling.reason.outcome in MISTAKES:
        turn = m.turn(lead)
        breaches.misrouted(
            lead,
            territory_id=turn.territory_id,
            reason=recycling.reason.code,
            rep_id=turn.rep_id,
            pending=m.writes.rows[Breach],
        )
    ROADS[Reason.Outcome(recycling.reason.outcome)](lead, recycling, m)


def _to_nurture(lead: Lead, recycling: Recycling, m: Moment) -> None:
    turn = m.end_turn(lead, outcome="recycled", reason=recycling.reason)
    lead.nurture(reason=recycling.reason, deadline=stay(recycling.reason, at=m.at, until=recycling.until), **m.now())
    event = entered(lead, m)
    m.writes.add(enrolments.open_one(lead, event, recycling, last_owner_id=turn.rep_id if turn else None))


def _to_routing(lead: Lead, recycling: Recycling, m: Moment) -> None:
    """Routed again without that territory; not held against the rep, who is owed a turn."""
    turn = m.turn(lead)
    lead.slips += 1
    lead.excluded_reps = [*lead.excluded_reps, {"rep": turn.rep_id, "until": None, "why": "reroute"}]
    if lead.territory_id:
        lead.excluded_territories = [*lead.excluded_territories, lead.territory_id]
        owe_a_turn(turn, why=TurnCredit.Why.REROUTED, at=m.at)
    if by_now := opened([lead], m):
        _to_the_next_person(lead, recycling, m, found=by_now[lead.pk])
        return
    if lead.is_deal or lead.rung or lead.slips >= SLIPS_BEFORE_THE_LADDER:
        _to_the_next_person(lead, recycling, m)
        return
    m.end_turn(lead, outcome="recycled", reason=recycling.reason)
    lead.reroute(
        deadline=m.terms.at_once("try", at=m.at), reason=recycling.reason.code, field=recycling.field, **m.now()
    )
    entered(lead, m)
    route([lead], m)


def _to_buffer(lead: Lead, recycling: Recycling, m: Moment) -> None:
    """What the directory can fill in again is emptied; then judged as if it had just come in. Not for ever, though."""
    lead.slips += 1
    if recycling.field in FIRMOGRAPHICS:
        setattr(lead, recycling.field, None if recycling.field in NUMBERS else "")
        lead.employee_range = "" if recycling.field == "employee_count" else lead.employee_range
    if lead.is_deal or lead.rung or lead.slips >= SLIPS_BEFORE_THE_LADDER:
        _to_the_next_person(lead, recycling, m)
        return
    m.end_turn(lead, outcome="recycled", reason=recycling.reason)
    lead.rebuffer(
        deadline=m.terms.buffer(source=lead.source, at=m.at),
        reason=recycling.reason.code,
        field=recycling.field,
        **m.now(),
    )
    entered(lead, m)


def _to_the_next_person(lead: Lead, recycling: Recycling, m: Moment, *, found: Found | None = None) -> None:
    turn = m.turn(lead)
    lead.note("recycle", **m.now(), reason=recycling.reason.code, field=recycling.field)
    turn.reason = recycling.reason
    sentence = f"It was given back: {recycling.reason}."
    next_person(lead, found, m, sentence=sentence, ended="recycled", must_go=True)


def _to_suppression(lead: Lead, recycling: Recycling, m: Moment) -> None:
    """This person and no sales outreach any more. Against the criteria's own word it is a definition dispute; where
    they could not tell, what they lacked is kept with it."""
    turn = m.end_turn(lead, outcome="recycled", reason=recycling.reason)
    verdict = _latest_verdict(lead)
    could_not_tell = turn is not None and bool(verdict) and verdict.get("fit") != NOT_FIT and not called_icp(verdict)
    told = {"icp_unknown": unknowns(verdict)} if could_not_tell else {}
    lead.suppress(reason=recycling.reason, **told, **m.now())
    event = entered(lead, m)
    Suppression.objects.get_or_create(
        person_key=lead.person_key,
        domain="",
        scope=Suppression.Scope.SALES,
        lifted_at=None,
        defaults={"reason": recycling.reason, "since": m.at, "by_id": m.by.user_id, "note": recycling.note},
    )
    if turn is not None and called_icp(verdict):
        m.writes.add(enrolments.dispute(lead, event, rep_id=turn.rep_id, met=met(verdict)))


def _latest_verdict(lead: Lead) -> dict[str, Any]:
    """The steps of the criteria's latest verdict on it; empty where they were never asked."""
    decision = Decision.objects.filter(lead=lead, kind="qualification").order_by("-at", "-pk").first()
    return decision.steps if decision else {}


def _to_the_other_lead(lead: Lead, recycling: Recycling, m: Moment) -> None:
    """Merged into the lead it repeats, which is told; locked, so that two never end in each other."""
    [other] = locked([recycling.duplicate_of.pk]) if recycling.duplicate_of else [None]
    if other is None or not (other.is_open or other.state == states.CONVERTED):
        raise BadAnswer({"lead": "That lead has ended; pick one that is still open."})
    m.end_turn(lead, outcome="recycled", reason=recycling.reason)
    lead.merge(into_id=other.pk, reason=recycling.reason.code, **m.now())
    entered(lead, m)
    other.hand_raise = other.hand_raise or lead.hand_raise
    note(other, m, "joined", rep_id=other.owner_id, merged=lead.pk)


def _to_the_account_owner(lead: Lead, recycling: Recycling, m: Moment) -> None:
    """A customer's own lead: to the account's owner, and on the ladder of those who answer for the account."""
    turn = m.turn(lead)
    turn.reason = recycling.reason
    lead.note("recycle", **m.now(), reason=recycling.reason.code)
    # Above the deal's own owner, who is not asked again.
    lead.rung = max(lead.rung if lead.is_deal else 0, ACCOUNT_OWNER)
    lead.ladder, lead.territory = states.DEAL_LADDER, None
    sentence = "It was given back: the company is a customer already."
    climb(lead, m, sentence=sentence, ended="recycled", must_go=True)


ROADS = {
    Reason.Outcome.NURTURE: _to_nurture,
    Reason.Outcome.REROUTE: _to_routing,
    Reason.Outcome.REBUFFER: _to_buffer,
    Reason.Outcome.SUPPRESS: _to_suppression,
    Reason.Outcome.MERGE: _to_the_other_lead,
    Reason.Outcome.ACCOUNT_OWNER: _to_the_account_owner,
}
