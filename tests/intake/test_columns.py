from pathlib import Path

import pytest

from leads.intake.account_form import FIELDS as ACCOUNT_FIELDS
from leads.intake.columns import BadColumns, account_columns, lead_columns, read_map
from leads.intake.headings import ACCOUNT_HEADINGS, ACCOUNT_SECOND_CHOICE, LEAD_HEADINGS, LEAD_SECOND_CHOICE
from leads.intake.lead_form import FIELDS as LEAD_FIELDS
from leads.intake.problems import BadFile
from leads.intake.text import words_key

HUBSPOT = {
    "Record ID - Contact": "external_id",
    "First Name": "first_name",
    "Last Name": "last_name",
    "Email": "email",
    "Phone Number": "phone",
    "Job Title": "job_title",
    "Company Name": "company",
    "Website URL": "website",
    "Country/Region": "country",
    "State/Region": "region",
    "City": "city",
    "Number of Employees": "employee_count",
    "Annual Revenue": "annual_revenue",
    "Original Source": "source",
    "Create Date": "occurred_at",
    "HubSpot Score": "intent_score",
    "Mobile Phone Number": None,
    "Latest Source": None,
    "Associated Deal": None,
}
SALESFORCE = {
    "Lead ID": "external_id",
    "FirstName": "first_name",
    "LastName": "last_name",
    "Title": "job_title",
    "Company": "company",
    "Email": "email",
    "Mobile": "phone",
    "LeadSource": "source",
    "State/Province": "region",
    "Country": "country",
    "NumberOfEmployees": "employee_count",
    "AnnualRevenue": "annual_revenue",
    "CreatedDate": "occurred_at",
    "Email Opt Out": "opt_out",
    "Lead Status": None,
}
TYPEFORM = {
    "Token": "external_id",
    "What's your email?": "email",
    "Your name": "last_name",
    "What company do you work for?": "company",
    "utm_source": "source",
    "UTM Campaign": "campaign",
    "Submitted At": "occurred_at",
}
GERMAN = {
    "E-Mail-Adresse": "email",
    "Vorname": "first_name",
    "Name": "last_name",
    "Firma": "company",
    "Land": "country",
    "Bundesland": "region",
    "Stadt": "city",
    "Mitarbeiterzahl": "employee_count",
    "Leadquelle": "source",
}
FRENCH = {
    "Adresse e-mail": "email",
    "Prénom": "first_name",
    "Nom": "last_name",
    "Société": "company",
    "Pays": "country",
}
SPANISH = {
    "Correo electrónico": "email",
    "Nombre": "first_name",
    "Apellidos": "last_name",
    "Empresa": "company",
    "País": "country",
}


@pytest.mark.parametrize("headings", [HUBSPOT, SALESFORCE, TYPEFORM, GERMAN, FRENCH, SPANISH])
def test_usual_exports_need_no_map(headings: dict[str, str | None]) -> None:
    columns = lead_columns(list(headings))
    assert dict(columns.fields) == {field: heading for heading, field in headings.items() if field}
    assert columns.unrecognised == tuple(heading for heading, field in headings.items() if field is None)


def test_case_blanks_and_punctuation_do_not_matter() -> None:
    assert set(lead_columns(["E_MAIL", " first-name ", "COMPANY_NAME"]).fields) == {"email", "first_name", "company"}


@pytest.mark.parametrize(
    ("tables", "fields"),
    [((LEAD_HEADINGS, LEAD_SECOND_CHOICE), LEAD_FIELDS), ((ACCOUNT_HEADINGS, ACCOUNT_SECOND_CHOICE), ACCOUNT_FIELDS)],
)
def test_no_heading_means_two_fields(tables: tuple[dict[str, str], ...], fields: frozenset[str]) -> None:
    seen: dict[str, str] = {}
    for table in tables:
        assert fields >= set(table)
        for field, names in table.items():
            for key in {words_key(name) for name in (field, *names.split(", ")) if name}:
                assert seen.setdefault(key, field) == field, key


