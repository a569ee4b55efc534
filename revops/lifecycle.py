"""What happens to a lead, from the knock at the door to its end. Read this to know the product.

    capture ─► BUFFER ─► AQL ─► ROUTING ─► ASSIGNED ─► OVERDUE ─► SHARK TANK     capture.py, qualifying.py, handoff.py
                                              accept / claim ─► ACCEPTED ─► CONVERTED
                        recycle(reason) ─► NURTURE │ ROUTING │ BUFFER │ SUPPRESSED │ MERGED

A door calls one function here, with the time it read and who came in by it. Each works under the leads' locks, first
applies what has fallen due meanwhile (`revops/deadlines.py` has the table of it), writes the change with its event and
what it owes to the world outside, and commits them together.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from leads import states, visitors
from leads.actor import Actor
from leads.models import Arrival, Assignment, Lead
from recycle.recycling import BadAnswer
from revops import decisions, holding, recycled, reported, returns, sent_back
from revops.capture import Captured, Knock, refuse, take_in
from revops.deadlines import settle
from revops.enriching import enriched
from revops.handoff import entered, note
from revops.matched import NoSuchAccount, NoSuchName, answer_name, withdraw_answer
from revops.moment import Moment
from revops.publishing import DraftIsOpen, NoDraft, as_written, discard, open_draft, publish, roll_back
from revops.refusals import NotPossible, NotYours, Refused
from revops.roster_changes import change_team, declare_absence, end_absence, hand_on, switch_off, switch_on
from revops.suppressing import Suppressed, suppress, suppress_all
from routing import claiming

__all__ = [
    "BadAnswer",
    "Captured",
    "DraftIsOpen",
    "Knock",
    "NoDraft",
    "NoSuchAccount",
    "NoSuchName",
    "NotPossible",
    "NotYours",
    "Refused",
    "Suppressed",
    "accept",
    "act_on_due",
    "answer_name",
    "as_written",
    "capture",
    "change_team",
    "claim",
    "convert",
    "converted_in_crm",
    "declare_absence",
    "discard",
    "end_absence",
    "enriched",
    "hand_on",
    "identify",
    "intent_is_back",
    "knows_signal",
    "open_draft",
    "owner_changed_in_crm",
    "publish",
    "recycle",
    "refuse",
    "roll_back",
    "send_back",
    "ship_feature",
    "signal",
    "suppress",
    "suppress_all",
    "switch_off",
    "switch_on",
    "touch",
    "touched_in_crm",
    "withdraw_answer",
]

TO_ANSWER = (states.ASSIGNED, states.OVERDUE)
# A meeting further ahead would be a snooze by another name.
LATEST_MEETING = timedelta(days=90)
TOUCHES = ("call", "mail", "meeting", "other")

# Deadlines: the sweep calls this for whatever is due.
act_on_due = holding.act_on_due
# Ways back from nurture that are not a date: a signal of intent, a visitor who says who they are, a feature that ships.
signal = returns.signal
knows_signal = returns.knows_signal
identify = returns.identify
intent_is_back = returns.intent_is_back
ship_feature = returns.ship_feature
converted_in_crm = reported.converted
touched_in_crm = reported.touched
owner_changed_in_crm = reported.owner_changed


def capture(
    knocks: Sequence[Knock],
    *,
    at: datetime,
    by: Actor,
    refused: Sequence[Arrival] = (),
    backlog: Collection[int] = (),
) -> list[Captured]:
    """Take in cleaned forms: each makes a lead in the buffer, joins the person's open one, or meets a suppression.

    `refused` are the arrivals of rows that made no form; they enter the books with the others. `backlog` are the
    positions of knocks whose new leads start in their turn, at the pace of all returns.
    """

    def act(m: Moment) -> list[Captured]:
        for arrival in refused:
            m.writes.add(arrival)
        visitors.hold([knock.form.anonymous_id for knock in knocks if knock.form.anonymous_id])
        taken = take_in(_in_their_turn(knocks, backlog, m) if backlog else knocks, m)
        _stitch(knocks, taken, m)
        return taken

    theirs = Lead.objects.open().filter(person_key__in={knock.form.person_key for knock in knocks})
    captured = holding.past_what_raises(theirs, at=at, by=by, act=act)
    return _woken(captured, at=at, by=by)


def _stitch(knocks: Sequence[Knock], taken: Sequence[Captured], m: Moment) -> None:
    """A form tells who the visitor was, unless it is somebody whom nobody is to follow any more."""
    for knock, captured in zip(knocks, taken, strict=True):
        form = knock.form
        if form.anonymous_id and captured.outcome != Arrival.Outcome.SUPPRESSED:
            visitors.stitch([form.anonymous_id], form.person_key, at=min(form.occurred_at or m.at, m.at))


def _woken(captured: list[Captured], *, at: datetime, by: Actor) -> list[Captured]:
    """A form may have brought the score of a lead that waits for intent past the bar."""
    joined = [one for one in captured if one.state == states.NURTURE and one.outcome == Arrival.Outcome.JOINED]
    waiting = [one.lead_id for one in joined if one.lead_id is not None]
    if not waiting or not returns.intent_is_back(waiting, at=at, by=by):
        return captured
    now = dict(Lead.objects.filter(pk__in=waiting).values_list("pk", "state"))
    return [replace(one, state=now.get(one.lead_id, one.state)) if one.lead_id else one for one in captured]


def _in_their_turn(knocks: Sequence[Knock], backlog: Collection[int], m: Moment) -> list[Knock]:
    slots = returns.slots_for({position: knocks[position].form.person_key for position in backlog}, m)
    return [replace(knock, slot=slots.get(position, knock.slot)) for position, knock in enumerate(knocks)]


def accept(lead_id: int, *, at: datetime, by: Actor) -> Lead:
    """The rep takes the lead: a SAL. Saying it twice is saying it once.

    Raises NotYours when another holds it, NotPossible when it is past that.
    """

    def act(lead: Lead, m: Moment) -> None:
        if lead.state == states.ACCEPTED and lead.owner_id == by.rep_id:
            return
        _must_hold(lead, by, *TO_ANSWER)
        decisions.accept(lead, m, on=m.at)

    return _on_lead(lead_id, act, at=at, by=by)


def claim(lead_id: int, *, at: datetime, by: Actor) -> Lead:
    """The first eligible rep takes the lead out of the Shark Tank; a claim is an acceptance, and is touched at once.

    Raises NotYours for who may not (see `routing/claiming.py`), NotPossible with the winner's name for who is late.
    """

    def act(lead: Lead, m: Moment) -> None:
        if lead.state == states.ACCEPTED and lead.owner_id == by.rep_id and m.turn(lead).how == "claim":
            return
        if lead.state != states.SHARK_TANK:
            raise _taken(lead, by)
        rules = m.rules.routing
        claimant = claiming.held_claimant(by.rep_id, rules, hours=m.terms, at=m.at, also=m.writes.load)
        why_not = claiming.why_not(lead, claimant, rules, at=m.at)
        if claimant is None or why_not:
            raise NotYours(why_not)
        rep = claimant.rep
        deadline = m.terms.touch(
            team_id=rep.team_id, territory_id=lead.territory_id, source=lead.source, at=m.at, claimed=True
        )
        lead.claim(rep_id=rep.pk, deadline=deadline, **m.now())
        turn = Assignment(
            lead=lead,
            rep=rep,
            territory_id=lead.territory_id,
            how=claiming.CLAIM,
            started_at=m.at,
            accept_by=m.at,
            accepted_at=m.at,
            terms=deadline.terms,
            **m.terms.minutes(territory_id=lead.territory_id, source=lead.source, claimed=True),
        )
        m.open_turn(lead, turn)
        entered(lead, m, team_id=rep.team_id, rep_id=rep.pk)

    return _on_lead(lead_id, act, at=at, by=by)


def touch(
    lead_id: int, *, kind: str, at: datetime, by: Actor, seen: bool = False, meeting_at: datetime | None = None
) -> Lead:
    """A person called, wrote or met. `seen` when a system saw it, else it was logged by hand.

    The first one answers the first-touch deadline; then a disposition is due in the policy's days, or the day after
    a booked meeting. Raises NotYours, NotPossible, BadAnswer.
    """

    def act(lead: Lead, m: Moment) -> None:
        _must_hold(lead, by, *states.OWNED, anybody=seen)
        if meeting_at is not None and not m.at < meeting_at <= m.at + LATEST_MEETING:
            raise BadAnswer({"meeting_at": "Name a meeting to come, at most 90 days ahead."})
        turn = m.turn(lead)
        note(lead, m, "touch", touch=kind, seen=seen)
        lead.touched(on=m.at, instead_of=turn.touched(on=m.at, seen=seen))
        m.writes.change_turn(turn)
        if lead.state == states.ACCEPTED and (lead.due_step != "disposition" or meeting_at):
            lead.postpone(decisions.to_decide(lead, m, meeting_at=meeting_at))

    return _on_lead(lead_id, act, at=at, by=by)


def convert(lead_id: int, *, at: datetime, by: Actor, opportunity: str = "") -> Lead:
    """The SAL became an opportunity (SQL). Without the CRM's opportunity it is listed as unverified."""

    def act(lead: Lead, m: Moment) -> None:
        if lead.state == states.CONVERTED and lead.converted_opportunity == opportunity and _was_theirs(lead, by):
            return
        _must_hold(lead, by, states.ACCEPTED, anybody=by.kind == "client")
        decisions.convert(lead, opportunity, m, on=m.at)

    return _on_lead(lead_id, act, at=at, by=by)


