"""How signals fade: the pure part of the intent score, as tables."""

from datetime import UTC, datetime, timedelta

import pytest

from routing.intent import AS_SENT, Counted, KindRule, add_up, score, together, worth

NOW = datetime(2026, 11, 2, 10, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("sent", "rule", "age", "expected"),
    [
        (20, AS_SENT, 0 * DAY, 20),
        (20, AS_SENT, 4000 * DAY, 20),
        (20, KindRule(half_life_days=30), 0 * DAY, 20),
        (20, KindRule(half_life_days=30), 30 * DAY, 10),
        (20, KindRule(half_life_days=30), 60 * DAY, 5),
        (20, KindRule(half_life_days=30), 15 * DAY, 14.142),
        (20, KindRule(half_life_days=0.5), 12 * timedelta(hours=1), 10),
        (0, KindRule(points=16, half_life_days=2), 8 * DAY, 1),
        (99, KindRule(points=16, half_life_days=2), 2 * DAY, 8),
        (99, KindRule(points=0), 0 * DAY, 0),
        (-40, KindRule(half_life_days=10), 10 * DAY, -20),
        (500, AS_SENT, 0 * DAY, 100),
        (-500, AS_SENT, 0 * DAY, -100),
        (20, KindRule(half_life_days=30), -3 * DAY, 20),
        (20, KindRule(half_life_days=0.01), 36_500 * DAY, 0),
    ],
)
def test_worth(sent: int, rule: KindRule, age: timedelta, expected: float) -> None:
    assert worth(sent, rule, age=age) == pytest.approx(expected, abs=0.001)


def test_kinds_are_added_up_each_by_its_rule_or_the_one_for_the_rest() -> None:
    rules = {"visit": KindRule(points=10, half_life_days=7, cap=12), "*": KindRule(half_life_days=14)}
    signs = [("visit", 0, NOW), ("visit", 99, NOW - 7 * DAY), ("call", 8, NOW - 14 * DAY), ("form", 0, NOW)]
    found = add_up(signs, rules, at=NOW)
    assert found == {"visit": Counted("visit", 2, 15.0), "call": Counted("call", 1, 4.0)}
    assert together([found], rules) == (Counted("call", 1, 4.0), Counted("visit", 2, 12))


def test_the_cap_is_over_person_and_company_together_and_holds_for_what_counts_against() -> None:
    rules = {"visit": KindRule(points=10, cap=15), "spam": KindRule(points=-30, cap=40)}
    person = add_up([("visit", 0, NOW), ("spam", 0, NOW)], rules, at=NOW)
    company = add_up([("visit", 0, NOW), ("spam", 0, NOW)], rules, at=NOW)
    assert together([person, company], rules) == (Counted("spam", 2, -40), Counted("visit", 2, 15))


@pytest.mark.parametrize(
    ("parts", "signals", "expected"),
    [
        ([], (), None),
        ([], None, None),
        ([0], (), 0),
        ([20, 5], (), 25),
        ([20], (Counted("a", 1, 14.6),), 35),
        ([20], (Counted("a", 1, 14.4),), 34),
        ([], (Counted("a", 3, 0.0),), 0),
        ([10], (Counted("a", 1, -30.0),), 0),
        ([90], (Counted("a", 1, 30.0),), 100),
    ],
)
def test_the_score(parts: list[int], signals: tuple[Counted, ...] | None, expected: int | None) -> None:
    """Unknown where there is nothing at all; faded to nothing is known, and 0."""
    assert score(parts, signals) == expected
