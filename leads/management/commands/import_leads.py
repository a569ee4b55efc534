import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from leads.actor import Actor
from leads.intake.columns import lead_columns, past_lead_columns
from leads.intake.csv_file import Row
from leads.intake.lead_form import CleanLead, UnusableLead
from leads.intake.lead_rows import lead_of
from leads.intake.problems import Problem
from leads.management.importing import ImportCommand, Opened
from leads.management.past_leads import History
from leads.models import Arrival
from revops import lifecycle
from revops.ladder import Ladder, NoLastResort

BATCH = 500
IMPORT = Actor("system", "import")
# Older than this, a row is backlog unless told otherwise: nobody waits for a call after a day.
FRESH = timedelta(days=1)
OUTCOMES = {"new": "new leads", "joined": "joined an open lead", "suppressed": "suppressed"}
HISTORY = "history"
KNOWN, PACED = "rows known from an earlier run", "of the new ones, paced backlog"


class Command(ImportCommand):
    help = (
        "Import leads from a CSV file. Good rows land, each refused row is named in the report. "
        "Run again after a stop, it goes on where it was, and report and summary are of the whole file."
    )

    columns_of = staticmethod(lead_columns)
    of_no_field = "kept with the lead as they are"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--as",
            dest="kind",
            choices=["new", "backlog", HISTORY],
            help="new: into the buffer now; backlog: released at a pace (default: rows over a day old are backlog); "
            "history: leads of before, for `backtest` alone, which nobody is given and no clock runs for",
        )
        parser.add_argument("--source", default="import", help="the source of rows that name none")
        parser.add_argument("--dry-run", action="store_true", help="check every row and write nothing but the report")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        if options["kind"] == HISTORY:
            self.columns_of, self.of_no_field = past_lead_columns, "left out"
        super().handle(*args, file=file, **options)

    def must_be_ready(self, options: Mapping[str, Any]) -> None:
        if not options["dry_run"] and options["kind"] != HISTORY:
            _must_be_answered()

    def take_in(self, opened: Opened, options: Mapping[str, Any], *, at: datetime) -> "Counter[str]":
        if options["kind"] == HISTORY:
            return History(opened, at=at, source=options["source"]).read(write=not options["dry_run"])
        run = Run(opened, at=at, kind=options["kind"], source=options["source"])
        return run.check() if options["dry_run"] else run.land()


@dataclass(frozen=True)
class Read:
    """One row of the file: its form or, without one, what is wrong with it; and its arrival from an earlier run."""

    row: Row
    form: CleanLead | None
    problems: tuple[Problem, ...]
    before: Arrival | None

    @property
    def landed_before(self) -> bool:
        return self.before is not None and self.before.outcome != Arrival.Outcome.REFUSED


class Run:
    """One import of a file."""

    def __init__(self, opened: Opened, *, at: datetime, kind: str | None, source: str) -> None:
        self.opened, self.table, self.report = opened, opened.table, opened.report
        self.at, self.kind, self.source = at, kind, source
        # A row is known again by the file's content and its place, whatever the file is called.
        self.mark = f"csv#{_digest(opened.file)}"

    def check(self) -> "Counter[str]":
        """Read every row and write no lead."""
        fine = 0
        for row in self.opened.rows():
            fine += self._reported(self._read(row, None)).form is not None
        return Counter({"rows read": self.table.row_count, "rows that would land": fine})

    def land(self) -> "Counter[str]":
        """Take in the rows, batch by batch; each batch commits whole. What an earlier run did is told along."""
        told = Counter({"rows read": self.table.row_count, **dict.fromkeys(OUTCOMES.values(), 0)})
        earlier: Counter[str] = Counter()
        rows = self.opened.rows()
        while batch := list(islice(rows, BATCH)):
            known = self._known(batch)
            read = [self._reported(self._read(row, known.get(self._reference(row)))) for row in batch]
            earlier.update(one.before.outcome for one in read if one.before and one.landed_before)
            told.update(self._land([one for one in read if not one.landed_before]))
        if earlier:
            were = ", ".join(f"{count:,} {OUTCOMES[outcome]}" for outcome, count in earlier.items())
            told[f"{KNOWN}: {were}"] = earlier.total()
        return told

    def _land(self, read: list[Read]) -> Iterator[str]:
        """Take in what no earlier run took in; a row that was refused then is refused once."""
        refused = [self._refused(one.row) for one in read if one.form is None and one.before is None]
        knocks = [lifecycle.Knock(one.form, self._reference(one.row)) for one in read if one.form]
        backlog = {position for position, knock in enumerate(knocks) if self._is_backlog(knock.form)}
        answers = lifecycle.capture(knocks, at=self.at, by=IMPORT, refused=refused, backlog=backlog)
        for position, answer in enumerate(answers):
            yield OUTCOMES[answer.outcome]
            if answer.outcome == "new" and position in backlog:
                yield PACED

    def _read(self, row: Row, before: Arrival | None) -> Read:
        """Read the row as it was read when it came in first, so that the same is said of it."""
        received_at = before.at if before is not None else self.at
        try:
            form = lead_of(row, self.opened.columns, received_at=received_at, default_source=self.source)
        except UnusableLead as error:
            return Read(row, None, error.problems, before)
        return Read(row, form, form.warnings, before)

    def _reported(self, read: Read) -> Read:
        if read.form is not None:
            self.report.left_out(read.row.line, read.row.number, read.problems)
        elif not read.landed_before:
            self.report.refused(read.row.line, read.row.number, read.problems)
        return read

    def _is_backlog(self, form: CleanLead) -> bool:
        """Whether the lead starts in its turn rather than now."""
        old = form.occurred_at is not None and self.at - form.occurred_at > FRESH
        return self.kind == "backlog" or (self.kind is None and old)

    def _known(self, rows: list[Row]) -> dict[str, Arrival]:
        """The arrivals of these rows; of one that was refused and then landed, the latter."""
        references = [self._reference(row) for row in rows]
        arrivals = Arrival.objects.filter(door=IMPORT.door, reference__in=references)
        return {arrival.reference: arrival for arrival in sorted(arrivals, key=_landed)}

    def _reference(self, row: Row) -> str:
        return f"{self.mark}:{row.line}"

    def _refused(self, row: Row) -> Arrival:
        return lifecycle.refuse("unusable_row", at=self.at, by=IMPORT, reference=self._reference(row))


def _must_be_answered() -> None:
    """Leads that nobody answers for in the end would all be put aside by the sweep."""
    try:
        Ladder().last_resort()
    except NoLastResort as error:
        raise CommandError(f"No lead was taken in. {error}") from None


def _landed(arrival: Arrival) -> bool:
    return arrival.outcome != Arrival.Outcome.REFUSED


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()[:16]
