"""Rows of a suppression list: whom they name, and why the others are refused."""

from itertools import zip_longest

import pytest

from leads.intake.columns import BadColumns, suppression_columns
from leads.intake.csv_file import Row
from leads.intake.problems import Problem, Unusable
from leads.intake.suppression_form import (
    CleanSuppression,
    UnusableSuppression,
    heading_instead,
    suppressible_domain,
    suppression_of,
)

REASONS = {"owndomain": "own_domain", "competitor": "competitor", "notnow": "not_now", "closedforgood": "not_now"}


def clean(**cells: str) -> CleanSuppression:
    return suppression_of(Row(2, 1, cells), suppression_columns(list(cells)), REASONS)


def refused(**cells: str) -> list[tuple[str, str]]:
    with pytest.raises(UnusableSuppression) as caught:
        clean(**cells)
    return [(problem.field, problem.code) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("typed", "domain"),
    [
        ("acme.com", "acme.com"),
        (" ACME.com. ", "acme.com"),
        ("https://www.acme.co.uk/about?x=1", "acme.co.uk"),
        ("@acme.com", "acme.com"),
        ("*@acme.com", "acme.com"),
        ("*.acme.com", "acme.com"),
        ("mail.acme.com", "acme.com"),
        ("acme.com:8080", "acme.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("foo.github.io", "foo.github.io"),
        ("linkedin.com", "linkedin.com"),
        ("", ""),
        ("n/a", ""),
    ],
)
def test_a_domain_is_the_one_that_somebody_registered(typed: str, domain: str) -> None:
    assert suppressible_domain(typed) == domain


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("gmail.com", "free_mail"),
        ("mail.yahoo.com", "free_mail"),
        ("mailinator.com", "free_mail"),
        ("co.uk", "public_suffix"),
        ("com.br", "public_suffix"),
        ("github.io", "public_suffix"),
        ("www.co.uk", "public_suffix"),
        ("jo@acme.com", "is_email"),
        ("https://jo@acme.com/", "is_email"),
        ("https://linkedin.com/company/acme", "shared_site"),
        ("acme.atlassian.net", "shared_site"),
        ("acme", "not_a_domain"),
        ("com", "not_a_domain"),
        ("localhost", "not_a_domain"),
        ("10.0.0.1", "not_a_domain"),
        ("acme inc", "not_a_domain"),
    ],
)
def test_what_must_not_be_suppressed_whole(typed: str, code: str) -> None:
    with pytest.raises(Unusable) as caught:
        suppressible_domain(typed)
    assert caught.value.code == code


def test_a_person_is_compared_as_leads_are() -> None:
    row = clean(email="Jo Doe <JO+crm@Acme.com>", note="asked us to stop", type="Competition", scope="Newsletter")
    assert (row.person_key, row.domain, row.scope) == ("jo@acme.com", "", "marketing")
    assert (row.reason, row.note, row.warnings) == ("competitor", "asked us to stop", ())


@pytest.mark.parametrize(
    ("typed", "reason"),
    [("own_domain", "own_domain"), ("Employee", "own_domain"), ("Closed for good", "not_now"), ("Domain", "")],
)
def test_a_reason_by_code_label_or_usual_word(typed: str, reason: str) -> None:
    assert clean(domain="acme.com", reason=typed).reason == reason


def test_either_in_one_column() -> None:
    assert clean(entry="jo@acme.com").person_key == "jo@acme.com"
    assert clean(entry="@acme.com").domain == "acme.com"
    assert clean(entry="https://acme.com/x").domain == "acme.com"
    assert refused(entry="gmail.com") == [("whom", "free_mail")]


def test_a_person_s_company_is_not_suppressed_with_them() -> None:
    same = clean(email="jo@acme.com", domain="acme.com")
    assert (same.person_key, same.domain, same.warnings) == ("jo@acme.com", "", ())
    other = clean(email="jo@acme.com", domain="globex.com")
    assert (other.domain, [problem.code for problem in other.warnings]) == ("", ["person_named"])
    assert refused(email="jo at acme", domain="acme.com") == [("email", "no_at")]


