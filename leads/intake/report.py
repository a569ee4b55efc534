"""The report of an import: a line for each row that was refused or in which a value was left out."""

import csv
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from leads.intake.csv_safe import safe_row
from leads.intake.problems import Problem

HEADING = ["line", "row", "what", "field", "code", "reason", "value"]


class Report:
    """A CSV file written as the import goes, so that it is there even when the import is stopped."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.counts: Counter[str] = Counter()

    def __enter__(self) -> Self:
        self._file = self.path.open("w", newline="", encoding="utf-8")
        self._writer = csv.writer(self._file)
        self._writer.writerow(HEADING)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
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

    def _write(self, line: int, row: int, what: str, problems: Iterable[Problem]) -> None:
        for problem in problems:
            cells: list[object] = [line, row, what, problem.field, problem.code, problem.sentence, problem.value]
            self._writer.writerow(safe_row(cells))
        self._file.flush()
