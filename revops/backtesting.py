"""Rules tried on the leads of before: what another version would have made of them, beside what is in force.

It reads, and writes nothing of any lead. Leads are as they were when they were first judged: their facts and intent, as
the decision kept them, their account's domains and owner as routing did. People, hours and absences are those of now.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db.models import Q

from leads.models import Assignment, Draft, PastLead, Rep, RuleSet, Team
from revops import rules
from revops.refusals import Refused
from revops.rules import Rules
from routing import scores
from routing.answering import ENOUGH, NEVER, Answering, Window, usual_holding
from routing.backtest import People, Simulation
from routing.comparing import SIDES, Comparison
from routing.models import Absence
from routing.roster import COUNTED
from routing.trials import Trials
from sla import business_time
from sla.at_work import WorkTerms
from sla.terms import TeamHours

# Who answered how fast longer ago says little of today.
PAST_ANSWERS = timedelta(days=180)
EVERY = 100
# Called with how many of how many leads are done.
Progress = Callable[[int, int], None]


class NoSuchVersion(Refused):
    """No version of the rules has this number."""

    def __init__(self, number: int) -> None:
        last = RuleSet.objects.order_by("-number").values_list("number", flat=True).first()
        there_are = f"they go from 1 to {last}" if last else "none is kept before a lead has met one"
        super().__init__(f"There is no version {number} of the rules: {there_are}.")


@dataclass(frozen=True)
class Named:
    """One side of a comparison, and how it is called."""

    name: str
    rules: Rules


def in_force() -> Named:
    standing = rules.standing()
    number = RuleSet.objects.filter(pk=standing.pk or 0).values_list("number", flat=True).first()
    return Named(f"version {number}, in force" if number else "the rules in force", standing)


def other(number: int | None) -> Named:
    """A version by its number; without one the draft, or else what is written, which is in force. Raises
    NoSuchVersion."""
    if number is None:
        return Named("the draft" if Draft.objects.exists() else "what is written", rules.written())
    pk = RuleSet.objects.filter(number=number).values_list("pk", flat=True).first()
    if pk is None:
        raise NoSuchVersion(number)
    return Named(f"version {number}", rules.version(pk))


def compare(base: Rules, candidate: Rules, *, days: int, at: datetime, progress: Progress) -> dict[str, Any]:
    """What each version would have made of the leads of the last `days`, as plain values; see `routing.comparing`."""
    since = at - timedelta(days=days)
    trials = Trials(since=since, until=at)
    hours = TeamHours.load()
    comparison = Comparison(Answering(_windows(hours, at=at), _teams()))
    people = _people(since=since, at=at)
    runs = [
        Simulation(
            said.routing, WorkTerms.of(said.policies), people, began=since, tell=partial(comparison.tell, side)
        )
        for side, said in zip(SIDES, (base, candidate), strict=True)
    ]  # fmt: skip
    progress(0, len(trials))
    for number, trial in enumerate(trials, start=1):
        for run in runs:
            run.take(trial)
        if number % EVERY == 0:
            progress(number, len(trials))
    for run in runs:
        run.finish()
    progress(len(trials), len(trials))
    told = {"since": since.isoformat(), "until": at.isoformat(), "past": trials.past}
    return told | {"left_out": dict(sorted(trials.left_out.items()))} | comparison.as_dict()


def _teams() -> dict[int, int]:
    return dict(Rep.objects.order_by("pk").values_list("pk", "team_id"))


def _people(*, since: datetime, at: datetime) -> People:
    """The reps there are now, and what they held when the time began."""
    reps = list(Rep.objects.filter(team__active=True).select_related("user", "team").order_by("pk"))
    absences = Absence.objects.filter(ends_at__gt=since).order_by("starts_at", "pk")
    held = Assignment.objects.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=since), started_at__lt=since)
    return People(
        reps,
        frozenset(Team.objects.filter(active=True).values_list("pk", flat=True)),
        scores.weights(),
        list(absences.values_list("starts_at", "ends_at", "rep_id")),
        list(held.order_by("pk").values_list("ended_at", "rep_id")),
        _holding(reps, at=at),
    )


def _holding(reps: list[Rep], *, at: datetime) -> dict[int, timedelta]:
    """How long each rep usually holds a lead: by their own turns, by their team's where they had too few."""
    of_rep: dict[int, list[tuple[timedelta, bool]]] = defaultdict(list)
    of_team: dict[int, list[tuple[timedelta, bool]]] = defaultdict(list)
    turns = Assignment.objects.filter(started_at__range=(at - PAST_ANSWERS, at)).order_by("pk")
    rows = turns.values_list("rep_id", "rep__team_id", "started_at", "ended_at")
    for rep_id, team_id, started, ended in rows.iterator(chunk_size=2000):
        held = ((ended or at) - started, ended is not None)
        of_rep[rep_id].append(held)
        of_team[team_id].append(held)
    usual = {team_id: usual_holding(held) for team_id, held in of_team.items()}
    found = {}
    for rep in reps:
        enough = len(of_rep[rep.pk]) >= ENOUGH
        holding = usual_holding(of_rep[rep.pk]) if enough else usual.get(rep.team_id)
        if holding is not None:
            found[rep.pk] = holding
    return found


def _windows(hours: TeamHours, *, at: datetime) -> Iterator[Window]:
    """How long each turn waited for its rep to accept or recycle, in the business time of the rep's team. A claim is
    accepted as it is made and says nothing of that."""
    turns = Assignment.objects.filter(started_at__range=(at - PAST_ANSWERS, at), how__in=COUNTED).order_by("pk")
    for turn in turns.select_related("rep").defer("terms").iterator(chunk_size=2000):
        if turn.outcome == "lapsed" and turn.accepted_at is None:
            yield Window(turn.rep_id, NEVER, answered=True)
            continue
        answered = turn.accepted_at or (turn.ended_at if turn.outcome == "recycled" else None)
        until = answered or turn.ended_at or at
        took = business_time.between(hours.hours(turn.rep.team_id), turn.started_at, until)
        yield Window(turn.rep_id, took, answered is not None)
    yield from _past_windows(hours, at=at)


def _past_windows(hours: TeamHours, *, at: datetime) -> Iterator[Window]:
    """The same of past leads whose owner is somebody here and whose time of acceptance is known."""
    people = Rep.objects.order_by("-pk").values_list("user__email", "pk", "team_id")
    reps = {email.casefold(): (pk, team) for email, pk, team in people if email}
    past = PastLead.objects.filter(accepted_at__isnull=False, captured_at__range=(at - PAST_ANSWERS, at))
    rows = past.exclude(owner_email="").order_by("pk").values_list("owner_email", "captured_at", "accepted_at")
    for email, came, accepted in rows.iterator(chunk_size=2000):
        if accepted is not None and (found := reps.get(email.casefold())) is not None:
            rep_id, team_id = found
            yield Window(rep_id, business_time.between(hours.hours(team_id), came, accepted), answered=True)
