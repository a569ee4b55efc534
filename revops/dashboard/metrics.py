"""The period's figures, as the field defines them: rates, quantiles and their splits, in one query each."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from revops.dashboard.counting import Row, Split, count, quantiles
from revops.dashboard.lives import LIVES
from revops.dashboard.scope import Scope
from revops.dashboard.subjects import BREACHES, CONVERSIONS, DISPUTES, EACH_CRITERION, POOLED, SENT_BACK, TURNS

# A rate: the figure that is counted, and the figure it is counted out of.
RATES = {
    "touch_rate": ("touched", "touch_due"),
    "acceptance_rate": ("accepted", "judged"),
    "sla_compliance": ("in_window", "answerable"),
    "recycle_rate": ("recycled", "turns"),
    "reopened_rate": ("reopened", "to_nurture"),
    "won_back_rate": ("won_back", "to_nurture"),
    "pool_rate": ("pooled", "came"),
    "claim_rate": ("claimed", "pool_times"),
    "fallback_rate": ("fell_back", "assigned"),
    "touched_turns": ("touch_in_time", "touch_judged"),
}
# A sample of durations: its column, and the figures for its size and for those still open in it.
SAMPLES = {
    "speed_s": ("came", "untouched"),
    "speed_work_s": ("came", "untouched"),
    "assign_s": ("came", "unassigned"),
    "assign_work_s": ("came", "unassigned"),
    "buffer_s": ("came", ""),
    "route_s": ("came", "unassigned"),
    "accept_s": ("judged", ""),
    "accept_work_s": ("judged", ""),
    "claim_s": ("pool_times", ""),
    "claim_work_s": ("pool_times", ""),
}
LIFE_SAMPLE = ("speed_s", "speed_work_s", "assign_s", "assign_work_s", "buffer_s", "route_s")
REP_FIGURES = (
    "turns",
    "judged",
    "accepted",
    "answerable",
    "unanswerable",
    "in_window",
    "touch_judged",
    "touch_unjudged",
    "touch_in_time",
    "recycled_untouched",
)
SPLITS = {
    LIVES.key: [
        Split("all", sample=LIFE_SAMPLE, of="first"),
        Split("slot", by="slot", sample=("speed_work_s",), of="first"),
    ],
    TURNS.key: [
        Split("all", sample=("accept_s", "accept_work_s"), of="judged"),
        Split("slot", by="slot", sample=("accept_work_s",), of="judged"),
        Split("rep", by="rep_id", figures=REP_FIGURES),
        Split("reason", by="reason", figures=("recycled", "recycled_untouched", "to_nurture", "reopened", "won_back")),
        Split("rep_reason", by="rep_id, reason", figures=("recycled", "recycled_untouched")),
    ],
    POOLED.key: [Split("all", sample=("claim_s", "claim_work_s"))],
    BREACHES.key: [Split("all"), Split("rep", by="rep_id, step")],
    SENT_BACK.key: [Split("all")],
    DISPUTES.key: [
        Split("all"),
        Split("criterion", by="criterion", rows=EACH_CRITERION),
    ],
    CONVERSIONS.key: [Split("all")],
}
SUBJECTS = (LIVES, TURNS, POOLED, BREACHES, SENT_BACK, DISPUTES, CONVERSIONS)

# Nearly everything accepted and little of it touched: accepting has become a click.
HOLLOW_ACCEPTANCE, LOW_TOUCH, ENOUGH = 0.95, 0.5, 10


@dataclass(frozen=True)
class Metrics:
    """`counts` by figure key, in all; `slots` the same by day or week of the period, from 1; the splits as rows."""

    counts: Mapping[str, int]
    spans: Mapping[str, Sequence[float | None]]
    slots: Mapping[int, Row] = field(default_factory=dict)
    reps: Sequence[Row] = ()
    reasons: Sequence[Row] = ()
    rep_reasons: Sequence[Row] = ()
    breaches: Sequence[Row] = ()
    criteria: Sequence[Row] = ()

    def rate(self, key: str) -> float | None:
        return rate(self.counts, key)

    def slot_rates(self, key: str, slots: int) -> list[float | None]:
        return [rate(self.slots.get(number, {}), key) for number in range(1, slots + 1)]

    def slot_counts(self, key: str, slots: int) -> list[float | None]:
        return [self.slots.get(number, {}).get(key, 0) for number in range(1, slots + 1)]

    def slot_medians(self, column: str, slots: int) -> list[float | None]:
        """Medians by slot; None where most of the sample is still open, too."""
        found = [quantiles(self.slots.get(number, {}), column)[0] for number in range(1, slots + 1)]
        return [None if value is None or math.isinf(value) else value for value in found]

    @property
    def is_hollow(self) -> bool:
        return is_hollow(self.counts)

    @property
    def hollow_reps(self) -> list[Row]:
        return [row for row in self.reps if is_hollow(row)]


def rate(counts: Mapping[str, int], key: str) -> float | None:
    """A rate of RATES, or None where there is nothing to count out of."""
    part, whole = RATES[key]
    return counts[part] / counts[whole] if counts.get(whole) else None


def is_hollow(counts: Mapping[str, int]) -> bool:
    """Whether nearly all was accepted and less than half of that touched in time, over enough to tell."""
    accepted, touched = rate(counts, "acceptance_rate"), rate(counts, "touched_turns")
    enough = counts.get("judged", 0) >= ENOUGH and counts.get("touch_judged", 0) >= ENOUGH
    return bool(enough and accepted is not None and touched is not None) and (
        accepted > HOLLOW_ACCEPTANCE and touched < LOW_TOUCH  # type: ignore[operator]
    )


def measure(scope: Scope) -> Metrics:
    """Every figure of the period, for the scope's teams."""
    found = {subject.key: count(subject, SPLITS[subject.key], scope) for subject in SUBJECTS}
    totals: Row = {}
    for parts in found.values():
        totals |= parts["all"][0]
    return Metrics(
        counts={key: value for key, value in totals.items() if key not in SAMPLES},
        spans={column: quantiles(totals, column) for column in SAMPLES},
        slots=_by_slot(found[LIVES.key]["slot"], found[TURNS.key]["slot"]),
        reps=found[TURNS.key]["rep"],
        reasons=[row for row in found[TURNS.key]["reason"] if row["recycled"]],
        rep_reasons=[row for row in found[TURNS.key]["rep_reason"] if row["recycled_untouched"]],
        breaches=found[BREACHES.key]["rep"],
        criteria=found[DISPUTES.key]["criterion"],
    )


def _by_slot(*splits: Sequence[Row]) -> dict[int, Row]:
    slots: dict[int, Row] = {}
    for rows in splits:
        for row in rows:
            slots[row["slot"]] = slots.get(row["slot"], {}) | row
    return slots
