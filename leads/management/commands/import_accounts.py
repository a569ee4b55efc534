from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from leads.intake.account_form import CleanAccount, UnusableAccount, clean_account
from leads.intake.columns import Columns, account_columns, read_map
from leads.intake.csv_file import Row, open_table
from leads.intake.directory import save_accounts
from leads.intake.problems import BadFile
from leads.intake.report import Report
from revops import clock

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
        told: Counter[str] = Counter()
        try:
            table = open_table(file)
            columns = account_columns(table.columns, read_map(options["map"]) if options["map"] else None)
            rows = iter(tqdm(table.rows(), total=table.row_count, unit=" rows", disable=None))
            with Report(report_path) as report:
                while batch := list(islice(rows, BATCH)):
                    usable = [(row, form) for row in batch if (form := _form(row, columns, report)) is not None]
                    saved = save_accounts([form for _row, form in usable], at=at)
                    told += saved.counts
                    for position, problem in saved.problems.items():
                        row = usable[position][0]
                        report.left_out(row.line, row.number, [problem])
        except BadFile as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"{error.filename or file}: {error.strerror}.") from None
        for what, count in (Counter({"rows read": table.row_count}) + told + report.counts).items():
            self.stdout.write(f"{count:>8,}  {what}")
        self.stdout.write(f"Report: {report_path}")


def _form(row: Row, columns: Columns, report: Report) -> CleanAccount | None:
    if row.problem is not None:
        report.refused(row.line, row.number, [row.problem])
        return None
    try:
        form = clean_account(columns.row(row.cells))
    except UnusableAccount as error:
        report.refused(row.line, row.number, error.problems)
        return None
    report.left_out(row.line, row.number, form.warnings)
    return form
