from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from leads import suppressions
from leads.actor import Actor
from leads.intake.columns import suppression_columns
from leads.intake.csv_file import Table, open_table
from leads.intake.suppression_form import (
    LONGEST_NOTE,
    CleanSuppression,
    UnusableSuppression,
    heading_instead,
    suppression_of,
)
from leads.intake.text import words_key
from leads.management.importing import ImportCommand, Opened
from leads.models import Reason, Suppression
from revops import lifecycle

BATCH = 500
IMPORT = Actor("system", "import")
DEFAULT_REASON = "suppression_list"
LANDED, WOULD_LAND, KNOWN = "put on the suppression list", "rows that would land", "on the list already"
ENDED = "open leads ended by it"
LIFTED = "of the new ones, lifted before and on the list again"


class Command(ImportCommand):
    help = (
        "Put e-mails and whole domains on the suppression list from a CSV file, or from a list of one column. Their "
        "open leads end at once. Good rows land, each refused row is named in the report. Run it again after a stop: "
        "what is on the list already stays as it is."
    )
    columns_of = staticmethod(suppression_columns)

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--scope",
            choices=[Suppression.Scope.SALES.value, Suppression.Scope.MARKETING.value],
            default=Suppression.Scope.SALES,
            help="what rows that name no scope are kept from (default: sales)",
        )
        parser.add_argument(
            "--reason",
            metavar="CODE",
            default=DEFAULT_REASON,
            help="the reason of rows that name none, for instance own_domain or competitor",
        )
        parser.add_argument("--note", default="", help="the note of rows that have none")
        parser.add_argument("--dry-run", action="store_true", help="check every row and write nothing but the report")

    def open_table(self, file: Path) -> Table:
        return open_table(file, without_heading=heading_instead)

    def take_in(self, opened: Opened, options: Mapping[str, Any], *, at: datetime) -> "Counter[str]":
        reasons = {reason.code: reason for reason in Reason.objects.filter(outcome=Reason.Outcome.SUPPRESS)}
        if options["reason"] not in reasons:
            raise CommandError(
                f"--reason {options['reason']} is no reason that suppresses; these are: {', '.join(sorted(reasons))}."
            )
        if len(options["note"]) > LONGEST_NOTE:
            raise CommandError(f"--note is longer than the {LONGEST_NOTE} characters that fit.")
        run = Run(opened, reasons, scope=options["scope"], reason=options["reason"], note=options["note"])
        return run.check() if options["dry_run"] else run.land(at=at)


class Run:
    """One import of a list: what its rows say, and what holds for those that do not say it."""

    def __init__(self, opened: Opened, reasons: Mapping[str, Reason], *, scope: str, reason: str, note: str) -> None:
        self.opened, self.reasons = opened, reasons
        self.scope, self.reason, self.note = scope, reason, note
        self._codes = {words_key(name): code for code, row in reasons.items() for name in (code, row.label)}

    def check(self) -> "Counter[str]":
        """Read every row and suppress nobody."""
        told = Counter({"rows read": self.opened.table.row_count, WOULD_LAND: 0, KNOWN: 0})
        seen: set[tuple[str, str, str]] = set()
        for batch in self._batches():
            keys = [suppressions.key(row) for row in batch]
            new = set(keys) - suppressions.listed(batch) - seen
            seen.update(new)
            told[WOULD_LAND] += len(new)
            told[KNOWN] += len(keys) - len(new)
        return told

    def land(self, *, at: datetime) -> "Counter[str]":
        """Put the rows on the list, batch by batch; each batch commits whole, with the leads that it ends."""
        told = Counter({"rows read": self.opened.table.row_count, LANDED: 0, KNOWN: 0, ENDED: 0})
        for batch in self._batches():
            lifted = suppressions.listed(batch, in_force=False)
            done = lifecycle.suppress_all(batch, at=at, by=IMPORT)
            told[LANDED] += sum(done.landed)
            told[KNOWN] += len(batch) - sum(done.landed)
            told[ENDED] += done.ended
            new = [row for row, is_new in zip(batch, done.landed, strict=True) if is_new]
            if again := sum(suppressions.key(row) in lifted for row in new):
                told[LIFTED] += again
        return told

    def _batches(self) -> Iterator[Sequence[Suppression]]:
        rows = self._suppressions()
        while batch := list(islice(rows, BATCH)):
            yield batch

    def _suppressions(self) -> Iterator[Suppression]:
        for row in self.opened.rows():
            try:
                form = suppression_of(row, self.opened.columns, self._codes)
            except UnusableSuppression as error:
                self.opened.report.refused(row.line, row.number, error.problems)
                continue
            self.opened.report.left_out(row.line, row.number, form.warnings)
            self.opened.report.widened(row.line, row.number, form.notes)
            yield self._suppression(form)

    def _suppression(self, form: CleanSuppression) -> Suppression:
        return Suppression(
            person_key=form.person_key,
            domain=form.domain,
            scope=form.scope or self.scope,
            reason=self.reasons[form.reason or self.reason],
            note=form.note or self.note,
        )
