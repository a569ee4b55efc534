"""What waited for Slack, as one message. Pure, like the cards. And the day's own digest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from revops.integrations.slack_blocks import (
    ACCEPT,
    CLAIM,
    SEEN,
    Block,
    LeadCard,
    Message,
    actions_block,
    button_of,
    context_block,
    header_block,
    section_block,
)
from revops.integrations.slack_text import escaped, moment

# A section and its buttons each; Slack takes 50 blocks and some 13,000 characters.
MOST_LINES = 15
LINE = 300
BUTTONS = {ACCEPT: ("Accept", "primary"), CLAIM: ("Claim", "primary"), SEEN: ("Seen", "")}


@dataclass(frozen=True)
class Line:
    """A lead: what was said of it (escaped already), and the buttons that still do something."""

    card: LeadCard
    text: str
    actions: Sequence[str] = ()


def digest_card(lines: Sequence[Line], *, more: int, since: datetime, url: str) -> Message:
    """`more` are those beyond what one message holds, `url` where all of them are."""
    count = len(lines) + more
    text = f"{count} alert{'' if count == 1 else 's'} that waited"
    told = f"These could not be posted in time, and waited since {moment(since)}. What no longer holds was left out."
    rest = [context_block(f"and {more} more: <{escaped(url, LINE)}|see them all>")] if more else []
    return text, [header_block(text), context_block(told), *(block for line in lines for block in _line(line)), *rest]


def _line(line: Line) -> list[Block]:
    text = line.text if len(line.text) <= LINE else escaped(line.card.company, LINE)
    buttons = [button_of(BUTTONS[action][0], action, line.card, style=BUTTONS[action][1]) for action in line.actions]
    return [section_block(text), *actions_block(line.card, buttons)]
