"""The arithmetic of performance weights, as tables: limits, bounds, minimum, order, and what is left to chance."""

import math
import random
from itertools import combinations, pairwise

import pytest

from routing import performance
from routing.performance import (
    ENOUGH,
    FLOOR_STRENGTH,
    FOLDS,
    LEAST,
    MINIMUM,
    MOST,
    Comparison,
    Fit,
    Tally,
    compare,
    foretold,
    loss,
    shrunk,
    strength,
    weight,
    weights,
)
from routing.strategies import Turn, shares


def in_folds(n: int, k: int) -> list[Tally]:
    """A rep's leads, good and bad, dealt out to the folds as evenly as can be."""
    return [Tally(part(n, fold), min(part(k, fold), part(n, fold))) for fold in range(FOLDS)]


def part(whole: int, fold: int) -> int:
    return whole // FOLDS + (fold < whole % FOLDS)


def fit(**teams: list[tuple[int, int]]) -> Fit:
    """Teams of (n, k) by rep; a team's number is its place, a rep's is place in team."""
    return Fit.of(
        {
            number: {rep: in_folds(*counts) for rep, counts in enumerate(reps)}
            for number, reps in enumerate(teams.values())
        }
    )


@pytest.mark.parametrize(
    ("n", "k", "strong", "expected"),
    [
        (0, 0, 50, 0.4),  # nothing known: the team's mean
        (MINIMUM - 1, MINIMUM - 1, 50, 0.4),  # too little to tell
        (MINIMUM, MINIMUM, 50, (20 + 20) / 70),
        (100, 70, 50, (70 + 20) / 150),
        (100, 0, 50, 20 / 150),
        (10**9, 7 * 10**8, 50, 0.7),  # all is known: the rep's own rate
        (10**9, 7 * 10**8, math.inf, 0.4),  # reps differ by nothing
    ],
)
def test_a_rate_is_shrunk_towards_the_team(n: int, k: int, strong: float, expected: float) -> None:
    assert shrunk(Tally(n, k), 0.4, strong) == pytest.approx(expected, abs=1e-6)


def test_a_shrunk_rate_lies_between_the_own_and_the_teams() -> None:
    for n, k, strong in [(MINIMUM, 3, 50.0), (60, 55, 80.0), (500, 100, 2000.0)]:
        low, high = sorted((k / n, 0.4))
        assert low < shrunk(Tally(n, k), 0.4, strong) < high


def test_a_better_rep_never_has_less() -> None:
    for n in (MINIMUM, 50, 400):
        rates = [shrunk(Tally(n, k), 0.3, 60) for k in range(n + 1)]
        assert all(worse < better for worse, better in pairwise(rates))
        worth = [weight([(rate, 0.3), (0.1, 0.1)]) for rate in rates]
        assert all(worse <= better for worse, better in pairwise(worth))
    found = fit(a=[(200, k) for k in (20, 60, 90, 140, 190)])
    given = weights(0, [found])
    assert [given[rep] for rep in range(5)] == sorted(given.values())
    assert given[0] < given[4]


@pytest.mark.parametrize(
    ("measures", "expected"),
    [
        ([], 1.0),
        ([(0.5, 0.5), (0.1, 0.1)], 1.0),
        ([(0.6, 0.5), (0.1, 0.1)], math.sqrt(1.2)),
        ([(0.6, 0.5), (0.05, 0.06)], 1.0),  # more touches, fewer conversions
        ([(0.9, 0.1), (0.9, 0.1)], MOST),
        ([(0.0, 0.5), (0.1, 0.1)], LEAST),
        ([(0.0, 0.0), (0.1, 0.1)], 1.0),  # nobody touches anything: no reason to prefer anybody
    ],
)
def test_a_weight_is_how_a_rep_compares_within_bounds(measures: list[tuple[float, float]], expected: float) -> None:
    assert weight(measures) == pytest.approx(expected)


