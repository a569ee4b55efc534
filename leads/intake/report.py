"""The report of an import: a line for each row that was refused or in which a value was left out."""

import csv
import io
from collections import Counter
from collections.abc import Iterable
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

from leads.intake.csv_safe import safe_row
from leads.intake.problems import BadFile, Problem, shown

HEADING = ["line", "row", "what", "field", "code", "reason", "value"]


class Report:
    """A CSV file written as the import goes, so that it is there even when the import is stopped.

    Where there is a report already, this one goes on in it for as long as both say the same: it is the same import's,
    stopped. As soon as they differ it is another's, and stays under a name of its own, `kept`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.kept: Path | None = None
        self.counts: Counter[str] = Counter({"refused rows": 0})
        self._said = 0

    def __enter__(self) -> Self:
        self._file = self.path.open("a+b", buffering=0)
        self._file.seek(0)
        heading = _line(HEADING)
        if not heading.startswith(self._file.read(len(heading))):
            self._file.close()
            raise BadFile(f"'{shown(self.path.name)}' is not the report of an import; name another file for it.")
        self._file.seek(0)
        self._say(heading)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is None and self._file.read(1):
            self._set_aside()
        self._file.close()

    def refused(self, line: int, row: int, problems: Iterable[Problem]) -> None:
        """The row made no lead; the first problem says why, the rest is told along with it."""
        self.counts["refused rows"] += 1
        self._write(line, row, "refused", problems)

    def left_out(self, line: int, row: int, problems: Iterable[Problem]) -> None:
        """The row landed without these values."""
        problems = list(problems)
        if problems:
            self.counts["rows with a value left out"] += 1
            self._write(line, row, "value left out", problems)

    def widened(self, line: int, row: int, notes: Iterable[Problem]) -> None:
        """The row landed and says more than it names."""
        notes = list(notes)
        if notes:
            self.counts["rows that cover more than they name"] += 1
            self._write(line, row, "covers more", notes)

    def _write(self, line: int, row: int, what: str, problems: Iterable[Problem]) -> None:
        for problem in problems:
            self._say(_line([line, row, what, problem.field, problem.code, problem.sentence, problem.value]))

    def _say(self, line: bytes) -> None:
        """Write the line, or what of it is not there already."""
        there = self._file.read(len(line))
        if not line.startswith(there):
            self._set_aside()
            there = b""
        self._file.write(line[len(there) :])
        self._said += len(line)

    def _set_aside(self) -> None:
        """Leave the file that is there to whom it belongs, and begin one of our own with what was said so far."""
        self._file.seek(0)
        said = self._file.read(self._said)
        self._file.close()
        self.kept = next(path for path in map(self._numbered, count(1)) if not path.exists())
        self.path.rename(self.kept)
        self._file = self.path.open("a+b", buffering=0)
        self._file.write(said)

    def _numbered(self, number: int) -> Path:
        return self.path.with_stem(f"{self.path.stem}.{number}")


def _line(cells: list[object] | list[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(safe_row(list(cells)))
    return text.getvalue().encode()
