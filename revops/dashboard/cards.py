"""Figures ready to be shown: texts, links to the leads behind them, and small charts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from leads import wording
from revops.dashboard import charts, saying
from revops.dashboard.asking import Asked
from revops.dashboard.figures import FIGURES
from revops.dashboard.metrics import RATES, Metrics, rate

Counts = Mapping[str, int]


@dataclass(frozen=True)
class Number:
    """A number that opens its leads; `how` says how it is counted."""

    text: str
    href: str = ""
    how: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Card:
    """A figure with what stands beside it."""

    label: str
    number: Number
    notes: tuple[tuple[Number, ...], ...] = ()
    how: tuple[str, ...] = ()
    spark: charts.Spark | None = None
    bar: tuple[charts.Segment, ...] = ()
    legend: tuple[Number, ...] = field(default=())


class Deck:
    """Makes cards of one look's metrics."""

    def __init__(self, metrics: Metrics, asked: Asked) -> None:
        self.metrics = metrics
        self.asked = asked
        self.slots = len(asked.period.edges) - 1

    def number(
        self, key: str, text: str = "", *, counts: Mapping[str, int] | None = None, **narrowed: object
    ) -> Number:
        """The count of a figure, or `text` in its place, with its link; a tone only where there is something."""
        figure, value = FIGURES[key], (self.metrics.counts if counts is None else counts).get(key, 0)
        return Number(text or f"{value:,}", self.asked.leads(key, **narrowed), figure.how)

    def noted(self, **words: str) -> tuple[tuple[Number, ...], ...]:
        """The counts of figures, each followed by words for it; what there is none of is not said."""
        counts = self.metrics.counts
        return tuple((self.number(key, f"{counts[key]:,} {said}"),) for key, said in words.items() if counts[key])

    def rate(self, key: str, *, counts: Counts | None = None, **narrowed: object) -> Number:
        """A rate as a percentage that opens the part it counts."""
        counts = self.metrics.counts if counts is None else counts
        part, whole = RATES[key]
        how = f"{saying.out_of(counts.get(part, 0), counts.get(whole, 0))}. {FIGURES[part].how}"
        return Number(saying.percent(rate(counts, key)), self.asked.leads(part, **narrowed), how)

    def of(self, key: str) -> tuple[Number, ...]:
        """What a rate is counted out of."""
        part, whole = RATES[key]
        words = FIGURES[whole].title
        words = words if words.startswith("AQL") else words[0].lower() + words[1:]
        return (self.number(part), Number("of"), self.number(whole), Number(words))

    def explained(self, *keys: str) -> tuple[str, ...]:
        return tuple(f"{FIGURES[key].title}: {FIGURES[key].how}" for key in keys)

    def rate_card(self, key: str, label: str, **words: str) -> Card:
        values = self.metrics.slot_rates(key, self.slots)
        drawn = charts.spark(values, self.told(label, [saying.percent(value) for value in values]), top=1.0)
        return Card(label, self.rate(key), (self.of(key), *self.noted(**words)), self.explained(*RATES[key]), drawn)

    def span_card(self, label: str, column: str, opens: str, *, how: str, **words: str) -> Card:
        """The median of a sample in working time; `opens` is the figure of the sample."""
        median, ninetieth, _p95 = self.metrics.spans[column]
        values = self.metrics.slot_medians(column, self.slots)
        drawn = charts.spark(values, self.told(label, [saying.seconds(value) for value in values]))
        number = Number(saying.seconds(median), self.asked.leads(opens), how)
        notes = ((Number(f"median; 9 in 10 {saying.within(ninetieth)}"),), *self.noted(**words))
        return Card(label, number, notes, (how, *self.explained(opens)), drawn)

    def told(self, label: str, values: Sequence[str]) -> str:
        """A chart in words."""
        return f"{label} by {self.asked.period.step}: {', '.join(values)}"


def plural(number: int, one: str, many: str = "") -> str:
    return wording.count(number, one, many)
