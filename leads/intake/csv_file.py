"""CSV files, read in small memory after one pass that makes sure that all of the file is text.

Nothing is guessed: UTF-8, or UTF-16 with its mark; the delimiter is the one that the heading line has most of. A row
whose cells may have shifted says so, and nobody takes them for what the headings say.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from leads.intake.csv_bytes import text_encoding
from leads.intake.csv_records import UNREAD, Record, records, text_lines
from leads.intake.problems import BadFile, Problem, shown
from leads.intake.text import trimmed

MOST_COLUMNS = 500
DELIMITERS = (",", ";", "\t", "|")
TOO_FEW, TOO_MANY = "too_few_cells", "too_many_cells"

# Excel's own way of telling the delimiter, on a line before the headings.
_DELIMITER_LINE = re.compile(r"\"?sep=([,;\t|])\"?[\r\n]*", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"?')


@dataclass(frozen=True, slots=True)
class Row:
    """`line` is the physical line on which the row begins (from 1, the heading's included), `number` counts the rows
    from 1. `cells` go by heading, missing ones blank. `doubt` is what is wrong with the row as a whole; if its cells
    may have shifted, `shifted` has all of them in order (none when they cannot be told apart), else it is None.
    """

    line: int
    number: int
    cells: dict[str, str]
    doubt: Problem | None = None
    shifted: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A file that is text to its end. `rows()` may be called more than once; blank rows are left out of it.

    `unread`, when not empty, says from where on the file could not be read; that is its last row.
    """

    path: Path
    encoding: str
    delimiter: str
    columns: tuple[str, ...]
    row_count: int
    unread: str = ""
    headed: bool = True

    def rows(self) -> Iterator[Row]:
        found = records(self.path, self.encoding, self.delimiter)
        if self.headed:
            next(found)
        for number, record in enumerate(found, start=1):
            yield self._row(number, record)

    def _row(self, number: int, record: Record) -> Row:
        doubt = record.fault or self._miscounted(record.cells)
        cells = dict(zip_longest(self.columns, record.cells[: len(self.columns)], fillvalue=""))
        has_shifted = doubt is not None and doubt.code != TOO_FEW
        return Row(record.line, number, cells, doubt, record.cells if has_shifted else None)

    def _miscounted(self, cells: tuple[str, ...]) -> Problem | None:
        """What is wrong with a row of another width than the heading's; a surplus of blank cells is nothing."""
        width, count = len(self.columns), len(cells)
        if count == width or (count > width and not any(map(str.strip, cells[width:]))):
            return None
        has = f"The row has {count:,} cell{'' if count == 1 else 's'} where the heading has {width:,}"
        code, end = (TOO_MANY, ".") if count > width else (TOO_FEW, "; the missing ones are blank.")
        return Problem("row", code, has + end, shown(" ".join(cells[:5])))


def open_table(path: Path, *, without_heading: Callable[[str], str | None] = lambda cell: None) -> Table:
    """Check the whole file and give it as a table. Memory does not grow with the file.

    `without_heading` tells from the first cell of a file of one column that it is no heading but a value, by giving
    the heading to take instead.

    Raises BadFile, with one sentence to show, for a file that is not CSV by its content (whatever its name), is in
    another encoding, is empty or only a heading, has over 500 columns, doubled headings, NUL bytes, a line of absurd
    length, or quotes so wrong that no row can be read.
    """
    encoding = text_encoding(path)
    delimiter = _delimiter(path, encoding)
    found = records(path, encoding, delimiter)
    heading = next(found, None)
    if heading is None:
        raise BadFile(f"'{shown(path.name)}' is empty; export it again, with its heading line.")
    if heading.fault is not None:
        raise BadFile(f"The heading of '{shown(path.name)}' cannot be read. {heading.fault.sentence}")
    instead = without_heading(heading.cells[0]) if len(heading.cells) == 1 else None
    columns = _columns(heading.cells if instead is None else (instead,), path)
    row_count, unread = _counted(found)
    row_count += instead is not None
    if not row_count:
        raise BadFile(f"'{shown(path.name)}' has a heading but no rows; export it again, with its rows.")
    if unread and row_count == 1:
        raise BadFile(f"Nothing of '{shown(path.name)}' can be used. {unread}")
    return Table(path, encoding, delimiter, columns, row_count, unread, headed=instead is None)


def _counted(found: Iterator[Record]) -> tuple[int, str]:
    """How many rows there are, and why the last of them is the rest of the file, if it is."""
    count, unread = 0, ""
    for record in found:
        count += 1
        if record.fault is not None and record.fault.code == UNREAD:
            unread = record.fault.sentence
    return count, unread


def _columns(heading: tuple[str, ...], path: Path) -> tuple[str, ...]:
    if len(heading) > MOST_COLUMNS:
        raise BadFile(
            f"'{shown(path.name)}' has {len(heading):,} columns, more than the {MOST_COLUMNS} that fit; leave out those"
            " that are not about leads."
        )
    names = [trimmed(name) or f"column {place}" for place, name in enumerate(heading, start=1)]
    places: dict[str, int] = {}
    for place, name in enumerate(names, start=1):
        earlier = places.setdefault(name.casefold(), place)
        if earlier != place:
            raise BadFile(
                f"Columns {earlier} and {place} are both headed '{shown(name)}'; rename or remove one of them."
            )
    return tuple(names)


def _delimiter(path: Path, encoding: str) -> str:
    line = next((line for line in text_lines(path, encoding) if line.strip()), "")
    told = _DELIMITER_LINE.fullmatch(line)
    if told:
        return told[1]
    bare = _QUOTED.sub("", line)
    return max(DELIMITERS, key=bare.count)
