"""The alerts that waited for one conversation, as one message: a line a lead, with the button that still works."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from leads import states
from leads.deliveries import TO_THE_REP
from leads.models import Delivery
from revops.integrations.slack_blocks import ACCEPT, CLAIM, Message
from revops.integrations.slack_digest import MOST_LINES, Line, digest_card
from revops.slack.messages import holds, lead_card
from revops.slack.messages import message as one_message
from revops.slack.outcomes import headline

ACTIONS = {
    "slack.assigned": (ACCEPT, (states.ASSIGNED, states.OVERDUE)),
    "slack.reminder": (ACCEPT, (states.ASSIGNED, states.OVERDUE)),
    "slack.pool": (CLAIM, (states.SHARK_TANK,)),
}


def message(rows: Sequence[Delivery], *, at: datetime) -> Message:
    """Those of `rows` that came last for their lead, the most pressing first."""
    last = list({row.lead_id: row for row in sorted(rows, key=lambda row: (row.send_at, row.pk))}.values())
    last.sort(key=lambda row: (row.lead.due_at or at, row.pk))
    shown = last[:MOST_LINES]
    return digest_card(
        [_line(row, at=at) for row in shown],
        more=len(last) - len(shown),
        since=min(row.send_at for row in rows),
        url=f"{settings.AIRTIGHT_URL}{reverse(_page(rows[0].kind))}",
    )


def _page(kind: str) -> str:
    """Where the rest of a digest is to be seen, by what it is of."""
    if kind in TO_THE_REP:
        return "queue"
    return "shark-tank" if kind == "slack.pool" else "dashboard"


def _line(row: Delivery, *, at: datetime) -> Line:
    """What it said while that holds, else what became of the lead."""
    card = lead_card(row.lead, reader=row.rep_id)
    if not holds(row):
        return Line(card, headline(row))
    action, while_in = ACTIONS.get(row.kind, ("", ()))
    return Line(card, one_message(row, at=at)[0], action if row.lead.state in while_in else "")
