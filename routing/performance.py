"""How reps do, and how many leads that is worth: pure, over plain counts.

Two things are counted, and both are what a system saw: touches in time and conversions with an opportunity in the CRM.
Never acceptance, which a click would inflate. A rate over few leads is mostly noise, so each rep's is shrunk towards
their team's by a beta-binomial. Its prior's strength, in leads, is fitted by the method of moments (J. C. Kleinman,
"Proportions with extraneous variance: single and independent samples", Journal of the American Statistical
Association 68 (1973) 46-54), over all teams at once, each around its own mean: a team alone has too few reps to tell a
difference from chance. Only what goes beyond chance by more than two standard errors is believed; where nothing does,
everybody is at the team's mean, and the weights are equal.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

# All that may be argued about. The page states each.
WINDOW_DAYS = 180  # how far back a lead counts
RIPE_DAYS = 30  # a lead given later than this may yet convert
MINIMUM = 20  # with fewer leads a rep is taken to be as the team
FLOOR_STRENGTH = 50.0  # the team's mean counts as at least so many leads of each rep
LEAST, MOST = 0.5, 2.0  # nobody's weight is beyond these, so nobody is given less than a quarter of an equal share
MARGIN = 2.0  # standard errors of chance, beyond which a difference between reps is believed
FOLDS = 5  # the history is predicted a fifth at a time, from the other four
ENOUGH = 200  # with fewer outcomes than these in all, a measure says nothing yet
CLIPPED = 0.001  # a rate of 0 or 1 would be infinitely wrong once it is


@dataclass(frozen=True)
class Tally:
    """`k` of `n` went well."""

    n: int = 0
    k: int = 0

    @property
    def rate(self) -> float | None:
        return self.k / self.n if self.n else None

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.n + other.n, self.k + other.k)

    def __sub__(self, other: "Tally") -> "Tally":
        return Tally(self.n - other.n, self.k - other.k)


NOTHING = Tally()
Team = Mapping[int, Tally]  # by rep
Folded = Mapping[int, Sequence[Tally]]  # by rep, each fold of their leads


def total(tallies: Iterable[Tally]) -> Tally:
    return sum(tallies, NOTHING)


def strength(teams: Iterable[Iterable[Tally]]) -> float:
    """The prior's strength a + b, in leads; infinite where reps differ no more than chance would have them."""
    spread, chance, leads = 0.0, 0, 0.0
    for team in teams:
        seen = [tally for tally in team if tally.n]
        whole = total(seen)
        if len(seen) < 2 or not 0 < whole.k < whole.n:
            continue
        mean = whole.k / whole.n
        spread += sum((tally.k - tally.n * mean) ** 2 / tally.n for tally in seen) / (mean * (1 - mean))
        chance += len(seen) - 1
        leads += whole.n - sum(tally.n**2 for tally in seen) / whole.n - (len(seen) - 1)
    beyond = spread - chance - MARGIN * math.sqrt(2 * chance)
    if beyond <= 0 or leads <= 0:
        return math.inf
    return max(leads / beyond - 1, FLOOR_STRENGTH)


def shrunk(tally: Tally, mean: float, strong: float) -> float:
    """A rep's rate with the team's mean counted as `strong` leads of theirs; the mean itself below the minimum."""
    if tally.n < MINIMUM or math.isinf(strong):
        return mean
    return (tally.k + strong * mean) / (tally.n + strong)


def weight(measures: Sequence[tuple[float, float]]) -> float:
    """What a rep is given against a rep at the team's mean, from (rate, team's mean) of each measure: the geometric
    mean of how they compare, bounded."""
    compared = [rate / mean if mean > 0 else 1.0 for rate, mean in measures]
    together = math.prod(compared) ** (1 / len(compared)) if compared else 1.0
    return min(max(together, LEAST), MOST)


@dataclass(frozen=True)
class Comparison:
    """How wrong each way of foretelling was about `n` outcomes held back: mean log-loss in nats, less is better."""

    n: int
    raw: float
    shrunk: float
    equal: float

    @property
    def ratio(self) -> float:
        """The loss of the shrunk rates over that of equal ones."""
        return self.shrunk / self.equal if self.equal else 1.0

    @property
    def holds(self) -> bool:
        """Whether there is enough to tell, and the shrunk rates are no worse than equal ones."""
        return self.n >= ENOUGH and self.shrunk <= self.equal


def compare(teams: Sequence[Folded]) -> Comparison:
    """Each fold foretold from the others: by each rep's own rate, by it shrunk, and by the team's mean for all."""
    folds = max((len(folded) for team in teams for folded in team.values()), default=0)
    splits = []
    for fold in range(folds):
        known = [{rep: total(folded) - folded[fold] for rep, folded in team.items()} for team in teams]
        splits.append((known, [{rep: folded[fold] for rep, folded in team.items()} for team in teams]))
    return foretold(splits)


def foretold(splits: Iterable[tuple[Sequence[Team], Sequence[Team]]]) -> Comparison:
    """The same for any splits: what is known of each team, and what is to be foretold of it."""
    n, raw, small, same = 0, 0.0, 0.0, 0.0
    for known, held_back in splits:
        strong = strength(team.values() for team in known)
        for before, after in zip(known, held_back, strict=True):
            mean = total(before.values()).rate
            if mean is None:
                continue
            for rep, outcome in after.items():
                tally = before.get(rep, NOTHING)
                own = tally.rate
                n += outcome.n
                raw += loss(mean if own is None else own, outcome)
                small += loss(shrunk(tally, mean, strong), outcome)
                same += loss(mean, outcome)
    return Comparison(n, raw / n, small / n, same / n) if n else Comparison(0, 0.0, 0.0, 0.0)


def loss(rate: float, outcome: Tally) -> float:
    """The log-loss, in nats, of having foretold `rate` for each of these leads."""
    rate = min(max(rate, CLIPPED), 1 - CLIPPED)
    return -(outcome.k * math.log(rate) + (outcome.n - outcome.k) * math.log(1 - rate))


@dataclass(frozen=True)
class Fit:
    """One measure of all teams, by team and rep: the means, the prior's strength, and whether it may be acted on."""

    tallies: Mapping[int, Team]
    strength: float
    comparison: Comparison

    @classmethod
    def of(cls, folded: Mapping[int, Folded]) -> "Fit":
        tallies = {team: {rep: total(parts) for rep, parts in reps.items()} for team, reps in folded.items()}
        return cls(tallies, strength(team.values() for team in tallies.values()), compare(list(folded.values())))

    def mean(self, team: int) -> float:
        return total(self.tallies[team].values()).rate or 0.0

    def shrunk(self, team: int, rep: int) -> float:
        """A rep's rate as it is acted on: the team's mean for all, unless foretelling by reps held good."""
        mean = self.mean(team)
        return shrunk(self.tallies[team][rep], mean, self.strength) if self.comparison.holds else mean


def weights(team: int, fits: Sequence[Fit]) -> dict[int, float]:
    """By rep of a team, what they are given against a rep at the team's mean."""
    reps = sorted({rep for fit in fits for rep in fit.tallies[team]})
    return {rep: weight([(fit.shrunk(team, rep), fit.mean(team)) for fit in fits]) for rep in reps}
