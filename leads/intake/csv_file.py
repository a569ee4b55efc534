"""CSV files, read in small memory after one pass that makes sure that all of the file can be read.

Nothing is guessed: UTF-8, or UTF-16 with its mark; the delimiter is the one that the heading line has most of. A file
with a fault that could shift its cells is refused as a whole, before any row of it is used.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from leads.intake.csv_bytes import bad_byte_line, text_encoding
from leads.intake.problems import BadFile, Problem, shown
from leads.intake.text import trimmed

MOST_COLUMNS = 500
LONGEST_LINE = 1_000_000
DELIMITERS = (",", ";", "\t", "|")

# Excel's own way of telling the delimiter, on a line before the headings.
_DELIMITER_LINE = re.compile(r"\"?sep=([,;\t|])\"?[\r\n]*", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"?')


@dataclass(frozen=True, slots=True)
class Row:
    """`line` is the physical line on which the row begins (from 1, the heading's included), `number` counts the rows
    from 1. `cells` go by heading; with a `problem` the row does not fit the headings and has no cells.
    """

    line: int
    number: int
    cells: dict[str, str]
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A file that can be read to its end. `rows()` may be called more than once; blank rows are left out of it."""

    path: Path
    encoding: str
    delimiter: str
    columns: tuple[str, ...]
    row_count: int

    def rows(self) -> Iterator[Row]:
        records = _records(self.path, self.encoding, self.delimiter)
        next(records)
        for number, (line, record) in enumerate(records, start=1):
            yield self._row(line, number, record)

    def _row(self, line: int, number: int, record: list[str]) -> Row:
        if len(record) == len(self.columns):
            return Row(line, number, dict(zip(self.columns, record, strict=True)))
        sentence = f"Line {line:,} has {len(record):,} cells; the heading has {len(self.columns):,}."
        return Row(line, number, {}, Problem("row", "ragged", sentence, shown(" ".join(record[:5]))))


def open_table(path: Path) -> Table:
    """Check the whole file and give it as a table. Memory does not grow with the file.

    Raises BadFile, with one sentence to show, for a file that is not CSV by its content (whatever its name), is in
    another encoding, is empty or only a heading, has over 500 columns, doubled headings, NUL bytes, a quote that is
    not closed, or a cell or a line of absurd length.
    """
    encoding = text_encoding(path)
    delimiter = _delimiter(path, encoding)
    records = _records(path, encoding, delimiter)
    heading = next(records, None)
    if heading is None:
        raise BadFile(f"'{shown(path.name)}' is empty; export it again, with its heading line.")
    columns = _columns(heading[1], path)
    row_count = sum(1 for _ in records)
    if not row_count:
        raise BadFile(f"'{shown(path.name)}' has a heading but no rows; export it again, with its rows.")
    return Table(path, encoding, delimiter, columns, row_count)


def _columns(heading: list[str], path: Path) -> tuple[str, ...]:
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
    line = next((line for line in _lines(path, encoding) if line.strip()), "")
    told = _DELIMITER_LINE.fullmatch(line)
    if told:
        return told[1]
    bare = _QUOTED.sub("", line)
    return max(DELIMITERS, key=bare.count)


def _records(path: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each record that is not blank, with the line on which it begins; the heading first."""
    reader = csv.reader(_lines(path, encoding), delimiter=delimiter, strict=True)
    begins = 1
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _not_parsable(path, begins, str(error)) from None
        if any(record) and any(map(str.strip, record)) and not _is_delimiter_line(begins, record, delimiter):
            yield begins, record
        begins = reader.line_num + 1


def _is_delimiter_line(line: int, record: list[str], delimiter: str) -> bool:
    return line == 1 and record in (["sep=", ""], [f"sep={delimiter}"])


def _lines(path: Path, encoding: str) -> Iterator[str]:
    with path.open(encoding=encoding, newline="") as file:
        try:
            yield from _bounded(file, path)
        except UnicodeDecodeError:
            raise bad_byte_line(path, encoding) from None


def _bounded(file: TextIO, path: Path) -> Iterator[str]:
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        if "\0" in line:
            raise BadFile(
                f"Line {number:,} of '{shown(path.name)}' holds a NUL byte, so it is not UTF-8 text; save the table"
                " as 'CSV UTF-8' and import that."
            )
        if len(line) == LONGEST_LINE:
            raise BadFile(f"Line {number:,} of '{shown(path.name)}' has over a million characters; it is no table.")
        yield line


def _not_parsable(path: Path, line: int, reason: str) -> BadFile:
    if "field larger" in reason:
        what = f"has a cell of over {csv.field_size_limit():,} characters; a quote in it is probably not closed"
    else:
        what = "has a quote that is not closed, or not followed by the next column"
    return BadFile(
        f"The row that begins on line {line:,} of '{shown(path.name)}' {what}; put it right and import again."
    )
