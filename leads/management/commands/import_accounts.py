from collections import Counter
from datetime import datetime
from itertools import count, islice
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from leads.intake.account_form import CleanAccount, UnusableAccount, clean_account
from leads.intake.columns import Columns, account_columns, read_map
from leads.intake.csv_file import Row, Table, open_table
from leads.intake.directory import save_accounts
from leads.intake.problems import BadFile, Problem
from leads.intake.report import Report
from revops import clock
from routing.matching.index import catch_up_all

BATCH = 500


class Command(BaseCommand):
    help = "Import the account directory from a CSV file. The same company again is brought up to date."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--map", type=Path, help="JSON or CSV file that tells which column holds which field")
        parser.add_argument("--report", type=Path, help="where the report goes (default: import-report-NAME.csv here)")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        at = clock.now()
        report_path = options["report"] or Path(f"import-report-{file.stem}.csv")
        try:
            table = open_table(file)
            columns = account_columns(table.columns, read_map(options["map"]) if options["map"] else None)
            with Report(report_path) as report:
                told = _take_in(table, columns, report, at=at)
        except BadFile as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"{error.filename or file}: {error.strerror}.") from None
        if table.unread:
            self.stderr.write(table.unread)
        for what, number in (told + report.counts).items():
            self.stdout.write(f"{number:>8,}  {what}")
        self.stdout.write(f"Report: {report_path}")
        if report.kept:
            self.stdout.write(f"The report of another import that was there is now {report.kept}")


def _take_in(table: Table, columns: Columns, report: Report, *, at: datetime) -> "Counter[str]":
    told = Counter({"rows read": table.row_count})
    rows = iter(tqdm(table.rows(), total=table.row_count, unit=" rows", disable=None))
    while batch := list(islice(rows, BATCH)):
        read = [(row, *_read(row, columns)) for row in batch]
        saved = save_accounts([form for _row, form, _problems in read if form is not None], at=at)
        catch_up_all()
        told += saved.counts
        positions = count()
        for row, form, problems in read:
            if form is None:
                report.refused(row.line, row.number, problems)
            else:
                position = next(positions)
                taken = (saved.problems[position],) if position in saved.problems else ()
                report.left_out(row.line, row.number, (*problems, *taken))
    return told


def _read(row: Row, columns: Columns) -> tuple[CleanAccount | None, tuple[Problem, ...]]:
    """The row's account, if it makes one, and what is wrong with it. One whose cells may have shifted makes none."""
    doubts = (row.doubt,) if row.doubt is not None else ()
    if row.shifted is not None:
        return None, doubts
    try:
        form = clean_account(columns.row(row.cells))
    except UnusableAccount as error:
        return None, (*error.problems, *doubts)
    return form, (*doubts, *form.warnings)
