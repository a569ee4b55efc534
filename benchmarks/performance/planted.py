"""Histories of which the truth is known: agents who differ by nothing, or by as much as is planted."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from routing.performance import FOLDS, Comparison, Folded, Tally, compare, total

HISTORIES, SEED = 100, 20261126


@dataclass(frozen=True)
class Planted:
    """The mean losses over all histories, and in how many the shrunk rates were worse than `bar` times equal ones."""

    raw: float
    shrunk: float
    equal: float
    worse: int


def planted(teams: Sequence[Mapping[int, Tally]], spread: float, *, bar: float) -> Planted:
    """Deals drawn anew, as many for each agent as there are; true rates lie around the team's, `spread` apart (a
    standard deviation)."""
    draw = random.Random(SEED)
    found = [compare([_drawn(team, spread, draw) for team in teams]) for _ in range(HISTORIES)]
    return Planted(
        _mean(found, "raw"), _mean(found, "shrunk"), _mean(found, "equal"), sum(one.ratio > bar for one in found)
    )


def _drawn(team: Mapping[int, Tally], spread: float, draw: random.Random) -> Folded:
    mean = total(team.values()).rate or 0.0
    return {
        agent: _folds(tally.n, min(max(draw.gauss(mean, spread), 0.01), 0.99), draw) for agent, tally in team.items()
    }


def _folds(n: int, rate: float, draw: random.Random) -> list[Tally]:
    sizes = [n // FOLDS + (fold < n % FOLDS) for fold in range(FOLDS)]
    return [Tally(size, sum(draw.random() < rate for _ in range(size))) for size in sizes]


def _mean(found: Sequence[Comparison], name: str) -> float:
    return sum(getattr(one, name) for one in found) / len(found)