def test_nobody_is_given_less_than_a_quarter_of_an_equal_share_whoever_is_there() -> None:
    worst = [Turn(0, LEAST), *[Turn(rep, MOST) for rep in range(1, 8)]]
    for size in range(1, 8):
        for others in combinations(worst[1:], size):
            there = [worst[0], *others]
            assert shares(there)[0] >= LEAST / MOST / len(there)


@pytest.mark.parametrize(
    "teams",
    [
        {"a": [(300, 210)]},  # a team of one
        {"a": [(300, 150), (300, 150), (300, 150)]},  # everybody alike
        {"a": [(300, 0), (300, 0)]},
        {"a": [(300, 300), (300, 300)]},
        {"a": [(0, 0), (0, 0)]},
        {"a": []},
        {"a": [(30, 12), (30, 15), (30, 17)]},  # as chance would have it
        {"a": [(300, 30), (300, 30)], "b": [(300, 270), (300, 270)]},  # teams differ, reps do not
    ],
)
def test_where_reps_do_not_differ_weights_are_equal(teams: dict[str, list[tuple[int, int]]]) -> None:
    found = fit(**teams)
    assert found.strength == math.inf
    for number in range(len(teams)):
        assert set(weights(number, [found, found]).values()) <= {1.0}


def test_what_is_beyond_chance_is_believed_and_never_fully() -> None:
    apart = [[Tally(400, 40), Tally(400, 360)]]
    assert strength(apart) == FLOOR_STRENGTH
    mild = [[Tally(400, 200 + step) for step in (-28, -14, 0, 14, 28)]]
    assert FLOOR_STRENGTH < strength(mild) < math.inf


def test_the_fitted_strength_is_that_of_the_beta_the_rates_came_from() -> None:
    draw = random.Random(7)
    teams = []
    for _ in range(40):
        rates = [draw.betavariate(60, 40) for _ in range(8)]
        teams.append([Tally(1000, sum(draw.random() < rate for _ in range(1000))) for rate in rates])
    assert strength(teams) == pytest.approx(100, rel=0.25)


def test_too_few_outcomes_are_not_acted_on() -> None:
    few = fit(a=[(80, 10), (80, 70)])
    assert few.strength < math.inf
    assert few.comparison.n == 160 < ENOUGH
    assert set(weights(0, [few]).values()) == {1.0}


def test_a_measure_that_foretells_worse_than_equal_is_not_acted_on() -> None:
    """A rep who was good in one fold and bad in the others is foretold wrongly by any rate of their own."""
    good, bad = [Tally(60, 60), *[Tally(60, 12)] * 4], [Tally(60, 0), *[Tally(60, 48)] * 4]
    found = Fit.of({0: {0: good, 1: bad, 2: good, 3: bad}})
    worse = Fit(found.tallies, 50.0, Comparison(1200, 0.7, 0.69, 0.68))
    assert not worse.comparison.holds
    assert set(weights(0, [worse]).values()) == {1.0}
    better = Fit(found.tallies, 50.0, Comparison(1200, 0.7, 0.67, 0.68))
    assert weights(0, [better])[0] != 1.0


def test_the_comparison_foretells_each_fold_from_the_others() -> None:
    team = {0: in_folds(300, 60), 1: in_folds(300, 240)}
    found = compare([team])
    assert found.n == 600
    expected = sum(loss(0.2, part) for part in team[0]) + sum(loss(0.8, part) for part in team[1])
    assert found.raw == pytest.approx(expected / 600, rel=1e-3)
    assert found.equal == pytest.approx(math.log(2), rel=1e-3)
    assert found.raw < found.shrunk < found.equal
    assert found.holds
    assert found.ratio < 0.8


def test_a_rate_of_none_or_all_is_not_infinitely_wrong() -> None:
    found = foretold([([{0: Tally(30, 30), 1: Tally(30, 0)}], [{0: Tally(1, 0), 1: Tally(1, 1)}])])
    assert found.raw == pytest.approx(-math.log(performance.CLIPPED))
    assert foretold([([{0: Tally()}], [{0: Tally(5, 2)}])]).n == 0
    assert compare([]).ratio == 1.0
