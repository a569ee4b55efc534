"""What every import of a file does: open it, find its columns, take in its rows, leave a report and sum up."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from leads.intake.columns import Columns, read_map
from leads.intake.csv_file import Row, Table, open_table
from leads.intake.problems import BadFile
from leads.intake.report import Report
from revops import clock


@dataclass(frozen=True)
class Opened:
    """A file that can be read: its rows, how its columns are read, and the report that the import leaves."""

    file: Path
    table: Table
    columns: Columns
    report: Report

    def rows(self) -> Iterator[Row]:
        """The rows, with a bar of how far it is where somebody watches."""
        return iter(tqdm(self.table.rows(), total=self.table.row_count, unit=" rows", disable=None))


class ImportCommand(BaseCommand):
    """A command over one CSV file. Good rows land, each refused row is named in the report."""

    columns_of: Callable[[Sequence[str], Mapping[str, str] | None], Columns]
    of_no_field = "left out"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--map", type=Path, help="JSON or CSV file that tells which column holds which field")
        parser.add_argument("--report", type=Path, help="where the report goes (default: import-report-NAME.csv here)")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        at = clock.now()
        path = options["report"] or Path(f"import-report-{file.stem}.csv")
        try:
            table = self.open_table(file)
            columns = self.columns_of(table.columns, read_map(options["map"]) if options["map"] else None)
            self.must_be_ready(options)
            with Report(path) as report:
                told = self.take_in(Opened(file, table, columns, report), options, at=at)
        except BadFile as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"{error.filename or file}: {error.strerror}.") from None
        if table.unread:
            self.stderr.write(table.unread)
        told.update(report.counts)
        self._tell(columns, told, report, dry=options.get("dry_run", False))

    def open_table(self, file: Path) -> Table:
        return open_table(file)

    def must_be_ready(self, options: Mapping[str, Any]) -> None:
        """Raise CommandError, before a report is begun, where nothing could be taken in."""

    def take_in(self, opened: Opened, options: Mapping[str, Any], *, at: datetime) -> "Counter[str]":
        """Take in the rows, or in a dry run check them. What became of how many, in words."""
        raise NotImplementedError

    def _tell(self, columns: Columns, told: "Counter[str]", report: Report, *, dry: bool) -> None:
        if columns.unrecognised:
            names = ", ".join(columns.unrecognised[:12])
            self.stdout.write(f"Columns of no field, {self.of_no_field}: {names}")
        for what, count in told.items():
            self.stdout.write(f"{count:>8,}  {what}")
        self.stdout.write(f"Report: {report.path}{'  (dry run: nothing else was written)' if dry else ''}")
        if report.kept:
            self.stdout.write(f"The report of another import that was there is now {report.kept}")
