"""Leads of before, taken in for rules to be tried on: no lead, no arrival, no clock, nothing that is sent."""

from collections import Counter
from datetime import datetime
from itertools import islice

from leads.intake.csv_file import Row
from leads.intake.lead_form import UnusableLead
from leads.intake.past_form import PastForm, past_form
from leads.management.importing import Opened
from leads.models import PastLead

BATCH = 500
ADDED, KNOWN, WOULD_BE_ADDED = "leads of before", "rows known already", "rows that would be kept"


class History:
    """One reading of a file. A lead is known again by its person and time, whatever file it comes in."""

    def __init__(self, opened: Opened, *, at: datetime, source: str) -> None:
        self.opened, self.at, self.source = opened, at, source

    def read(self, *, write: bool) -> "Counter[str]":
        """Keep the rows, batch by batch, or only check them. What became of how many, in words."""
        told: Counter[str] = Counter({"rows read": self.opened.table.row_count})
        rows = self.opened.rows()
        while batch := list(islice(rows, BATCH)):
            forms = [form for row in batch if (form := self._form(row)) is not None]
            told.update(_keep(forms, write=write))
        return told

    def _form(self, row: Row) -> PastForm | None:
        report = self.opened.report
        try:
            form = past_form(row, self.opened.columns, received_at=self.at, default_source=self.source)
        except UnusableLead as error:
            report.refused(row.line, row.number, error.problems)
            return None
        report.left_out(row.line, row.number, form.warnings)
        return form


def _keep(forms: list[PastForm], *, write: bool) -> "Counter[str]":
    wanted = {(form.lead.person_key, form.lead.captured_at): form.lead for form in reversed(forms)}
    times = PastLead.objects.filter(person_key__in={key for key, _came in wanted})
    known = set(times.values_list("person_key", "captured_at"))
    new = [lead for key, lead in wanted.items() if key not in known]
    if write:
        PastLead.objects.bulk_create(reversed(new), ignore_conflicts=True)
    return Counter({ADDED if write else WOULD_BE_ADDED: len(new), KNOWN: len(forms) - len(new)})
