"""One row being read: each field cleaned, each problem kept with its field, nothing lost."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from leads.intake.numbers import NO_SIZE, Size, clean_size, clean_size_range
from leads.intake.problems import STORED_ITEMS, Noted, Problem, Unusable, shown, storable

T = TypeVar("T")


class Reading:
    """Takes fields out of a raw row. `problems` are values left out, `notes` values understood in a way worth telling;
    `raw` holds the original of every value that was left out.
    """

    def __init__(self, raw: Mapping[str, object]) -> None:
        self.given = raw
        self.problems: list[Problem] = []
        self.notes: list[Problem] = []
        self.raw: dict[str, object] = {}

    def take(self, field: str, clean: Callable[[object], T], blank: T) -> T:
        """The field's cleaned value; `blank` when there is none or it is unusable."""
        value = self.given.get(field)
        if value is None or (isinstance(value, str) and not value):
            return blank
        try:
            return clean(value)
        except Unusable as problem:
            self.leave_out(field, problem)
            return blank

    def take_noted(self, field: str, clean: Callable[[object], Noted[T]], blank: T) -> T:
        """Like `take`, for a cleaner that may tell how it understood the value."""
        noted = self.take(field, clean, Noted(blank))
        if noted.code:
            value = self.given[field]
            self.notes.append(Problem(field, noted.code, noted.sentence, shown(value)))
            self.raw[field] = storable(value)
        return noted.value

    def take_size(self) -> Size:
        """What `employee_count` and `employee_range` tell together: a count, wherever it stands, before a range."""
        told = [
            self.take_noted("employee_count", clean_size, NO_SIZE),
            self.take("employee_range", clean_size_range, NO_SIZE),
        ]
        told.sort(key=lambda size: (size.count is None, not size.range))
        return told[0]

    def leave_out(self, field: str, problem: Unusable) -> None:
        """Record that the field's value is not used."""
        value = self.given.get(field)
        self.problems.append(Problem(field, problem.code, problem.sentence, "" if value is None else shown(value)))
        self.raw[field] = storable(value)

    def keep_unknown(self, known: frozenset[str]) -> None:
        """Keep in `raw` what nobody asked for, up to 200 entries."""
        for field in self.unknown(known)[:STORED_ITEMS]:
            value = self.given[field]
            if value is not None and value != "":
                self.raw[str(storable(field))] = storable(value)

    def unknown(self, known: frozenset[str]) -> list[str]:
        """The names of fields that are given and not known, in their order."""
        return [field for field in self.given if field not in known]
