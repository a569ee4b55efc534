"""Whose turn it is: nobody is ever a whole lead off their weighted share, whatever the weights and the run."""

import random

import pytest

from routing.strategies import LOAD_BALANCED, PERFORMANCE, ROUND_ROBIN, WEIGHTED, Turn, after, due, pick, shares

FIXED = (ROUND_ROBIN, WEIGHTED, LOAD_BALANCED)
WEIGHTS = [
    [1],
    [1, 1],
    [1] * 10,
    [2, 1],
    [3, 2, 1],
    [100, *[1] * 9],
    [100, 99, 98, 1, 1, 1],
    [50, 50, *[1] * 30],
    [0.5, 2.0, 1.25, 0.75],
]


class Run:
    """Leads given one by one to reps 1 to n."""

    def __init__(self, strategy: str, weights: list[float]) -> None:
        self.strategy, self.weights = strategy, dict(enumerate(weights, start=1))
        self.owed, self.given = dict.fromkeys(self.weights, 0.0), dict.fromkeys(self.weights, 0)

    def turns(self, able: list[int] | None = None) -> list[Turn]:
        return [Turn(pk, self.weights[pk], self.owed[pk], self.given[pk]) for pk in able or self.weights]

    def give(self, able: list[int] | None = None) -> int:
        turns = self.turns(able)
        winner = pick(self.strategy, turns)
        assert winner is not None
        self.owed |= after(turns, winner)
        self.given[winner] += 1
        return winner

    def off(self) -> float:
        """The most that anybody is off their share of all that was given."""
        total = sum(self.given.values())
        part = shares(self.turns())
        return max(abs(self.given[pk] - part[pk] * total) for pk in part)


@pytest.mark.parametrize("strategy", [*FIXED, PERFORMANCE])
@pytest.mark.parametrize("weights", WEIGHTS, ids=str)
def test_nobody_is_a_lead_off_after_any_lead(strategy: str, weights: list[float]) -> None:
    run = Run(strategy, weights)
    for number in range(1, 500):
        run.give()
        assert run.off() < 1, number


def test_the_highest_balance_alone_would_not_do() -> None:
    """Why it is not just whoever is owed most: between large and small shares somebody falls behind."""
    run = Run(WEIGHTED, [3, 1, 34, 34, 1, 1, 34, 34, 5])
    worst = 0.0
    for _lead in range(500):
        turns = run.turns()
        part = shares(turns)
        winner = max(turns, key=lambda turn: (turn.owed + part[turn.rep_id], -turn.rep_id)).rep_id
        run.owed |= after(turns, winner)
        run.given[winner] += 1
        worst = max(worst, run.off())
    assert worst > 1


def test_equal_weights_go_round_by_id() -> None:
    run = Run(ROUND_ROBIN, [1, 1, 1])
    assert [run.give() for _lead in range(7)] == [1, 2, 3, 1, 2, 3, 1]


def test_who_could_not_take_a_lead_is_owed_nothing_for_it() -> None:
    run = Run(ROUND_ROBIN, [1, 1, 1])
    for _lead in range(40):
        run.give([1, 2])
    assert run.owed[3] == 0.0
    assert [run.give() for _lead in range(6)].count(3) == 2


def test_a_turn_that_is_owed_comes_first_and_once() -> None:
    run = Run(ROUND_ROBIN, [1, 1, 1, 1])
    for _lead in range(8):
        run.give()
    run.owed[4] += 1
    assert run.give() == 4
    assert [run.give() for _lead in range(4)].count(4) == 1


def test_the_fewest_open_leads_for_the_weight_come_first() -> None:
    turns = [Turn(1, 1.0, 0.0, 5), Turn(2, 1.0, 0.0, 2), Turn(3, 1.0, 0.0, 4)]
    assert pick(LOAD_BALANCED, turns) == 2
    assert pick(LOAD_BALANCED, [Turn(1, 1.0, 0.0, 3), Turn(2, 3.0, 0.0, 6)]) == 2
    assert pick(ROUND_ROBIN, turns) == 1


def test_balances_add_up_to_nothing() -> None:
    rng = random.Random(4)
    run = Run(WEIGHTED, [1, 2, 3, 4, 5])
    for _lead in range(300):
        run.give(sorted(rng.sample(list(run.weights), rng.randint(1, 5))))
    assert sum(run.owed.values()) == pytest.approx(0, abs=1e-6)
    assert max(map(abs, run.owed.values())) < 2


def test_nobody_there() -> None:
    assert pick(ROUND_ROBIN, []) is None


def test_who_is_picked_is_who_is_due_first_though_others_are_owed_more() -> None:
    """Of weight 3 and ahead, before two of weight 1 who are owed, and who has just had one is not due."""
    turns = [Turn(1, 3.0, -0.18), Turn(2, 1.0, 0.44), Turn(3, 1.0, 0.44), Turn(4, 1.0, -0.70)]
    when = due(WEIGHTED, turns)
    assert list(when) == [1, 2, 3]
    assert when[1] < when[2] == when[3]
    assert pick(WEIGHTED, turns) == 1


@pytest.mark.parametrize("strategy", [*FIXED, PERFORMANCE])
def test_whoever_is_passed_over_is_due_that_much_sooner(strategy: str) -> None:
    """Leads go by one after another, and by when a rep is due comes nearer by one each."""
    run = Run(strategy, [3, 2, 1, 1])
    for _lead in range(60):
        before = due(strategy, run.turns())
        winner = run.give()
        now = due(strategy, run.turns())
        assert min(before, key=lambda pk: before[pk]) == winner or before[winner] == min(before.values())
        for pk in before.keys() & now.keys() - {winner}:
            assert now[pk] == pytest.approx(before[pk] - 1, abs=1e-6)
