"""What waited, as one message: Slack takes it whatever the leads are called, and each line has its own button."""

from dataclasses import replace

import pytest

from revops.integrations.slack_blocks import ACCEPT, CLAIM, SEEN, Message, assigned_card
from revops.integrations.slack_digest import MOST_LINES, Line, digest_card
from revops.standins.slack.rules import MOST_CHARACTERS, breaches, characters
from tests.integrations.test_slack_cards import CARD, NASTY, NOON, buttons, everything


def digest(word: str = "Acme", *, more: int = 0) -> Message:
    card = replace(CARD, company=word, person=word, job_title=word)
    lines = [
        Line(replace(card, lead_id=number), assigned_card(card)[0], [ACCEPT, CLAIM, SEEN])
        for number in range(MOST_LINES)
    ]
    return digest_card(lines, more=more, since=NOON, url="https://airtight.test/")


@pytest.mark.parametrize("word", NASTY, ids=range(len(NASTY)))
def test_slack_takes_it_whatever_a_lead_is_called(word: str) -> None:
    message = digest(word, more=3)
    assert breaches(message[1]) == []
    assert characters(message[1]) <= MOST_CHARACTERS
    assert "<!channel" not in everything(message)


def test_each_line_accepts_its_own_lead() -> None:
    accepting = [button["value"] for button in buttons(digest()) if button["action_id"] == ACCEPT]
    assert accepting == [f"{number}:t0ken" for number in range(MOST_LINES)]


def test_what_does_not_fit_is_counted_with_where_it_is() -> None:
    message = digest(more=7)
    assert message[0] == f"{MOST_LINES + 7} alerts that waited"
    assert "and 7 more: <https://airtight.test/|see them all>" in everything(message)
