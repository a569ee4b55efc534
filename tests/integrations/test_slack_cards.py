"""The cards, as tables: what each shows, what it keeps back, and that Slack takes it whatever a lead is called."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revops.integrations import slack_blocks as cards
from revops.integrations.slack_blocks import LeadCard, Message, read_button
from revops.integrations.slack_text import escaped, moment, span, time_left
from revops.standins.slack.rules import MOST_CHARACTERS, breaches, characters

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CARD = LeadCard(
    lead_id=42,
    company="Acme",
    person="Jim Doe",
    job_title="CTO",
    facts=[("Score", "82"), ("E-mail", "jim@acme.test"), ("Phone", "+49 30 1234"), ("Employees", "300")],
    source="Demo request",
    why="territory DACH, your turn",
    due_at=NOON,
    url="https://airtight.test/leads/42/",
    token="t0ken",
)
EVERY: dict[str, Callable[[LeadCard], Message]] = {
    "assigned": cards.assigned_card,
    "reminder": lambda card: cards.reminder_card(card, left=timedelta(minutes=15)),
    "touch reminder": lambda card: cards.touch_reminder_card(card, left=timedelta(minutes=15)),
    "overdue": lambda card: cards.overdue_card(card, rep=card.person or "Ada", late=timedelta(minutes=3)),
    "pool": cards.pool_card,
    "open pool": lambda card: cards.pool_card(card, contact=True, skills=["german", card.company or "x"]),
    "decided": lambda card: cards.decided_card(card, f"Accepted by {card.person}"),
    "sent back": lambda card: cards.sent_back_card(card, reason=card.why),
    "untouched": lambda card: cards.untouched_card(card, rep=card.person or "Ada", waited=timedelta(hours=1)),
    "unclaimed": lambda card: cards.pool_unclaimed_card(card, waited=timedelta(hours=1)),
    "passed_on": lambda card: cards.passed_on_card(
        card, what="Overdue", rep=card.person or "Ada", waited=timedelta(minutes=30)
    ),
    "passed by": lambda card: cards.passed_on_card(
        card, what="Overdue", rep=card.person or "Ada", waited=None, passed_by=[f"{card.person} is away."] * 2
    ),
    "seen": lambda card: cards.seen_card(
        cards.overdue_card(card, rep=card.person or "Ada", late=timedelta(minutes=3)), by=card.person or "Mona"
    ),
    "pricing": lambda card: cards.pricing_visit_card(card, last_owner=card.person, visited_at=NOON),
    "revops": lambda card: cards.revops_card(card, holder=card.person or "Mia", lapses=3),
}
every_card = pytest.mark.parametrize("make", EVERY.values(), ids=EVERY.keys())

NASTY = [
    "<!channel>",
    "<!here|x> <@U123>",
    "<https://evil.test|Click>",
    "a & b < c > d",
    "&lt;!channel&gt;",
    "&" * 5000,
    "<" * 5000,
    "x" * 20_000,
    "😀" * 5000,
    "",
    "   \n\t ",
    "line\nbreak\r\nand\x00nul\x07",
    "\u202egnitirw desrever\u2066",
    "\ud800 lone surrogate",
    "*bold* _it_ ~no~ `code` ```",
    "{{7*7}} {% debug %} ${7*7}",
    "王小明 · Ñandú",
]


def texts(part: Any) -> list[str]:
    """Every string of text in some blocks."""
    if isinstance(part, dict):
        own = [part["text"]] if isinstance(part.get("text"), str) else []
        return own + [text for value in part.values() for text in texts(value)]
    return [text for item in part for text in texts(item)] if isinstance(part, list) else []


def everything(message: Message) -> str:
    text, blocks = message
    return "\n".join([text, *texts(blocks)])


def buttons(message: Message) -> list[dict[str, Any]]:
    return [button for block in message[1] if block["type"] == "actions" for button in block["elements"]]


def filled(word: str) -> LeadCard:
    facts = [(word, word)] * 50
    return replace(CARD, company=word, person=word, job_title=word, facts=facts, source=word, why=word)


@every_card
@pytest.mark.parametrize("word", NASTY, ids=lambda word: ascii(word[:12]))
def test_slack_takes_every_card_whatever_a_lead_is_called(make: Callable[[LeadCard], Message], word: str) -> None:
    text, blocks = make(filled(word))
    assert breaches(blocks) == []
    assert characters(blocks) <= MOST_CHARACTERS
    assert 0 < len(text) <= 4000
    for shown in [text, *texts(blocks)]:
        assert "<!channel" not in shown
        assert "<!here" not in shown
        assert "<@" not in shown
        assert "<https://evil" not in shown


@every_card
@given(word=st.text(max_size=400))
def test_slack_takes_any_words(make: Callable[[LeadCard], Message], word: str) -> None:
    text, blocks = make(filled(word))
    assert text
    assert breaches(blocks) == []
    assert "<" not in everything((text, blocks)).replace("<!date^", "").replace(f"<{CARD.url}|", "")


@every_card
def test_a_card_without_extras(make: Callable[[LeadCard], Message]) -> None:
    bare = LeadCard(1, "", "", "", [], "", "", None, "", "t")
    text, blocks = make(bare)
    assert text
    assert breaches(blocks) == []


@pytest.mark.parametrize(
    ("name", "pressed"),
    [
        ("assigned", ["lead_accept", "lead_recycle", "lead_open"]),
        ("reminder", ["lead_accept", "lead_recycle", "lead_open"]),
        ("overdue", ["alert_seen", "lead_open"]),
        ("pool", ["lead_claim"]),
        ("decided", []),
        ("untouched", ["alert_seen", "lead_open"]),
        ("unclaimed", ["alert_seen", "lead_open"]),
        ("pricing", ["lead_open"]),
        ("revops", ["lead_open"]),
    ],
)
def test_each_card_has_its_buttons(name: str, pressed: list[str]) -> None:
    found = buttons(EVERY[name](CARD))
    assert [button["action_id"] for button in found] == pressed
    for button in found:
        assert button.get("value", "42:t0ken") == "42:t0ken"
        assert button.get("url", CARD.url) == CARD.url


def test_the_reps_card() -> None:
    text, blocks = cards.assigned_card(CARD)
    assert text.startswith("New lead: Acme, Jim Doe, CTO. Accept or recycle by <!date^")
    assert blocks[0]["text"]["text"] == "New lead: Acme"
    assert blocks[-1]["block_id"] == "lead:42"
    accept, recycle, _ = blocks[-1]["elements"]
    assert (accept["style"], recycle["style"]) == ("primary", "danger")
    shown = everything((text, blocks))
    for part in (
        "*Contact*\nJim Doe, CTO",
        "*Score*\n82",
        "*Source*\nDemo request",
        "Why you: territory DACH, your turn",
    ):
        assert part in shown


def test_a_name_from_right_to_left_keeps_the_comma_behind_it() -> None:
    _text, blocks = cards.assigned_card(replace(CARD, person="ليلى حداد", job_title="مديرة"))
    assert "\u2068ليلى حداد\u2069, \u2068مديرة\u2069" in everything(("", blocks))


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (timedelta(seconds=-5), "0 min"),
        (timedelta(0), "0 min"),
        (timedelta(seconds=1), "Less than a minute"),
        (timedelta(seconds=59, microseconds=999_999), "Less than a minute"),
        (timedelta(seconds=60), "1 min"),
        (timedelta(minutes=59, seconds=3), "1 h"),
        (timedelta(hours=1, minutes=4, seconds=59, microseconds=1), "1 h 5 min"),
    ],
)
def test_what_is_left_is_rounded_up(length: timedelta, expected: str) -> None:
    assert time_left(length) == expected
    text, blocks = cards.reminder_card(CARD, left=length)
    assert text.startswith(f"{expected} left")
    assert f"*{expected} left*" in everything((text, blocks))


def test_the_title_tells_what_is_not_new() -> None:
    text, blocks = cards.assigned_card(CARD, title="Open deal")
    assert text.startswith("Open deal: Acme")
    assert blocks[0]["text"]["text"] == "Open deal: Acme"


@pytest.mark.parametrize("name", ["pool", "decided"])
def test_what_a_whole_channel_sees_holds_no_contact(name: str) -> None:
    make = {"pool": cards.pool_card, "decided": lambda card: cards.decided_card(card, "Claimed by Ada")}[name]
    shown = everything(make(CARD))
    assert "Acme" in shown
    for secret in ("Jim", "jim@acme.test", "1234", "your turn"):
        assert secret not in shown


def test_a_team_may_show_whom_to_contact_and_a_lead_may_ask_for_a_skill() -> None:
    shown = everything(cards.pool_card(CARD, contact=True, skills=["french", "german"]))
    assert "jim@acme.test" in shown
    assert "It asks for a rep with the skill french, german." in shown


def test_the_managers_card_names_the_rep_and_the_delay() -> None:
    shown = everything(cards.overdue_card(CARD, rep="Ada <3", late=timedelta(minutes=125)))
    assert "Ada &lt;3" in shown
    assert "2 h 5 min late" in shown
    assert "just passed" in everything(cards.overdue_card(CARD, rep="Ada", late=timedelta(0)))


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("Acme", 10, "Acme"),
        ("  a \n b\t", 10, "a b"),
        ("a&b", 7, "a&amp;b"),
        ("a&bc", 7, "a&amp;…"),
        ("a&b", 6, "a…"),
        ("<<<", 9, "&lt;&lt;…"),
        ("&amp;", 20, "&amp;amp;"),
        ("abcdef", 4, "abc…"),
        ("ab cdef", 4, "ab…"),
        ("😀😀😀", 5, "😀😀…"),
        ("", 5, ""),
    ],
)
def test_escaping_and_cutting(text: str, limit: int, expected: str) -> None:
    assert escaped(text, limit) == expected


def test_a_moment_is_read_in_the_readers_zone() -> None:
    assert moment(NOON) == "<!date^1795435200^{date_short_pretty} at {time}|2026-11-23 12:00 UTC>"


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (timedelta(seconds=-5), "0 min"),
        (timedelta(seconds=59), "0 min"),
        (timedelta(minutes=45), "45 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=2, minutes=5), "2 h 5 min"),
        (timedelta(days=3, hours=4, minutes=59), "3 d 4 h"),
        (timedelta(days=1), "1 d"),
    ],
)
def test_spans(length: timedelta, expected: str) -> None:
    assert span(length) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("42:t0ken", (42, "t0ken")),
        ("42:a:b", (42, "a:b")),
        ("42:", None),
        ("42", None),
        (":t", None),
        ("", None),
        ("-1:t", None),
        ("４２:t", None),
        ("1e3:t", None),
        ("9" * 30 + ":t", None),
    ],
)
def test_a_buttons_value_is_read_or_refused(value: str, expected: tuple[int, str] | None) -> None:
    assert read_button(value) == expected
