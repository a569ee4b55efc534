"""Rows that do not fit the headings: as much of them is taken as can be trusted."""

from collections.abc import Callable
from pathlib import Path

import pytest

from leads.intake.columns import lead_columns
from leads.intake.csv_file import open_table
from leads.intake.lead_form import CleanLead, UnusableLead
from leads.intake.lead_rows import AS_IT_CAME, lead_of
from tests.world import MONDAY

Leads = Callable[[str], CleanLead]


@pytest.fixture
def lead(tmp_path: Path) -> Leads:
    """The lead of one row under four headings."""

    def read(row: str) -> CleanLead:
        path = tmp_path / "leads.csv"
        path.write_text(f"First name,Email,Company,Country\n{row}\n", encoding="utf-8")
        table = open_table(path)
        [only] = table.rows()
        return lead_of(only, lead_columns(table.columns), received_at=MONDAY, default_source="import")

    return read


def test_missing_cells_are_blank_and_told(lead: Leads) -> None:
    form = lead("Zoë,zoe@acme.test")
    assert (form.email, form.first_name, form.company, form.source) == ("zoe@acme.test", "Zoë", "", "import")
    [warning] = form.warnings
    assert (warning.field, warning.code) == ("row", "too_few_cells")
    assert warning.sentence == "The row has 2 cells where the heading has 4; the missing ones are blank."


def test_missing_cells_are_told_along_with_a_bad_value(lead: Leads) -> None:
    assert [warning.field for warning in lead("Zoë,zoe@acme.test,Acme").warnings] == ["row"]
    with pytest.raises(UnusableLead) as caught:
        lead("Zoë,not an address")
    assert [problem.field for problem in caught.value.problems] == ["email", "row"]


def test_blank_cells_too_many_are_no_fuss(lead: Leads) -> None:
    form = lead("Zoë,zoe@acme.test,Acme,DE,, ,")
    assert (form.company, form.country, form.warnings) == ("Acme", "DE", ())


@pytest.mark.parametrize(
    ("row", "taken"),
    [
        ("Zoë,zoe@acme.test,Acme, Inc,DE", "zoe@acme.test"),  # shifted behind its column
        ("Zoë,van Dam,zoe@acme.test,Acme,DE", "zoe@acme.test"),  # shifted before it
        ("Zoë,zoe@acme.test,boss@acme.test,Acme,DE", "zoe@acme.test"),  # its own column comes first
        ('Zoë "Z" Dam,zoe@acme.test,"the "real" Acme",DE', "zoe@acme.test"),  # a stray quote
    ],
)
def test_of_a_row_that_may_have_shifted_only_the_email_is_taken(lead: Leads, row: str, taken: str) -> None:
    form = lead(row)
    assert form.email == taken
    assert (form.first_name, form.company, form.country, form.phone) == ("", "", "", "")
    kept = form.raw[AS_IT_CAME]
    assert isinstance(kept, list)
    assert taken in kept
    assert len(kept) >= 4
    [warning] = form.warnings
    assert warning.sentence.endswith("only the e-mail was taken, the row is kept as it came.")


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("Zoë,van Dam,zoe at acme,Acme,DE", "none of its cells is a usable e-mail address."),
        ("Zoë,van Dam,zoe@acme.test,boss@acme.test,DE", "2 of its cells are a usable e-mail address."),
    ],
)
def test_a_row_that_may_have_shifted_without_one_email_is_refused(lead: Leads, row: str, why: str) -> None:
    with pytest.raises(UnusableLead) as caught:
        lead(row)
    [problem] = caught.value.problems
    assert problem.code == "too_many_cells"
    assert problem.sentence == (f"The row has 5 cells where the heading has 4. Its columns may have shifted, and {why}")
