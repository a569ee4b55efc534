import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from leads.actor import Actor
from leads.intake.columns import Columns, lead_columns, read_map
from leads.intake.csv_file import Row, Table, open_table
from leads.intake.lead_form import CleanLead, UnusableLead, clean_lead
from leads.intake.problems import BadFile
from leads.intake.report import Report
from leads.models import Arrival
from revops import clock, lifecycle

BATCH = 500
IMPORT = Actor("system", "import")
# Older than this, a row is backlog unless told otherwise: nobody waits for a call after a day.
FRESH = timedelta(days=1)


class Command(BaseCommand):
    help = (
        "Import leads from a CSV file. Good rows land, each refused row is named in the report. "
        "Run again after a stop, it goes on where it was."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--as",
            dest="kind",
            choices=["new", "backlog"],
            help="new: into the buffer now; backlog: released at a pace (default: rows over a day old are backlog)",
        )
        parser.add_argument("--map", type=Path, help="JSON or CSV file that tells which column holds which field")
        parser.add_argument("--source", default="import", help="the source of rows that name none")
        parser.add_argument("--report", type=Path, help="where the report goes (default: import-report-NAME.csv here)")
        parser.add_argument("--dry-run", action="store_true", help="check every row and write nothing but the report")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        at = clock.now()
        report_path = options["report"] or Path(f"import-report-{file.stem}.csv")
        try:
            table = open_table(file)
            columns = lead_columns(table.columns, read_map(options["map"]) if options["map"] else None)
            with Report(report_path) as report:
                run = Run(file, table, columns, report, at=at, kind=options["kind"], source=options["source"])
                told = run.check() if options["dry_run"] else run.land()
        except BadFile as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"{error.filename or file}: {error.strerror}.") from None
        self._tell(columns, told + report.counts, report_path, dry=options["dry_run"])

    def _tell(self, columns: Columns, told: "Counter[str]", report_path: Path, *, dry: bool) -> None:
        if columns.unrecognised:
            names = ", ".join(columns.unrecognised[:12])
            self.stdout.write(f"Columns of no field, kept with the lead as they are: {names}")
        for what, count in told.items():
            self.stdout.write(f"{count:>8,}  {what}")
        self.stdout.write(f"Report: {report_path}{'  (dry run: nothing was written)' if dry else ''}")


class Run:
    """One import: a table, how its columns are read, and the report it leaves."""

    def __init__(
        self, file: Path, table: Table, columns: Columns, report: Report, *, at: datetime, kind: str | None, source: str
    ) -> None:
        self.table, self.columns, self.report = table, columns, report
        self.at, self.kind, self.source = at, kind, source
        # A row is known again by the file's content and its place, whatever the file is called.
        self.mark = f"csv#{_digest(file)}"

    def check(self) -> "Counter[str]":
        """Read every row and write no lead."""
        fine = sum(1 for _row, form in self._clean(self._rows()) if form is not None)
        return Counter({"rows read": self.table.row_count, "rows that would land": fine})

    def land(self) -> "Counter[str]":
        """Take in the rows, batch by batch; each batch commits whole."""
        told: Counter[str] = Counter({"rows read": self.table.row_count})
        rows = self._rows()
        while batch := list(islice(rows, BATCH)):
            told.update(self._land(batch))
        return told

    def _land(self, batch: list[Row]) -> Iterable[str]:
        known = self._known(batch)
        fresh = [row for row in batch if self._reference(row) not in known]
        yield from ["rows known from an earlier run"] * (len(batch) - len(fresh))
        knocks: list[lifecycle.Knock] = []
        refusals: list[Row] = []
        backlog: set[int] = set()
        for row, form in self._clean(fresh):
            if form is None:
                refusals.append(row)
                continue
            if self._is_backlog(form):
                backlog.add(len(knocks))
            knocks.append(lifecycle.Knock(form, self._reference(row)))
        refused = [self._refused(row) for row in refusals]
        answers = lifecycle.capture(knocks, at=self.at, by=IMPORT, refused=refused, backlog=backlog)
        for position, answer in enumerate(answers):
            yield {"new": "new leads", "joined": "joined an open lead", "suppressed": "suppressed"}[answer.outcome]
            if answer.outcome == "new" and position in backlog:
                yield "of the new ones, paced backlog"

    def _clean(self, rows: Iterable[Row]) -> Iterator[tuple[Row, CleanLead | None]]:
        for row in rows:
            yield row, self._form(row)

    def _form(self, row: Row) -> CleanLead | None:
        if row.problem is not None:
            self.report.refused(row.line, row.number, [row.problem])
            return None
        try:
            form = clean_lead(self.columns.row(row.cells), received_at=self.at, default_source=self.source)
        except UnusableLead as error:
            self.report.refused(row.line, row.number, error.problems)
            return None
        self.report.left_out(row.line, row.number, form.warnings)
        return form

    def _is_backlog(self, form: CleanLead) -> bool:
        """Whether the lead starts in its turn rather than now."""
        old = form.occurred_at is not None and self.at - form.occurred_at > FRESH
        return self.kind == "backlog" or (self.kind is None and old)

    def _known(self, rows: list[Row]) -> set[str]:
        references = [self._reference(row) for row in rows]
        return set(Arrival.objects.filter(reference__in=references).values_list("reference", flat=True))

    def _reference(self, row: Row) -> str:
        return f"{self.mark}:{row.line}"

    def _refused(self, row: Row) -> Arrival:
        return lifecycle.refuse("unusable_row", at=self.at, by=IMPORT, reference=self._reference(row))

    def _rows(self) -> Iterator[Row]:
        return iter(tqdm(self.table.rows(), total=self.table.row_count, unit=" rows", disable=None))


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()[:16]
