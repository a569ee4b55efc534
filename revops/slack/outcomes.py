"""What became of a lead since a card was posted, in a few words: who, how fast, and where it went."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from leads import states
from leads.deliveries import TO_THE_REP
from leads.models import Alert, Delivery, Lead, LeadEvent, Reason, Rep
from revops.integrations.slack_text import span

ALERTS = ("slack.overdue", "slack.untouched", "slack.pool_unclaimed", "slack.passed_on")


@dataclass(frozen=True)
class TurnEnd:
    """The card's delivery, and the first thing that happened to its lead after it: nothing of this turn holds since.

    What is `discreet` is read by other reps: of an alert it says neither who it was nor how long they took.
    """

    card: Delivery
    event: LeadEvent
    discreet: bool = False

    @property
    def lead(self) -> Lead:
        return self.card.lead

    @property
    def who(self) -> str:
        return _name(self.event.user) if self.event.user else "the system"

    @property
    def is_of_a_lapse(self) -> bool:
        return self.discreet and not self.on_a_rep and not self.in_the_pool

    @property
    def by(self) -> str:
        return "" if self.is_of_a_lapse else f" by {self.who}"

    @property
    def after(self) -> str:
        """How long it took since the lead was given or offered, or since somebody was alerted."""
        if self.is_of_a_lapse:
            return ""
        taken = span(self.event.at - self.card.event.at)
        return f" {taken} after the alert" if self.card.kind in ALERTS else f" in {taken}"

    @property
    def on_a_rep(self) -> bool:
        return self.card.kind in TO_THE_REP and self.card.kind not in ALERTS

    @property
    def in_the_pool(self) -> bool:
        return self.card.kind in ("slack.pool", "slack.pool_unclaimed")


def is_over(card: Delivery) -> bool:
    """Whether the turn that the card is about has ended, by its lead as that was read; only becoming overdue leaves it
    as it was."""
    return _next(card) is not None


def headline(card: Delivery, *, discreet: bool = False) -> str:
    """What became of it."""
    event = _next(card)
    if event is None:
        return (
            "Overdue: accept or recycle it now" if card.lead.state == states.OVERDUE else states.LABELS[card.lead.state]
        )
    return HEADLINES.get(event.kind, _state)(TurnEnd(card, event, discreet))


def seen_by(cards: Iterable[Delivery]) -> dict[int, str]:
    """Who has seen the alerts that these are about, by event."""
    ids = [card.event_id for card in cards]
    seen = Alert.objects.filter(event__in=ids, seen_by__isnull=False).select_related("seen_by")
    return {alert.event_id: _name(alert.seen_by) for alert in seen}


def _name(user: Any) -> str:
    return str(user.get_full_name() or user.get_username())


def _next(card: Delivery) -> LeadEvent | None:
    """What happened first since, of what the lead as it was read shows: a card is built of that alone."""
    since = card.event.seq if card.event.seq is not None else (card.shows or card.lead.seq)
    later = card.lead.events.filter(seq__gt=since, seq__lte=card.lead.seq).exclude(kind="expire")
    return later.select_related("user").order_by("seq").first()


def _state(end: TurnEnd) -> str:
    return states.LABELS[end.lead.state]


def _accepted(end: TurnEnd) -> str:
    late = end.event.data.get("late") and not end.is_of_a_lapse
    return f"Accepted{end.by}{end.after}{' (late)' if late else ''}"


def _recycled(end: TurnEnd) -> str:
    """With its reason, and the track that it waits on."""
    reason = Reason.objects.select_related("track").filter(code=end.event.data.get("reason", "")).first()
    by = end.by if end.event.user else ""
    if reason is None:
        return f"Routed again{by}" if end.event.kind in ("reroute", "rebuffer") else f"Recycled{by}"
    on = reason.track.name if end.event.kind == "nurture" and reason.track else WAYS_ON[end.event.kind]
    told = f"{reason} → {on}" if on != str(reason) else on
    return f"Recycled{by}{end.after}: {told}"


def _released(end: TurnEnd) -> str:
    if end.on_a_rep:
        return "Not answered in time: it went to the Shark Tank"
    return "In the Shark Tank" if end.in_the_pool else "It went to the Shark Tank"


def _assigned(end: TurnEnd) -> str:
    rep = Rep.objects.select_related("user").filter(pk=end.event.data.get("rep")).first()
    name = rep.name if rep else "somebody else"
    if end.in_the_pool:
        return f"Given to {name}: nobody claimed it"
    return "Passed on" if end.is_of_a_lapse else f"Passed on to {name}"


def _merged(end: TurnEnd) -> str:
    whose = "it was merged" if end.is_of_a_lapse else f"{end.who} merged it"
    return f"A duplicate: {whose} into lead {end.lead.merged_into_id}"


WAYS_ON = {
    "nurture": "nurture",
    "reroute": "routed again",
    "rebuffer": "enriched and judged again",
    "suppress": "suppressed",
}
HEADLINES: dict[str, Callable[[TurnEnd], str]] = {
    "accept": _accepted,
    "claim": lambda end: f"Claimed by {end.who}{end.after}",
    "nurture": _recycled,
    "reroute": _recycled,
    "rebuffer": _recycled,
    "suppress": _recycled,
    "merge": _merged,
    "convert": lambda end: f"Converted{end.by}",
    "release": _released,
    "assign": _assigned,
}