def test_what_is_unclear_is_refused_and_what_is_optional_left_out() -> None:
    assert refused(email="", domain="") == [("row", "missing")]
    assert refused(email="jo@acme.com", scope="everything") == [("scope", "not_a_scope")]
    assert refused(email="jo@acme.com", scope="erased") == [("scope", "not_a_scope")]
    row = clean(email="jo@acme.com", reason="Mondays", note="x" * 501)
    assert [(problem.field, problem.code) for problem in row.warnings] == [
        ("note", "too_long"),
        ("reason", "not_a_reason"),
    ]


DOUBT = Problem("row", "too_many_cells", "The row has 3 cells where the heading has 2.", "")


def shifted(*cells: str, headings: tuple[str, str] = ("email", "domain")) -> CleanSuppression:
    row = Row(2, 1, dict(zip_longest(headings, cells[:2], fillvalue="")), DOUBT, cells)
    return suppression_of(row, suppression_columns(list(headings)), REASONS)


@pytest.mark.parametrize(
    "cells", [("Jo+x@acme.com", "", "x"), ("Jo", "jo@acme.com", "globex.com"), ("jo@acme.com", "al@acme.com", "x")]
)
def test_of_a_row_whose_cells_may_have_shifted_only_the_email_is_taken(cells: tuple[str, ...]) -> None:
    row = shifted(*cells)
    assert (row.person_key, row.domain, row.scope, row.reason) == ("jo@acme.com", "", "", "")
    [warning] = row.warnings
    assert (warning.field, warning.code) == ("row", "too_many_cells")
    assert "only the e-mail was taken" in warning.sentence


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (("Jo", "acme.com", "x"), "none of its cells is a usable e-mail"),
        (("Jo", "jo@acme.com", "al@acme.com"), "2 of its cells are"),
        ((), "3 cells where the heading has 2.$"),
    ],
)
def test_it_is_refused_where_no_email_can_be_trusted(cells: tuple[str, ...], why: str) -> None:
    with pytest.raises(UnusableSuppression, match=why):
        shifted(*cells)


def test_nor_is_a_company_barred_by_a_row_that_may_have_shifted() -> None:
    with pytest.raises(UnusableSuppression, match="3 cells"):
        shifted("acme.com", "jo@acme.com", "x", headings=("domain", "note"))


@pytest.mark.parametrize("typed", ["sub.rival3.co.uk", "*.sub.rival3.co.uk", "https://sub.rival3.co.uk/x"])
@pytest.mark.parametrize("field", ["domain", "entry"])
def test_a_part_of_a_domain_bars_all_of_it_and_that_is_told(typed: str, field: str) -> None:
    row = clean(**{field: typed})
    assert row.domain == "rival3.co.uk"
    assert [note.sentence for note in row.notes] == [
        "sub.rival3.co.uk is a part of rival3.co.uk: all of rival3.co.uk is barred."
    ]
    assert clean(**{field: "www.rival3.co.uk"}).notes == clean(**{field: "*.rival3.co.uk"}).notes == ()


def test_columns_by_their_usual_names() -> None:
    columns = suppression_columns(["Company Domain Name", "Website URL", "Work Email", "Type", "Comments", "Region"])
    assert columns.fields == {
        "domain": "Company Domain Name",
        "email": "Work Email",
        "reason": "Type",
        "note": "Comments",
    }
    assert suppression_columns(["Website URL"]).fields == {"domain": "Website URL"}
    assert suppression_columns(["Our rivals"]).fields == {"whom": "Our rivals"}
    with pytest.raises(BadColumns, match="No column holds e-mail addresses or domains"):
        suppression_columns(["Name", "City"])


@pytest.mark.parametrize("cell", ["jo@acme.com", "acme.com", "https://acme.com", "@acme.com"])
def test_a_list_that_begins_with_a_value_has_no_heading(cell: str) -> None:
    assert heading_instead(cell) == "e-mail or domain"


@pytest.mark.parametrize("cell", ["Email", "domain", "E-mail / domain", "Do not contact", ""])
def test_a_heading_is_a_heading(cell: str) -> None:
    assert heading_instead(cell) is None
