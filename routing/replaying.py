"""A stored decision decided again from what it kept: by the same rules and facts the same answer, or it says where not.

What was read of people and clocks (who was off, away, outside hours, how much each held) is taken as it was kept; what
follows from it is worked out anew: every criterion's verdict, the territory, whom it was kept from, whose turn.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from routing import intent, judging, strategies
from routing.availability import asked_skills, excluded_from
from routing.models import Decision
from routing.qualification import Intent, Qualification
from routing.rules import RoutingRules, TerritoryRule
from routing.strategies import PERFORMANCE, Turn
from routing.territories import Case, Place, territory_for


def differences(decision: Decision, rules: RoutingRules) -> list[str]:
    """What comes out otherwise, by name; nothing where the decision stands, "steps" where they cannot be read."""
    try:
        return _different(_again(decision, rules))
    except (KeyError, TypeError, ValueError, AttributeError):
        return ["steps"]


def _again(decision: Decision, rules: RoutingRules) -> Iterable[tuple[str, Any, Any]]:
    if decision.kind == "qualification":
        return _judged(decision, rules)
    if "territories" not in decision.steps:
        return _next_in_line(decision)
    return _routed(decision, rules)


def _different(compared: Iterable[tuple[str, Any, Any]]) -> list[str]:
    return [name for name, again, then in compared if again != then]


def _judged(decision: Decision, rules: RoutingRules) -> Iterable[tuple[str, Any, Any]]:
    steps, profile = decision.steps, rules.profile
    judged = judging.judge(profile.criteria if profile else {}, decision.inputs, awaited=steps.get("awaited", ()))
    told = steps["intent"]
    kinds = tuple(intent.Counted(**one) for one in told["kinds"])
    parts = [points for name, points in told["parts"].items() if name != "signals"]
    scored = Intent(intent.score(parts, kinds), rules.intent_bar, told["hand_raise"], told["parts"], kinds)
    again = Qualification(judged, scored, steps["profile"], steps["unanswered"])
    yield "fit", again.fit, steps["fit"]
    yield "criteria", [vars(verdict) for verdict in judged.criteria], steps["criteria"]
    yield "intent", (scored.score, scored.bar, scored.passes), (told["score"], told["bar"], told["passes"])
    reasons = {"not_icp": "rule_not_icp", "low_intent": "rule_low_intent"}
    way_on = again.way_on(suppressed=False, deal=False)
    yield "outcome", reasons.get(way_on, way_on), decision.outcome


def _routed(decision: Decision, rules: RoutingRules) -> Iterable[tuple[str, Any, Any]]:
    steps, case = decision.steps, _case(decision)
    off = set(steps.get("case", {}).get("teams_off", ()))
    on = {rule.team_id for rule in rules.territories} - off
    if (before := steps.get("before")) is not None:
        yield from _led_to_nobody(before, territory_for(rules, case, teams_on=on), rules, case, decision.at)
    rule, passed = territory_for(rules, case, teams_on=on, fallback=steps.get("only_fallback", False))
    yield "territories", _plain(passed), _plain(steps["territories"])
    if rule is None or "line" in steps:
        yield from _next_in_line(decision)
        return
    yield "territory", rule.pk, decision.territory_id
    if rule.pk == decision.territory_id:
        yield "left out", [], _wrongly(steps, rule, rules, case, decision.at)
        yield "rep", _whose(steps, rule, case), decision.rep_id
        if "due" in steps:
            due = strategies.due(rule.strategy, [Turn(**turn) for turn in steps["turns"]])
            yield "due", due, {row["rep"]: row["in"] for row in steps["due"]}


def _led_to_nobody(
    before: Mapping[str, Any], again: Place, rules: RoutingRules, case: Case, at: datetime
) -> Iterable[tuple[str, Any, Any]]:
    """The fallback was asked since nobody of this territory could take it."""
    rule, passed = again
    yield "before", _plain(passed), _plain(before["territories"])
    if rule is not None:
        yield "left out before", [], _wrongly(before, rule, rules, case, at)


def _case(decision: Decision) -> Case:
    kept = decision.steps.get("case", {})
    return Case(
        decision.inputs,
        frozenset(kept.get("domains", ())),
        kept.get("owner"),
        kept.get("excluded_territories", ()),
        kept.get("excluded_reps", ()),
    )


def _plain(passed: Iterable[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        (entry["territory"], entry["verdict"], [dict(row) for row in entry.get("criteria", ())]) for entry in passed
    ]


def _whose(steps: Mapping[str, Any], rule: TerritoryRule, case: Case) -> int | None:
    """The account's owner where nothing keeps them from it, else whose turn it was."""
    owner = steps.get("owner", {})
    if rule.owner_first and case.owner_id is not None and "why" not in owner:
        return int(owner["rep"])
    return strategies.pick(rule.strategy, [Turn(**turn) for turn in steps["turns"]])


def _wrongly(steps: Mapping[str, Any], rule: TerritoryRule, rules: RoutingRules, case: Case, at: datetime) -> list[int]:
    """The reps who were left out, or not left out, otherwise than the rules and what was kept have it."""
    kept_from = excluded_from(list(case.excluded_reps), at)
    out, owner = steps.get("left_out", ()), steps.get("owner")
    wrong = [row["rep"] for row in out if not _follows(row, rule, rules, case, kept_from, at)]
    for turn in steps.get("turns", ()):
        most = rules.caps(turn["rep_id"], rule.team_id).open_leads
        stands = [
            turn["rep_id"] not in kept_from,
            all(turn["rep_id"] != row["rep"] for row in out),
            most is None or turn["open"] < most,
            rule.strategy == PERFORMANCE or turn["weight"] == rule.weights.get(turn["rep_id"], 1),
        ]
        if not all(stands):
            wrong.append(turn["rep_id"])
    if owner is not None and "why" not in owner and owner["rep"] in kept_from:
        wrong.append(owner["rep"])
    return wrong


def _follows(
    row: Mapping[str, Any],
    rule: TerritoryRule,
    rules: RoutingRules,
    case: Case,
    kept_from: Collection[int],
    at: datetime,
) -> bool:
    """Whether why a rep was left out follows from the rules and what was kept."""
    caps = rules.caps(row["rep"], rule.team_id)
    return all(
        [
            "cap" not in row or row["n"] >= row["most"] == getattr(caps, row["cap"]),
            set(row.get("skills", ())) <= asked_skills(rule, case.facts),
            "kept_until" not in row or row["rep"] in kept_from,
            *(datetime.fromisoformat(row[name]) > at for name in ("away_until", "until") if name in row),
        ]
    )


def _next_in_line(decision: Decision) -> Iterable[tuple[str, Any, Any]]:
    """By a ladder the first whom nothing keeps from it; out of the pool who holds the fewest."""
    if (line := decision.steps.get("line")) is not None:
        yield "rep", next((one["rep"] for one in line if one["why"] is None), None), decision.rep_id
    if (loads := decision.steps.get("loads")) is not None:
        held = {int(rep_id): count for rep_id, count in loads.items()}
        yield "rep", min(held, key=lambda rep_id: (held[rep_id], rep_id)), decision.rep_id
