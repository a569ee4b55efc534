"""Why a lead went where it went, told from the stored decision: who takes it, who does not, and why not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from leads import wording
from leads.turns import named, turns_of

TITLES = {
    "aql": "Qualified",
    "waits": "Waiting",
    "round_robin": "Routed",
    "weighted": "Routed",
    "load_balanced": "Routed",
    "performance": "Routed",
    "account_owner": "To the account's owner",
    "deal": "To the deal's owner",
    "ladder": "To the next person who answers",
    "pool": "Out of the Shark Tank",
    "shark_tank": "Into the Shark Tank",
    "cover": "To the cover",
}
REACHED = {"met": "Reached", "not met": "Not reached", "unknown": "Not known whether reached"}
COUNTED = {"met": "Counted", "unknown": "Not known", "not met": "Not counted"}
ROLES = {
    "deal_owner": "The deal's owner",
    "account_owner": "The account's owner",
    "owners_manager": "That owner's manager",
    "manager": "The team's manager",
    "deputy": "The team's deputy",
}
PARTS = {"sent": "sent with the lead", "source": "from the source", "signals": "from signals"}


@dataclass(frozen=True)
class Criterion:
    """One criterion: what it asks, what the lead had, and `met`, `not met` or `unknown`.

    `passes` tells what unknown does here, None where it does neither; it is `awaited` from a vendor, or it is not.
    """

    text: str
    found: str
    verdict: str
    passes: bool | None = None
    awaited: bool = False

    @property
    def label(self) -> str:
        """The verdict, and where a value is missing what follows from that."""
        if self.awaited:
            return "not known: a vendor had not answered, so it passes here"
        return self.verdict if self.passes is None else f"unknown, which {'passes' if self.passes else 'fails'} here"

    @property
    def tone(self) -> str:
        if self.passes is False:
            return "danger"
        return {"met": "ok", "not met": "danger"}.get(self.verdict, "calm")


@dataclass(frozen=True)
class TerritoryVerdict:
    name: str
    verdict: str
    criteria: tuple[Criterion, ...]
    scores: tuple[str, ...] = ()


@dataclass(frozen=True)
class Profile:
    """The ICP profile that judged, in the version of then."""

    pk: int
    name: str
    version: int


class LeftOut(NamedTuple):
    """Who was left out and why, and until when where hours, a cap or an absence are why."""

    name: str
    why: str
    until: datetime | None = None


@dataclass(frozen=True)
class Explanation:
    """A decision in words."""

    at: datetime
    kind: str
    title: str
    sentence: str
    rep: str
    criteria: tuple[Criterion, ...]
    intent: str
    territories: tuple[TerritoryVerdict, ...]
    left_out: tuple[LeftOut, ...]
    deals_left_out: tuple[tuple[str, str], ...]
    turns: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    fit: str = ""
    scores: tuple[str, ...] = ()
    profile: Profile | None = None
    by_due: bool = False

    @property
    def tone(self) -> str:
        return {"fit": "ok", "not fit": "danger"}.get(self.fit, "calm")


def explain(decision: Any, *, reps: Mapping[int, str], deals: Mapping[int, str]) -> Explanation:
    """Tell a stored decision. `reps` and `deals` are names by id; one that is gone has none."""
    steps = decision.steps
    return Explanation(
        at=decision.at,
        kind=decision.kind,
        title=_title(decision),
        sentence=decision.sentence,
        rep=reps.get(decision.rep_id, "") if decision.rep_id else "",
        criteria=_criteria(steps.get("criteria", ())),
        intent=_intent(steps.get("intent")),
        territories=tuple(
            TerritoryVerdict(item["name"], _verdict(item), _criteria(item.get("criteria", ())), _scores(item))
            for item in (*steps.get("before", {}).get("territories", ()), *steps.get("territories", ()))
        ),
        left_out=(
            *_left_out(reps, steps.get("before", {}), of=", of {}"),
            *_left_out(reps, steps),
            *(LeftOut(_on_the_ladder(reps, item), item["why"]) for item in steps.get("passed", ())),
        ),
        deals_left_out=tuple(_deals_left_out(steps, deals)),
        turns=tuple(turns_of(steps, reps)),
        by_due="due" in steps,
        notes=tuple(_notes(steps)),
        fit=steps.get("fit", ""),
        scores=_scores(steps),
        profile=_profile(steps.get("profile") or {}),
    )


def _title(decision: Any) -> str:
    if decision.outcome == "deal" and decision.steps.get("role", "deal_owner") != "deal_owner":
        return "To whoever answers for the account"
    return TITLES.get(decision.outcome, "Turned away" if decision.kind == "qualification" else "Routed")


def rep_ids(decisions: Iterable[Any]) -> set[int]:
    """Every rep that these decisions speak of."""
    ids = {decision.rep_id for decision in decisions if decision.rep_id}
    for decision in decisions:
        ids |= {item["rep"] for item in _kept_out(decision.steps)}
        ids |= {item["rep"] for item in _kept_out(decision.steps.get("before", {}))}
        ids |= {item["rep"] for item in decision.steps.get("passed", ()) if item["rep"]}
        ids |= {turn["rep_id"] for turn in decision.steps.get("turns", ())}
    return ids


def _kept_out(steps: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The account's owner where something kept them from it, and the team's reps who were left out."""
    owner = steps.get("owner", {})
    return [*([owner] if "why" in owner else []), *steps.get("left_out", ())]


