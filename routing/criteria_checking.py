"""Whether criteria can be stored; what is wrong is named with its part."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

from routing.criteria import (
    BOOLEAN_FIELDS,
    FIELDS,
    GROUPS,
    MAX_CRITERIA,
    MAX_DEPTH,
    MAX_WEIGHT,
    NUMBER_OPS,
    SCORE,
    operators_for,
)


class Malformed(ValueError):
    """Criteria that cannot be stored; the message names the part."""


def check(node: object) -> None:
    """Raise Malformed, naming the part, unless `node` is criteria as `routing.criteria` describes them."""
    if node != {}:
        _check(node, where="criteria", depth=1, budget=[MAX_CRITERIA])


def _check(node: object, *, where: str, depth: int, budget: list[int]) -> None:
    if not isinstance(node, Mapping):
        raise Malformed(f"{where}: expected an object with a field or one of {', '.join(GROUPS)}.")
    if depth > MAX_DEPTH:
        raise Malformed(f"{where}: nested deeper than {MAX_DEPTH}.")
    budget[0] -= 1
    if budget[0] < 0:
        raise Malformed(f"{where}: more than {MAX_CRITERIA} criteria.")
    groups = [key for key in GROUPS if key in node]
    if not groups:
        _check_criterion(node, where=where)
        return
    _check_group(node, groups, where=where)
    for position, child in enumerate(node[groups[0]]):
        here = f"{where}.{groups[0]}[{position}]"
        if groups[0] == SCORE:
            child = _weighed(child, where=here)
        _check(child, where=here, depth=depth + 1, budget=budget)
    if groups[0] == SCORE:
        _check_bar(node, where=f"{where}.at_least")


def _check_group(node: Mapping[str, Any], groups: list[str], *, where: str) -> None:
    extra = set(node) - {groups[0]} - ({"at_least"} if groups[0] == SCORE else set())
    if extra:
        raise Malformed(
            f"{where}: a group is only one of {', '.join(GROUPS)}, and at_least goes with {SCORE} alone;"
            f" found {', '.join(map(str, node))}."
        )
    children = node[groups[0]]
    if not isinstance(children, Sequence) or isinstance(children, str) or not children:
        raise Malformed(f"{where}.{groups[0]}: expected a list with at least one criterion.")


def _weighed(node: object, *, where: str) -> object:
    """A member of a score without its weight, which is a whole number; below 0 it counts against the lead."""
    if not isinstance(node, Mapping):
        return node
    weight = node.get("weight")
    if not _is_whole(weight) or not weight or abs(weight) > MAX_WEIGHT:
        raise Malformed(f"{where}.weight: give its points, a whole number from -{MAX_WEIGHT} to {MAX_WEIGHT}, not 0.")
    return {key: value for key, value in node.items() if key != "weight"}


def _check_bar(node: Mapping[str, Any], *, where: str) -> None:
    """Points that every lead or none would reach are a slip of the pen."""
    bar, weights = node.get("at_least"), [child["weight"] for child in node[SCORE]]
    least, most = sum(min(weight, 0) for weight in weights), sum(max(weight, 0) for weight in weights)
    if not _is_whole(bar):
        raise Malformed(f"{where}: say how many points are needed, a whole number.")
    if bar > most:
        raise Malformed(f"{where}: {bar} is never reached, for all points together are {most}.")
    if bar <= least:
        raise Malformed(f"{where}: {bar} is always reached, for no lead has less than {least}.")


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _check_criterion(node: Mapping[str, Any], *, where: str) -> None:
    extra = set(node) - {"field", "op", "value", "unknown"}
    if extra:
        raise Malformed(f"{where}: unknown key {', '.join(sorted(map(str, extra)))}.")
    field, op = node.get("field"), node.get("op")
    if not isinstance(field, str) or (field not in FIELDS and not field.startswith("custom.")):
        raise Malformed(f"{where}.field: {field!r} is not one of {', '.join(FIELDS)} or custom.NAME.")
    if op not in operators_for(field):
        raise Malformed(f"{where}.op: {op!r} does not go with {field}; use {', '.join(operators_for(field))}.")
    if node.get("unknown", "unknown") not in ("pass", "fail", "unknown"):
        raise Malformed(f"{where}.unknown: use pass, fail or unknown.")
    _check_value(field, op, node.get("value"), where=f"{where}.value")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == value and abs(value) < 1e18


def _check_value(field: str, op: str, value: object, *, where: str) -> None:
    if op == "between":
        if not (isinstance(value, list) and len(value) == 2 and all(map(_is_number, value)) and value[0] <= value[1]):
            raise Malformed(f"{where}: between takes a list of two numbers, the smaller first.")
    elif op in NUMBER_OPS:
        if not _is_number(value):
            raise Malformed(f"{where}: {op} takes a number.")
    elif op in ("in", "not_in", "has_any", "has_all"):
        if not (isinstance(value, list) and value and all(isinstance(item, str) and item.strip() for item in value)):
            raise Malformed(f"{where}: {op} takes a list of texts.")
    elif field in BOOLEAN_FIELDS:
        if not isinstance(value, bool):
            raise Malformed(f"{where}: {field} is true or false.")
    elif not (isinstance(value, str) and value.strip()):
        raise Malformed(f"{where}: {op} takes a text.")
