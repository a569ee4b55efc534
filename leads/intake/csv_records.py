"""The records of a CSV file one by one, each with the line on which it begins, whatever its quotes are like.

A quote in the wrong place can shift all that follows it. Where the line closes every quote that it opens, the fault
ends with the line: its cells are given as they look, and are not to be trusted. Else nothing from there on can be told
apart, and the rest of the file is one record without cells.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from leads.intake.csv_bytes import bad_byte_line
from leads.intake.problems import BadFile, Problem, shown

LONGEST_LINE = 1_000_000
UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class Record:
    """`line` counts from 1. With a `fault` its cells cannot be trusted, or there are none."""

    line: int
    cells: tuple[str, ...]
    fault: Problem | None = None


def records(path: Path, encoding: str, delimiter: str) -> Iterator[Record]:
    """Each record that is not blank; the heading first. Raises BadFile for what is no text at all."""
    lines = _Counted(text_lines(path, encoding))
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        begins = lines.seen + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            record = _faulty(lines, begins, delimiter, error)
            yield record
            if record.fault is not None and record.fault.code == UNREAD:
                return
            continue
        if any(map(str.strip, cells)) and not _is_delimiter_line(begins, cells, delimiter):
            yield Record(begins, tuple(cells))


def text_lines(path: Path, encoding: str) -> Iterator[str]:
    """The lines of the file with their ends. Raises BadFile with the line that is not text."""
    with path.open(encoding=encoding, newline="") as file:
        try:
            yield from _bounded(file, path)
        except UnicodeDecodeError:
            raise bad_byte_line(path, encoding) from None


class _Counted:
    """Lines on their way to the reader: how many went, and the last of them."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.seen = 0
        self.last = ""

    def __iter__(self) -> "Iterator[str]":
        return self

    def __next__(self) -> str:
        self.last = next(self._lines)
        self.seen += 1
        return self.last


def _faulty(lines: _Counted, begins: int, delimiter: str, error: csv.Error) -> Record:
    ends_with_its_line = lines.seen == begins and lines.last.count('"') % 2 == 0
    if not ends_with_its_line:
        return _the_rest(lines, begins, error)
    try:
        cells = next(csv.reader([lines.last], delimiter=delimiter))
    except csv.Error:
        fault = Problem("row", "too_long", f"The row {_what(error)}.", shown(lines.last))
        return Record(begins, (), fault)
    fault = Problem("row", "stray_quote", f"The row {_what(error)}.", shown(lines.last))
    return Record(begins, tuple(cells), fault)


def _the_rest(lines: _Counted, begins: int, error: csv.Error) -> Record:
    opening = lines.last if lines.seen == begins else ""
    what = _what(error)
    for _line in lines:
        pass  # to the end, which tells how much was not read, and that all of it is text
    sentence = (
        f"The row that begins on line {begins:,} {what}, so nothing from there to the end of the file"
        f" (line {lines.seen:,}) can be told apart; put it right and import those rows again."
    )
    return Record(begins, (), Problem("row", UNREAD, sentence, shown(opening)))


def _what(error: csv.Error) -> str:
    if "field larger" in str(error):
        return f"has a cell of over {csv.field_size_limit():,} characters"
    return "has a quote that is not closed, or not followed by the next column"


def _is_delimiter_line(line: int, cells: list[str], delimiter: str) -> bool:
    return line == 1 and cells in (["sep=", ""], [f"sep={delimiter}"])


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