def recycle(lead_id: int, answers: Mapping[str, Any], *, at: datetime, by: Actor) -> Lead:
    """The rep gives the lead back with a reason, and the reason's own road opens.

    Raises BadAnswer with what the reason asks, NotYours, NotPossible.
    """

    def act(lead: Lead, m: Moment) -> None:
        _must_hold(lead, by, *states.OWNED)
        recycled.follow(lead, recycled.read(lead, answers, at=at), m)

    return _on_lead(lead_id, act, at=at, by=by)


def send_back(lead_id: int, *, reason: str, at: datetime, by: Actor, holder: int | None = None) -> Lead:
    """A manager of the holder's team, or RevOps, sends the lead back to routing; never to a person of their choice.

    Raises BadAnswer without a reason, NotYours, NotPossible when nobody holds it, or another than `holder`.
    """
    kept = sent_back.reason_of(reason)

    def act(lead: Lead, m: Moment) -> None:
        if lead.state not in states.OWNED:
            raise _gone(lead, by)
        sent_back.must_answer_for(lead, by, holder=holder)
        sent_back.send_back(lead, kept, m)

    return _on_lead(lead_id, act, at=at, by=by)


def _on_lead(lead_id: int, act: Callable[[Lead, Moment], None], *, at: datetime, by: Actor) -> Lead:
    """Hold one lead, apply what is due, act. A refusal is raised after the commit: what fell due stands."""
    refusal: Refused | BadAnswer | None = None

    def work(m: Moment) -> Lead:
        nonlocal refusal
        refusal = None
        leads = holding.locked([lead_id])
        if not leads:
            raise Lead.DoesNotExist(f"No lead {lead_id}.")
        [lead] = leads
        settle([lead], m)
        try:
            act(lead, m)
        except (Refused, BadAnswer) as error:
            refusal = error
        return lead

    lead = holding.past_what_raises(Lead.objects.filter(pk=lead_id), at=at, by=by, act=work)
    if refusal is not None:
        raise refusal
    return lead


