"""Two outcomes of every lead side by side, added up as they come: what rules would change, in plain values for JSON."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from math import ceil
from typing import Any

from routing.answering import NOTHING, OWN, Answering
from routing.backtest import GIVEN, Key, Outcome

# As many leads that change hands are listed; all are counted.
MOST_LISTED = 10_000
SIDES = ("base", "candidate")


class Tally:
    """What became of the leads by one version."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self.leads = 0
        self.what: Counter[str] = Counter()
        self.fallback = 0
        self._reps: Counter[tuple[int, int]] = Counter()
        self._teams: Counter[int] = Counter()
        self._territories: Counter[int] = Counter()
        self._waits: list[float] = []
        self._missed: dict[int, float] = defaultdict(float)
        self._basis: dict[int, str] = {}
        self._untold = 0

    def add(self, outcome: Outcome) -> None:
        self.leads += 1
        self.what[outcome.what] += 1
        self.fallback += outcome.fallback
        if outcome.territory_id is not None:
            self._territories[outcome.territory_id] += 1
        if outcome.what == GIVEN and outcome.team_id is not None and outcome.rep_id is not None:
            self._reps[outcome.team_id, outcome.rep_id] += 1
            self._teams[outcome.team_id] += 1
            self._waits.append(outcome.waited.total_seconds())
            self._foretell(outcome.rep_id, outcome.within)

    def _foretell(self, rep_id: int, within: int) -> None:
        chance = self._answering.chance(rep_id, within)
        self._missed[rep_id] += chance.rate or 0.0
        self._untold += chance.basis == NOTHING
        if self._basis.setdefault(rep_id, chance.basis) == OWN:  # the least certain of a rep's is told
            self._basis[rep_id] = chance.basis

    def as_dict(self) -> dict[str, Any]:
        waits = sorted(self._waits)
        given = self.what[GIVEN]
        return {
            "what": dict(sorted(self.what.items())),
            "fallback": self.fallback,
            "territories": {str(pk): count for pk, count in sorted(self._territories.items())},
            "teams": [{"team": pk, "leads": n, "share": n / given} for pk, n in sorted(self._teams.items())],
            "reps": [self._rep(team, rep, n) for (team, rep), n in sorted(self._reps.items())],
            "waits": {
                "at_once": sum(wait == 0 for wait in waits),
                "median": _at(waits, 0.5), "p90": _at(waits, 0.9), "longest": _at(waits, 1.0),
            },
            "breaches": round(sum(self._missed.values()), 1),
            "breaches_untold": self._untold,
        }  # fmt: skip

    def _rep(self, team_id: int, rep_id: int, leads: int) -> dict[str, Any]:
        """`share` is of the team's; `by` says whose past foretells the breaches."""
        return {
            "team": team_id, "rep": rep_id, "leads": leads, "share": leads / self._teams[team_id],
            "breaches": round(self._missed[rep_id], 1), "by": self._basis[rep_id],
        }  # fmt: skip


def _at(values: list[float], part: float) -> float | None:
    """The value that so large a part of the sorted ones is not above."""
    return values[max(ceil(part * len(values)), 1) - 1] if values else None


class Comparison:
    """`tell(side)` takes one version's outcomes; a lead whose both are known is compared and let go."""

    def __init__(self, answering: Answering) -> None:
        self.tallies = {side: Tally(answering) for side in SIDES}
        self._half: dict[Key, tuple[str, Outcome]] = {}
        self.changed: Counter[str] = Counter()
        self._changes: list[dict[str, Any]] = []

    def tell(self, side: str, key: Key, outcome: Outcome) -> None:
        self.tallies[side].add(outcome)
        half = self._half.pop(key, None)
        if half is None:
            self._half[key] = (side, outcome)
            return
        both = dict([half, (side, outcome)])
        self._compare(key, both["base"], both["candidate"])

    def _compare(self, key: Key, base: Outcome, candidate: Outcome) -> None:
        kind = change(base, candidate)
        if kind is None:
            return
        self.changed[kind] += 1
        if len(self._changes) < MOST_LISTED:
            told = {"of": key[0], "id": key[1], "change": kind}
            self._changes.append(told | {"base": _short(base), "candidate": _short(candidate)})

    def as_dict(self) -> dict[str, Any]:
        return {
            "leads": self.tallies["base"].leads,
            **{side: tally.as_dict() for side, tally in self.tallies.items()},
            "changed": {kind: self.changed[kind] for kind in ("verdict", "team", "rep")},
            "changes": sorted(self._changes, key=lambda one: (one["of"], one["id"])),
        }


def change(base: Outcome, candidate: Outcome) -> str | None:
    """What the candidate changes for a lead first of all: what becomes of it, its team, its rep; None for nothing."""
    if base.what != candidate.what:
        return "verdict"
    if base.team_id != candidate.team_id:
        return "team"
    return "rep" if base.rep_id != candidate.rep_id else None


def _short(outcome: Outcome) -> Mapping[str, Any]:
    told = {"what": outcome.what, "team": outcome.team_id, "rep": outcome.rep_id, "territory": outcome.territory_id}
    return {name: value for name, value in told.items() if value is not None}
