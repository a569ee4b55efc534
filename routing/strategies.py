"""Whose turn it is: pure, over plain counters, and fair after any run.

With each lead every rep who may take it is owed their share of it, weight / weights; the one who takes it is owed one
less. `owed` is the balance, so it adds up to nothing over a pool, and who cannot take a lead neither gains nor loses
by it: coming back brings no flood. Which rep is picked follows R. Tijdeman, "The chairman assignment problem",
Discrete Mathematics 32 (1980): among those owed enough, the one who would be owed a whole lead first. For any weights
it keeps everybody less than one lead off their share, which taking the highest balance does not. Load balanced does
the same with leads held in place of leads given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ROUND_ROBIN, WEIGHTED, LOAD_BALANCED, PERFORMANCE = "round_robin", "weighted", "load_balanced", "performance"
NAMES = {
    ROUND_ROBIN: "round robin",
    WEIGHTED: "weighted round robin",
    LOAD_BALANCED: "load balanced",
    PERFORMANCE: "performance weighted",
}
# Balances are sums of fractions: beyond this they are noise, and equal is to mean equal.
PLACES = 9


@dataclass(frozen=True)
class Turn:
    """A rep who may take the lead: their weight (above 0), balance before it, and the leads they hold."""

    rep_id: int
    weight: float = 1.0
    owed: float = 0.0
    open: int = 0


def shares(turns: Sequence[Turn]) -> dict[int, float]:
    """Each rep's part of one lead; they add up to 1."""
    total = sum(turn.weight for turn in turns)
    return {turn.rep_id: turn.weight / total for turn in turns}


def pick(strategy: str, turns: Sequence[Turn]) -> int | None:
    """The rep whose turn it is; None of nobody."""
    return first(turns, due(strategy, turns))


def due(strategy: str, turns: Sequence[Turn]) -> dict[int, float]:
    """By when each is due their next lead, in leads from this one: passed over for longer, they would fall a whole lead
    behind. Who is not owed enough for one yet is left out, unless nobody is."""
    if not turns:
        return {}
    part = shares(turns)
    wanting = _wanting(strategy, turns, part)
    enough = 1 / (2 * len(turns) - 2) if len(turns) > 1 else 0.0
    ready = [turn for turn in turns if wanting[turn.rep_id] >= enough - 10**-PLACES] or turns
    return {turn.rep_id: round((1 - enough - wanting[turn.rep_id]) / part[turn.rep_id], PLACES) for turn in ready}


def first(turns: Sequence[Turn], due: Mapping[int, float]) -> int | None:
    """Who is due first; of several the one with the higher balance, then the lower id."""
    ready = [turn for turn in turns if turn.rep_id in due]
    if not ready:
        return None
    return min(ready, key=lambda turn: (due[turn.rep_id], -round(turn.owed, PLACES), turn.rep_id)).rep_id


def _wanting(strategy: str, turns: Sequence[Turn], part: Mapping[int, float]) -> dict[int, float]:
    """What each is short of with this lead counted: of leads given, or, load balanced, of leads held."""
    if strategy == LOAD_BALANCED:
        held = sum(turn.open for turn in turns) + 1
        return {turn.rep_id: part[turn.rep_id] * held - turn.open for turn in turns}
    return {turn.rep_id: turn.owed + part[turn.rep_id] for turn in turns}


def after(turns: Sequence[Turn], winner: int) -> dict[int, float]:
    """The balances once the winner has the lead."""
    part = shares(turns)
    return {turn.rep_id: round(turn.owed + part[turn.rep_id] - (turn.rep_id == winner), PLACES) for turn in turns}
