"""From an AQL to a person: route, give, pool. To a deal's owner, and up the ladder, when nobody else is there."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from leads import states
from leads.deadline import Deadline
from leads.intake.problems import shown
from leads.models import Assignment, Lead, LeadEvent, Opportunity, Rep, Team
from leads.models.rows import new_row
from revops.ladder import YOURS
from revops.moment import Moment
from routing import deals, qualification, roster
from routing.models import Decision
from routing.next_step import NextStep, next_step
from routing.routes import Bench, Route
from routing.territories import Case, Judged, territory_for

DAILY = timedelta(days=1)
# What criteria may ask of leads, by lead id.
Facts = Mapping[int, Mapping[str, Any]]
NOT_READ: Facts = MappingProxyType({})


def bypass(lead: Lead, found: deals.Found, m: Moment, *, because: str = "", **how: Any) -> None:
    """An open deal at the account: straight to the deal's owner, or whoever stands in on the deal's ladder."""
    if found.deal is None:
        raise ValueError(f"Lead {lead.id} has no deal that counts.")
    lead.opportunity, lead.territory, lead.ladder, lead.rung = found.deal, None, states.DEAL_LADDER, 0
    told = f"{_whose(found.deal, lead)} has an open deal, {shown(found.deal)}."
    climb(lead, m, sentence=f"{because} {told}".strip(), steps=found.as_steps(), **how)


def _whose(deal: Opportunity, lead: Lead) -> str:
    if lead.account is None:
        return f"{shown(deal.account)}, one of those that give {lead.domain} as theirs,"
    if deal.account_id == lead.account_id:
        return shown(deal.account)
    return f"{shown(deal.account)}, which shares its domain with {shown(lead.account)},"


def opened(leads: Sequence[Lead], m: Moment) -> dict[int, deals.Found]:
    """Those of these leads whose account has a deal that counts by now, and that are not on its ladder yet."""
    found = deals.find([lead for lead in leads if not lead.is_deal], at=m.at)
    return {pk: one for pk, one in found.items() if one.deal is not None}


def next_person(lead: Lead, found: deals.Found | None, m: Moment, *, sentence: str, **how: Any) -> None:
    """Up the lead's ladder; where a deal has opened at its account meanwhile, to that deal's owner."""
    if found is not None:
        bypass(lead, found, m, because=sentence, **how)
    else:
        climb(lead, m, sentence=sentence, **how)


def start_routing(leads: Sequence[Lead], m: Moment, *, facts: Facts = NOT_READ) -> None:
    """`facts` are those that were read already, by lead id."""
    for lead in leads:
        lead.start_routing(deadline=m.terms.at_once("try", at=m.at), **m.now())
        entered(lead, m)
    route(leads, m, facts=facts)


def route_on(leads: Sequence[Lead], m: Moment) -> None:
    """Routed after a wait or again: to the owner of a deal that has opened since it was judged, else as ever."""
    by_now = opened(leads, m)
    for lead in leads:
        if lead.id in by_now:
            bypass(lead, by_now[lead.id], m)
    route([lead for lead in leads if lead.id not in by_now], m)


def route(leads: Sequence[Lead], m: Moment, *, facts: Facts = NOT_READ) -> None:
    """To the rep whose turn it is in the first territory that takes the lead; else it waits, falls back, is pooled."""
    if not leads:
        return
    cases, on = roster.cases(leads, facts=facts), roster.teams_on()
    # Before the pools are held, for whoever routes beside us waits from there to our commit.
    judged: Judged = {}
    places = {pk: territory_for(m.rules.routing, case, teams_on=on, judged=judged) for pk, case in cases.items()}
    bench = m.bench()
    for lead in sorted(leads, key=lambda lead: (lead.captured_at, lead.id)):
        case = cases[lead.id]
        _go(lead, bench.route(case, place=places[lead.id]), case, bench, m)
    roster.save(bench)


def _go(lead: Lead, found: Route, case: Case, bench: Bench, m: Moment) -> None:
    """To whom it goes, or what it waits for; see `next_step`."""
    waited, has_fallback = lead.due_step == "fallback", bench.rules.fallback is not None
    step = next_step(found, entered_at=lead.entered_at, waited=waited, has_fallback=has_fallback)
    rule = found.rule
    if rule is None or step is NextStep.CLIMB:
        climb(lead, m, sentence=found.sentence, steps=found.steps)
        return
    lead.territory = rule.territory
    if step is NextStep.GIVE and found.rep is not None:
        give(lead, found.rep, m, how=found.how, sentence=found.sentence, steps=found.steps, facts=case.facts)
    elif step is NextStep.WAIT_FOR_AN_OPENING and found.opens is not None:
        wait(lead, found, m, m.terms.until(found.opens, lead.due_step or "try", team_id=rule.team_id, at=m.at))
    elif step is NextStep.WAIT_FOR_SOMEBODY:
        wait(lead, found, m, m.terms.fallback(team_id=rule.team_id, at=m.at, **policy_of(lead)))
    elif step is NextStep.POOL:
        not_routed(lead, found, m)
    else:
        _go(lead, bench.route(case, instead_of=found), case, bench, m)


def not_routed(lead: Lead, found: Route, m: Moment) -> None:
    """Nobody took it in time: into the Shark Tank, with who was left out and why."""
    pool(lead, m, **m.now())
    event = lead.new_events[-1]
    decided(lead, event, m, kind="routing", outcome="shark_tank", sentence=found.sentence, steps=found.steps)


def wait(lead: Lead, found: Route, m: Moment, deadline: Deadline) -> None:
    """Nobody may take it now: until hours or a cap let somebody, or until the fallback's time."""
    lead.postpone(deadline)
    event = note(lead, m, "waits", step=deadline.step)
    decided(lead, event, m, kind="routing", outcome="waits", sentence=found.sentence, steps=found.steps)


