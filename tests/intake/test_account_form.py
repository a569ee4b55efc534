import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leads.intake.account_form import FIELDS, UnusableAccount, clean_account, clean_year
from leads.intake.places import Place, clean_place
from leads.intake.problems import Unusable


def test_a_whole_row() -> None:
    account = clean_account(
        {
            "external_id": "5",
            "name": " Circuit\nHub ",
            "website": "https://www.circuithub.com/en",
            "domains": "circuithub.com; circuithub.co.uk",
            "aliases": "Cube, Inc.|CircuitHub 2|Circuit Hub",
            "location": "London, England, United Kingdom; Remote",
            "employee_count": "58",
            "industry": "Industrials",
            "sub_industry": "Industrials -> Robotics",
            "annual_revenue": "$3M",
            "owner_email": "Kim@us.example",
            "founded_year": "1322045523",
            "tech_stack": "Go;Rust",
            "batch": "W12",
        }
    )
    assert (account.external_id, account.name, account.website) == ("5", "Circuit Hub", "https://www.circuithub.com/en")
    assert account.domains == ("circuithub.com", "circuithub.co.uk")
    assert account.aliases == ("Cube, Inc.", "CircuitHub 2")
    assert (account.city, account.region, account.country) == ("London", "England", "GB")
    assert (account.employee_count, account.annual_revenue, account.founded_year) == (58, 3_000_000, 2011)
    assert (account.owner_email, account.tech_stack) == ("Kim@us.example", ("Go", "Rust"))
    assert (account.warnings, account.notes, account.raw) == ((), (), {"batch": "W12"})


def test_a_profile_is_no_domain_and_the_name_is_enough() -> None:
    account = clean_account({"name": "SlidePay", "website": "https://angel.co/slidepay"})
    assert (account.domains, account.website) == ((), "https://angel.co/slidepay")
    assert [note.code for note in account.notes] == ["no_company_domain"]


@pytest.mark.parametrize("website", ["", "http://", "n/a"])
def test_no_website_is_silent(website: str) -> None:
    account = clean_account({"name": "Grid", "website": website})
    assert (account.domains, account.warnings, account.notes) == ((), (), ())


def test_a_bad_website_is_named_and_good_ones_beside_it_stay() -> None:
    assert [problem.field for problem in clean_account({"name": "A", "website": "htp://x.com"}).warnings] == ["website"]
    account = clean_account({"name": "A", "website": "https://a.io, http://url, https://b.com"})
    assert (account.domains, account.notes[0].code) == (("a.io", "b.com"), "some_left_out")


def test_a_domain_names_a_company_without_a_name() -> None:
    assert clean_account({"domains": "acme.com"}).name == "acme.com"
    for row in ({}, {"name": "-"}, {"name": "", "website": "http://"}, {"website": "https://angel.co/x"}):
        with pytest.raises(UnusableAccount):
            clean_account(row)


def test_own_columns_come_before_the_location() -> None:
    account = clean_account({"name": "A", "location": "Paris, France", "country": "Germany", "city": "Unspecified"})
    assert (account.country, account.city) == ("DE", "Paris")


def test_bad_values_are_left_out_and_named() -> None:
    account = clean_account({"name": "A", "employee_count": "many", "country": "Atlantis", "founded_year": "long ago"})
    assert {problem.field for problem in account.warnings} == {"employee_count", "country", "founded_year"}
    assert (account.employee_count, account.country, account.founded_year) == (None, "", None)


@pytest.mark.parametrize(
    ("typed", "aliases"),
    [
        ("Cube, Inc., Cube Labs", ("Cube, Inc.", "Cube Labs")),
        ("A1; B, C", ("A1", "B, C")),
        ("TBD|X", ("X",)),
        ("Acme", ()),
    ],
)
def test_aliases(typed: str, aliases: tuple[str, ...]) -> None:
    assert clean_account({"name": "ACME", "aliases": typed}).aliases == aliases


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("London, England, United Kingdom", Place("London", "England", "GB")),
        ("San Francisco, CA, USA; Remote", Place("San Francisco", "CA", "US")),
        ("Remote; Berlin, Berlin, Germany", Place("Berlin", "Berlin", "DE")),
        ("Tbilisi, Tbilisi, Georgia", Place("Tbilisi", "Tbilisi", "GE")),
        ("Dublin, Ireland", Place("Dublin", "", "IE")),
        ("Saint Paul, Minnesota", Place("Saint Paul", "Minnesota", "US")),
        ("Washington, D.C.", Place("Washington", "D.C.", "US")),
        ("Austin, TX", Place("Austin", "TX", "US")),
        ("Toronto, Ontario", Place("Toronto", "Ontario", "CA")),
        ("Atlanta, Georgia", Place("Atlanta", "Georgia", "")),
        ("Palo Alto, CA", Place("Palo Alto", "CA", "")),
        ("United States", Place("", "", "US")),
        ("Singapore", Place("", "", "SG")),
        ("Springfield", Place("Springfield", "", "")),
        ("Remote", Place()),
        ("", Place()),
        (" , ; ,", Place()),
    ],
)
def test_places(typed: str, place: Place) -> None:
    assert clean_place(typed).value == place


@pytest.mark.parametrize(
    ("typed", "year"),
    [("1902", 1902), (1902, 1902), ("2013 (1888)", 2013), ("1904/1946/1959", 1904), ("2011-05-01", 2011), ("-", None)],
)
def test_years(typed: object, year: int | None) -> None:
    assert clean_year(typed) == year


@pytest.mark.parametrize("typed", ["soon", "190", "31/02/2026", "99999999999"])
def test_unusable_years(typed: str) -> None:
    with pytest.raises(Unusable):
        clean_year(typed)


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(sorted(FIELDS)) | st.text(), st.text() | st.integers() | st.lists(st.text()) | st.none()
    )
)
def test_any_row_is_an_account_or_a_named_error(row: dict[str, object]) -> None:
    try:
        account = clean_account(row)
    except UnusableAccount:
        return
    assert 0 < len(account.name) <= 255
