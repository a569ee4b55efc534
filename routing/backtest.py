"""One version of the rules over leads of before: purely, by the code that routes, in their order, writing nothing.

People, their absences and their hours are given, and stay as they are; what the rules decide follows from the leads
given so far: balances begin at nothing, caps count what this run gave, and a lead given is held for as long as that rep
usually holds one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import Protocol

from leads.deadline import Deadline
from leads.models import Rep
from routing import judging
from routing.availability import A_PERIOD, Hours, Seat
from routing.criteria import NOT_MET
from routing.next_step import NextStep, next_step
from routing.routes import Bench, Route
from routing.rules import RoutingRules, TerritoryRule, skills_of
from routing.territories import Case

GIVEN, POOLED, LAST_RESORT = "given", "pooled", "last_resort"
NOT_ICP, LOW_INTENT = "not_icp", "low_intent"
LEAD, PAST = "lead", "past"
AT_ONCE = timedelta(0)
# Which lead it is: a lead or a past lead, and its id.
Key = tuple[str, int]


class Policy(Protocol):
    """What this asks of a policy: the minutes that a rep has to accept."""

    accept_within: int


class Terms(Hours, Protocol):
    """The policies of these rules over everybody's hours; the lifecycle gives them, for they are not routing's."""

    def policy(self, territory_id: int | None, source: str) -> Policy:
        """The most particular policy."""

    def fallback(self, *, team_id: int | None, territory_id: int | None, source: str, at: datetime) -> Deadline:
        """Until when somebody may come free."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A lead of before: when it was ready to be judged and when it came, and what was known of it then.

    `score` is its intent, None unknown; `awaited` are the fields that a vendor had not answered about.
    """

    key: Key
    at: datetime
    came: datetime
    case: Case
    source: str = ""
    score: int | None = None
    hand_raise: bool = False
    awaited: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a trial: by which territory, to which rep, after how long; `within` are the minutes that the rep
    would have had to accept."""

    what: str
    territory_id: int | None = None
    team_id: int | None = None
    rep_id: int | None = None
    fallback: bool = False
    waited: timedelta = AT_ONCE
    within: int = 0


Tell = Callable[[Key, Outcome], None]


@dataclass(frozen=True)
class People:
    """Who is there to be given leads. `absences` are (starts, ends, rep id), `held` the leads that reps hold when the
    run begins, as (until when, rep id), `holding` how long each holds one; without it they never let go of one."""

    reps: Sequence[Rep]
    teams_on: frozenset[int]
    weights: Mapping[int, float] = field(default_factory=dict)
    absences: Sequence[tuple[datetime, datetime, int]] = ()
    held: Sequence[tuple[datetime | None, int]] = ()
    holding: Mapping[int, timedelta] = field(default_factory=dict)


@dataclass(order=True)
class _Waiting:
    """A lead that is tried again at `due`; of those due together whoever came first goes first."""

    due: datetime
    came: datetime
    key: Key
    trial: Trial = field(compare=False)
    waited: bool = field(compare=False)


