"""Break-glass: who answers for the rep's team sends one lead back to routing. Nobody picks who gets it next."""

from leads import discretion
from leads.actor import Actor
from leads.models import Lead, SentBack
from recycle.recycling import BadAnswer
from revops.answering import may_send_back
from revops.handoff import entered, next_person, note, opened, route
from revops.moment import Moment
from revops.refusals import NotPossible, NotYours
from revops.timers import SLIPS_BEFORE_THE_LADDER
from routing.availability import SENT_BACK
from routing.models import TurnCredit
from routing.roster import owe_a_turn

LONGEST = 500


def reason_of(text: str) -> str:
    """A reason as it is kept. Raises BadAnswer without one."""
    reason = " ".join(text.replace("\x00", "").split())
    if not reason:
        raise BadAnswer({"reason": "Say why: it is kept with the lead, and the rep reads it."})
    if len(reason) > LONGEST:
        raise BadAnswer({"reason": f"At most {LONGEST} characters."})
    return reason


def must_answer_for(lead: Lead, by: Actor, *, holder: int | None) -> None:
    """Raises NotYours for anybody but the manager and deputy of the holder's team and RevOps, and for the holder;
    NotPossible where another than `holder`, the rep whom they saw it with, has it by now."""
    if lead.owner is None:
        return
    if lead.owner.user_id == by.user_id:
        raise NotYours("You hold this lead yourself: accept it or recycle it.")
    if not may_send_back(by.user_id, lead):
        raise NotYours("Only the manager or deputy of the rep's team, or RevOps, may send a lead back.")
    if holder is not None and holder != lead.owner_id:
        text = f"Nothing was sent back: {lead.owner.name} has it by now. Look at it again."
        raise NotPossible(text, state=lead.state, winner=lead.owner.name)


def send_back(lead: Lead, reason: str, m: Moment) -> None:
    """Routed again, without the rep who had it for the rest of this life: it must not bounce back to them. No breach,
    and the turn is owed to them, where it was one. It counts among the slips, so that the third ends with a person who
    answers. A lead on a ladder, a deal's above all, goes on up that ladder."""
    turn = m.turn(lead)
    lead.slips += 1
    lead.excluded_reps = [*lead.excluded_reps, {"rep": turn.rep_id, "until": None, "why": SENT_BACK}]
    owe_a_turn(turn, why=TurnCredit.Why.SENT_BACK, at=m.at)
    event = note(lead, m, "sent_back", team_id=turn.rep.team_id, rep_id=turn.rep_id, rep=turn.rep_id)
    m.writes.add(SentBack(lead=lead, event=event, rep=turn.rep, by_id=m.by.user_id, at=m.at, reason=reason))
    found = opened([lead], m).get(lead.pk)
    if found is not None or lead.is_deal or lead.rung or lead.slips >= SLIPS_BEFORE_THE_LADDER:
        next_person(lead, found, m, sentence=discretion.SENT_BACK, ended=SENT_BACK, must_go=True)
    else:
        _routed_again(lead, m)


def _routed_again(lead: Lead, m: Moment) -> None:
    m.end_turn(lead, outcome=SENT_BACK)
    lead.reroute(deadline=m.terms.at_once("try", at=m.at), why=SENT_BACK, **m.now())
    entered(lead, m)
    route([lead], m)
