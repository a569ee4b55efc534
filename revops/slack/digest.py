"""The alerts that waited for one conversation, as one message: a line a lead, with the button that still works."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from leads import states
from leads.deliveries import TO_THE_REP
from leads.models import Delivery
from revops.integrations.slack_blocks import ACCEPT, CLAIM, NAME, SEEN, Message, decided_card
from revops.integrations.slack_digest import MOST_LINES, Line, digest_card
from revops.integrations.slack_text import escaped
from revops.slack.messages import card_of, messages
from revops.slack.outcomes import ALERTS, headline, seen_by
from revops.slack.still import those_that_hold

ACTIONS = {
    "slack.assigned": (ACCEPT, (states.ASSIGNED, states.OVERDUE)),
    "slack.reminder": (ACCEPT, (states.ASSIGNED, states.OVERDUE)),
    "slack.pool": (CLAIM, (states.SHARK_TANK,)),
    **{kind: (SEEN, tuple(states.LABELS)) for kind in ALERTS},
}


def message(rows: Sequence[Delivery], *, at: datetime, discreet: bool = False) -> Message:
    """A line for each lead, the most pressing first; `discreet` where other reps read it."""
    of: dict[int, list[Delivery]] = {}
    for row in sorted(rows, key=lambda row: (row.send_at, row.pk)):
        of.setdefault(row.lead_id, []).append(row)
    told = sorted(of.values(), key=lambda rows: (rows[-1].lead.due_at or at, rows[-1].pk))
    shown = told[:MOST_LINES]
    as_it_is = _read([row for rows in shown for row in rows], at=at, discreet=discreet)
    return digest_card(
        [_line(rows, as_it_is) for rows in shown],
        more=len(told) - len(shown),
        since=min(row.send_at for row in rows),
        url=f"{settings.AIRTIGHT_URL}{reverse(_page(rows[0].kind))}",
    )


@dataclass(frozen=True)
class _AsItIs:
    """What each delivery that still holds says, by its id, and who has seen which alert, by its event."""

    says: Mapping[int, str]
    seen: Mapping[int, str]
    discreet: bool


def _read(rows: Sequence[Delivery], *, at: datetime, discreet: bool) -> _AsItIs:
    true = those_that_hold(rows, at=at)
    says = zip(true, messages(true, at=at, discreet=discreet), strict=True)
    return _AsItIs({row.pk: text for row, (text, _blocks) in says}, seen_by(rows), discreet)


def _page(kind: str) -> str:
    """Where the rest of a digest is to be seen, by what it is of."""
    if kind in TO_THE_REP:
        return "queue"
    return "shark-tank" if kind == "slack.pool" else "dashboard"


def _line(rows: Sequence[Delivery], as_it_is: _AsItIs) -> Line:
    """The last that asks for something, else the last that holds, else what became of the lead; with every button of
    theirs that still works."""
    card = card_of(rows[-1], discreet=as_it_is.discreet)
    true = [row for row in rows if row.pk in as_it_is.says]
    if not true:
        text, _blocks = decided_card(card, headline(rows[-1], discreet=as_it_is.discreet))
        return Line(card, text)
    asking = {action: row for row in true if (action := _action(row, as_it_is.seen))}
    told = max(asking.values(), key=true.index, default=true[-1])
    return Line(card, f"{as_it_is.says[told.pk]}{_seen(true, as_it_is.seen)}", list(asking))


def _action(row: Delivery, seen: Mapping[int, str]) -> str:
    """What can still be done about it, '' for nothing."""
    action, while_in = ACTIONS.get(row.kind, ("", ()))
    works = row.lead.state in while_in and not (action == SEEN and row.event_id in seen)
    return action if works else ""


def _seen(rows: Sequence[Delivery], seen: Mapping[int, str]) -> str:
    who = next((seen[row.event_id] for row in rows if row.kind in ALERTS and row.event_id in seen), "")
    return f" Seen by {escaped(who, NAME)}." if who else ""
