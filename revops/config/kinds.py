"""What a column holds: how it stands in the file, what is wrong with it there, how it is told, what the table takes.

Plain values are what YAML has. A reference is the natural key of the row that is meant: its name, code or e-mail.
"""

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from django.db import models

from revops.config.reading import MOST_DIGITS, Node, is_number
from revops.config.references import Known

NOTHING = "nothing"
Wrong = Callable[[int, str, str], None]


@dataclass(frozen=True)
class Spot:
    """A part of the file that is being read: its path, whom to tell what is wrong, and what may be referred to."""

    path: str
    wrong: Wrong
    known: Known

    def at(self, part: str) -> "Spot":
        return Spot(f"{self.path}{part}", self.wrong, self.known)

    def heard(self, told: list[str]) -> "Spot":
        """The same; `told` also has the path of all that is wrong there."""

        def wrong(line: int, path: str, why: str) -> None:
            told.append(path)
            self.wrong(line, path, why)

        return Spot(self.path, wrong, self.known)

    def refuse(self, node: Node, why: str) -> None:
        self.wrong(node.line, self.path, why)


class Kind:
    """Text; the others differ from it where they say so."""

    expected = "a text; put it into quotes"
    # What stands for no value, where there may be none.
    empty: Any = ""

    def read(self, node: Node, spot: Spot) -> Any:
        """The value as it is kept; what is wrong is told to the spot."""
        if node.value is None:
            return self.empty
        if not self.fits(node.value):
            spot.refuse(node, f"expected {self.expected}; found {shown(node.plain)}.{self.hint(node.value)}")
            return self.empty
        return node.plain

    def hint(self, value: Any) -> str:
        """What to do about a value that does not fit, where that is told from looking at it."""
        return ""

    def fits(self, value: Any) -> bool:
        return isinstance(value, str)

    def plain(self, value: Any) -> Any:
        """From the table to the file."""
        return "" if value is None else value

    def stored(self, plain: Any, known: Known) -> Any:
        """From the file to the table."""
        return plain

    def told(self, plain: Any) -> str:
        return NOTHING if plain in (None, "", [], {}) else str(plain)

    def change(self, before: Any, after: Any) -> list[str]:
        return [f"{self.told(before)} → {self.told(after)}"]


class Flag(Kind):
    expected, empty = "true or false", None

    def read(self, node: Node, spot: Spot) -> Any:
        if node.value is None:
            spot.refuse(node, f"expected {self.expected}; found nothing.")
        return super().read(node, spot)

    def fits(self, value: Any) -> bool:
        return isinstance(value, bool)

    def plain(self, value: Any) -> Any:
        return value

    def told(self, plain: Any) -> str:
        return "yes" if plain else "no"


class Whole(Kind):
    expected, empty = "a whole number", None

    def fits(self, value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool)

    def plain(self, value: Any) -> Any:
        return value

    def hint(self, value: Any) -> str:
        """Text that would be read as a number stood in quotes."""
        if isinstance(value, str) and is_number(value):
            return " Take the quotes away: in quotes it is a text."
        return f" Write it in plain digits, {MOST_DIGITS} at most." if _parses(float, value) else ""


@dataclass(frozen=True)
class Within(Whole):
    """A whole number from `least` to `most`."""

    least: int
    most: int

    @property
    def expected(self) -> str:  # type: ignore[override]
        return f"a whole number from {self.least} to {self.most}"

    def fits(self, value: Any) -> bool:
        return super().fits(value) and self.least <= value <= self.most


class Number(Whole):
    expected = "a number"

    def fits(self, value: Any) -> bool:
        return isinstance(value, (int, float)) and not isinstance(value, bool)

    def plain(self, value: Any) -> Any:
        return int(value) if value is not None and value == int(value) else value


