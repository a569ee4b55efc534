"""Where a lead goes, and why: the territory that takes it, then the rep whose turn it is. Pure, over a bench of reps.

The same code gives a lead, tries a draft of the rules on leads of before, and replays a decision.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from leads.models import Rep
from routing import availability, strategies, territories
from routing.availability import OUT_OF_HOURS, Hours, LeftOut, Seat
from routing.rules import RoutingRules, TerritoryRule
from routing.strategies import NAMES, Turn
from routing.territories import Case, Judged, Place, territory_for

ACCOUNT_OWNER = "account_owner"
# Why it is the rep's, by strategy, as they read it; `leads.wording.TO_THE_REP` says the same to everybody else.
YOUR_TURN = {
    strategies.ROUND_ROBIN: "it was your turn",
    strategies.WEIGHTED: "by weight you were due your next one first",
    strategies.LOAD_BALANCED: "you had the fewest open leads for your weight",
    strategies.PERFORMANCE: "weighted by results you were due your next one first",
}


@dataclass
class Route:
    """Where a lead goes: to a rep, or nowhere yet and why. `opens` is when hours or a cap let somebody take it.

    Without `works` the team never does, so that there is no time to wait for; it is `shut_until` it next does.
    """

    rule: TerritoryRule | None
    rep: Rep | None = None
    how: str = ""
    opens: datetime | None = None
    closed: bool = False
    works: bool = True
    shut_until: datetime | None = None
    steps: dict[str, Any] = field(default_factory=dict)

    @property
    def whys(self) -> list[str]:
        """The steps that say which territory takes it, and why nobody there may."""
        return [name for name in ("territories", "owner", "left_out", "closed") if name in self.steps]

    @property
    def sentence(self) -> str:
        if self.rule is None:
            return "No territory takes this lead, and there is no fallback."
        name = self.rule.name
        if self.rep is None:
            return f"{name} takes this lead, but {self._why_nobody()}."
        return f"{name} takes this lead {self._why_here(self.rule)}; {self._why_you()}."

    def _why_here(self, rule: TerritoryRule) -> str:
        if (before := self.steps.get("before")) is not None:
            return f"as the fallback, since nobody of {before['territories'][-1]['name']} may take it now"
        return "as the fallback" if rule.is_fallback else f"because {self.steps.get('because') or 'it fits'}"

    def _why_nobody(self) -> str:
        if not self.works:
            return "its team is never at work"
        if self.closed:
            return "nobody there is at work now"
        return "nobody there may take it now"

    def _why_you(self) -> str:
        if self.how == ACCOUNT_OWNER:
            return "the account is yours"
        if self.steps.get("eligible", 0) < 2:
            return "you are who may take it now"
        return YOUR_TURN[self.how]


@dataclass
class Bench:
    """The reps by id and the balances by pool and rep, as they stand; `at` may be moved on.

    `changed` are the balances that moved, with the leads given in turn meanwhile.
    """

    rules: RoutingRules
    seats: Mapping[int, Seat]
    owed: dict[tuple[int, int], float]
    hours: Hours
    at: datetime
    weights: Mapping[int, float] = field(default_factory=dict)
    teams_on: frozenset[int] = frozenset()
    changed: dict[tuple[int, int], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.teams: dict[int, list[Seat]] = {}
        for seat in sorted(self.seats.values(), key=lambda seat: seat.rep.id):
            self.teams.setdefault(seat.rep.team_id, []).append(seat)
        self._out_now: dict[int, tuple[datetime, LeftOut | None]] = {}
        self._judged: Judged = {}
        # The teams of territories that are switched off, which decides as the rules do.
        off = sorted({rule.team_id for rule in self.rules.territories} - self.teams_on)
        self._off = {"teams_off": off} if off else {}

    def route(self, case: Case, *, place: Place | None = None, instead_of: Route | None = None) -> Route:
        """Pick the territory and, where somebody may take the lead now, the rep; counts the lead for that rep.

        `place` is what `territory_for` said, where it was asked before. `instead_of` is the route that led to nobody,
        in place of which the fallback alone is asked.
        """
        fallback = instead_of is not None
        rule, passed = place or territory_for(
            self.rules, case, teams_on=self.teams_on, fallback=fallback, judged=self._judged
        )
        steps: dict[str, Any] = {"territories": passed}
        if kept := case.as_step() | self._off:
            steps["case"] = kept
        if instead_of is not None:
            steps |= {"only_fallback": True, "before": {name: instead_of.steps[name] for name in instead_of.whys}}
        if rule is None:
            return Route(None, steps=steps)
        steps["because"] = territories.because(passed)
        excluded = availability.excluded_from(list(case.excluded_reps), self.at)
        if rule.owner_first and case.owner_id is not None:
            owner = self._owner(case.owner_id, excluded, steps)
            if owner is not None:
                self._took(owner)
                return Route(rule, owner.rep, how=ACCOUNT_OWNER, steps=steps)
        return self._in_turn(rule, case, excluded, steps)

    def _owner(self, rep_id: int, excluded: Mapping[int, LeftOut], steps: dict[str, Any]) -> Seat | None:
        """The account's owner, who needs no skill but must be there."""
        seat = self.seats.get(rep_id)
        out = self._out(seat, excluded, frozenset()) if seat else LeftOut("no rep here")
        steps["owner"] = {"rep": rep_id} if out is None else out.as_step(rep_id)
        return seat if out is None else None

    def _in_turn(
        self, rule: TerritoryRule, case: Case, excluded: Mapping[int, LeftOut], steps: dict[str, Any]
    ) -> Route:
        skills = availability.asked_skills(rule, case.facts)
        out = {}
        turns = []
        for seat in self.teams.get(rule.team_id, ()):
            why = self._out(seat, excluded, skills)
            if why is None:
                turns.append(self._turn(rule, seat))
            else:
                out[seat.rep.id] = why
        due = strategies.due(rule.strategy, turns)
        steps |= {
            "strategy": NAMES[rule.strategy],
            "left_out": [why.as_step(rep_id) for rep_id, why in out.items()],
            "turns": [vars(turn) for turn in turns],
            "due": [{"rep": rep_id, "in": leads} for rep_id, leads in due.items()],
            "eligible": len(turns),
        }
        winner = strategies.first(turns, due)
        if winner is None:
            return self._nobody(rule, out, steps)
        for rep_id, owed in strategies.after(turns, winner).items():
            self.owed[rule.pool_id, rep_id] = owed
            self.changed.setdefault((rule.pool_id, rep_id), 0)
        self.changed[rule.pool_id, winner] += 1
        self._took(self.seats[winner])
        return Route(rule, self.seats[winner].rep, how=rule.strategy, steps=steps)

    def _turn(self, rule: TerritoryRule, seat: Seat) -> Turn:
        rep_id = seat.rep.id
        return Turn(rep_id, self.weight(rule, rep_id), self.owed.get((rule.pool_id, rep_id), 0.0), seat.open)

    def weight(self, rule: TerritoryRule, rep_id: int) -> float:
        """How much a rep is given here against the others."""
        weight = self.weights.get(rep_id, 1.0) if rule.strategy == strategies.PERFORMANCE else 1.0
        return float(rule.weights.get(rep_id, 1)) * weight

    def out_of_the_pool(
        self, team_id: int, excluded_reps: Sequence[Mapping[str, Any]], skills: frozenset[str]
    ) -> list[Seat]:
        """Who of a team may be given a lead that nobody claimed; its window opens in their hours, whenever that is."""
        excluded = availability.excluded_from(list(excluded_reps), self.at)
        return [
            seat
            for seat in self.teams.get(team_id, ())
            if availability.ever(seat, self.at) is None
            and availability.for_this(seat, excluded, skills) is None
            and availability.given_enough(seat, self.at, self.hours) is None
        ]

    def _out(self, seat: Seat, excluded: Mapping[int, LeftOut], skills: frozenset[str]) -> LeftOut | None:
        out = availability.ever(seat, self.at)
        if out is None and (excluded or skills):
            out = availability.for_this(seat, excluded, skills)
        return out or self._out_for_now(seat)

    def _out_for_now(self, seat: Seat) -> LeftOut | None:
        """Hours and caps, worked out once a rep and moment unless the rep takes a lead that counts by the hour."""
        known = self._out_now.get(seat.rep.id)
        if known is None or known[0] != self.at:
            known = self._out_now[seat.rep.id] = (self.at, availability.now(seat, self.at, self.hours))
        return known[1]

    def _took(self, seat: Seat) -> None:
        seat.took()
        if seat.given:
            self._out_now.pop(seat.rep.id, None)

    def _nobody(self, rule: TerritoryRule, out: Mapping[int, LeftOut], steps: dict[str, Any]) -> Route:
        later = [why for why in out.values() if why.until is not None]
        opens = min((why.until for why in later if why.until), default=None)
        closed = bool(later) and all(why.why == OUT_OF_HOURS for why in later)
        if closed:
            steps["closed"] = True
        works = self.hours.team_at_work(team_id=rule.team_id, at=self.at)
        shut_until = works if works is not None and works > self.at else None
        return Route(rule, opens=opens, closed=closed, works=works is not None, shut_until=shut_until, steps=steps)
