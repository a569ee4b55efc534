"""How many people work at a company: a count, or only a range, as '51-200' or '10001+'. A count goes before a range."""

import re
from typing import Protocol

from django.db.models import Q

from leads import wording

LONGEST = 17
CHECK = Q(employee_range__regex=r"^([0-9]+-[0-9]+|[0-9]+\+)?$")
REFUSED = "Write a range as 51-200 or 10001+."
_RANGE = re.compile(r"([0-9]+)(?:-([0-9]+)|\+)", re.ASCII)


class Sized(Protocol):
    employee_count: int | None
    employee_range: str


def bounds(text: str) -> tuple[int, int | None] | None:
    """(least, most) of a range as it is stored; most is None for one without an end. None for no range."""
    found = _RANGE.fullmatch(text)
    return (int(found[1]), int(found[2]) if found[2] else None) if found else None


def as_range(least: int, most: int | None) -> str:
    return f"{least}+" if most is None else f"{least}-{most}"


def supersede(sized: Sized) -> None:
    """Where the count is known, the range says nothing more."""
    if sized.employee_count is not None:
        sized.employee_range = ""


def people(sized: Sized) -> str:
    """'1 person', '250 people', '51 to 200 people', '10,001 people or more'; '' where nothing is known."""
    if sized.employee_count is not None:
        return wording.count(sized.employee_count, "person", "people")
    return range_words(sized.employee_range)


def range_words(text: str) -> str:
    found = bounds(text)
    if found is None:
        return ""
    least, most = found
    return f"{least:,} people or more" if most is None else f"{least:,} to {most:,} people"