class Simulation:
    """`take` the trials in their order and then `finish`; `tell` is called once for each, when it is known."""

    def __init__(
        self,
        rules: RoutingRules,
        terms: Terms,
        people: People,
        *,
        began: datetime,
        tell: Tell,
    ) -> None:
        self._rules, self._terms, self._people, self._tell = rules, terms, people, tell
        self._has_fallback = rules.fallback is not None
        self._waiting: list[_Waiting] = []
        self._absences = sorted(people.absences, reverse=True)
        seats = {rep.pk: self._seat(rep) for rep in people.reps}
        self._bench = Bench(
            rules, seats, {}, terms, began, weights=people.weights, teams_on=people.teams_on
        )  # fmt: skip
        self._ending = self._begin_with(people.held)
        self._period_ends: dict[tuple[int, str], datetime] = {}
        self._next_period = began

    def _seat(self, rep: Rep) -> Seat:
        given = dict.fromkeys(A_PERIOD, 0) if self._rules.has_caps else {}
        return Seat(rep, caps=self._rules.caps(rep.pk, rep.team_id), given=given, skills=skills_of(rep.skills))

    def _begin_with(self, held: Sequence[tuple[datetime | None, int]]) -> list[tuple[datetime, int]]:
        """What is held at the beginning; returns when which rep is done with one."""
        ending = []
        for until, rep_id in held:
            if rep_id in self._bench.seats:
                self._bench.seats[rep_id].open += 1
                if until is not None:
                    ending.append((until, rep_id))
        heapify(ending)
        return ending

    def take(self, trial: Trial) -> None:
        self._let_pass(trial.at)
        if (verdict := self._turned_away(trial)) is not None:
            self._tell(trial.key, Outcome(verdict))
            return
        self._set_clock(trial.at)
        self._route(trial, waited=False)

    def finish(self) -> None:
        """Let time pass until nobody waits any more."""
        while self._waiting:
            self._let_pass(self._waiting[0].due)

    def _turned_away(self, trial: Trial) -> str | None:
        profile = self._rules.profile
        if profile is None:
            return None
        if judging.judge(profile.criteria, trial.case.facts, awaited=trial.awaited).verdict == NOT_MET:
            return NOT_ICP
        passes = trial.hand_raise or trial.score is None or trial.score >= profile.intent_bar
        return None if passes else LOW_INTENT

    def _let_pass(self, at: datetime) -> None:
        while self._waiting and self._waiting[0].due <= at:
            one = heappop(self._waiting)
            self._set_clock(one.due)
            self._route(one.trial, waited=one.waited)

    def _route(self, trial: Trial, *, waited: bool) -> None:
        found = self._bench.route(trial.case)
        while (step := self._next(found, trial, waited=waited)) is NextStep.TRY_THE_FALLBACK:
            found = self._bench.route(trial.case, instead_of=found)
        rule = found.rule
        if rule is None or step is NextStep.CLIMB:
            self._tell(trial.key, Outcome(LAST_RESORT, waited=self._bench.at - trial.at))
        elif step is NextStep.GIVE and found.rep is not None:
            self._give(trial, rule, found.rep)
        elif step is NextStep.POOL:
            told = Outcome(POOLED, rule.pk, rule.team_id, fallback=rule.is_fallback, waited=self._bench.at - trial.at)
            self._tell(trial.key, told)
        elif step is NextStep.WAIT_FOR_AN_OPENING and found.opens is not None:
            heappush(self._waiting, _Waiting(found.opens, trial.came, trial.key, trial, waited))
        else:
            until = self._terms.fallback(
                team_id=rule.team_id, territory_id=rule.pk, source=trial.source, at=self._bench.at
            )
            heappush(self._waiting, _Waiting(until.at, trial.came, trial.key, trial, waited=True))

    def _next(self, found: Route, trial: Trial, *, waited: bool) -> NextStep:
        return next_step(found, entered_at=trial.at, waited=waited, has_fallback=self._has_fallback)

    def _give(self, trial: Trial, rule: TerritoryRule, rep: Rep) -> None:
        at = self._bench.at
        if (holding := self._people.holding.get(rep.pk)) is not None:
            heappush(self._ending, (at + holding, rep.pk))
        within = self._terms.policy(rule.pk, trial.source).accept_within
        self._tell(trial.key, Outcome(GIVEN, rule.pk, rep.team_id, rep.pk, rule.is_fallback, at - trial.at, within))

    def _set_clock(self, at: datetime) -> None:
        """Bring the bench to this moment: who is done with a lead, who has left, which periods are over."""
        self._bench.at, seats = at, self._bench.seats
        while self._ending and self._ending[0][0] <= at:
            seats[heappop(self._ending)[1]].open -= 1
        while self._absences and self._absences[-1][0] <= at:
            _starts, ends, rep_id = self._absences.pop()
            if (seat := seats.get(rep_id)) is not None:
                seat.away_until = max(ends, seat.away_until or ends)
        if self._rules.has_caps and at >= self._next_period:
            self._begin_periods(at)

    def _begin_periods(self, at: datetime) -> None:
        """In a team's new hour, day or week its reps begin at nothing."""
        for team_id, seats in self._bench.teams.items():
            for name in A_PERIOD:
                if self._period_ends.get((team_id, name), at) <= at:
                    self._period_ends[team_id, name] = self._terms.period(team_id=team_id, name=name, at=at)[1]
                    for seat in seats:
                        seat.given[name] = 0
        self._next_period = min(self._period_ends.values(), default=at)
