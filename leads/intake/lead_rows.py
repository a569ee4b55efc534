"""A row of a lead file, cleaned: also one that does not fit the headings, of which only the e-mail can be trusted."""

from dataclasses import replace
from datetime import datetime

from leads.intake.columns import Columns
from leads.intake.csv_file import Row
from leads.intake.emails import clean_email
from leads.intake.lead_form import CleanLead, UnusableLead, clean_lead
from leads.intake.problems import Problem, Unusable

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
    address = _address(row.cells[columns.fields["email"]], cells, doubt)
    form = clean_lead(
        {"email": address, AS_IT_CAME: list(cells)}, received_at=received_at, default_source=default_source
    )
    taken = f"{doubt.sentence} Its columns may have shifted: only the e-mail was taken, the row is kept as it came."
    return replace(form, warnings=(replace(doubt, sentence=taken),))


def _address(in_its_column: str, cells: tuple[str, ...], doubt: Problem) -> str:
    """The cell to take for the lead's address: the e-mail column's, else the only one that is an address."""
    if not cells:
        raise UnusableLead((doubt,))
    found = [in_its_column] if _is_address(in_its_column) else list(filter(_is_address, cells))
    if len(found) != 1:
        how_many = "none of its cells is" if not found else f"{len(found)} of its cells are"
        told = f"{doubt.sentence} Its columns may have shifted, and {how_many} a usable e-mail address."
        raise UnusableLead((replace(doubt, sentence=told),))
    return found[0]


def _is_address(cell: str) -> bool:
    try:
        clean_email(cell)
    except Unusable:
        return False
    return True
