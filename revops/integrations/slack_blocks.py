"""The cards that Airtight posts, as Block Kit. Pure: a LeadCard in, `(text, blocks)` out; the text is what a phone's
notification shows. Lead-supplied words are escaped here and nowhere before.

https://docs.slack.dev/reference/block-kit/blocks
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from revops.integrations.slack_text import BUTTON, HEADER, escaped, isolated, moment, mrkdwn, plain, span, time_left

Block = dict[str, Any]
Message = tuple[str, list[Block]]

ACCEPT = "lead_accept"
RECYCLE = "lead_recycle"
CLAIM = "lead_claim"
OPEN = "lead_open"
SEEN = "alert_seen"

FIELDS_IN_A_SECTION = 10
# Slack refuses a message whose blocks hold some 13,000 characters, however short each of them is.
MOST_SECTIONS = 2
NAME = 150
FIRST_TO_CLAIM = (
    "Nobody took it in time. The first to claim it has it, and has accepted it: the first touch is due at once."
)
ON_ITS_PAGE = "Who has it is on its page: this channel is read by reps too."
VALUE = 300
SENTENCE = 1000
BULLET = 120
CONTACT_LABELS = frozenset({"contact", "e-mail", "email", "phone", "mobile", "linkedin", "name"})


@dataclass(frozen=True)
class LeadCard:
    """What a card may show of a lead. `facts` are (label, value); `token` ties a pressed button to this card."""

    lead_id: int
    company: str
    person: str
    job_title: str
    facts: Sequence[tuple[str, str]]
    source: str
    why: str
    due_at: datetime | None
    url: str
    token: str


def assigned_card(card: LeadCard, *, title: str = "New lead") -> Message:
    """To the rep: accept or recycle. `title` for what is not new, such as 'Open deal' or 'Back again'."""
    due = f" Accept or recycle by {moment(card.due_at)}." if card.due_at else ""
    text = f"{escaped(title, NAME)}: {_company(card)}, {_person(card)}.{due}"
    body = _fields([("Contact", _person(card)), *_facts(card), *_source(card), *_due("Accept by", card)])
    return text, [header_block(f"{title}: {card.company}"), *body, *_why("Why you", card), _decide(card)]


def reminder_card(card: LeadCard, *, left: timedelta) -> Message:
    """To the rep, before the deadline."""
    text = f"{time_left(left)} left for {_company(card)}: accept or recycle."
    due = f" It becomes overdue {moment(card.due_at)}, and your manager is told." if card.due_at else ""
    return text, [
        section_block(f"*{time_left(left)} left* for *{_company(card)}*, {_person(card)}.{due}"),
        _decide(card),
    ]


def touch_reminder_card(card: LeadCard, *, left: timedelta) -> Message:
    """To the rep who accepted and has not called, written or met, before the deadline."""
    text = f"{time_left(left)} left for the first touch of {_company(card)}: call, write or meet."
    due = f" Untouched, your manager is told {moment(card.due_at)}." if card.due_at else ""
    body = section_block(f"*{time_left(left)} left* for the first touch of *{_company(card)}*, {_person(card)}.{due}")
    return text, [body, *_fields([fact for fact in _facts(card) if _tells_contact(*fact)]), *actions_block(card, [])]


def overdue_card(card: LeadCard, *, rep: str, late: timedelta | None) -> Message:
    """To the manager's channel: neither accepted nor recycled in time. `due_at` is when the lead leaves the rep.

    With no `rep` and no `late` to a channel that other reps read.
    """
    text = f"Overdue: {_company(card)}{_with(rep)}."
    told = [*_rep(rep), *_how_late(late), *_due("Goes to the Shark Tank", card)]
    return text, _notice(card, "Overdue", told, [button_of("Seen", SEEN, card)], discreet=not rep)


def pool_card(card: LeadCard, *, contact: bool = False, skills: Sequence[str] = ()) -> Message:
    """To the Shark Tank's channel. Whom to contact is for whoever claims it, unless the team shows it to all; who had
    it before is nobody's business there. `skills` are what whoever claims it must have. `due_at` is when the system
    picks somebody: until then it may be claimed."""
    facts = [fact for fact in _facts(card) if contact or not _tells_contact(*fact)]
    role = [("Role", escaped(card.job_title, VALUE))] if card.job_title else []
    who = [("Contact", _person(card))] if contact else role
    body = _fields([*who, *facts, *_source(card), *_due("Assigned by the system", card)])
    asked = f" It asks for a rep with the skill {escaped(', '.join(skills), NAME)}." if skills else ""
    first = context_block(f"{FIRST_TO_CLAIM}{asked}")
    actions = actions_block(card, [button_of("Claim", CLAIM, card, style="primary")])
    text = f"Shark Tank: {_company(card)}. The first to claim it has it."
    return text, [header_block(f"Shark Tank: {card.company}"), *body, first, *actions]


def decided_card(card: LeadCard, headline: str) -> Message:
    """Takes the place of a card whose buttons are spent, in whatever channel that was: no contact, no buttons."""
    text = f"{_company(card)}: {escaped(headline, SENTENCE)}"
    return text, [section_block(f"*{_company(card)}*\n{escaped(headline, SENTENCE)}"), *_link(card)]


def sent_back_card(card: LeadCard, *, reason: str) -> Message:
    """To the rep it was taken from: why, and that it is not held against them."""
    text = f"{_company(card)} was sent back to routing."
    yours = "It is no breach of yours, and if it came in turn, the next turn makes up for it."
    told = f"*{text}*\n> {escaped(reason, SENTENCE)}\n{yours}"
    return text, [section_block(told), *_link(card)]


def untouched_card(card: LeadCard, *, rep: str, waited: timedelta | None) -> Message:
    """To the manager: accepted, but no call, mail or meeting since. `due_at` is when the lead leaves the rep.

    With no `rep` and no `waited` to a channel that other reps read.
    """
    since = [("Since it was accepted", span(waited))] if waited is not None else []
    told_since = f" for {span(waited)}" if waited is not None else ""
    text = f"Accepted but not touched: {_company(card)}{_with(rep)}{told_since}."
    told = [*_rep(rep), *since, *_due("Goes to the Shark Tank", card)]
    return text, _notice(card, "Not touched", told, [button_of("Seen", SEEN, card)], discreet=not rep)


def pool_unclaimed_card(card: LeadCard, *, waited: timedelta) -> Message:
    """To the manager. `due_at` is when the system picks somebody."""
    text = f"Nobody has claimed {_company(card)} for {span(waited)}."
    told = [("In the Shark Tank for", span(waited)), *_source(card), *_due("Assigned by the system", card)]
    return text, _notice(card, "Unclaimed", told, [button_of("Seen", SEEN, card)])


def passed_on_card(
    card: LeadCard, *, what: str, rep: str, waited: timedelta | None, passed_by: Sequence[str] = ()
) -> Message:
    """To the deputy, then to RevOps: whoever was asked before has not said that they saw it, for as long as they have
    `waited`, None where nobody was asked. `passed_by` says of each who was not asked why, a sentence each."""
    what, why = escaped(what, NAME), escaped(" ".join(passed_by), SENTENCE)
    head = f"{what}: {_company(card)}." if waited is None else f"Not seen for {span(waited)}: {what}, {_company(card)}."
    since = [("Alerted", f"{span(waited)} ago")] if waited is not None else []
    why_you = [("Why you", why)] if why else []
    told = [("What", what), *_rep(rep), *since, *why_you, *_due("Next deadline", card)]
    title = what if waited is None else "Not seen yet"
    return f"{head} {why}".rstrip(), _notice(card, title, told, [button_of("Seen", SEEN, card)])


def seen_card(alert: Message, *, by: str) -> Message:
    """An alert's card once somebody has seen it: without that button, and with who they are."""
    text, blocks = alert
    kept = [block for block in map(_without_seen, blocks) if block.get("elements") != []]
    return text, [*kept, context_block(f"Seen by {escaped(by, NAME)}. Nobody else is asked.")]


