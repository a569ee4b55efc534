"""Criteria as data: what may be asked of a lead, and how each question reads.

A criterion is `{"field", "op", "value", "unknown"}`; a group is `{"all": [...]}`, `{"any": [...]}`, `{"none": [...]}`
or `{"score": [...], "at_least": 5}`, whose members are criteria or groups with a `"weight"` beside them. Groups nest
at most `MAX_DEPTH` deep; an empty mapping matches everything. `criteria_checking` says what may be stored, `judging`
what it makes of a lead.
"""

from collections.abc import Iterator, Mapping
from typing import Any

MET, NOT_MET, UNKNOWN = "met", "not met", "unknown"
MAX_DEPTH = 6
MAX_CRITERIA = 200
MAX_WEIGHT = 100

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
SCORE = "score"
GROUPS = ("all", "any", "none", SCORE)


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
# What a criterion inside "none" wants.
OTHERWISE = {
    "is": "is not",
    "is_not": "is",
    "in": "is none of",
    "not_in": "is one of",
    "contains": "does not contain",
    "starts_with": "does not start with",
    "at_least": "is below",
    "at_most": "is above",
    "between": "is not between",
    "has_any": "has none of",
    "has_all": "does not have all of",
}
TEXT_OPS = ("is", "is_not", "in", "not_in", "contains", "starts_with")
NUMBER_OPS = ("at_least", "at_most", "between")
LIST_OPS = ("has_any", "has_all")


def operators_for(field: str) -> tuple[str, ...]:
    """The operators a field takes; custom fields (`custom.NAME`) take the text and number ones."""
    if field in NUMBER_FIELDS:
        return NUMBER_OPS
    if field in LIST_FIELDS:
        return LIST_OPS
    if field in BOOLEAN_FIELDS:
        return ("is",)
    return TEXT_OPS + (NUMBER_OPS if field.startswith("custom.") else ())


def is_unknown(value: object) -> bool:
    return value is None or value in ("", [])


def fields_of(node: Mapping[str, Any]) -> Iterator[str]:
    """Every field that checked criteria ask for."""
    return (criterion["field"] for criterion in criteria_in(node))


def criteria_in(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every criterion within checked criteria."""
    for group in GROUPS:
        for child in node.get(group, ()):
            yield from criteria_in(child)
    if "field" in node:
        yield node


def describe(node: Mapping[str, Any], *, wanted: bool = True) -> str:
    """One criterion in words; its opposite where it is not `wanted`."""
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
    words = WORDS if wanted else OTHERWISE
    return f"{node['field'].removeprefix('custom.').replace('_', ' ')} {words[node['op']]} {shown}"