def give(
    lead: Lead,
    rep: Rep,
    m: Moment,
    *,
    how: str,
    sentence: str,
    steps: dict[str, Any] | None = None,
    ended: str = "handed_over",
    facts: Mapping[str, Any] | None = None,
) -> None:
    """One rep, two hours, two options: accept or recycle. The window opens now, when it can first be seen.

    `ended` is what became of the turn before, where there was one.
    """
    deadline = m.terms.accept(team_id=rep.team_id, at=m.at, **policy_of(lead))
    m.end_turn(lead, outcome=ended)
    lead.assign(rep_id=rep.id, deadline=deadline, how=how, **m.now())
    turn = new_row(
        Assignment,
        lead=lead,
        rep=rep,
        territory_id=lead.territory_id,
        how=how,
        started_at=m.at,
        accept_by=deadline.at,
        terms=deadline.terms,
        **m.terms.minutes(**policy_of(lead)),
    )
    m.open_turn(lead, turn)
    event = entered(lead, m, team_id=rep.team_id, rep_id=rep.id)
    decided(lead, event, m, kind="routing", outcome=how, rep=rep, sentence=sentence, steps=steps or {}, facts=facts)


def pool(lead: Lead, m: Moment, **when: Any) -> None:
    """Into the Shark Tank, offered to all who may take it; the pool's clock starts now."""
    team = team_of(lead)
    deadline = m.terms.pool(team_id=team.pk if team else None, at=m.at, **policy_of(lead))
    lead.release(deadline=deadline, **when)
    entered(lead, m, team_id=team.pk if team else None)


def climb(
    lead: Lead,
    m: Moment,
    *,
    sentence: str,
    steps: dict[str, Any] | None = None,
    ended: str = "handed_over",
    must_go: bool = False,
) -> None:
    """To the next person on the lead's ladder; past the last one, RevOps is told daily until it is decided.

    With `must_go` it may not stay with its holder, who gave it back or is leaving.
    """
    turn = m.ladder.next_turn(lead, at=m.at, away=m.away, must_go=must_go)
    if turn is None:
        # Told daily by the clock, whatever anybody's hours are.
        lead.postpone(Deadline(lead.deadline.step, m.at + DAILY, {**lead.terms, "told_revops": True}))
        note(lead, m, "tell_revops", team_id=m.ladder.last_resort().team_id)
        return
    lead.rung = turn.number
    story = {
        "ladder": lead.ladder or "team",
        "rung": turn.number,
        "role": turn.role,
        "passed": list(turn.passed),
        "line": list(turn.line),
    }
    give(
        lead,
        turn.rep,
        m,
        how="deal" if lead.is_deal else "ladder",
        sentence=f"{sentence} {YOURS[turn.role]}".strip(),
        steps=story | (steps or {}),
        ended=ended,
    )


def entered(lead: Lead, m: Moment, *, team_id: int | None = None, rep_id: int | None = None) -> LeadEvent:
    """The lead's latest event will be written, with what it owes to the world outside."""
    m.changed(lead)
    if lead.new_events[-1].to_state == states.BUFFER:
        m.ask_about(lead)
    return m.tell(lead, team_id=team_id, rep_id=rep_id)


def note(
    lead: Lead, m: Moment, kind: str, *, team_id: int | None = None, rep_id: int | None = None, **data: Any
) -> LeadEvent:
    """Something on the timeline that is no transition, with what it owes."""
    lead.note(kind, at=m.at, by=m.by, **data)
    return entered(lead, m, team_id=team_id, rep_id=rep_id)


def decided(
    lead: Lead,
    event: LeadEvent,
    m: Moment,
    *,
    kind: str,
    outcome: str,
    sentence: str,
    steps: dict[str, Any],
    rep: Rep | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Keep why: the lead's facts as they were, the steps and the sentence a rep reads."""
    m.writes.add(
        new_row(
            Decision,
            lead=lead,
            event=event,
            at=m.at,
            kind=kind,
            outcome=outcome,
            sentence=sentence[:500],
            rep=rep,
            territory_id=lead.territory_id,
            team_id=rep.team_id if rep else None,
            rules_id=m.rules.pk,
            inputs=facts or qualification.facts(lead),
            steps=steps,
        )
    )


def team_of(lead: Lead) -> Team | None:
    return lead.territory.team if lead.territory else None


def policy_of(lead: Lead) -> dict[str, Any]:
    return {"territory_id": lead.territory_id, "source": lead.source}
