"""The alerts that waited for one conversation, as one message: a line a lead, with the button that still works."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from leads import states
from leads.deliveries import TO_THE_REP
from leads.models import Delivery
from revops.integrations.slack_blocks import ACCEPT, CLAIM, NAME, SEEN, Message
from revops.integrations.slack_digest import MOST_LINES, Line, digest_card
from revops.integrations.slack_text import escaped
from revops.slack.messages import holds, lead_card
from revops.slack.messages import message as one_message
from revops.slack.outcomes import ALERTS, headline, seen_by

ACTIONS = {
    "slack.assigned": (ACCEPT, (states.ASSIGNED, states.OVERDUE)),
    "slack.reminder": (ACCEPT, (states.ASSIGNED, states.OVERDUE)),
    "slack.pool": (CLAIM, (states.SHARK_TANK,)),
    **{kind: (SEEN, tuple(states.LABELS)) for kind in ALERTS},
}


def message(rows: Sequence[Delivery], *, at: datetime) -> Message:
    """A line for each lead, the most pressing first."""
    of: dict[int, list[Delivery]] = {}
    for row in sorted(rows, key=lambda row: (row.send_at, row.pk)):
        of.setdefault(row.lead_id, []).append(row)
    told = sorted(of.values(), key=lambda rows: (rows[-1].lead.due_at or at, rows[-1].pk))
    shown = told[:MOST_LINES]
    return digest_card(
        [_line(rows, at=at) for rows in shown],
        more=len(told) - len(shown),
        since=min(row.send_at for row in rows),
        url=f"{settings.AIRTIGHT_URL}{reverse(_page(rows[0].kind))}",
    )


def _page(kind: str) -> str:
    """Where the rest of a digest is to be seen, by what it is of."""
    if kind in TO_THE_REP:
        return "queue"
    return "shark-tank" if kind == "slack.pool" else "dashboard"


def _line(rows: Sequence[Delivery], *, at: datetime) -> Line:
    """The last that asks for something, else the last that holds, else what became of the lead; with every button of
    theirs that still works."""
    card = lead_card(rows[-1].lead, reader=rows[-1].rep_id)
    true = [row for row in rows if holds(row)]
    if not true:
        return Line(card, headline(rows[-1]))
    asking = {action: row for row in true if (action := _action(row))}
    told = max(asking.values(), key=true.index, default=true[-1])
    return Line(card, f"{one_message(told, at=at)[0]}{_seen(true)}", list(asking))


def _action(row: Delivery) -> str:
    """What can still be done about it, '' for nothing."""
    action, while_in = ACTIONS.get(row.kind, ("", ()))
    works = row.lead.state in while_in and not (action == SEEN and seen_by(row))
    return action if works else ""


def _seen(rows: Sequence[Delivery]) -> str:
    who = next((name for row in rows if row.kind in ALERTS and (name := seen_by(row))), "")
    return f" Seen by {escaped(who, NAME)}." if who else ""
