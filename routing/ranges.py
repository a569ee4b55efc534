"""A criterion over a number, asked of a range: met if all of it meets it, not met if none of it does, else unknown."""

from collections.abc import Mapping
from typing import Any

from leads.sizes import bounds
from routing.criteria import MET, NOT_MET, UNKNOWN

# By the number, the field that tells it as a range where it is not known itself.
RANGES = {"employee_count": "employee_range"}


def told_as_range(field: str, facts: Mapping[str, Any]) -> str:
    return str(facts.get(RANGES.get(field, "")) or "")


def reads(criterion: Mapping[str, Any], told: str) -> str:
    """What a criterion with one of NUMBER_OPS makes of a range as it is stored."""
    found = bounds(told)
    if found is None:
        return UNKNOWN
    least, most = found
    wanted, limit = _wanted(criterion)
    if (wanted is None or least >= wanted) and (limit is None or (most is not None and most <= limit)):
        return MET
    if (wanted is not None and most is not None and most < wanted) or (limit is not None and least > limit):
        return NOT_MET
    return UNKNOWN


def _wanted(criterion: Mapping[str, Any]) -> tuple[float | None, float | None]:
    value = criterion["value"]
    if criterion["op"] == "between":
        return value[0], value[1]
    return (value, None) if criterion["op"] == "at_least" else (None, value)