def _without_seen(block: Block) -> Block:
    if block["type"] != "actions":
        return block
    return {**block, "elements": [button for button in block["elements"] if button["action_id"] != SEEN]}


def pricing_visit_card(card: LeadCard, *, last_owner: str, visited_at: datetime, contact: bool = True) -> Message:
    """To the last owner and the manager: a lead recycled over budget looks at prices again."""
    text = f"{_company(card)} is back on the pricing page."
    owner = [("Last with", escaped(last_owner, NAME))] if last_owner else []
    who = [("Contact", _person(card))] if contact else []
    facts = [fact for fact in _facts(card) if contact or not _tells_contact(*fact)]
    told = [*who, ("Visited", moment(visited_at)), *owner, *facts]
    return text, _notice(card, "On the pricing page", told)


def revops_card(card: LeadCard, *, holder: str, lapses: int | None) -> Message:
    """To RevOps, daily, while a lead at the end of the ladder waits for an answer. With no `holder` and no `lapses` to
    a channel that reps read."""
    now_with = [("Now with", escaped(holder, NAME))] if holder else []
    text = f"Nobody answers: {_company(card)}{f', now with {escaped(holder, NAME)}' if holder else ''}."
    counted = [("Lapses in this life", str(lapses))] if lapses is not None else []
    return text, _notice(card, "Nobody answers", [*now_with, *counted, *_due("Due", card)], discreet=not holder)


