"""A definition of who fits tried on one lead: the verdict, and what the lead would do next. Nothing is stored."""

from dataclasses import dataclass
from datetime import datetime

from leads import states, suppressions
from leads.explaining import Explanation, explain
from leads.models import Lead, Opportunity, Reason
from leads.wording import field as field_words
from leads.wording import listed, vendor
from recycle import recycling
from revops.ladder import Ladder, NoLastResort
from routing import deals, directory, enquiries, qualification
from routing.criteria import fields_of, is_unknown
from routing.models import Decision, IcpProfile, Vendor, VendorAnswer
from routing.qualification import AQL, BYPASS, LOW_INTENT, NOT_ICP, SUPPRESSED, Qualification
from routing.roster import away_at

TONES = {AQL: "ok", BYPASS: "ok", NOT_ICP: "danger", LOW_INTENT: "warn", SUPPRESSED: "danger"}


@dataclass(frozen=True)
class Attempt:
    """What came of it, in words."""

    who: str
    lead_id: int | None
    told: Explanation
    next_step: str
    tone: str
    not_known: str
    notes: tuple[str, ...]


def attempt(lead: Lead, profile: IcpProfile, *, at: datetime) -> Attempt:
    """Judge the lead, in memory, by an unsaved profile as the buffer's end would now."""
    notes = _filled(lead, at=at)
    verdict = qualification.qualify([lead], at=at, profile=profile)[lead.pk]
    way_on, step = _way_on(lead, verdict, at=at)
    facts = qualification.facts(lead)
    asked = dict.fromkeys(name for name in fields_of(profile.criteria) if is_unknown(facts.get(name)))
    decision = Decision(kind="qualification", outcome=way_on, sentence=verdict.sentence(), steps=verdict.as_steps())
    return Attempt(
        who=_who(lead),
        lead_id=lead.pk,
        told=explain(decision, reps={}, deals={}),
        next_step=step,
        tone=TONES[way_on],
        not_known=listed([field_words(name.removeprefix("custom.")) for name in asked]) if asked else "",
        notes=tuple(notes),
    )


def _who(lead: Lead) -> str:
    if lead.pk:
        return f"Lead {lead.pk}, {lead.company or lead.domain or lead.email}"
    return f"{lead.email}, who has not come in yet" if lead.email else "Somebody with these facts"


def _filled(lead: Lead, *, at: datetime) -> list[str]:
    """What the directory, and vendors' answers that are kept, would fill in; nobody is asked and no credit is spent."""
    [found] = directory.enrich([lead], at=at)
    notes = []
    if lead.account is not None:
        notes.append(f"Belongs to the account {lead.account.name}, by its {found.values['by']}.")
    elif lead.is_free_mail:
        notes.append("Writes from free mail, which tells no company.")
    else:
        notes.append("Belongs to no account in the directory.")
    if lead.domain and not lead.is_free_mail:
        notes += [_told_by(vendor_row, lead, at=at) for vendor_row in Vendor.objects.order_by("position", "pk")]
    return [note for note in notes if note]


def _told_by(row: Vendor, lead: Lead, *, at: datetime) -> str:
    answer = enquiries.kept(row, [lead.domain], at=at).get(lead.domain) if row.active else None
    if answer is None or answer.outcome != VendorAnswer.Outcome.MATCH:
        return ""
    taken = enquiries.fill(lead, answer.values, enquiries.with_ranges(row.fields))
    return f"{vendor(row.name)} has told: {listed([field_words(name) for name in taken])}." if taken else ""


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
