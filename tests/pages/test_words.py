"""The pure parts of pages, as tables."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from leads import wording
from leads.countdown import countdown
from leads.explaining import explain

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(0), "0 s"),
        (timedelta(seconds=-5), "0 s"),
        (timedelta(seconds=45), "45 s"),
        (timedelta(minutes=12, seconds=59), "12 min"),
        (timedelta(hours=1, minutes=12), "1 h 12 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(days=13, hours=4), "13 d 4 h"),
        (timedelta(days=90), "90 d"),
    ],
)
def test_spans(length, words):
    assert wording.span(length) == words


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (NOON + HOUR, "14:00 today"),
        (NOON + 11 * HOUR, "00:00 tomorrow"),
        (NOON - 24 * HOUR, "13:00 yesterday"),
        (NOON + 72 * HOUR, "13:00 Thu 5 Nov"),
        (NOON + timedelta(days=90), "13:00 Sun 31 Jan 2027"),
    ],
)
def test_moments_in_a_zone(time, words):
    assert wording.moment(time, AMSTERDAM, at=NOON) == words


@pytest.mark.parametrize(
    ("amount", "words"),
    [(0, "$0"), (950, "$950"), (1000, "$1K"), (12_500_000, "$12.5M"), (3 * 10**9, "$3B"), (10**15, "$1000T")],
)
def test_money(amount, words):
    assert wording.money(amount) == words


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Ada Lindqvist", "AL"), ("ada@airtight.test", "AT"), ("", "?"), ("ليلى حداد", "لح"), ("Mo", "M")],
)
def test_initials(name, letters):
    assert wording.initials(name) == letters


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        (
            "DACH takes this lead; it was your turn.",
            "DACH takes this lead; it was Ada's turn.",
        ),
        (
            "All takes it; you are who may take it now.",
            "All takes it; Ada is who may take it now.",
        ),
        (
            "Nobody claimed it from the Shark Tank; you have the fewest open leads.",
            "Nobody claimed it from the Shark Tank; Ada has the fewest open leads.",
        ),
        ("You stand in for a colleague who is away.", "Ada stands in for a colleague who is away."),
        ("Nobody answered.", "Nobody answered."),
        (
            "It was your turn. takes it, but it is closed.",
            "It was your turn. takes it, but it is closed.",
        ),
        ("", ""),
    ],
)
def test_who_else_reads_is_told_of_the_rep(sentence, told):
    assert wording.told_of("Ada", sentence) == told


@pytest.mark.parametrize(
    ("code", "words"),
    [("organic_search", "organic search"), ("watch_me", "watch me"), ("Demo form", "Demo form")],
)
def test_sources_in_words(code, words):
    assert wording.source(code) == words


@pytest.mark.parametrize(("code", "name"), [("NL", "Netherlands"), ("TW", "Taiwan"), ("XK", "XK"), ("", "")])
def test_countries(code, name):
    assert wording.country(code) == name


def test_a_countdown_stands_still_outside_its_spans():
    spans = [(NOON, NOON + HOUR), (NOON + 10 * HOUR, NOON + 11 * HOUR)]
    due = NOON + 11 * HOUR

    def at(after):
        return countdown(due, spans, business=True, at=NOON + after)

    assert at(timedelta(0)).left == 2 * HOUR
    assert at(HOUR / 2).left == 1.5 * HOUR
    assert at(5 * HOUR).left == HOUR
    assert at(5 * HOUR).paused_until == NOON + 10 * HOUR
    assert at(HOUR / 2).paused_until is None
    assert [at(after).level for after in (HOUR / 2, 10.6 * HOUR, 11 * HOUR, 20 * HOUR)] == [
        "",
        "warn",
        "danger",
        "danger",
    ]


def test_two_looks_at_the_same_deadline_compare_equal():
    spans = [(NOON, NOON + HOUR)]
    looks = [countdown(NOON + HOUR, spans, business=False, at=NOON + after) for after in (timedelta(0), HOUR / 2)]
    assert looks[0] == looks[1]
    assert repr(looks[0]) == repr(looks[1])


def test_a_decision_about_people_who_left_is_still_told():
    decision = SimpleNamespace(
        at=NOON,
        kind="routing",
        outcome="ladder",
        sentence="Nobody answered.",
        rep_id=7,
        steps={
            "ladder": "deal",
            "rung": 2,
            "closed": True,
            "deals_left_out": [{"opportunity": 3, "why": "closed"}],
            "deals_unnamed": 3,
            "passed": [
                {"role": "deal_owner", "rep": None, "why": "no rep here"},
                {"role": "account_owner", "rep": 8, "why": "switched off"},
            ],
            "owner": {"rep": 8, "why": "outside working hours", "until": NOON.isoformat()},
            "left_out": [{"rep": 9, "why": "away"}],
            "turns": [{"rep_id": 9, "weight": 2, "given": 3.0, "credit": -1.0}],
        },
    )
    told = explain(decision, reps={}, deals={})
    assert told.left_out == (
        ("The account's owner, somebody who left", "outside working hours", NOON),
        ("somebody who left", "away", None),
        ("The deal's owner", "no rep here", None),
        ("The account's owner, somebody who left", "switched off", None),
    )
    assert told.turns == (("somebody who left", "3 leads so far, weight 2, 1 owed"),)
    assert told.deals_left_out == (("one that is gone", "closed"), ("and 3 others", ""))
    assert "By the deal's ladder, which asks one after another and ends at a person who answers." in told.notes
