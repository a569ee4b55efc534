"""The coaching record: who let which deadline pass, and whether it was theirs to answer for."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from leads.models import Assignment, Lead, LeadEvent
from leads.models.rows import new_row
from sla.causes import BY_ALERT
from sla.models import Breach
from sla.outages import Outages

# Noticed later than this after its deadline, a lapse overlapped an outage of our own.
TOLERANCE = timedelta(minutes=2)
# Steps whose window runs by the clock on the wall; every other that a rep may let pass runs on their team's calendar.
BY_THE_CLOCK = ("disposition",)


def breach(
    lead: Lead,
    turn: Assignment,
    event: LeadEvent,
    *,
    step: str,
    at: datetime,
    noticed_at: datetime,
    outages: Outages,
) -> Breach:
    """The unsaved breach of `step`, whose deadline was `at`."""
    ours = noticed_at - at > TOLERANCE or (bool(outages) and _explained(turn, step, at, outages))
    return new_row(
        Breach,
        lead=lead,
        assignment=turn,
        event=event,
        rep_id=turn.rep_id,
        step=step,
        at=at,
        noticed_at=noticed_at,
        cause=Breach.Cause.SYSTEM_DELAY if ours else Breach.Cause.IGNORED,
    )


def opening(turn: Assignment, step: str) -> datetime:
    """When the window of that step opened."""
    return turn.started_at if step in BY_ALERT else turn.accepted_at or turn.started_at


def _explained(turn: Assignment, step: str, at: datetime, outages: Outages) -> bool:
    return outages.explain(opening(turn, step), at, team_id=None if step in BY_THE_CLOCK else turn.rep.team_id)


def excuse(turn: Assignment, steps: Collection[str], *, since: datetime, pending: Sequence[Breach]) -> set[str]:
    """What the turn's rep did by `since` was heard of late: lapses of these steps after it are our own delay's.

    `pending` are breaches not saved yet. Returns the steps of those that were the rep's until now.
    """
    known = Breach.objects.filter(lead=turn.lead_id, assignment=turn, step__in=steps, at__gte=since)
    late = known.exclude(cause=Breach.Cause.SYSTEM_DELAY)
    excused = set(late.values_list("step", flat=True))
    late.update(cause=Breach.Cause.SYSTEM_DELAY, because={"heard_late": since.isoformat()})
    for one in pending:
        if one.assignment == turn and one.step in steps and one.at >= since:
            one.cause = Breach.Cause.SYSTEM_DELAY
            excused.add(one.step)
    return excused


def misrouted(
    lead: Lead, *, territory_id: int | None, reason: str, rep_id: int | None, pending: Sequence[Breach]
) -> None:
    """Whoever had the lead says that it was a mistake of routing: what was let pass of it in this life, in the same
    territory, was nobody's to answer. Kept with who said so."""
    because = {"reason": reason, "by": rep_id}
    saved = Breach.objects.filter(lead=lead, at__gte=lead.life_began_at, cause=Breach.Cause.IGNORED)
    saved.filter(assignment__territory=territory_id).update(cause=Breach.Cause.MISROUTED, because=because)
    for one in pending:
        if one.lead == lead and one.cause == Breach.Cause.IGNORED and one.assignment.territory_id == territory_id:
            one.cause, one.because = Breach.Cause.MISROUTED, because
