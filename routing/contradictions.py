"""Criteria that no lead can ever meet, as far as that is told by looking at them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from routing.criteria import describe
from routing.rules import folded

Criterion = Mapping[str, Any]
EQUALS, DIFFERS = ("is", "in"), ("is_not", "not_in")


def never_met(node: Mapping[str, Any]) -> str:
    """Why checked criteria can never be met, in words; '' where nothing shows that they cannot."""
    if "any" in node:
        whys = [never_met(child) for child in node["any"]]
        return whys[0] if all(whys) else ""
    if "all" not in node:
        return ""
    members = _flat(node["all"])
    for member in members:
        if "field" not in member and (why := never_met(member)):
            return why
    asked: dict[str, list[Criterion]] = defaultdict(list)
    for member in members:
        if "field" in member:
            asked[member["field"]].append(member)
    return next((why for criteria in asked.values() if (why := _clash(criteria))), "")


def _flat(children: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What must hold together, the members of an "all" within it with its own."""
    found: list[Mapping[str, Any]] = []
    for child in children:
        found += _flat(child["all"]) if "all" in child else [child]
    return found


def _clash(criteria: Sequence[Criterion]) -> str:
    """Two criteria of one field that no value meets; unknown meets both only where both let it pass."""
    for one, other in combinations(criteria, 2):
        if all(criterion.get("unknown") == "pass" for criterion in (one, other)):
            continue
        if _apart(one, other) or _apart(other, one) or _beside(one, other):
            return f"{describe(one)} and {describe(other)}"
    return ""


def _apart(one: Criterion, other: Criterion) -> bool:
    if one["op"] not in EQUALS:
        return False
    if other["op"] in EQUALS:
        return not _values(one) & _values(other)
    return other["op"] in DIFFERS and _values(one) <= _values(other)


def _values(criterion: Criterion) -> set[str]:
    value = criterion["value"]
    return {folded(one) for one in value} if isinstance(value, list) else {folded(value)}


def _beside(one: Criterion, other: Criterion) -> bool:
    (low, high), (least, most) = _span(one), _span(other)
    return high < least or most < low


def _span(criterion: Criterion) -> tuple[float, float]:
    value, op = criterion["value"], criterion["op"]
    if op == "between":
        return value[0], value[1]
    return (value if op == "at_least" else float("-inf")), (value if op == "at_most" else float("inf"))