def _left_out(reps: Mapping[int, str], steps: Mapping[str, Any], *, of: str = "") -> Iterable[LeftOut]:
    where = of.format(steps["territories"][-1]["name"]) if of and steps else ""
    for item in _kept_out(steps):
        is_owner = item is steps.get("owner")
        who = f"The account's owner, {named(reps, item['rep'])}" if is_owner else named(reps, item["rep"])
        until = item.get("until") or item.get("away_until")
        yield LeftOut(who + where, item["why"], datetime.fromisoformat(until) if until else None)


def deal_ids(decisions: Iterable[Any]) -> set[int]:
    ids: set[int] = set()
    for decision in decisions:
        ids |= {item["opportunity"] for item in decision.steps.get("deals_left_out", ())}
    return ids


def _profile(told: Mapping[str, Any]) -> Profile | None:
    return Profile(told["id"], told["name"], told["version"]) if told.get("id") else None


def _scores(steps: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(_score(row) for row in steps.get("scores", ()))


def _score(row: Mapping[str, Any]) -> str:
    """How a score added up: 'Reached: 5 points, 4 needed. Counted: 3 for country is US, 2 for …'."""
    least, most = row["least"], row["most"]
    points = wording.count(least, "point") if least == most else f"{least} to {most} points"
    told = [f"{REACHED[row['verdict']]}: {points}, {row['at_least']} needed."]
    for verdict, words in COUNTED.items():
        parts = [f"{part['weight']} for {part['text']}" for part in row["parts"] if part["verdict"] == verdict]
        if parts:
            told.append(f"{words}: {', '.join(parts)}.")
    return " ".join(told)


def _on_the_ladder(reps: Mapping[int, str], item: Mapping[str, Any]) -> str:
    return f"{ROLES[item['role']]}, {named(reps, item['rep'])}" if item["rep"] else ROLES[item["role"]]


def _criteria(rows: Iterable[Mapping[str, Any]]) -> tuple[Criterion, ...]:
    return tuple(_criterion(row) for row in rows)


def _criterion(row: Mapping[str, Any]) -> Criterion:
    verdict, passes = row["verdict"], row.get("passes")
    if _is_unknown(row["found"]) and verdict in ("met", "not met"):
        # Decisions of before say of a value that was not known what it counted as.
        verdict, passes = "unknown", verdict == "met"
    return Criterion(row["text"], found_words(row["found"]), verdict, passes, row.get("awaited", False))


def _is_unknown(value: Any) -> bool:
    return value is None or value in ("", [])


def found_words(value: Any) -> str:
    if _is_unknown(value):
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:,}" if isinstance(value, (int, float)) else str(value)


def _intent(intent: Mapping[str, Any] | None) -> str:
    if intent is None:
        return ""
    if intent["hand_raise"]:
        return "The person asked for a call, so the intent bar does not matter."
    if intent["score"] is None:
        return f"Intent is not known, and unknown passes (the bar is {intent['bar']})."
    parts = ", ".join(f"{points} {PARTS.get(part, part)}" for part, points in intent.get("parts", {}).items())
    parts += _kinds(intent.get("kinds", ()))
    word = "clears" if intent["passes"] else "is below"
    return f"Intent {intent['score']} {word} the bar of {intent['bar']}{f': {parts}' if parts else ''}."


def _kinds(kinds: Iterable[Mapping[str, Any]]) -> str:
    """' (2 × pricing visit 17.4, webinar 10)': what the signals of each kind were worth when they were judged."""
    told = []
    for one in kinds:
        times = f"{one['n']} × " if one["n"] != 1 else ""
        told.append(f"{times}{one['kind'].replace('_', ' ')} {round(one['points'], 1):g}")
    return f" ({', '.join(told)})" if told else ""


def _verdict(item: Mapping[str, Any]) -> str:
    words = {
        "met": "takes it",
        "not met": "passed over",
        "unknown": "passed over, not enough is known",
        "has no criteria": "passed over, as it has no criteria and is not the fallback",
    }
    return words.get(str(item["verdict"]), str(item["verdict"]))


def _deals_left_out(steps: Mapping[str, Any], deals: Mapping[int, str]) -> Iterable[tuple[str, str]]:
    for item in steps.get("deals_left_out", ()):
        yield deals.get(item["opportunity"], "one that is gone"), item["why"]
    if unnamed := steps.get("deals_unnamed"):
        yield f"and {wording.count(unnamed, 'other')}", ""


def _notes(steps: Mapping[str, Any]) -> Iterable[str]:
    if before := steps.get("before"):
        yield f"Nobody of {before['territories'][-1]['name']} could take it then, so the fallback was asked."
    if others := steps.get("others_left_out"):
        yield f"{wording.count(others, 'other person', 'other people')} could not take it then."
    if steps.get("unanswered"):
        yield "A vendor had not answered in time: what it would have told is not held against the lead."
    if steps.get("closed"):
        yield "The team was closed at that time."
    if steps.get("ladder"):
        kind = "deal's" if steps["ladder"] == "deal" else "team's"
        yield f"By the {kind} ladder, which asks one after another and ends at a person who answers."
