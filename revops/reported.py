"""What the CRM reports of a lead, since reps live there: it was converted, touched, or given to somebody else.

A report is of an earlier time, `on`. What was done by a deadline comes before that deadline, though it is heard of
after.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from leads import states
from leads.actor import Actor
from leads.models import Assignment, CrmUser, Lead, OwnerOverride, Rep
from revops import decisions, holding
from revops.deadlines import settle
from revops.handoff import entered, note
from revops.moment import Moment
from sla import breaches
from sla.models import Breach

# So often in a day the CRM is told again who holds a lead; whoever still changes it then is a matter for people.
MOST_WRITTEN_BACK = 3
A_DAY = timedelta(days=1)
# Where an owner set by hand passes the rules by.
RULED = (*states.OWNED, states.ROUTING, states.SHARK_TANK)
UNTOUCHED = ("touch", "untouched")
Result = TypeVar("Result")


@dataclass(frozen=True)
class OwnerChange:
    """A record's owner, changed in the CRM at its own time `changed_at`, `by_name` where it says who did so.

    `holder_is_there`: whether who holds the lead has a user there, to be made its owner again.
    """

    owner: CrmUser
    changed_at: datetime
    by_name: str = ""
    holder_is_there: bool = True


def converted(lead_id: int, *, opportunity: str, on: datetime, rep_id: int | None, at: datetime, by: Actor) -> bool:
    """The lead became an opportunity there. It does so here when it is accepted, or with the very rep who converted it,
    which is an acceptance. Else that is kept on its timeline and False is returned: nobody jumps the queue by it."""

    def act(lead: Lead, m: Moment) -> bool:
        if lead.state == states.CONVERTED:
            return _verify(lead, opportunity, m)
        if lead.state in (states.ASSIGNED, states.OVERDUE) and lead.owner_id == rep_id:
            turn = decisions.accept(lead, m, on=on, noticed_at=m.at)
            breaches.excuse(turn, ("accept",), since=turn.accepted_at or on, pending=m.writes.rows[Breach])
        if lead.state != states.ACCEPTED:
            if not lead.events.filter(kind="crm_converted", data__opportunity=opportunity).exists():
                note(lead, m, "crm_converted", opportunity=opportunity, rep=rep_id)
            return False
        decisions.convert(lead, opportunity, m, on=on, noticed_at=m.at)
        return True

    return _on_lead(lead_id, act, on=on, at=at, by=by)


def _verify(lead: Lead, opportunity: str, m: Moment) -> bool:
    if opportunity and not lead.converted_opportunity:
        lead.converted_opportunity = opportunity
        note(lead, m, "conversion_verified", opportunity=opportunity)
    return True


def touched(
    lead_id: int, *, activity: str, kind: str, on: datetime, rep_id: int | None, at: datetime, by: Actor
) -> bool:
    """A person called, wrote or met, in the turn that it was then; `activity` is the CRM's id of it, heard of once.

    Lapses for want of a touch that are after it are no longer the rep's. False when it was known already.
    """

    def act(lead: Lead, m: Moment) -> bool:
        if lead.events.filter(kind__in=("touch", "crm_activity"), data__activity=activity).exists():
            return False
        turn = _turn_at(lead, on, m)
        event = lead.note("touch" if turn else "crm_activity", at=on, by=m.by)
        event.noticed_at, event.data = m.at, {"touch": kind, "seen": True, "activity": activity, "rep": rep_id}
        entered(lead, m)
        if turn is not None:
            _touch(lead, turn, m, on=on)
        return True

    return _on_lead(lead_id, act, on=on, at=at, by=by)


def _turn_at(lead: Lead, on: datetime, m: Moment) -> Assignment | None:
    """Whose turn it was then."""
    if lead.owner_id is not None and (turn := m.turn(lead)).started_at <= on:
        return turn
    rows = lead.assignments.filter(started_at__lte=on).select_related("rep").order_by("-started_at", "-pk")
    turns = (m.writes.turns.get(turn.pk, turn) for turn in rows)  # one that has just ended is not written yet
    return next((turn for turn in turns if turn.ended_at is None or turn.ended_at >= on), None)


def _touch(lead: Lead, turn: Assignment, m: Moment, *, on: datetime) -> None:
    by_hand = turn.touched(on=on, seen=True)
    m.writes.change_turn(turn)
    if on >= lead.life_began_at:
        lead.touched(on=on, instead_of=by_hand)
    if lead.state == states.ACCEPTED and turn.ended_at is None and lead.due_step in UNTOUCHED:
        lead.postpone(decisions.to_decide(lead, m))
    excused = breaches.excuse(turn, UNTOUCHED, since=on, pending=m.writes.rows[Breach])
    if "untouched" in excused and turn.started_at >= lead.life_began_at:
        # It did not lapse after all: it counts for nothing, and the rep may have it back.
        lead.slips = max(0, lead.slips - 1)
        lead.excluded_reps = [one for one in lead.excluded_reps if not _is_lapse(one, turn.rep_id)]


def _is_lapse(left_out: dict[str, object], rep_id: int) -> bool:
    return left_out.get("rep") == rep_id and left_out.get("why") == "lapse"


def owner_changed(lead_id: int, change: OwnerChange, *, at: datetime, by: Actor) -> bool:
    """Somebody gave the lead to another owner there. It is kept, and the CRM is told again who holds it; not where
    nobody does or one who is not there, nor for ever. False when it is known already, or no rule gives this lead to
    anybody now."""

    def act(lead: Lead, m: Moment) -> bool:
        known = lead.overrides.filter(owner_crm_id=change.owner.pk, changed_at=change.changed_at)
        if lead.state not in RULED or known.exists():
            return False
        back = lead.owner_id is not None and change.holder_is_there and not _flaps(lead, m)
        rep = Rep.objects.filter(user__email__iexact=change.owner.email).first() if change.owner.email else None
        note(lead, m, "crm_override" if back else "crm_override_left", rep=rep.pk if rep else None)
        m.writes.add(
            OwnerOverride(
                lead=lead,
                holder_id=lead.owner_id,
                team_id=_team_id(lead),
                owner_crm_id=change.owner.pk,
                owner_name=str(change.owner),
                by_name=change.by_name,
                changed_at=change.changed_at,
                noticed_at=m.at,
                written_back=back,
            )
        )
        return True

    return _on_lead(lead_id, act, on=at, at=at, by=by)


def _flaps(lead: Lead, m: Moment) -> bool:
    back = lead.overrides.filter(written_back=True, noticed_at__gt=m.at - A_DAY)
    return back.count() >= MOST_WRITTEN_BACK


def _team_id(lead: Lead) -> int | None:
    if lead.owner is not None:
        return lead.owner.team_id
    return lead.territory.team_id if lead.territory else None


def _on_lead(lead_id: int, act: Callable[[Lead, Moment], Result], *, on: datetime, at: datetime, by: Actor) -> Result:
    """Hold the lead and act: after the deadlines that had passed `on` that day, before those that passed since."""

    def work(m: Moment) -> Result:
        leads: Sequence[Lead] = holding.locked([lead_id])
        if not leads:
            raise Lead.DoesNotExist(f"No lead {lead_id}.")
        [lead] = leads
        settle(leads, m, before=on)
        result = act(lead, m)
        settle(leads, m)
        return result

    return holding.past_what_raises(Lead.objects.filter(pk=lead_id), at=at, by=by, act=work)
