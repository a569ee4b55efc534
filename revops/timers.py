"""What the system does when a deadline passes and nobody acted. Each takes all the leads due at that step."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache

from leads import states
from leads.deadline import Deadline, later
from leads.discretion import UNNAMED
from leads.models import Assignment, Lead, LeadEvent
from leads.reading import TO_TAKE_AWAY, TO_TELL, complete
from recycle import enrolments, pacing
from revops import alerts
from revops.handoff import bypass, climb, entered, give, next_person, opened, pool, route, team_of
from revops.moment import Moment
from routing import claiming
from sla.breaches import breach
from sla.windows import Window

# Three slips in one life (lapses, reroutes and pool assignments together), and the lead climbs the ladder.
SLIPS_BEFORE_THE_LADDER = 3


def expire(leads: Sequence[Lead], m: Moment) -> None:
    """Two hours without an answer: overdue, the manager's channel is told, the lapse is kept."""
    m.load_turns(leads, asked=TO_TELL)
    for lead in leads:
        turn, when = m.turn(lead), m.lapse(lead)
        team_id = turn.rep.team_id
        lead.expire(deadline=later(lead.terms, "release"), **when)
        event = entered(lead, m, team_id=team_id, rep_id=turn.rep_id)
        alerts.raised(lead, event, m, team_id=team_id)
        _breached(lead, turn, event, m, step="accept", deadline=when["at"])


def release(leads: Sequence[Lead], m: Moment) -> None:
    """Four hours: taken from the rep and into the Shark Tank, or up the ladder."""
    _take_away(leads, m, step="release", outcome="lapsed")


def release_untouched(leads: Sequence[Lead], m: Moment) -> None:
    """Accepted and never touched: an acceptance is no touch, so the lead goes on to somebody who calls."""
    _take_away(leads, m, step="untouched", outcome="untouched")


def reroute_undecided(leads: Sequence[Lead], m: Moment) -> None:
    """Accepted, touched and never decided: routed again, without this rep."""
    again = [lead for lead in _slip(leads, m, step="disposition", outcome="undecided") if lead.is_open]
    for lead in again:
        turn, when = m.turn(lead), m.lapse(lead)
        m.end_turn(lead, outcome="undecided")
        lead.reroute(deadline=m.terms.at_once("try", at=m.at), **when)
        _breached(lead, turn, entered(lead, m), m, step="disposition", deadline=when["at"])
    route(again, m)


def flag_untouched(leads: Sequence[Lead], m: Moment) -> None:
    """An hour after acceptance without a touch: the manager is told, and the clock runs on."""
    m.load_turns(leads, asked=TO_TELL)
    for lead in leads:
        turn, when = m.turn(lead), m.lapse(lead)
        lead.postpone(later(lead.terms, "untouched"))
        event = _noticed(lead, m, "flag_untouched", deadline=when["at"])
        entered(lead, m, team_id=turn.rep.team_id, rep_id=turn.rep_id)
        alerts.raised(lead, event, m, team_id=turn.rep.team_id)
        _breached(lead, turn, event, m, step="touch", deadline=when["at"])


def alert_pool(leads: Sequence[Lead], m: Moment) -> None:
    """An hour in the pool and nobody claimed it: the manager is told."""
    for lead in leads:
        deadline = lead.deadline.at
        lead.postpone(later(lead.terms, "assign"))
        event = _noticed(lead, m, "pool_unclaimed", deadline=deadline)
        team = team_of(lead)
        entered(lead, m, team_id=team.pk if team else None)
        alerts.raised(lead, event, m, team_id=team.pk if team else None)


def assign_from_pool(leads: Sequence[Lead], m: Moment) -> None:
    """Four hours in the pool: to the least loaded who may take it, for the pool must be no second void."""
    bench = m.bench()
    by_now = opened(leads, m)
    for lead in leads:
        lead.slips += 1
        if lead.id in by_now:
            bypass(lead, by_now[lead.id], m, because="Nobody claimed it from the Shark Tank.")
            continue
        team = team_of(lead)
        skills = claiming.needed(lead, m.rules.routing)
        able = bench.out_of_the_pool(team.pk, lead.excluded_reps, skills) if team else []
        if lead.slips >= SLIPS_BEFORE_THE_LADDER or not able:
            climb(lead, m, sentence="Nobody claimed it from the Shark Tank.")
            continue
        loads = {seat.rep.id: seat.open for seat in able}
        least = min(able, key=lambda seat: (seat.open, seat.rep.id))
        least.took()
        give(
            lead,
            least.rep,
            m,
            how="pool",
            sentence="Nobody claimed it from the Shark Tank; you have the fewest open leads.",
            steps={"loads": loads} | ({"skills": sorted(skills)} if skills else {}),
        )


