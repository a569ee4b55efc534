"""Criteria as data: checked when saved, judged purely, and able to explain themselves.

A criterion is `{"field", "op", "value", "unknown"}`; a group is `{"all": [...]}`, `{"any": [...]}` or
`{"none": [...]}`, nested at most `MAX_DEPTH` deep. An empty mapping matches everything. An unknown value makes a
criterion *unknown*, not false, and that is what is recorded of it. In its group it counts as met where
`"unknown": "pass"` stands, with "fail" as not met, else as unknown (Kleene's three-valued logic).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MET, NOT_MET, UNKNOWN = "met", "not met", "unknown"
MAX_DEPTH = 6
MAX_CRITERIA = 200

TEXT_FIELDS = (
    "company",
    "country",
    "region",
    "city",
    "industry",
    "source",
    "campaign",
    "job_title",
    "domain",
)
NUMBER_FIELDS = ("employee_count", "annual_revenue", "intent_score")
LIST_FIELDS = ("tech_stack",)
BOOLEAN_FIELDS = ("is_free_mail", "hand_raise")
FIELDS = TEXT_FIELDS + NUMBER_FIELDS + LIST_FIELDS + BOOLEAN_FIELDS
GROUPS = ("all", "any", "none")


class Malformed(ValueError):
    """Criteria that cannot be stored; the message names the part."""


@dataclass(frozen=True)
class Verdict:
    """What one criterion said: `found` is the lead's value as it was read.

    `passes` tells what an unknown value does here: it passes, it fails, or, as for a known one, None.
    """

    text: str
    found: Any
    verdict: str
    passes: bool | None = None

    @property
    def counts_as(self) -> str:
        """What its group made of it."""
        return self.verdict if self.passes is None else MET if self.passes else NOT_MET


@dataclass(frozen=True)
class Judgement:
    verdict: str
    criteria: tuple[Verdict, ...]


def _folded(value: object) -> str:
    return str(value).strip().casefold()


def _texts(value: object) -> set[str]:
    return {_folded(item) for item in value} if isinstance(value, (list, tuple)) else {_folded(value)}


OPERATORS = {
    "is": lambda found, value: _folded(found) == _folded(value),
    "is_not": lambda found, value: _folded(found) != _folded(value),
    "in": lambda found, value: _folded(found) in _texts(value),
    "not_in": lambda found, value: _folded(found) not in _texts(value),
    "contains": lambda found, value: _folded(value) in _folded(found),
    "starts_with": lambda found, value: _folded(found).startswith(_folded(value)),
    "at_least": lambda found, value: found >= value,
    "at_most": lambda found, value: found <= value,
    "between": lambda found, value: value[0] <= found <= value[1],
    "has_any": lambda found, value: bool(_texts(found) & _texts(value)),
    "has_all": lambda found, value: _texts(value) <= _texts(found),
}
WORDS = {
    "is": "is",
    "is_not": "is not",
    "in": "is one of",
    "not_in": "is none of",
    "contains": "contains",
    "starts_with": "starts with",
    "at_least": "is at least",
    "at_most": "is at most",
    "between": "is between",
    "has_any": "has any of",
    "has_all": "has all of",
}
_TEXT_OPS = ("is", "is_not", "in", "not_in", "contains", "starts_with")
_NUMBER_OPS = ("at_least", "at_most", "between")
_LIST_OPS = ("has_any", "has_all")


def operators_for(field: str) -> tuple[str, ...]:
    """The operators a field takes; custom fields (`custom.NAME`) take the text and number ones."""
    if field in NUMBER_FIELDS:
        return _NUMBER_OPS
    if field in LIST_FIELDS:
        return _LIST_OPS
    if field in BOOLEAN_FIELDS:
        return ("is",)
    return _TEXT_OPS + (_NUMBER_OPS if field.startswith("custom.") else ())


def check(node: object) -> None:
    """Raise Malformed, naming the part, unless `node` is criteria as this module reads them."""
    if node != {}:
        _check(node, where="criteria", depth=1, budget=[MAX_CRITERIA])


def _check(node: object, *, where: str, depth: int, budget: list[int]) -> None:
    if not isinstance(node, Mapping):
        raise Malformed(f"{where}: expected an object with a field or one of all, any, none.")
    if depth > MAX_DEPTH:
        raise Malformed(f"{where}: nested deeper than {MAX_DEPTH}.")
    budget[0] -= 1
    if budget[0] < 0:
        raise Malformed(f"{where}: more than {MAX_CRITERIA} criteria.")
    groups = [key for key in GROUPS if key in node]
    if not groups:
        return _check_criterion(node, where=where)
    if len(node) != 1:
        raise Malformed(f"{where}: a group is only one of all, any, none; found {', '.join(map(str, node))}.")
    children = node[groups[0]]
    if not isinstance(children, Sequence) or isinstance(children, str) or not children:
        raise Malformed(f"{where}.{groups[0]}: expected a list with at least one criterion.")
    for position, child in enumerate(children):
        _check(child, where=f"{where}.{groups[0]}[{position}]", depth=depth + 1, budget=budget)
    return None


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
    elif op in _NUMBER_OPS:
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


def judge(node: Mapping[str, Any], facts: Mapping[str, Any]) -> Judgement:
    """Judge checked criteria over a lead's facts (`{field: value}`, absent, None, '' and [] being unknown)."""
    found: list[Verdict] = []
    verdict = _judge(node, facts, found) if node else MET
    return Judgement(verdict, tuple(found))


