"""A row of a lead file, cleaned: also one that does not fit the headings, of which only the e-mail can be trusted."""

from dataclasses import replace
from datetime import datetime

from leads.intake.columns import Columns
from leads.intake.csv_file import Row
from leads.intake.lead_form import CleanLead, UnusableLead, clean_lead
from leads.intake.problems import Problem, Unusable
from leads.intake.shifted import trusted_address

# Under this name a lead keeps all cells of a row that does not fit the headings.
AS_IT_CAME = "row as it came"


def lead_of(row: Row, columns: Columns, *, received_at: datetime, default_source: str) -> CleanLead:
    """The lead of a row; a warning says when cells were missing, or when only the e-mail was taken.

    Raises UnusableLead without a usable e-mail address, or when it cannot be told which of several is the lead's.
    """
    if row.doubt is not None and row.shifted is not None:
        return _by_email_alone(row.doubt, row, columns, received_at, default_source)
    doubts = (row.doubt,) if row.doubt is not None else ()
    try:
        form = clean_lead(columns.row(row.cells), received_at=received_at, default_source=default_source)
    except UnusableLead as error:
        raise UnusableLead((*error.problems, *doubts)) from None
    return replace(form, warnings=(*doubts, *form.warnings)) if doubts else form


def _by_email_alone(
    doubt: Problem, row: Row, columns: Columns, received_at: datetime, default_source: str
) -> CleanLead:
    cells = row.shifted or ()
    try:
        address = trusted_address(row.cells[columns.fields["email"]], cells, doubt)
    except Unusable as error:
        raise UnusableLead((replace(doubt, sentence=error.sentence),)) from None
    form = clean_lead(
        {"email": address, AS_IT_CAME: list(cells)}, received_at=received_at, default_source=default_source
    )
    taken = f"{doubt.sentence} Its columns may have shifted: only the e-mail was taken, the row is kept as it came."
    return replace(form, warnings=(replace(doubt, sentence=taken),))
