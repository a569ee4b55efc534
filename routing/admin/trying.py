"""A definition of who fits tried on one lead: the verdict, and what the lead would do next. Nothing is stored."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from leads import states, suppressions
from leads.explaining import Explanation, explain
from leads.models import Lead, Opportunity, Reason
from recycle import recycling
from revops import vendors
from revops.ladder import Ladder, NoLastResort
from routing import deals, qualification
from routing.admin import known_now
from routing.admin.known_now import Used
from routing.criteria import fields_of
from routing.models import Decision, IcpProfile
from routing.qualification import AQL, BYPASS, LOW_INTENT, NOT_ICP, SUPPRESSED, Qualification
from routing.roster import away_at

TONES = {AQL: "ok", BYPASS: "ok", NOT_ICP: "danger", LOW_INTENT: "warn", SUPPRESSED: "danger"}


@dataclass(frozen=True)
class Attempt:
    """What came of it, in words: `used` are the values that it was judged by, `not_known` those that it lacked."""

    who: str
    lead_id: int | None
    told: Explanation
    next_step: str
    tone: str
    used: tuple[Used, ...]
    not_known: tuple[str, ...]
    notes: tuple[str, ...]


def attempt(lead: Lead, profile: IcpProfile, *, at: datetime, typed: Collection[str] = ()) -> Attempt:
    """Judge the lead, in memory, by an unsaved profile as it would be now.

    What a vendor may still tell of it is unknown, and not held against it. `typed` are the fields that were tried in
    place of what is known.
    """
    now = known_now.fill_in(lead, typed=typed, connected=vendors.providers(), at=at)
    unanswered = {lead.pk: set(now.awaited)} if now.awaited else {}
    verdict = qualification.qualify([lead], profile, at=at, unanswered=unanswered)[lead.pk]
    way_on, step = _way_on(lead, verdict, at=at)
    asked = list(dict.fromkeys(fields_of(profile.criteria)))
    decision = Decision(kind="qualification", outcome=way_on, sentence=verdict.sentence(), steps=verdict.as_steps())
    return Attempt(
        who=_who(lead),
        lead_id=lead.pk,
        told=explain(decision, reps={}, deals={}),
        next_step=step,
        tone=TONES[way_on],
        used=now.used(lead, asked),
        not_known=now.not_known(lead, asked),
        notes=tuple(now.notes),
    )


def _who(lead: Lead) -> str:
    if lead.pk:
        return f"Lead {lead.pk}, {lead.company or lead.domain or lead.email}"
    return f"{lead.email}, who has not come in yet" if lead.email else "Somebody with these facts"


def _way_on(lead: Lead, verdict: Qualification, *, at: datetime) -> tuple[str, str]:
    blocked = suppressions.hits([suppressions.Person(lead.person_key, lead.domain)]) if lead.person_key else {}
    deal = deals.find([lead], at=at).get(lead.pk, deals.NONE).deal
    way_on = verdict.way_on(suppressed=lead.person_key in blocked, deal=deal is not None)
    if way_on == SUPPRESSED:
        row = blocked[lead.person_key]
        reason = row.reason or Reason.objects.get(code="suppression_list")
        whose = "the domain" if row.domain else "the person"
        return way_on, f"Suppressed: {whose} is on the suppression list ({reason}). Nobody in sales is told."
    if deal is not None and way_on == BYPASS:
        return way_on, _to_the_deals_owner(lead, deal, at=at)
    if way_on == AQL:
        return way_on, "It would be an AQL, and routed at once."
    return way_on, _to_nurture(lead, way_on, at=at)


def _to_the_deals_owner(lead: Lead, deal: Opportunity, *, at: datetime) -> str:
    lead.opportunity, lead.ladder, lead.rung, lead.owner = deal, states.DEAL_LADDER, 0, None
    why = f"{deal.account} has an open deal, {deal}, whatever the ICP says"
    try:
        turn = Ladder().next_turn(lead, at=at, away=away_at(at))
    except NoLastResort as error:
        return f"{why}: to its owner, but nobody is there to take it. {error}"
    if turn is None:
        return f"{why}: to its owner, but nobody is there to take it."
    stands_in = "" if turn.role == "deal_owner" else ", who stands in for its owner"
    return f"Straight to {turn.rep.name}{stands_in}: {why}."


def _to_nurture(lead: Lead, way_on: str, *, at: datetime) -> str:
    code = "rule_not_icp" if way_on == NOT_ICP else "rule_low_intent"
    reason = Reason.objects.select_related("track").get(code=code)
    due = recycling.stay(reason, at=at, reviews=lead.reviews + 1).at
    back = "" if way_on == NOT_ICP else " It comes back by itself the moment its score reaches the bar."
    return f"To the nurture track “{reason.track}”, and judged again on {due.day} {due:%B %Y} at the latest.{back}"
