"""Which territory takes a lead: the one that names its account, else the first whose criteria it meets, else the
fallback. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from leads.models import Lead
from routing import criteria, judging
from routing.rules import RoutingRules, TerritoryRule

# Without criteria everything would match; a territory that is to take everything says that it is the fallback.
NO_CRITERIA, NAMED, FALLBACK = "has no criteria", "named account", "fallback"
# The verdicts upon which a territory takes the lead.
TAKES = (criteria.MET, FALLBACK)

# The territory that takes a lead, if any does, and each one that was asked, with its verdict.
Place = tuple[TerritoryRule | None, list[dict[str, Any]]]
# A territory's verdict, by its id and what of a lead's facts it asks.
Judged = dict[tuple[Any, ...], dict[str, Any]]


@dataclass(frozen=True)
class Case:
    """What routing asks of a lead: its facts, its account's domains and owner, and what it is kept from."""

    facts: Mapping[str, Any]
    domains: frozenset[str] = frozenset()
    owner_id: int | None = None
    excluded_territories: Collection[int] = ()
    excluded_reps: Sequence[Mapping[str, Any]] = ()

    def as_step(self) -> dict[str, Any]:
        """What a decision keeps of it beside the facts."""
        kept = {
            "domains": sorted(self.domains),
            "owner": self.owner_id,
            "excluded_territories": list(self.excluded_territories),
            "excluded_reps": list(self.excluded_reps),
        }
        return {name: value for name, value in kept.items() if value}


def territory_for(
    rules: RoutingRules,
    case: Case,
    *,
    teams_on: Collection[int],
    fallback: bool = False,
    judged: Judged | None = None,
) -> Place:
    """Where a named account goes; else the first territory whose criteria the lead meets, else the fallback.

    With it each one that was passed over, with its verdict. `judged` keeps what criteria say for other leads of whom
    they ask the same.
    """
    on = [rule for rule in rules.territories if rule.team_id in teams_on]
    if fallback:
        on = [rule for rule in on if rule.is_fallback]
    named = next((rule for rule in on if _names(rule, case)), None)
    if named is not None:
        return named, [_entry(named) | {"verdict": NAMED}]
    passed = []
    known = {} if judged is None else judged
    for rule in on:
        entry = _verdict(rule, case, known)
        passed.append(entry)
        if entry["verdict"] in TAKES:
            return rule, passed
    return None, passed


def _names(rule: TerritoryRule, case: Case) -> bool:
    return rule.named_id is not None and rule.pk not in case.excluded_territories and bool(rule.named & case.domains)


def _entry(rule: TerritoryRule) -> dict[str, Any]:
    return {"territory": rule.pk, "name": rule.name, "version": rule.version}


def _verdict(rule: TerritoryRule, case: Case, judged: Judged) -> dict[str, Any]:
    entry = _entry(rule)
    if rule.pk in case.excluded_territories:
        return entry | {"verdict": "left out by a recycle"}
    if rule.is_fallback:
        return entry | {"verdict": FALLBACK}
    if not rule.criteria:
        return entry | {"verdict": NO_CRITERIA}
    asked = rule.pk, *(repr(case.facts.get(name)) for name in rule.asks)
    if asked not in judged:
        judged[asked] = entry | _judge(rule.criteria, case.facts)
    return judged[asked]


def _judge(node: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    found = judging.judge(node, facts)
    entry: dict[str, Any] = {"verdict": found.verdict, "criteria": [vars(verdict) for verdict in found.criteria]}
    return entry | ({"scores": [asdict(score) for score in found.scores]} if found.scores else {})


def because(passed: Sequence[Mapping[str, Any]]) -> str:
    if passed[-1]["verdict"] == NAMED:
        return "it is a named account"
    met = [item["text"] for item in passed[-1].get("criteria", []) if item["verdict"] == criteria.MET]
    return " and ".join(met[:2])


def case_of(lead: Lead, facts: Mapping[str, Any], domains: Collection[str]) -> Case:
    """The case of a lead; `domains` are its account's, to which its own adds unless it is free mail."""
    own = [lead.domain] if lead.domain and not lead.is_free_mail else []
    return Case(
        facts=facts,
        domains=frozenset([*own, *domains]),
        owner_id=lead.account.owner_id if lead.account else None,
        excluded_territories=tuple(lead.excluded_territories),
        excluded_reps=tuple(lead.excluded_reps),
    )