def test_a_row_keeps_the_cells_of_unknown_columns() -> None:
    columns = lead_columns(["Email", "Notes"])
    assert columns.row({"Email": "a@b.co", "Notes": "hi"}) == {"email": "a@b.co", "Notes": "hi"}


def test_without_an_email_column_the_sentence_names_what_was_found() -> None:
    with pytest.raises(BadColumns, match=r"the columns are 'Nme', 'Contact mail'\. Name one with a map"):
        lead_columns(["Nme", "Contact mail"])
    with pytest.raises(BadColumns, match="and 88 more"):
        lead_columns([f"c{number}" for number in range(100)])


def test_two_columns_for_one_field_need_a_map() -> None:
    headings = ["Email", "Work Email", "Name"]
    with pytest.raises(BadColumns, match="'email': 'Email' and 'Work Email'"):
        lead_columns(headings)
    columns = lead_columns(headings, {"work email": "email"})
    assert columns.fields["email"] == "Work Email"
    assert columns.unrecognised == ("Email",)
    assert lead_columns(headings, {"Work Email": "ignore"}).fields["email"] == "Email"


def test_a_column_left_out_by_the_map_is_not_read_under_its_own_name() -> None:
    columns = lead_columns(["Mail", "email", "phone"], {"Mail": "email", "phone": "ignore"})
    row = columns.row({"Mail": "a@b.co", "email": "old", "phone": "1"})
    assert row == {"email": "a@b.co", "email (column)": "old"}


@pytest.mark.parametrize(
    ("column_map", "told"),
    [
        ({"Nope": "email"}, "names a column 'Nope'"),
        ({"Email": "mail"}, "no field of ours"),
        ({"Email": "email", "Other": "email"}, "Two columns hold the field 'email'"),
    ],
)
def test_a_map_that_does_not_fit(column_map: dict[str, str], told: str) -> None:
    with pytest.raises(BadColumns, match=told):
        lead_columns(["Email", "Other"], column_map)


def test_account_columns() -> None:
    columns = account_columns(["Security", "GICS Sector", "GICS Sub-Industry", "Headquarters Location", "Founded"])
    assert set(columns.fields) == {"name", "industry", "sub_industry", "location", "founded_year"}
    columns = account_columns(["id", "name", "former_names", "website", "all_locations", "team_size", "subindustry"])
    assert set(columns.fields) == {
        "external_id",
        "name",
        "aliases",
        "website",
        "location",
        "employee_count",
        "sub_industry",
    }
    columns = account_columns(["account", "sector", "year_established", "revenue", "employees", "office_location"])
    assert set(columns.fields) == {"name", "industry", "founded_year", "annual_revenue", "employee_count", "location"}
    with pytest.raises(BadColumns, match="company's name"):
        account_columns(["Sector"])


@pytest.mark.parametrize(
    "content",
    ['{"Contact mail": "email", "Boss": "ignore"}', "column,field\nContact mail,email\n\nBoss,ignore\n"],
)
def test_maps(content: str, tmp_path: Path) -> None:
    path = tmp_path / "map"
    path.write_text(content, encoding="utf-8-sig")
    assert read_map(path) == {"Contact mail": "email", "Boss": "ignore"}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "must begin with the line"),
        (b"Contact mail,email\n", "must begin with the line"),
        (b"column,field\na,b,c\n", "a line with 3 cells"),
        (b'column,field\n"a,b\n', "is not valid CSV"),
        (b"{", "is not valid JSON"),
        (b'{"a":' * 100_000, "is not valid JSON"),
        (b'{"a": 1}', "one JSON object"),
        (b"\xff", "is not UTF-8"),
        (b" " * 1_000_001, "larger than a megabyte"),
    ],
)
def test_maps_that_are_none(content: bytes, told: str, tmp_path: Path) -> None:
    path = tmp_path / "map"
    path.write_bytes(content)
    with pytest.raises(BadColumns, match=told):
        read_map(path)
    with pytest.raises(BadFile, match="cannot be read"):
        read_map(tmp_path / "missing")
