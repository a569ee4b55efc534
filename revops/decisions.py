"""What a rep decides about a lead, alike whether it was said here, now, or in the CRM, at an earlier time `on`."""

from datetime import datetime, timedelta

from leads import states
from leads.deadline import Deadline, later
from leads.models import Assignment, Lead
from revops.handoff import entered
from revops.moment import Moment


def accept(lead: Lead, m: Moment, *, on: datetime, noticed_at: datetime | None = None) -> Assignment:
    """Whoever holds the lead takes it. Returns their turn."""
    turn = m.turn(lead)
    turn.accepted_at = max(on, turn.started_at)
    late = lead.state == states.OVERDUE and turn.accepted_at > turn.accept_by
    lead.accept(deadline=_first_touch(lead, turn, m), late=late, at=turn.accepted_at, noticed_at=noticed_at, by=m.by)
    m.writes.change_turn(turn)
    entered(lead, m, team_id=turn.rep.team_id, rep_id=turn.rep_id)
    return turn


def _first_touch(lead: Lead, turn: Assignment, m: Moment) -> Deadline:
    deadline = first_touch(lead, turn, m)
    return later(deadline.terms, "disposition") if turn.first_touch_at else deadline


def first_touch(lead: Lead, turn: Assignment, m: Moment) -> Deadline:
    """By when a rep is to be in touch from now on, as the policy of their turn has it, which keeps the times."""
    deadline = m.terms.touch(
        team_id=turn.rep.team_id, territory_id=lead.territory_id, source=lead.source, at=m.at, turn=turn.terms
    )
    _kept(turn, deadline, m)
    return deadline


def _kept(turn: Assignment, deadline: Deadline, m: Moment) -> None:
    turn.terms = {**turn.terms, "steps": {**turn.terms.get("steps", {}), **deadline.terms["steps"]}}
    m.writes.change_turn(turn)


def convert(lead: Lead, opportunity: str, m: Moment, *, on: datetime, noticed_at: datetime | None = None) -> None:
    turn = m.end_turn(lead, outcome="converted")
    lead.converted_opportunity = opportunity
    lead.convert(verified=bool(opportunity), at=on, noticed_at=noticed_at, by=m.by)
    if turn is not None:
        turn.ended_at = max(lead.entered_at, turn.started_at)
    entered(lead, m, rep_id=turn.rep_id if turn else None)


def to_decide(lead: Lead, m: Moment, *, meeting_at: datetime | None = None) -> Deadline:
    """Touched: the rep is to decide in the policy's days, or the day after a booked meeting."""
    turn = m.turn(lead)
    due = (
        meeting_at + timedelta(days=1) if meeting_at else m.at + timedelta(days=lead.terms.get("disposition_days", 14))
    )
    deadline = m.terms.decide_by(due, lead.terms, team_id=turn.rep.team_id, at=m.at)
    _kept(turn, deadline, m)
    return deadline
