"""Performance weights as a page shows them: each rep's counts, what they come to, and how well that foretold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from leads.models import Team
from revops.dashboard import charts, saying
from revops.rules import standing
from routing import performance
from routing.models import PerformanceFit, PerformanceScore
from routing.performance import ENOUGH, LEAST, MINIMUM, MOST, Tally
from routing.strategies import PERFORMANCE

# The constants of the formula that the page names.
NAMED = ("WINDOW_DAYS", "RIPE_DAYS", "MINIMUM", "FLOOR_STRENGTH", "LEAST", "MOST", "MARGIN", "FOLDS", "ENOUGH")


@dataclass(frozen=True)
class Rate:
    """A measure of one rep in words; `few` is set below the minimum."""

    counted: str
    raw: str
    shrunk: str
    few: bool


@dataclass(frozen=True)
class RepRow:
    name: str
    touches: Rate
    conversions: Rate
    weight: str
    share: str
    gauge: tuple[charts.Segment, ...]


@dataclass(frozen=True)
class TeamPanel:
    """A team's reps, `equal` what each would be given of its leads by equal weights; means of its counts in all."""

    team: Team
    reps: Sequence[RepRow]
    equal: str
    touch_mean: str
    conversion_mean: str


@dataclass(frozen=True)
class FitRow:
    """How one measure foretold what was held back, and what follows."""

    label: str
    n: int
    raw: str
    shrunk: str
    equal: str
    ratio: str
    strength: str
    verdict: str
    tone: str


def constants() -> dict[str, object]:
    """What the formula's text names."""
    return {name: getattr(performance, name) for name in NAMED}


def computed_at() -> datetime | None:
    return PerformanceFit.objects.order_by("computed_at").values_list("computed_at", flat=True).last()


def used_by(teams: Iterable[Team]) -> list[str]:
    """The territories of these teams that give out leads by performance."""
    mine = {team.pk for team in teams}
    territories = standing().routing.territories
    return sorted(rule.name for rule in territories if rule.strategy == PERFORMANCE and rule.team_id in mine)


def panels(teams: Sequence[Team]) -> list[TeamPanel]:
    scores = PerformanceScore.objects.filter(team__in=teams, team=F("rep__team")).select_related("rep__user")
    by_team: dict[int, list[PerformanceScore]] = {}
    for score in scores.order_by("-weight", "rep__user__first_name", "pk"):
        by_team.setdefault(score.team_id, []).append(score)
    return [_panel(team, by_team[team.pk]) for team in teams if team.pk in by_team]


def _panel(team: Team, scores: Sequence[PerformanceScore]) -> TeamPanel:
    weights = sum(score.weight for score in scores)
    touches = performance.total(score.touches for score in scores)
    conversions = performance.total(score.conversions for score in scores)
    rows = [
        RepRow(
            score.rep.name,
            _rate(score.touches, score.touch_shrunk, touches),
            _rate(score.conversions, score.conversion_shrunk, conversions),
            f"{score.weight:.2f}",
            _percent(score.weight / weights),
            charts.gauge(score.weight, LEAST, MOST),
        )
        for score in scores
    ]
    return TeamPanel(team, rows, _percent(1 / len(scores)), _percent(touches.rate), _percent(conversions.rate))


def _rate(tally: Tally, shrunk: float, team: Tally) -> Rate:
    """Where nothing of the team is counted yet there is no mean to shrink towards."""
    towards = shrunk if team.n else None
    return Rate(saying.out_of(tally.k, tally.n), _percent(tally.rate), _percent(towards), tally.n < MINIMUM)


def _percent(share: float | None) -> str:
    return saying.NOTHING if share is None else f"{100 * share:.1f} %"


def fits() -> list[FitRow]:
    return [_fit(fit) for fit in PerformanceFit.objects.order_by("-measure")]


def _fit(fit: PerformanceFit) -> FitRow:
    held = fit.comparison
    if held.n < ENOUGH:
        verdict, tone = f"fewer than {ENOUGH} outcomes: not used yet", "muted"
    elif not held.holds:
        verdict, tone = "worse than equal weights: not used", "warn"
    elif fit.strength is None:
        verdict, tone = "reps differ no more than chance: equal", "info"
    else:
        verdict, tone = "no worse than equal weights: used", "ok"
    losses = (held.raw, held.shrunk, held.equal, held.ratio)
    raw, shrunk, equal, ratio = [f"{loss:.4f}" if held.n else saying.NOTHING for loss in losses]
    strength = "∞" if fit.strength is None else f"{fit.strength:,.0f}"
    return FitRow(str(fit), held.n, raw, shrunk, equal, ratio, strength, verdict, tone)
