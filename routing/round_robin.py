"""Round robin by least share: pure, over plain counters.

Each rep has a weight, the leads given and a credit; the next lead goes to the least (given + credit) / weight, then to
the lower id. After any run nobody is more than one lead off their weighted share of those they could have had.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass
class Turn:
    """A rep's counters in one pool. `credit` is below zero for turns owed to the rep."""

    rep_id: int
    weight: int = 1
    given: float = 0.0
    credit: float = 0.0
    in_turn: bool = True

    @property
    def level(self) -> float:
        return (self.given + self.credit) / self.weight


def pick(turns: Iterable[Turn]) -> Turn | None:
    """Whose turn it is, or None of nobody; the caller counts the lead with `given += 1`."""
    return min(turns, key=lambda turn: (turn.level, turn.rep_id), default=None)


def seat(turns: Iterable[Turn], present: set[int]) -> list[Turn]:
    """Take out who is not present, let in who is; who joins or returns starts at the pool's level, so owes no flood.

    Returns the turns that changed.
    """
    turns = list(turns)
    staying = [turn.level for turn in turns if turn.in_turn and turn.rep_id in present]
    changed = []
    for turn in turns:
        if turn.in_turn == (turn.rep_id in present):
            continue
        turn.in_turn = turn.rep_id in present
        if turn.in_turn and staying:
            turn.given = max(turn.level, min(staying)) * turn.weight - turn.credit
        changed.append(turn)
    return changed
