"""Two states of the configuration told apart in words, section by section."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from revops.config.document import Document, Row
from revops.config.kinds import NOTHING, lines_of
from revops.config.sections import SECTIONS
from revops.config.shapes import Nested, Section

ADDED, CHANGED, REMOVED, OFF = "added", "changed", "removed", "switched off"


@dataclass(frozen=True)
class Change:
    """One row that is not as it was; `lines` say how."""

    section: Section
    key: str
    what: str
    lines: tuple[str, ...] = ()


def changes(before: Document, after: Document) -> list[Change]:
    return [change for section in SECTIONS for change in _section(section, before, after)]


def _section(section: Section, before: Document, after: Document) -> Iterator[Change]:
    was, now = before[section.name], after[section.name]
    for key, row in now.items():
        if key not in was:
            yield Change(section, key, ADDED, tuple(_told(section, row)))
        elif lines := tuple(_different(section, was[key], row)):
            off = was[key].get("active") is True and row.get("active") is False
            yield Change(section, key, OFF if off and len(lines) == 1 else CHANGED, lines)
    for key in was:
        if key not in now:
            yield Change(section, key, REMOVED)


def _told(section: Section, row: Row) -> Iterator[str]:
    yield from lines_of({word: row[word] for word in section.kinds}, section.kinds)
    for one in section.nested:
        for told in _rows(one, row[one.name]):
            yield f"{one.name}: {told}"


def _different(section: Section, before: Row, after: Row) -> Iterator[str]:
    for word, kind in section.kinds.items():
        if before[word] != after[word]:
            for line in kind.change(before[word], after[word]):
                yield f"{_spoken(word)}: {line}"
    for one in section.nested:
        was, now = _rows(one, before[one.name]), _rows(one, after[one.name])
        yield from (f"{one.name}: no longer {told}" for told in (Counter(was) - Counter(now)).elements())
        yield from (f"{one.name}: new {told}" for told in (Counter(now) - Counter(was)).elements())
        if before[one.name] != after[one.name] and Counter(was) == Counter(now):
            yield f"{one.name}: in another order"


def _rows(one: Nested, rows: Any) -> list[str]:
    if one.keyed:
        return [f"{key}: {value}" for key, value in rows.items()]
    return [", ".join(_cells(one, row)) for row in rows]


def _cells(one: Nested, row: Row) -> Iterator[str]:
    for word, kind in one.kinds.items():
        told = kind.told(row[word])
        if told != NOTHING:
            yield f"{_spoken(word)} {told}"


def _spoken(word: str) -> str:
    return word.replace("_", " ")
