"""The dashboard's sections, from what was counted to what is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from leads import wording
from leads.models import Lead, Rep
from leads.presenting import NOW_DUE
from revops.dashboard import charts, saying
from revops.dashboard.asking import Asked
from revops.dashboard.cards import Card, Deck, Number
from revops.dashboard.figures import FIGURES
from revops.dashboard.ledger import Ledger
from revops.dashboard.metrics import Metrics, rate
from revops.dashboard.now import Now

AGES = (
    ("pool_1h", "ok", "under an hour"),
    ("pool_4h", "pool", "for 1 to 4 hours"),
    ("pool_day", "warn", "for 4 to 24 hours"),
    ("pool_old", "danger", "for over a day"),
)
FIRST_LOOK = "New in the last 24 hours"
FIRST_LOOK_HOW = "Came in (for a team: came to the team) in the 24 hours before this first look of yours."
SPEED = "From the lead's capture (or its return) to the first human touch. Leads never touched stay as open."
ASSIGNING = "From the lead's capture (or its return) to its first rep: the system's own clock, buffer and routing."
NOT_THEIRS = "more not theirs to answer, left out"
ACCEPTING = "From assignment to acceptance. Assignments never accepted stay in the sample as open."


@dataclass(frozen=True)
class InLine:
    """A lead to act on first."""

    lead_id: int
    name: str
    rep: str
    what: str
    due: str
    tone: str


def tiles(now: Now, asked: Asked, seen: str, *, first_look: bool = False) -> list[Card]:
    """The strip of what needs somebody now."""
    tones = {"overdue": "danger", "lapsing": "warn", "pool": "pool", "untouched_now": "warn", "fresh": "info"}
    cards = {key: Card(FIGURES[key].title, _tile(key, tone, now, asked, seen)) for key, tone in tones.items()}
    if first_look:
        number = replace(cards["fresh"].number, how=FIRST_LOOK_HOW)
        cards["fresh"] = replace(cards["fresh"], label=FIRST_LOOK, number=number)
    bar = charts.bar([(now.counts[key], tone) for key, tone, _words in AGES])
    ages = tuple(_age(key, tone, words, now, asked) for key, tone, words in AGES if now.counts[key])
    cards["pool"] = replace(cards["pool"], bar=bar, legend=ages)
    if flagged := now.counts["flagged"]:
        number = Number(f"{flagged} flagged", asked.leads("flagged"), FIGURES["flagged"].how)
        cards["untouched_now"] = replace(cards["untouched_now"], notes=((number,),))
    return list(cards.values())


def troubles(now: Now, asked: Asked) -> list[Card]:
    """What only RevOps can mend, and of a team's leads what it waits for; empty when nothing is wrong."""
    looked_at = ("aside", "late", "failed") if asked.revops else ("failing",)
    keys = [key for key in looked_at if now.counts.get(key)]
    return [Card(FIGURES[key].title, _tile(key, "danger", now, asked, "")) for key in keys]


def _tile(key: str, tone: str, now: Now, asked: Asked, seen: str) -> Number:
    count = now.counts[key]
    href = asked.leads(key, seen=seen) if key == "fresh" else asked.leads(key)
    return Number(f"{count:,}", href, FIGURES[key].how, tone if count else "")


def _age(key: str, tone: str, words: str, now: Now, asked: Asked) -> Number:
    return Number(f"{now.counts[key]} {words}", asked.leads(key), FIGURES[key].how, tone)


def in_line(leads: Sequence[Lead], asked: Asked, *, at: datetime) -> list[InLine]:
    return [
        InLine(
            lead.pk,
            str(lead),
            lead.owner.name if lead.owner else "",
            NOW_DUE.get(lead.due_step or "", ""),
            wording.moment(lead.deadline.at, asked.zone, at=at),
            "danger" if lead.due_step in ("release", "untouched") else wording.tone(lead.state),
        )
        for lead in leads
    ]


def hero(deck: Deck) -> Card:
    """The touch rate: the question nobody in the room could answer."""
    counts = deck.metrics.counts
    parts = (
        ("touched", "ok", "in time"),
        ("touched_by_hand", "info", "in time, logged by hand"),
        ("touched_late", "warn", "late"),
        ("never_touched", "danger", "never"),
    )
    card = deck.rate_card("touch_rate", "Touch rate")
    legend = tuple(
        Number(f"{counts[key]:,} {words}", deck.asked.leads(key), FIGURES[key].how, tone) for key, tone, words in parts
    )
    bar = charts.bar([(counts[key], tone) for key, tone, _words in parts])
    how = deck.explained("touched", "touched_by_hand", "touch_due", "touch_explained")
    notes = (*card.notes, *deck.noted(touch_explained="of the rest no rep's doing"))
    return Card(card.label, card.number, notes, how, card.spark, bar, legend)


