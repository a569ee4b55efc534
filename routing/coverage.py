"""Where the territories leave gaps and where they overlap, over leads of before. Pure; nothing is routed."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from routing import judging
from routing.criteria import MET, fields_of, is_unknown
from routing.ranges import RANGES
from routing.rules import RoutingRules, TerritoryRule

NOT_KNOWN = "not known"


@dataclass(frozen=True)
class Known:
    """A lead as criteria see it, and the domains by which its account may be named."""

    pk: int
    facts: Mapping[str, Any]
    domains: frozenset[str] = frozenset()


@dataclass
class Coverage:
    """Lead ids: those that no territory but the fallback takes, those that each one takes, and those that one takes
    and another would, by the two. `matched` counts what a territory would take if it were the first."""

    read: int = 0
    gap: list[int] = field(default_factory=list)
    taken: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    overlaps: dict[tuple[int, int], list[int]] = field(default_factory=lambda: defaultdict(list))
    matched: Counter[int] = field(default_factory=Counter)
    common: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))


def cover(rules: RoutingRules, leads: Iterable[Known], *, teams_on: Collection[int]) -> Coverage:
    """Every territory that is on, asked about every lead."""
    takers = [
        _Taker(rule)
        for rule in rules.territories
        if rule.team_id in teams_on and (rule.named_id or not rule.is_fallback)
    ]
    asked = sorted({name for taker in takers for name in taker.asks})
    found = Coverage()
    for lead in leads:
        found.read += 1
        named = [taker for taker in takers if taker.names(lead)]
        by_criteria = [taker for taker in takers if taker not in named and taker.takes(lead)]
        _count(found, lead, [taker.rule.pk for taker in (*named, *by_criteria)], asked)
    return found


def _count(found: Coverage, lead: Known, matching: list[int], asked: list[str]) -> None:
    found.matched.update(matching)
    if not matching:
        found.gap.append(lead.pk)
        for name in asked:
            found.common[name][_shown(lead.facts.get(name))] += 1
        return
    first, *others = matching
    found.taken[first].append(lead.pk)
    for other in others:
        found.overlaps[first, other].append(lead.pk)


def _shown(value: Any) -> str:
    if is_unknown(value):
        return NOT_KNOWN
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


class _Taker:
    """A territory asked about one lead after another."""

    def __init__(self, rule: TerritoryRule) -> None:
        self.rule = rule
        self.named = rule.named
        self.asks = frozenset(fields_of(rule.criteria))
        self._criteria = _Asked(rule.criteria) if rule.criteria and not rule.is_fallback else None

    def names(self, lead: Known) -> bool:
        return bool(self.named and self.named & lead.domains)

    def takes(self, lead: Known) -> bool:
        return self._criteria is not None and self._criteria.met(lead.facts)


class _Asked:
    """Criteria that remember their verdicts: leads that say the same are judged once.

    An "all" is met where each member is, an "any" where one is, so that most leads are told by a member or two.
    """

    def __init__(self, node: Mapping[str, Any]) -> None:
        self.node = node
        self.together = all if "all" in node else any
        self.members = [_Asked(child) for child in node.get("all") or node.get("any") or ()]
        asks = sorted(set(fields_of(node)))
        self._reads = (*asks, *(RANGES[name] for name in asks if name in RANGES))
        self._verdicts: dict[tuple[str, ...], bool] = {}

    def met(self, facts: Mapping[str, Any]) -> bool:
        if self.members:
            return self.together(member.met(facts) for member in self.members)
        key = tuple([repr(facts.get(name)) for name in self._reads])
        known = self._verdicts.get(key)
        if known is None:
            known = self._verdicts[key] = judging.judge(self.node, facts).verdict == MET
        return known