def notice_card(text: str, told: Sequence[str], *, url: str, link: str) -> Message:
    """To RevOps, of no one lead: what it is about, a line each, and where to look."""
    lines = "\n".join(f"• {escaped(line, BULLET)}" for line in told)
    return text, [
        header_block(text),
        *([section_block(lines)] if lines else []),
        context_block(f"<{escaped(url, SENTENCE)}|{escaped(link, NAME)}>"),
    ]


def read_button(value: str) -> tuple[int, str] | None:
    """The lead's id and the card's token out of a pressed button's value; None when it is no such value."""
    lead_id, separator, token = value.partition(":")
    if not separator or not token or not lead_id.isascii() or not lead_id.isdecimal() or len(lead_id) > 18:
        return None
    return int(lead_id), token


def _notice(
    card: LeadCard,
    title: str,
    told: Sequence[tuple[str, str]],
    buttons: Sequence[Block] = (),
    *,
    discreet: bool = False,
) -> list[Block]:
    why = [context_block(ON_ITS_PAGE)] if discreet else _why("Why", card)
    return [header_block(f"{title}: {card.company}"), *_fields(told), *why, *actions_block(card, buttons)]


def _with(rep: str) -> str:
    return f", with {escaped(rep, NAME)}" if rep else ""


def _rep(rep: str) -> list[tuple[str, str]]:
    return [("Rep", escaped(rep, NAME))] if rep else []


def _how_late(late: timedelta | None) -> list[tuple[str, str]]:
    if late is None:
        return []
    return [("How late", f"{span(late)} late" if late >= timedelta(minutes=1) else "The deadline has just passed")]


def _company(card: LeadCard) -> str:
    return escaped(card.company, NAME) or "Company unknown"


def _person(card: LeadCard) -> str:
    known = [escaped(part, NAME) for part in (card.person, card.job_title) if part.strip()]
    return ", ".join(map(isolated, known)) or "name unknown"


def _facts(card: LeadCard) -> list[tuple[str, str]]:
    return [(escaped(label, NAME), escaped(value, VALUE)) for label, value in card.facts if value.strip()]


def _source(card: LeadCard) -> list[tuple[str, str]]:
    return [("Source", escaped(card.source, NAME))] if card.source.strip() else []


def _due(label: str, card: LeadCard) -> list[tuple[str, str]]:
    return [(label, moment(card.due_at))] if card.due_at else []


def _tells_contact(label: str, value: str) -> bool:
    return label.casefold() in CONTACT_LABELS or "@" in value


def header_block(title: str) -> Block:
    return {"type": "header", "text": plain(title, HEADER)}


def section_block(marked_up: str) -> Block:
    return {"type": "section", "text": mrkdwn(marked_up)}


def _fields(told: Sequence[tuple[str, str]]) -> list[Block]:
    """As many sections as the facts need, up to twenty facts."""
    fields = [mrkdwn(f"*{label}*\n{value}") for label, value in told[: MOST_SECTIONS * FIELDS_IN_A_SECTION]]
    starts = range(0, len(fields), FIELDS_IN_A_SECTION)
    return [{"type": "section", "fields": fields[start : start + FIELDS_IN_A_SECTION]} for start in starts]


def context_block(marked_up: str) -> Block:
    return {"type": "context", "elements": [mrkdwn(marked_up)]}


def _why(label: str, card: LeadCard) -> list[Block]:
    return [context_block(f"{label}: {escaped(card.why, SENTENCE)}")] if card.why.strip() else []


def _link(card: LeadCard) -> list[Block]:
    return [context_block(f"<{escaped(card.url, SENTENCE)}|Open the lead>")] if card.url else []


def _decide(card: LeadCard) -> Block:
    accept = button_of("Accept", ACCEPT, card, style="primary")
    recycle = button_of("Recycle", RECYCLE, card, style="danger")
    return actions_block(card, [accept, recycle])[0]


def actions_block(card: LeadCard, buttons: Sequence[Block]) -> list[Block]:
    """The row of buttons; `Open` ends it, except where claiming comes first."""
    elements = list(buttons)
    if card.url and all(button["action_id"] != CLAIM for button in elements):
        elements.append({"type": "button", "action_id": OPEN, "text": plain("Open", BUTTON), "url": card.url})
    return [{"type": "actions", "block_id": f"lead:{card.lead_id}", "elements": elements}] if elements else []


def button_of(label: str, action_id: str, card: LeadCard, *, style: str = "") -> Block:
    value = f"{card.lead_id}:{card.token}"
    button: Block = {"type": "button", "action_id": action_id, "text": plain(label, BUTTON), "value": value}
    return button | ({"style": style} if style else {})