def _judge(node: Mapping[str, Any], facts: Mapping[str, Any], found: list[Verdict]) -> str:
    if "all" in node:
        return _weakest([_judge(child, facts, found) for child in node["all"]])
    if "any" in node:
        return _strongest([_judge(child, facts, found) for child in node["any"]])
    if "none" in node:
        return _negated(_strongest([_judge(child, facts, found) for child in node["none"]]))
    said = _criterion(node, facts.get(node["field"]))
    found.append(said)
    return said.counts_as


def _criterion(node: Mapping[str, Any], value: Any) -> Verdict:
    if is_unknown(value):
        return Verdict(describe(node), value, UNKNOWN, {"pass": True, "fail": False}.get(node.get("unknown", "")))
    try:
        verdict = MET if OPERATORS[node["op"]](value, node["value"]) else NOT_MET
    except TypeError:  # a custom field may hold a text where the criterion asks for a number
        verdict = UNKNOWN
    return Verdict(describe(node), value, verdict)


def is_unknown(value: object) -> bool:
    return value is None or value in ("", [])


def _weakest(verdicts: list[str]) -> str:
    return NOT_MET if NOT_MET in verdicts else UNKNOWN if UNKNOWN in verdicts else MET


def _strongest(verdicts: list[str]) -> str:
    return MET if MET in verdicts else UNKNOWN if UNKNOWN in verdicts else NOT_MET


def _negated(verdict: str) -> str:
    return {MET: NOT_MET, NOT_MET: MET}.get(verdict, UNKNOWN)


def fields_of(node: Mapping[str, Any]) -> Iterator[str]:
    """Every field that checked criteria ask for."""
    for group in GROUPS:
        for child in node.get(group, ()):
            yield from fields_of(child)
    if "field" in node:
        yield node["field"]


def describe(node: Mapping[str, Any]) -> str:
    """One criterion in words."""
    value = node["value"]
    if node["op"] == "between":
        shown = f"{value[0]:,} and {value[1]:,}"
    elif isinstance(value, list):
        shown = ", ".join(map(str, value))
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        shown = f"{value:,}"
    elif isinstance(value, bool):
        shown = "true" if value else "false"
    else:
        shown = str(value)
    return f"{node['field'].removeprefix('custom.').replace('_', ' ')} {WORDS[node['op']]} {shown}"