def _must_hold(lead: Lead, by: Actor, *allowed: str, anybody: bool = False) -> None:
    theirs = lead.owner_id == by.rep_id or anybody
    if lead.state not in allowed and (theirs or lead.state not in TO_ANSWER):
        raise _gone(lead, by)
    if not theirs:
        raise NotYours("Only the rep who holds this lead may do that.")


def _was_theirs(lead: Lead, by: Actor) -> bool:
    """Whether the conversion was this actor's to report."""
    last = lead.assignments.order_by("-started_at", "-pk").first()
    return by.kind == "client" or (last is not None and last.rep_id == by.rep_id)


def _taken(lead: Lead, by: Actor) -> NotPossible:
    """To who comes late to the Shark Tank."""
    if lead.owner is None:
        return _gone(lead, by)
    winner = lead.owner.name
    text = "It is yours already." if lead.owner_id == by.rep_id else f"Already taken by {winner}."
    return NotPossible(text, state=lead.state, winner=winner)


def _gone(lead: Lead, by: Actor) -> NotPossible:
    winner = lead.owner.name if lead.owner else ""
    if winner and lead.owner_id != by.rep_id and lead.state == states.ACCEPTED:
        text = f"Already taken by {winner}."
    elif lead.state not in TO_ANSWER:
        text = f"Not possible any more: {states.LABELS[lead.state]}{f' by {winner}' if winner else ''}."
    elif lead.owner_id == by.rep_id:
        text = "Not possible yet: accept it first."
    else:
        text = f"Not possible now: {winner} is to accept or recycle it."
    return NotPossible(text, state=lead.state, winner=winner)
