"""The dashboard's tables: durations, reps, reasons, disputed criteria."""

from collections.abc import Mapping
from dataclasses import dataclass

from leads.models import Reason, Rep
from revops.dashboard import charts, saying
from revops.dashboard.cards import Deck, Number
from revops.dashboard.counting import Row
from revops.dashboard.figures import FIGURES
from revops.dashboard.metrics import Metrics
from revops.dashboard.subjects import NO_REASON

STEPS = {
    "accept": "not answered in time",
    "release": "lost to the Shark Tank",
    "touch": "first touch late",
    "untouched": "never touched",
    "disposition": "never decided",
}
NO_REASON_KEPT = "No reason kept"


@dataclass(frozen=True)
class SpanRow:
    """A sample of durations: median, p90 and p95, in working and in wall time."""

    label: str
    sample: Number
    open: Number | None
    work: tuple[str, ...]
    wall: tuple[str, ...]


def span_rows(deck: Deck) -> list[SpanRow]:
    rows = (
        ("Speed to lead", "speed", "came", "untouched"),
        ("Time to assignment", "assign", "came", "unassigned"),
        ("· in the buffer", "buffer", "came", ""),
        ("· in routing", "route", "came", "unassigned"),
        ("Time to accept", "accept", "judged", ""),
        ("Time in the Shark Tank", "claim", "pool_times", ""),
    )
    spans = deck.metrics.spans
    return [
        SpanRow(
            label,
            deck.number(sample),
            deck.number(open_) if open_ else None,
            tuple(saying.seconds(value) for value in spans.get(f"{name}_work_s", ())),
            tuple(saying.seconds(value) for value in spans[f"{name}_s"]),
        )
        for label, name, sample, open_ in rows
    ]


@dataclass(frozen=True)
class RepRow:
    """A rep's line of the coaching record."""

    name: str
    team: str
    cells: tuple[tuple[str, Number], ...]
    breaches: tuple[Number, ...]
    hollow: bool


def rep_rows(deck: Deck, reps: Mapping[int, Rep]) -> list[RepRow]:
    hollow = {row["rep_id"] for row in deck.metrics.hollow_reps}
    by_rep = {row["rep_id"]: row for row in deck.metrics.reps}
    for row in deck.metrics.breaches:
        by_rep.setdefault(row["rep_id"], {"rep_id": row["rep_id"]})
    order = sorted(by_rep, key=lambda pk: (reps[pk].team.name, reps[pk].name))
    return [_rep_row(deck, reps[pk], by_rep[pk], hollow=pk in hollow) for pk in order]


def _rep_row(deck: Deck, rep: Rep, row: Row, *, hollow: bool) -> RepRow:
    order = list(STEPS)
    steps = [line for line in deck.metrics.breaches if line["rep_id"] == rep.pk]
    steps.sort(key=lambda line: order.index(line["step"]) if line["step"] in order else len(order))
    sums = row | {key: sum(line[key] for line in steps) for key in ("ignored", "not_theirs")}
    split = tuple(
        deck.number(
            "ignored", f"{line['ignored']} {STEPS.get(line['step'], line['step'])}", rep=rep.pk, step=line["step"]
        )
        for line in steps
        if line["ignored"]
    )
    cells = (
        ("Assignments", deck.number("turns", counts=sums, rep=rep.pk)),
        ("Accepted", deck.rate("acceptance_rate", counts=sums, rep=rep.pk)),
        ("Decided in time", deck.rate("sla_compliance", counts=sums, rep=rep.pk)),
        ("Touched in time", deck.rate("touched_turns", counts=sums, rep=rep.pk)),
        ("Recycled untouched", deck.number("recycled_untouched", counts=sums, rep=rep.pk)),
        ("Breaches", deck.number("ignored", counts=sums, rep=rep.pk)),
        ("Held against nobody", deck.number("not_theirs", counts=sums, rep=rep.pk)),
    )
    return RepRow(rep.name, rep.team.name, cells, split, hollow)


@dataclass(frozen=True)
class ReasonRow:
    label: str
    bar: tuple[charts.Segment, ...]
    share: str
    cells: tuple[tuple[str, Number], ...]


def reason_rows(deck: Deck, reasons: Mapping[str, str]) -> list[ReasonRow]:
    most = max((row["recycled"] for row in deck.metrics.reasons), default=0)
    rows = sorted(deck.metrics.reasons, key=lambda row: -row["recycled"])
    return [_reason_row(deck, row, reasons.get(row["reason"], NO_REASON_KEPT), most) for row in rows]


def _reason_row(deck: Deck, row: Row, label: str, most: int) -> ReasonRow:
    turns, code = deck.metrics.counts["turns"], row["reason"]
    cells = tuple(
        (FIGURES[key].title, deck.number(key, counts=row, reason=code))
        for key in ("recycled", "recycled_untouched", "reopened", "won_back")
    )
    bar = charts.bar([(row["recycled"], "accent"), (most - row["recycled"], "none")])
    return ReasonRow(label, bar, saying.percent(row["recycled"] / turns if turns else None), cells)


@dataclass(frozen=True)
class PlainRow:
    label: str
    detail: str
    number: Number


def untouched_rows(deck: Deck, reps: Mapping[int, Rep], reasons: Mapping[str, str]) -> list[PlainRow]:
    """Given back without a touch, by rep and reason, the most first."""
    rows = sorted(deck.metrics.rep_reasons, key=lambda row: -row["recycled_untouched"])[:12]
    return [
        PlainRow(
            reps[row["rep_id"]].name,
            reasons.get(row["reason"], NO_REASON_KEPT),
            deck.number(
                "recycled_untouched",
                saying.out_of(row["recycled_untouched"], row["recycled"]),
                rep=row["rep_id"],
                reason=row["reason"],
            ),
        )
        for row in rows
    ]


def criterion_rows(deck: Deck) -> list[PlainRow]:
    rows = sorted(deck.metrics.criteria, key=lambda row: -row["disputes"])
    return [
        PlainRow(row["criterion"], "", deck.number("disputes", counts=row, criterion=row["criterion"])) for row in rows
    ]


def narrowed_words(name: str, value: str) -> str:
    """How a list says what it is narrowed by."""
    if name == "reason" and value == NO_REASON:
        return NO_REASON_KEPT
    return STEPS.get(value, value if name == "criterion" else value.replace("_", " "))


def names(metrics: Metrics) -> tuple[dict[int, Rep], dict[str, str]]:
    """The reps and the reasons' labels that the tables name."""
    ids = {row["rep_id"] for row in (*metrics.reps, *metrics.breaches)}
    reps = Rep.objects.filter(pk__in=ids).select_related("user", "team")
    return {rep.pk: rep for rep in reps}, dict(Reason.objects.values_list("code", "label"))