class Time(Kind):
    expected, empty = "a time such as 09:00", None

    def fits(self, value: Any) -> bool:
        return _parses(time.fromisoformat, value)

    def plain(self, value: time | None) -> Any:
        return value.isoformat("auto" if value.second or value.microsecond else "minutes") if value else value

    def read(self, node: Node, spot: Spot) -> Any:
        found = super().read(node, spot)
        return None if found is None else self.plain(time.fromisoformat(found)) or "00:00"

    def stored(self, plain: Any, known: Known) -> Any:
        return time.fromisoformat(plain) if plain is not None else None


class Day(Kind):
    expected, empty = "a date such as 2027-05-27", None

    def fits(self, value: Any) -> bool:
        return _parses(date.fromisoformat, value)

    def plain(self, value: date | None) -> Any:
        return value.isoformat() if value else None

    def stored(self, plain: Any, known: Known) -> Any:
        return date.fromisoformat(plain) if plain is not None else None


def _parses(parse: Callable[[str], Any], value: Any) -> bool:
    try:
        return isinstance(value, str) and parse(value) is not None
    except ValueError:
        return False


@dataclass(frozen=True)
class Choice(Kind):
    """One of some; `values` is the word in the file -> what the table has."""

    values: Mapping[str, Any]

    def read(self, node: Node, spot: Spot) -> Any:
        word = "" if node.value is None else node.plain
        if not isinstance(word, str) or word not in self.values:
            words = [word for word in self.values if word]
            spot.refuse(node, f"{shown(word)} is none of {', '.join(words)}{nearest(word, words)}")
            return ""
        return word

    def plain(self, value: Any) -> Any:
        return next((word for word, stored in self.values.items() if stored == value), value)

    def stored(self, plain: Any, known: Known) -> Any:
        return self.values.get(plain, plain)


@dataclass(frozen=True)
class Reference(Kind):
    model: type[models.Model]
    expected = "a name"
    empty: Any = None

    def read(self, node: Node, spot: Spot) -> Any:
        name = super().read(node, spot)
        if not name:
            return None
        found = spot.known.name(self.model, name)
        if found is None:
            spot.refuse(node, spot.known.missing(self.model, name))
        return found

    def plain(self, value: Any) -> Any:
        return None if value is None else Known.of(value)

    def stored(self, plain: Any, known: Known) -> Any:
        return None if plain is None else known.pk(self.model, plain)


def of(model: type[models.Model], name: str) -> Kind:
    """The kind of a model's column. JSON says nothing of what is in it, so that its section does."""
    column = column_of(model, name)
    if column.choices:
        words = isinstance(column, models.IntegerField)
        values = {str(label).lower() if words else str(value): value for value, label in column.flatchoices}
        return Choice({"": ""} | values if column.blank else values)
    if isinstance(column, models.ForeignKey):
        return Reference(column.related_model)
    for model_field, kind in KINDS:
        if isinstance(column, model_field):
            return kind()
    raise TypeError(f"{column}: say in its section what kind it is.")


def column_of(model: type[models.Model], name: str) -> models.Field:
    found = model._meta.get_field(name)
    if not isinstance(found, models.Field):
        raise TypeError(f"{model.__name__}.{name} is no column.")
    return found


KINDS: tuple[tuple[type[models.Field], type[Kind]], ...] = (
    (models.BooleanField, Flag),
    (models.IntegerField, Whole),
    (models.FloatField, Number),
    (models.TimeField, Time),
    (models.DateField, Day),
    (models.CharField, Kind),
    (models.TextField, Kind),
)


def shown(value: Any) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def nearest(word: Any, words: Any) -> str:
    """The end of a sentence."""
    found = difflib.get_close_matches(str(word), list(words), n=1, cutoff=0.6)
    return f"; did you mean {found[0]}?" if found else "."


def lines_of(values: Mapping[str, Any], kinds: Mapping[str, Kind]) -> Iterator[str]:
    for name, plain in values.items():
        told = kinds[name].told(plain)
        if told != NOTHING:
            yield f"{name.replace('_', ' ')}: {told}"
