"""What the queue, the Shark Tank and a lead's page show of a lead: plain values, so that two looks can be compared."""

from dataclasses import dataclass, field
from datetime import datetime

from leads import states, wording
from leads.countdown import Countdown
from leads.models import Lead
from leads.sizes import people

# What the lead's holder is to do before the deadline, and what the system does after it.
NOW_DUE = {
    "accept": "Accept or recycle",
    "release": "Overdue: answer now",
    "touch": "First touch due",
    "untouched": "First touch overdue",
    "disposition": "Convert or recycle",
    "ready": "Enriching",
    "ceiling": "Enriching",
    "route": "Going to routing",
    "try": "Next try to route it",
    "fallback": "Goes to the fallback territory",
    "alert": "Until the manager is told",
    "assign": "Until somebody is assigned",
    "return": "Comes back",
    "review": "Judged again",
}
LATE_STEPS = ("release", "untouched")


@dataclass(frozen=True)
class Card:
    """A lead on a list; without `person`, `email` and `phone` for who may not be told whom to contact, and with its
    domain as `company` for who may."""

    lead_id: int
    state: str
    label: str
    tone: str
    company: str
    person: str
    title: str
    facts: tuple[str, ...]
    badges: tuple[tuple[str, str], ...]
    why: str
    what: str
    then: str
    clock: Countdown | None
    due: str
    email: str = ""
    phone: str = ""
    group: str = ""
    blocked: str = ""
    waiting: str = field(default="", repr=False, compare=False)

    @property
    def left(self) -> str:
        """The time left in words, until the browser counts it down."""
        return wording.span(self.clock.left) if self.clock else ""

    @property
    def can_accept(self) -> bool:
        return self.state in (states.ASSIGNED, states.OVERDUE)

    @property
    def is_accepted(self) -> bool:
        return self.state == states.ACCEPTED


def group_of(lead: Lead) -> str:
    """Which part of the queue a held lead belongs to."""
    if lead.state == states.OVERDUE or lead.due_step == "untouched":
        return "late"
    if lead.state == states.ASSIGNED:
        return "answer"
    return "touch" if lead.due_step == "touch" else "decide"


def key_facts(lead: Lead) -> tuple[str, ...]:
    """The handful of facts that say what kind of company this is."""
    place = ", ".join(part for part in (lead.city, wording.country(lead.country)) if part)
    facts = (
        people(lead),
        lead.industry,
        place,
        f"{wording.money(lead.annual_revenue)} revenue" if lead.annual_revenue else "",
        f"via {wording.source(lead.source)}" if lead.source else "",
    )
    return tuple(fact for fact in facts if fact)


def badges(lead: Lead) -> tuple[tuple[str, str], ...]:
    """Short marks with their tones."""
    marks = []
    if lead.hand_raise:
        marks.append(("Asked for a call", "ok"))
    if lead.is_deal:
        marks.append(("Open deal or customer", "pool"))
    if lead.intent_score is not None:
        marks.append((f"Intent {lead.intent_score}", "calm"))
    if lead.life > 1:
        marks.append(("Came back", "info"))
    return tuple(marks)


def consequence(lead: Lead, *, holder: str = "") -> str:
    """What follows when the deadline passes; `holder` is who has the lead where somebody else reads it."""
    manager = f"{holder}'s manager" if holder else "your manager"
    if lead.terms.get("told_revops"):
        return f"RevOps is told every day until {f'{holder} decides' if holder else 'you decide'}."
    if lead.due_step == "accept":
        return f"Then it is overdue and {manager} is told."
    if lead.due_step in LATE_STEPS:
        return "Then it goes to the next person." if lead.is_deal or lead.rung else "Then it goes to the Shark Tank."
    if lead.due_step == "touch":
        return f"Then {manager} is told."
    return "Then it is routed again, to somebody else." if lead.due_step == "disposition" else ""


def card(
    lead: Lead,
    clock: Countdown | None,
    *,
    due: str,
    why: str,
    at: datetime,
    contact: bool = True,
    blocked: str = "",
    holder: str = "",
) -> Card:
    """A lead as a list shows it; `due` is its deadline in words, `contact` whether whom to contact may be told.

    `holder` names who has it where somebody else reads.
    """
    return Card(
        lead_id=lead.pk,
        state=lead.state,
        label=states.LABELS[lead.state],
        tone="danger" if lead.due_step in LATE_STEPS else wording.tone(lead.state),
        company=lead.company or (lead.domain if contact else "") or "No company named",
        person=lead.name if contact else "",
        title=lead.job_title,
        facts=key_facts(lead),
        badges=badges(lead),
        why=why,
        what=NOW_DUE.get(lead.due_step or "", ""),
        then=consequence(lead, holder=holder),
        clock=clock,
        due=due,
        email=lead.email if contact else "",
        phone=lead.phone if contact else "",
        group=group_of(lead),
        blocked=blocked,
        waiting=wording.span(at - lead.entered_at),
    )
