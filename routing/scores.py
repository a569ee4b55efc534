"""Performance scores: worked out from what became of leads, kept, and read by whoever gives leads."""

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Model

from leads.models import Rep
from routing import performance
from routing.models import PerformanceFit, PerformanceScore
from routing.outcomes import Outcome, TouchTime, outcomes
from routing.performance import FOLDS, Fit, Tally

Measure = PerformanceFit.Measure
Teams = dict[int, dict[int, list[Tally]]]


def refresh(time: TouchTime, *, at: datetime) -> int:
    """Work out all scores anew. Returns how many reps have one."""
    teams: dict[int, list[int]] = {}
    for rep_id, team_id in Rep.objects.taking_leads().order_by("pk").values_list("pk", "team_id"):
        teams.setdefault(team_id, []).append(rep_id)
    touches, conversions = folded(teams, outcomes(time, at=at))
    fits = {Measure.TOUCH: Fit.of(touches), Measure.CONVERSION: Fit.of(conversions)}
    scores = [score for team in teams for score in _scores(team, fits, at=at)]
    _keep(scores, [_row(measure, fit, at=at) for measure, fit in fits.items()])
    return len(scores)


def folded(teams: Mapping[int, Iterable[int]], found: Iterable[Outcome]) -> tuple[Teams, Teams]:
    """Touches and conversions by team, rep and fold; which fold is the lead's, whoever had it."""
    touches: Teams = {team: {rep: [Tally()] * FOLDS for rep in reps} for team, reps in teams.items()}
    conversions: Teams = {team: {rep: [Tally()] * FOLDS for rep in reps} for team, reps in teams.items()}
    team_of = {rep: team for team, reps in teams.items() for rep in reps}
    for one in found:
        team, fold = team_of.get(one.rep_id), one.lead_id % FOLDS
        if team is None:
            continue
        for measure, went_well in ((touches, one.touched), (conversions, one.converted)):
            if went_well is not None:
                measure[team][one.rep_id][fold] += Tally(1, int(went_well))
    return touches, conversions


def _scores(team: int, fits: Mapping[Measure, Fit], *, at: datetime) -> Iterable[PerformanceScore]:
    touch, conversion = fits[Measure.TOUCH], fits[Measure.CONVERSION]
    for rep, weight in performance.weights(team, list(fits.values())).items():
        touched, converted = touch.tallies[team][rep], conversion.tallies[team][rep]
        yield PerformanceScore(
            rep_id=rep,
            team_id=team,
            touch_n=touched.n,
            touch_k=touched.k,
            touch_shrunk=touch.shrunk(team, rep),
            conversion_n=converted.n,
            conversion_k=converted.k,
            conversion_shrunk=conversion.shrunk(team, rep),
            weight=weight,
            computed_at=at,
        )


def _row(measure: Measure, fit: Fit, *, at: datetime) -> PerformanceFit:
    held = fit.comparison
    strength = None if math.isinf(fit.strength) else fit.strength
    return PerformanceFit(
        measure=measure,
        strength=strength,
        n=held.n,
        raw_loss=held.raw,
        shrunk_loss=held.shrunk,
        equal_loss=held.equal,
        computed_at=at,
    )


@transaction.atomic
def _keep(scores: list[PerformanceScore], fits: list[PerformanceFit]) -> None:
    """In place of what was there, by rep in order, so that two at once do not wait for each other in a circle."""
    scores.sort(key=lambda score: score.rep_id)
    PerformanceScore.objects.bulk_create(scores, **_in_place_of(PerformanceScore, "rep"))
    PerformanceFit.objects.bulk_create(fits, **_in_place_of(PerformanceFit, "measure"))
    PerformanceScore.objects.exclude(rep__in=[score.rep_id for score in scores]).delete()


def _in_place_of(model: type[Model], key: str) -> dict[str, Any]:
    columns = [field.name for field in model._meta.concrete_fields if field.name not in ("id", key)]
    return {"update_conflicts": True, "unique_fields": [key], "update_fields": columns}


def weights() -> dict[int, float]:
    """By rep, as last worked out. Who has changed teams since has none, which is that of the team's mean."""
    return dict(PerformanceScore.objects.filter(team=F("rep__team")).values_list("rep_id", "weight"))
