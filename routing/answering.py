"""How long reps have taken to answer a lead, and how often they would miss a deadline: purely, from their own past.

A window that somebody answered took so long; one that ended otherwise, or is open still, says only that it was not
answered until then: it counts as missed where that is beyond the deadline, and else says nothing.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache

# Fewer windows than this tell more of chance than of the rep.
ENOUGH = 10
OWN, TEAM, ALL, NOTHING = "own", "team", "all", "nothing"
NEVER = timedelta.max


@dataclass(frozen=True, slots=True)
class Window:
    """`took` is business time until it was answered or, if it was not, until it ended; NEVER for one let pass."""

    rep_id: int
    took: timedelta
    answered: bool


@dataclass
class _Past:
    answered: list[timedelta] = field(default_factory=list)
    unanswered: list[timedelta] = field(default_factory=list)

    def add(self, window: Window) -> None:
        (self.answered if window.answered else self.unanswered).append(window.took)

    def sort(self) -> None:
        self.answered.sort()
        self.unanswered.sort()

    def missed(self, within: timedelta) -> tuple[int, int]:
        """Of how many windows how many were not answered within the time."""
        late = len(self.answered) - bisect_right(self.answered, within)
        open_too_long = len(self.unanswered) - bisect_left(self.unanswered, within)
        return len(self.answered) + open_too_long, late + open_too_long


@dataclass(frozen=True)
class Chance:
    """How likely a rep lets a window pass, by `n` windows of their own, their team's or everybody's; None by none."""

    rate: float | None
    basis: str
    n: int


class Answering:
    """Every rep's windows, in the team that each rep is in."""

    def __init__(self, windows: Iterable[Window], teams: dict[int, int]) -> None:
        self._teams = teams
        self._reps: dict[int, _Past] = {}
        self._of_team: dict[int, _Past] = {}
        self._of_all = _Past()
        for window in windows:
            if (team_id := teams.get(window.rep_id)) is not None:
                self._reps.setdefault(window.rep_id, _Past()).add(window)
                self._of_team.setdefault(team_id, _Past()).add(window)
                self._of_all.add(window)
        for past in (*self._reps.values(), *self._of_team.values(), self._of_all):
            past.sort()
        self.chance = cache(self._chance)

    def _chance(self, rep_id: int, within: int) -> Chance:
        """For a window of so many minutes: the rep's own share, their team's where they have had too few, and
        everybody's where the team has, too."""
        time = timedelta(minutes=within)
        team = self._of_team.get(self._teams.get(rep_id, 0), _Past())
        for basis, past in ((OWN, self._reps.get(rep_id, _Past())), (TEAM, team), (ALL, self._of_all)):
            n, missed = past.missed(time)
            if n >= ENOUGH or (n and basis == ALL):
                return Chance(missed / n, basis, n)
        return Chance(None, NOTHING, 0)


def usual_holding(held: Sequence[tuple[timedelta, bool]]) -> timedelta | None:
    """The median time that leads were held, from (how long, whether it has ended); those that are held still count as
    held for longer (Kaplan and Meier 1958). None where more than half are held still."""
    left, surviving = len(held), 1.0
    for took, ended in sorted(held, key=lambda one: (one[0], not one[1])):
        if ended:
            surviving *= 1 - 1 / left
            if surviving <= 0.5:
                return took
        left -= 1
    return None
