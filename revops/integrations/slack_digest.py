"""What waited while Slack could not be reached, as one message. Pure, like the cards. And the day's own digest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from revops.integrations.slack_blocks import (
    ACCEPT,
    CLAIM,
    Block,
    LeadCard,
    Message,
    _actions,
    _button,
    _context,
    _header,
    _section,
)
from revops.integrations.slack_text import escaped, moment

# A section and its buttons each; Slack takes 50 blocks and some 13,000 characters.
MOST_LINES = 15
LINE = 300
BUTTONS = {ACCEPT: "Accept", CLAIM: "Claim"}


@dataclass(frozen=True)
class Line:
    """One alert: what it said (escaped already), and the button that still does something, if one does."""

    card: LeadCard
    text: str
    action: str = ""


def digest_card(lines: Sequence[Line], *, more: int, since: datetime, url: str) -> Message:
    """`more` are those beyond what one message holds, `url` where all of them are."""
    count = len(lines) + more
    text = f"{count} alerts that waited"
    told = f"Slack could not be reached, so these waited since {moment(since)}. What no longer holds was left out."
    rest = [_context(f"and {more} more: <{escaped(url, LINE)}|see them all>")] if more else []
    return text, [_header(text), _context(told), *(block for line in lines for block in _line(line)), *rest]


def _line(line: Line) -> list[Block]:
    text = line.text if len(line.text) <= LINE else escaped(line.card.company, LINE)
    buttons = [_button(BUTTONS[line.action], line.action, line.card, style="primary")] if line.action else []
    return [_section(text), *_actions(line.card, buttons)]
