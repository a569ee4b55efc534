"""What counts of what became of leads, how it is kept, and that leads are given by it."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django_q.models import Schedule

from leads.models import Assignment, Lead, Reason, Team
from revops import jobs, lifecycle, scoring
from routing import roster, scores
from routing.models import Decision, PerformanceFit, PerformanceScore, Pool, Weight
from routing.outcomes import Outcome, outcomes
from sla.at_work import WorkTerms
from sla.models import Policy
from tests.world import DAY, HOUR, MINUTE, World, check_law


def given(world: World) -> Assignment:
    """The turn of a lead that was given in turn, on a Monday morning."""
    world.to_state("assigned")
    return Assignment.objects.get()


def found(world: World, *, after: timedelta) -> list[Outcome]:
    return list(outcomes(WorkTerms.of(Policy.objects.all()), at=world.now + after))


YEAR = timedelta(days=366)
LATER = 40 * DAY


@pytest.mark.parametrize(
    ("changed", "after", "expected"),
    [
        ({}, HOUR, (None, None)),  # its time has not ended
        ({}, 20 * DAY, (False, None)),  # and it may yet convert
        ({}, LATER, (False, False)),
        ({"accepted": MINUTE}, LATER, (False, False)),
        ({"touched": HOUR}, LATER, (True, False)),
        ({"touched": HOUR, "first_touch_by_hand": True}, LATER, (False, False)),
        ({"touched": 9 * DAY}, LATER, (False, False)),  # too late
        ({"outcome": "converted", "opportunity": "006A"}, LATER, (False, True)),
        ({"outcome": "converted", "opportunity": ""}, LATER, (False, False)),  # of the rep's word alone
        ({"outcome": "converted", "opportunity": "006A"}, 20 * DAY, (False, None)),
        ({"outcome": "lapsed"}, LATER, (False, False)),
        ({"outcome": "untouched"}, LATER, (False, False)),
        ({"outcome": "undecided", "touched": HOUR}, LATER, (True, False)),
        ({"outcome": "recycled", "reason": "timing"}, LATER, (False, False)),
        ({"outcome": "recycled", "reason": "not_icp", "touched": HOUR}, LATER, (True, False)),
        ({"outcome": "recycled", "reason": "wrong_territory"}, LATER, None),
        ({"outcome": "recycled", "reason": "duplicate"}, LATER, None),
        ({"outcome": "recycled", "reason": "customer"}, LATER, None),
        ({"outcome": "absence"}, LATER, None),
        ({"outcome": "rep_off"}, LATER, None),
        ({"outcome": "handed_over", "touched": HOUR}, LATER, None),
        ({"outcome": "suppressed"}, LATER, None),
        ({"how": "claim", "touched": HOUR}, LATER, None),
        ({"how": "account_owner"}, LATER, None),
        ({"how": "deal"}, LATER, None),
        ({"how": "performance", "touched": HOUR}, LATER, (True, False)),
        ({}, YEAR, None),  # too long ago
    ],
)
def test_what_counts(
    world: World, changed: dict[str, Any], after: timedelta, expected: tuple[bool | None, bool | None] | None
) -> None:
    turn = given(world)
    wanted = [] if expected is None else [Outcome(turn.lead_id, turn.rep_id, *expected)]
    with transaction.atomic():
        become(turn, dict(changed))
        assert found(world, after=after) == wanted
        transaction.set_rollback(True)  # a turn alone, without its lead, is against the law


def become(turn: Assignment, told: dict[str, Any]) -> None:
    """The turn as it would stand, times counted from its start."""
    start = turn.started_at
    if "accepted" in told:
        told["accepted_at"] = start + told.pop("accepted")
    if "touched" in told:
        told["first_touch_at"] = start + told.pop("touched")
    if "opportunity" in told:
        Lead.objects.update(converted_opportunity=told.pop("opportunity"))
    if "reason" in told:
        told["reason"] = Reason.objects.get(code=told["reason"])
    if "outcome" in told:
        told["ended_at"] = start + 2 * HOUR
    Assignment.objects.filter(pk=turn.pk).update(**told)


def test_clicking_accept_changes_nothing(world: World) -> None:
    world.capture_all([{"email": f"p{number}@acme.test"} for number in range(12)])
    world.pass_time(4 * MINUTE)
    before = sorted(map(vars_of, found(world, after=LATER)))
    for lead in Lead.objects.all():
        world.accept(lead)
    assert sorted(map(vars_of, found(world, after=LATER))) == before
    assert len(before) == 12


def vars_of(one: Outcome) -> tuple[Any, ...]:
    return one.lead_id, one.rep_id, one.touched, one.converted


def history(world: World, touched: dict[int, int], *, each: int) -> None:
    """So many leads of each rep long ago, of which the first `touched` by rep were called in time, evenly mixed."""
    world.capture_all([{"email": f"old{number}@acme.test"} for number in range(each * len(world.reps))])
    world.pass_time(4 * MINUTE)
    for rep in world.reps:
        turns = list(Assignment.objects.filter(rep=rep).order_by("lead_id"))
        assert len(turns) == each
        for place, turn in enumerate(turns):
            if place * touched[rep.pk] // each < (place + 1) * touched[rep.pk] // each:
                lifecycle.touch(turn.lead_id, kind="call", seen=True, at=world.now, by=world.actor(rep))


def test_the_daily_job_keeps_what_each_rep_came_to(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, ben, cleo = world.reps
    history(world, {ada.pk: 80, ben.pk: 40, cleo.pk: 10}, each=80)
    monkeypatch.setattr("revops.clock.now", lambda: world.now + LATER)
    assert jobs.performance() == 3
    kept = {score.rep_id: score for score in PerformanceScore.objects.all()}
    assert {rep: (score.touch_n, score.touch_k) for rep, score in kept.items()} == {
        ada.pk: (80, 80), ben.pk: (80, 40), cleo.pk: (80, 10),
    }  # fmt: skip
    assert {(score.conversion_n, score.conversion_k) for score in kept.values()} == {(80, 0)}
    assert kept[ada.pk].weight > kept[ben.pk].weight > kept[cleo.pk].weight
    assert 1.0 > kept[ada.pk].touch_shrunk > kept[ben.pk].touch_shrunk > kept[cleo.pk].touch_shrunk > 10 / 80
    assert {score.computed_at for score in kept.values()} == {world.now + LATER}
    fits = {fit.measure: fit for fit in PerformanceFit.objects.all()}
    assert fits["touch"].comparison.holds
    assert fits["touch"].n == 240
    assert fits["conversion"].strength is None
    assert scores.weights() == {rep: score.weight for rep, score in kept.items()}
    check_law()


def test_worked_out_again_it_takes_the_place_of_what_was(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    ada, ben, _cleo = world.reps
    scoring.refresh(at=world.now)
    ben.takes_routing = False
    ben.save()
    call_command("score_performance")
    assert "2 reps scored" in capsys.readouterr().out
    assert PerformanceScore.objects.count() == 2
    assert PerformanceFit.objects.count() == 2
    assert not PerformanceScore.objects.filter(rep=ben).exists()
    ada.team = Team.objects.create(name="Enterprise")
    ada.save()
    assert ada.pk not in scores.weights()


def test_a_worker_does_it_daily(db: None) -> None:
    jobs.plant_schedules()
    schedule = Schedule.objects.get(name="airtight-performance")
    assert (schedule.func, schedule.minutes) == ("revops.jobs.performance", 24 * 60)


@pytest.mark.parametrize(
    "wrong",
    [{"touch_n": 1, "touch_k": 2}, {"conversion_n": 0, "conversion_k": 1}, {"weight": 0.49}, {"weight": 2.01}],
)
def test_the_database_refuses_nonsense(world: World, wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="performance_score"), transaction.atomic():
        PerformanceScore.objects.create(rep=world.reps[0], team=world.team, computed_at=world.now, **wrong)


def by_performance(world: World, *weights: float) -> None:
    Pool.objects.update(strategy=Pool.Strategy.PERFORMANCE)
    for rep, weight in zip(world.reps, weights, strict=False):
        PerformanceScore.objects.create(rep=rep, team=world.team, weight=weight, computed_at=world.now)


@pytest.mark.parametrize("weights", [(2.0, 1.0, 0.5), (1.07, 0.93), (), (0.5, 0.5, 0.5), (1.317, 0.611, 1.9)])
def test_leads_are_given_by_these_weights_and_nobody_is_a_lead_off(world: World, weights: tuple[float, ...]) -> None:
    by_performance(world, *weights)
    for start in range(0, 40, 8):
        world.capture_all([{"email": f"p{number}@acme.test"} for number in range(start, start + 8)])
        world.pass_time(4 * MINUTE)
    turn = list(Assignment.objects.order_by("pk").values_list("rep_id", flat=True))
    assert len(turn) == 40
    worth = dict(zip([rep.pk for rep in world.reps], [*weights, 1.0, 1.0, 1.0], strict=False))
    had: Counter[int] = Counter()
    for count, rep_id in enumerate(turn, start=1):
        had[rep_id] += 1
        for rep, weight in worth.items():
            assert abs(had[rep] - count * weight / sum(worth.values())) < 1
    decision = Decision.objects.filter(kind="routing").latest("pk")
    assert decision.outcome == "performance"
    assert {one["rep_id"]: one["weight"] for one in decision.steps["turns"]} == worth


def test_a_weight_set_by_hand_multiplies_it(world: World) -> None:
    by_performance(world, 1.5, 1.0, 1.0)
    Weight.objects.create(pool=Pool.objects.get(), rep=world.reps[0], weight=3)
    world.to_state("assigned")
    turns = Decision.objects.get(kind="routing").steps["turns"]
    assert [one["weight"] for one in turns] == [4.5, 1.0, 1.0]


def test_scores_are_not_asked_for_where_no_territory_goes_by_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster.scores, "weights", lambda: pytest.fail("asked for"))
    assert world.to_state("assigned").owner is not None
