"""The reasons as somebody chooses among them: what each does, and what it asks."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from leads import states, wording
from leads.models import Lead, Reason
from recycle.models import Feature
from recycle.recycling import FIELDS, LATEST, SOONEST, field_label

TRIGGERS = {"pricing": "they look at the prices", "feature": "the feature ships", "intent": "their intent is back"}
OUTCOMES = {
    Reason.Outcome.REROUTE: "Routed again now",
    Reason.Outcome.REBUFFER: "Judged again now",
    Reason.Outcome.SUPPRESS: "Suppressed for good",
    Reason.Outcome.MERGE: "Joins the other lead",
    Reason.Outcome.ACCOUNT_OWNER: "To the account's owner now",
}
# What the answer to each question is called in the form; `BadAnswer` speaks of it by this name.
ANSWERS = ("until", "feature", "field", "lead")


@dataclass(frozen=True)
class Option:
    value: str
    label: str


@dataclass(frozen=True)
class Choice:
    """A reason on the form: its words, what follows, what it asks, what was answered and what was wrong with that."""

    code: str
    label: str
    hint: str
    outcome: str
    asks: str
    chosen: bool
    answer: str
    error: str


@dataclass(frozen=True)
class RecycleForm:
    choices: tuple[Choice, ...]
    features: tuple[Option, ...]
    fields: tuple[Option, ...]
    leads: tuple[Option, ...]
    soonest: str
    latest: str
    note: str
    errors: Mapping[str, list[str]]

    @property
    def chosen(self) -> bool:
        return any(choice.chosen for choice in self.choices)


def outcome(reason: Reason) -> str:
    """What the reason does, in a few words: 'Comes back in 90 days'."""
    track = reason.track
    if reason.outcome != Reason.Outcome.NURTURE or track is None:
        return OUTCOMES.get(Reason.Outcome(reason.outcome), "")
    when = f"in {wording.count(track.days, 'day')}"
    sooner = [TRIGGERS[trigger] for trigger in track.triggers if trigger in TRIGGERS]
    text = f"Comes back {when}" if track.step == "return" else f"Judged again {when}"
    return f"{text}, or when {' or '.join(sooner)}" if sooner else text


def answers(posted: Mapping[str, str]) -> dict[str, str]:
    """The chosen reason's own answers out of a form in which every reason has fields of its own."""
    reason = posted.get("reason", "")
    chosen = {name: posted.get(f"{name}-{reason}", "") for name in ANSWERS}
    return {"reason": reason, "note": posted.get("note", ""), **chosen}


def form(
    lead: Lead,
    reasons: Iterable[Reason],
    features: Iterable[Feature],
    candidates: Iterable[Lead],
    *,
    seen: Collection[int],
    at: datetime,
    zone: tzinfo,
    given: Mapping[str, str],
    errors: Mapping[str, list[str]],
) -> RecycleForm:
    """The form for one lead, blank or with what was `given` and the `errors` in it.

    `seen` are those of the candidates that whoever chooses may open; of the others nothing is told.
    """
    today = at.date()
    return RecycleForm(
        choices=tuple(_choice(reason, given, errors) for reason in reasons),
        features=tuple(Option(feature.key, feature.name) for feature in features),
        fields=field_options(lead),
        leads=lead_options(lead, candidates, zone=zone, seen=seen),
        soonest=(today + SOONEST).isoformat(),
        latest=(today + LATEST).isoformat(),
        note=given.get("note", ""),
        errors=errors,
    )


def field_options(lead: Lead) -> tuple[Option, ...]:
    """What may be wrong about a lead, each with what it says now."""
    return tuple(Option(name, _field_label(lead, name)) for name in FIELDS)


def lead_options(lead: Lead, candidates: Iterable[Lead], *, zone: tzinfo, seen: Collection[int]) -> tuple[Option, ...]:
    """The leads that this one may repeat; `seen` as above."""
    return tuple(Option(str(other.pk), _lead_label(lead, other, zone, seen)) for other in candidates)


def _choice(reason: Reason, given: Mapping[str, str], errors: Mapping[str, list[str]]) -> Choice:
    chosen = given.get("reason") == reason.code
    return Choice(
        code=reason.code,
        label=reason.label,
        hint=reason.hint,
        outcome=outcome(reason),
        asks=reason.asks,
        chosen=chosen,
        answer=given.get(reason.asks, "") if chosen and reason.asks else "",
        error=" ".join(errors.get(reason.asks, [])) if chosen and reason.asks else "",
    )


def _field_label(lead: Lead, name: str) -> str:
    value = getattr(lead, name)
    shown = f"{value:,}" if isinstance(value, int) else str(value or "")
    return f"{field_label(name)}: {shown[:60]}" if shown else f"{field_label(name)} (blank)"


def _lead_label(lead: Lead, other: Lead, zone: tzinfo, seen: Collection[int]) -> str:
    """What is seen of the other lead; of one that is another team's, no more than what the two have in common."""
    came = f"came in {wording.day(other.captured_at, zone)}"
    if other.pk in seen:
        in_common = other.domain if other.domain == lead.domain or not other.contact_is_hidden else ""
        return f"{other.company or in_common or 'A lead'}: {states.LABELS[other.state]}, {came}"
    if other.person_key == lead.person_key:
        return f"A colleague's lead of the same person, {came}"
    same = lead.domain if other.domain == lead.domain and lead.domain else "the same phone number"
    return f"A colleague's lead, {same}, {came}"
