"""The intent score: what the source sent, what coming from it says, and what signals are worth by now.

A signal's points halve with each half-life of its kind; they are worked out at the moment of judging and stored nowhere
but in the decision.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

MOST = 100
EVERYTHING_ELSE = "*"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class KindRule:
    """`points` None is what each signal was sent with, `half_life_days` None never fades, `cap` None is no limit."""

    points: int | None = None
    half_life_days: float | None = None
    cap: int | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """How many signals of a kind count, and what they are worth together."""

    kind: str
    n: int
    points: float


AS_SENT = KindRule()
# A kind, the points it was sent with, and when it happened.
Sign = tuple[str, int, datetime]


def rule_for(kind: str, rules: Mapping[str, KindRule]) -> KindRule:
    return rules.get(kind) or rules.get(EVERYTHING_ELSE) or AS_SENT


def worth(sent: int, rule: KindRule, *, age: timedelta) -> float:
    """What one signal counts at that age; one ahead of the clock counts as new."""
    points = max(-MOST, min(MOST, sent if rule.points is None else rule.points))
    if rule.half_life_days is None or age <= timedelta(0):
        return float(points)
    return float(points * 2.0 ** (-(age / DAY) / rule.half_life_days))


def add_up(signs: Iterable[Sign], rules: Mapping[str, KindRule], *, at: datetime) -> dict[str, Counted]:
    """By kind, before the caps. A signal that never had points, such as a form that joined, is left out."""
    found: dict[str, Counted] = {}
    for kind, sent, occurred_at in signs:
        rule = rule_for(kind, rules)
        if not (sent if rule.points is None else rule.points):
            continue
        before = found.get(kind) or Counted(kind, 0, 0.0)
        found[kind] = Counted(kind, before.n + 1, before.points + worth(sent, rule, age=at - occurred_at))
    return found


def together(books: Sequence[Mapping[str, Counted]], rules: Mapping[str, KindRule]) -> tuple[Counted, ...]:
    """What a lead's person and its company did, each kind within its cap, by name of the kind."""
    kinds = sorted({kind for book in books for kind in book})
    return tuple(_capped(kind, [book[kind] for book in books if kind in book], rules) for kind in kinds)


def _capped(kind: str, counted: Sequence[Counted], rules: Mapping[str, KindRule]) -> Counted:
    cap = rule_for(kind, rules).cap
    limit = MOST if cap is None else cap
    points = sum(one.points for one in counted)
    return Counted(kind, sum(one.n for one in counted), round(max(-limit, min(limit, points)), 2))


def score(parts: Iterable[int], signals: Sequence[Counted] | None) -> int | None:
    """0 to 100, rounded; None (unknown) where there is neither a part nor a signal. Faded to nothing is 0."""
    given = list(parts)
    if not given and not signals:
        return None
    return max(0, min(MOST, rounded(sum(given) + sum(one.points for one in signals or ()))))


def rounded(points: float) -> int:
    """The nearest whole number, a half upwards."""
    return math.floor(points + 0.5)