def cards(deck: Deck) -> list[Card]:
    counts = deck.metrics.counts
    touches = charts.bar([(counts["seen"], "ok"), (counts["by_hand"], "info")])
    told = (
        Number(f"{counts['seen']:,} a system saw", deck.asked.leads("seen"), FIGURES["seen"].how, "ok"),
        Number(f"{counts['by_hand']:,} logged by hand", deck.asked.leads("by_hand"), FIGURES["by_hand"].how, "info"),
    )
    return [
        deck.span_card("Speed to lead", "speed_work_s", "came", how=SPEED, untouched="not touched yet"),
        deck.rate_card("acceptance_rate", "Acceptance rate"),
        deck.rate_card(
            "sla_compliance", "SLA compliance", decided_late="late", undecided="never", unanswerable=NOT_THEIRS
        ),
        deck.span_card("Time to accept", "accept_work_s", "judged", how=ACCEPTING),
        deck.span_card("Time to assignment", "assign_work_s", "came", how=ASSIGNING, unassigned="waiting"),
        deck.rate_card("pool_rate", "Pool rate", claimed="claimed", unclaimed="given out"),
        deck.rate_card("fallback_rate", "Fallback rate"),
        deck.rate_card("recycle_rate", "Recycle rate", reopened="reopened", won_back="won back"),
        Card("First touches", deck.number("first_touches"), (), deck.explained("seen", "by_hand"), None, touches, told),
        _plain(
            deck,
            "Breaches",
            "ignored",
            explained="not theirs to answer",
            not_told="never told",
            our_delay="our own delay, held against nobody",
        ),
        _plain(deck, "Definition disputes", "disputes", untold="more where the criteria could not tell"),
        _plain(deck, "Conversions", "conversions", unverified="unverified"),
    ]


def _plain(deck: Deck, label: str, key: str, **words: str) -> Card:
    return Card(label, deck.number(key), deck.noted(**words), deck.explained(key, *words))


def hollow_sentences(metrics: Metrics, reps: Mapping[int, Rep]) -> list[str]:
    """Hollow acceptance, said in words."""
    said = [("Together the reps", metrics.counts)] if metrics.is_hollow else []
    said += [(reps[row["rep_id"]].name, row) for row in metrics.hollow_reps]
    return [
        f"{who} accepted {saying.percent(rate(row, 'acceptance_rate'))} of {row['judged']:,} assignments, but "
        f"a system saw a touch in time on only {saying.percent(rate(row, 'touched_turns'))} of what was accepted."
        for who, row in said
    ]


@dataclass(frozen=True)
class Entries:
    """The books as they are read: what knocked, what became of it, and where each new lead is."""

    knocked: Number
    outcomes: tuple[tuple[str, Number], ...]
    codes: tuple[tuple[str, Number], ...]
    bar: tuple[charts.Segment, ...]
    places: tuple[tuple[str, str, Number], ...]
    leaked: Number


PLACE_TONES = {
    "in_buffer": "calm",
    "in_routing": "calm-2",
    "with_reps": "ok",
    "in_pool": "pool",
    "in_nurture": "warn",
    "converted": "accent",
    "suppressed": "calm-3",
    "merged": "calm-2",
}


def entries(books: Ledger, asked: Asked) -> Entries:
    def number(key: str, count: int, **narrowed: object) -> Number:
        return Number(f"{count:,}", asked.leads(key, **narrowed), FIGURES[key].how)

    outcomes = tuple(
        (FIGURES[key].title, number(key, books.counts[key])) for key in ("new", "joined", "turned_back", "refused")
    )
    places = tuple((FIGURES[key].title, PLACE_TONES[key], number(key, count)) for key, count in books.places.items())
    return Entries(
        knocked=number("knocked", books.counts["knocked"]),
        outcomes=outcomes,
        codes=tuple(
            (code.replace("_", " "), number("refused", count, code=code)) for code, count in books.refused.items()
        ),
        bar=charts.bar([*((count, PLACE_TONES[key]) for key, count in books.places.items()), (books.leaked, "danger")]),
        places=places,
        leaked=number("leaked", books.leaked),
    )
