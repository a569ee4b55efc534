"""The knock at the door: a new lead, a signal on the one already open, or a suppressed person's return."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from leads import states, suppressions
from leads.actor import Actor
from leads.deadline import Deadline
from leads.intake.lead_form import CleanLead
from leads.intake.registering import arrival, held, insert_open, join, last_of, unborn
from leads.models import Arrival, IntentSignal, Lead, Reason
from recycle import enrolments
from revops import decisions
from revops.deadlines import settle
from revops.handoff import entered, note
from revops.moment import Moment

REST = timedelta(days=14)
ROUNDS = 5


@dataclass(frozen=True)
class Captured:
    """What became of one form: `outcome` new, joined or suppressed, and the lead it is on, if there ever was one."""

    outcome: str
    lead_id: int | None
    state: str


@dataclass(frozen=True)
class Knock:
    """A cleaned form and how the sender refers to it. `slot`, when given, is when a backlog's lead may start."""

    form: CleanLead
    reference: str = ""
    slot: datetime | None = None


def take_in(knocks: Sequence[Knock], m: Moment) -> list[Captured]:
    """Take in forms in their order; one person's later forms join the first. One answer a form."""
    answers: dict[int, Captured] = {}
    forms = [knock.form for knock in knocks]
    blocked = suppressions.hits(suppressions.Person(form.person_key, form.domain) for form in forms)
    earlier = last_of(form.person_key for form in forms)
    waiting = []
    for position, knock in enumerate(knocks):
        if knock.form.person_key in blocked and not _is_open(earlier.get(knock.form.person_key)):
            why = blocked[knock.form.person_key].reason
            answers[position] = _turned_back(knock, earlier.get(knock.form.person_key), m, why=why)
        else:
            waiting.append(position)
    for _round in range(ROUNDS):
        if not waiting:
            break
        waiting = _land(knocks, waiting, earlier, answers, m)
    else:
        raise RuntimeError("Leads of these persons kept opening and closing; nothing was taken in.")
    return [answers[position] for position in range(len(knocks))]


def _is_open(lead: Lead | None) -> bool:
    return lead is not None and lead.is_open


def _land(
    knocks: Sequence[Knock], waiting: list[int], earlier: dict[str, Lead], answers: dict[int, Captured], m: Moment
) -> list[int]:
    """Insert or join each; returns those whose open lead ended in between."""
    first = {knocks[position].form.person_key: position for position in reversed(waiting)}
    newborn = [_newborn(knocks[position], earlier.get(key), m) for key, position in first.items()]
    landed = {lead.person_key: lead for lead in insert_open(newborn)}
    open_now = held(knocks[position].form.person_key for position in waiting)
    settle([lead for key, lead in open_now.items() if key not in landed], m)
    for key, lead in landed.items():
        knock = knocks[first[key]]
        lead.born(at=m.at, by=m.by, **({"previous": lead.previous_id} if lead.previous_id else {}))
        entered(lead, m)
        m.writes.add(arrival(knock.form, "new", at=m.at, door=m.by.door, reference=knock.reference, lead=lead))
        answers[first[key]] = Captured("new", lead.pk, lead.state)
    left = []
    for position in waiting:
        key = knocks[position].form.person_key
        on = landed.get(key) or open_now.get(key)
        if on is not None and on.state == states.SUPPRESSED:
            answers[position] = _turned_back(knocks[position], on, m, why=on.reason)
        elif on is None or not on.is_open:
            left.append(position)
        elif position not in answers:
            answers[position] = _joined(on, knocks[position], m)
    return left


def _newborn(knock: Knock, previous: Lead | None, m: Moment) -> Lead:
    if knock.slot is None:
        lead = unborn(knock.form, at=m.at, deadline=m.terms.buffer(source=knock.form.source, at=m.at))
    else:
        due = Deadline("return", knock.slot, m.terms.at_once("return", at=knock.slot).terms)
        lead = unborn(knock.form, at=m.at, deadline=due, state=states.NURTURE)
        lead.reason = m.reasons["backlog"]
    if previous is not None and not previous.is_open:
        lead.previous = previous
    return lead


def _turned_back(knock: Knock, lead: Lead | None, m: Moment, *, why: Reason | None) -> Captured:
    """A suppressed person came again: no lead is made; that they came is kept, on the old lead where there is one."""
    code = why.code if why else ""
    knocked = arrival(
        knock.form, "suppressed", at=m.at, door=m.by.door, reference=knock.reference, lead=lead, code=code
    )
    m.writes.add(knocked)
    if lead is not None:
        lead.note("came_back", **m.now(), hand_raise=bool(knock.form.hand_raise))
        m.changed(lead)
    return Captured("suppressed", lead.pk if lead else None, states.SUPPRESSED)


def _joined(lead: Lead, knock: Knock, m: Moment) -> Captured:
    """The form joins the lead as a signal, its holder is told, and where the state has it so something moves."""
    form = knock.form
    m.writes.add(
        IntentSignal(
            lead=lead,
            person_key=lead.person_key,
            kind="form",
            points=0,
            occurred_at=form.occurred_at or m.at,
            received_at=m.at,
        )
    )
    m.writes.add(arrival(form, Arrival.Outcome.JOINED, at=m.at, door=m.by.door, reference=knock.reference, lead=lead))
    join(lead, form)
    holder = lead.owner
    if lead.state == states.ACCEPTED and form.hand_raise:
        _call_again(lead, m)
    note(lead, m, "joined", rep_id=holder.pk if holder else None, hand_raise=bool(form.hand_raise))
    if lead.state == states.NURTURE:
        _wake(lead, form, m)
    return Captured("joined", lead.pk, lead.state)


def _wake(lead: Lead, form: CleanLead, m: Moment) -> None:
    """A form wakes a lead in nurture by its track's triggers after a rest; a hand-raise breaks the rest."""
    rested = m.at - lead.entered_at >= REST
    if form.hand_raise or (rested and enrolments.waiting_for("form", [lead])):
        enrolments.end([lead], at=m.at, by="form")
        lead.re_engage(deadline=m.terms.buffer(source=form.source or lead.source, at=m.at), **m.now())
        entered(lead, m)


def _call_again(lead: Lead, m: Moment) -> None:
    """The person asks for a call again: the first-touch deadline starts anew."""
    lead.postpone(decisions.first_touch(lead, m.turn(lead), m))
    lead.first_touch_at = None


def refuse(code: str, *, at: datetime, by: Actor, reference: str = "", source: str = "") -> Arrival:
    """The unsaved arrival of a row that is refused: it counts in the books with its reason."""
    return Arrival(
        at=at, door=by.door, source=source[:100], outcome="refused", code=code[:40], reference=reference[:300]
    )