def come_back(leads: Sequence[Lead], m: Moment) -> None:
    """Returns on a date, as many a day as the reps can take; the rest get the next free slots, the oldest first."""
    waiting = sorted(leads, key=lambda lead: (lead.deadline.at, lead.id))
    late = [lead for lead in waiting if lead.deadline.at < m.pace.midnight]
    today = waiting[len(late) :]
    first, last = m.pace.catch_up(len(late)), m.pace.come(len(today))
    _re_engage([*late[:first], *today[:last]], m)
    put_off = [*late[first:], *today[last:]]
    for lead, slot in zip(put_off, m.pace.take(len(put_off)), strict=True):
        lead.postpone(Deadline(lead.deadline.step, slot, lead.terms))
        lead.note("paced", **m.now())
        m.changed(lead)


def review(leads: Sequence[Lead], m: Moment) -> None:
    """A track's review. What a rep gave back comes at the pace of all returns; what the rules turned away is judged
    at once, for only what fits by now goes on to a rep."""
    given_back = [lead for lead in leads if lead.reason is None or lead.reason.for_people]
    _re_engage([lead for lead in leads if lead.reason and not lead.reason.for_people], m, because=pacing.REVIEW)
    if given_back:
        come_back(given_back, m)


def _re_engage(leads: Sequence[Lead], m: Moment, **because: str) -> None:
    """Back into the buffer, to be enriched and judged by today's rules."""
    enrolments.end(leads, at=m.at, by="date")
    for lead in leads:
        lead.re_engage(deadline=m.terms.buffer(source=lead.source, at=m.at), **because, **m.lapse(lead))
        entered(lead, m)


def declared_late(leads: Sequence[Lead], m: Moment, *, said_at: datetime) -> None:
    """An absence that the rep declared at `said_at`, after half of the window to accept, does not undo the lapse that
    was coming."""
    m.load_turns(leads)
    for lead in leads:
        turn = m.turn(lead)
        window = Window(m.terms.hours(turn.rep.team_id), turn.started_at, turn.accept_by)
        if lead.state == states.ASSIGNED and not window.is_half_ahead(said_at):
            event = _noticed(lead, m, "absence_declared_late", deadline=m.at)
            _breached(lead, turn, event, m, step="accept", deadline=m.at)


def _take_away(leads: Sequence[Lead], m: Moment, *, step: str, outcome: str) -> None:
    for lead in _slip(leads, m, step=step, outcome=outcome):
        turn, when = m.turn(lead), m.lapse(lead)
        m.end_turn(lead, outcome=outcome)
        pool(lead, m, **when)
        _breached(lead, turn, lead.new_events[-1], m, step=step, deadline=when["at"])


def _slip(leads: Sequence[Lead], m: Moment, *, step: str, outcome: str) -> list[Lead]:
    """Count a slip for each and keep it from its rep for the cool-down; those on the ladder climb, the rest return."""
    m.load_turns(leads, asked=TO_TAKE_AWAY)
    by_now = opened(leads, m)
    going_up = {lead.id for lead in leads if lead.id in by_now or _climbs(lead)}
    complete([lead for lead in leads if lead.id in going_up])
    stay = []
    cools_until = cache(lambda minutes: (m.at + timedelta(minutes=minutes)).isoformat())
    for lead in leads:
        if lead.terms.get("told_revops"):
            next_person(lead, by_now.get(lead.id), m, sentence="")
            continue
        turn = m.turn(lead)
        lead.slips += 1
        until = cools_until(lead.terms.get("cool_down", 0))
        lead.excluded_reps = [*lead.excluded_reps, {"rep": turn.rep_id, "until": until, "why": "lapse"}]
        if lead.id in going_up:
            deadline = lead.deadline.at
            event = _noticed(lead, m, f"lapse_{step}", deadline=deadline)
            _breached(lead, turn, event, m, step=step, deadline=deadline)
            next_person(lead, by_now.get(lead.id), m, sentence=UNNAMED, ended=outcome)
        else:
            stay.append(lead)
    return stay


def _climbs(lead: Lead) -> bool:
    """Whether one more slip takes it up its ladder, or it is there already."""
    return lead.is_deal or bool(lead.rung) or lead.slips + 1 >= SLIPS_BEFORE_THE_LADDER


def _noticed(lead: Lead, m: Moment, kind: str, *, deadline: datetime) -> LeadEvent:
    event = lead.note(kind, at=max(deadline, lead.entered_at), by=m.by)
    event.noticed_at = m.at
    m.changed(lead)
    return event


def _breached(lead: Lead, turn: Assignment, event: LeadEvent, m: Moment, *, step: str, deadline: datetime) -> None:
    m.writes.add(breach(lead, turn, event, step=step, at=deadline, noticed_at=m.at, outages=m.outages))
