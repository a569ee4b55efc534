import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leads.intake.companies import clean_company, is_junk, normal_name
from leads.intake.problems import Unusable


@pytest.mark.parametrize(
    "answer",
    [
        "None",
        "Non",
        "l-",
        ".",
        "****",
        "1",
        "aaa",
        "-",
        "dsadsadsadsad",
        "I dont have one",
        "COMPANY",
        "n/a",
        "N/A",
        "Self",
        "student",
        "Home",
        "Self-Employed",
        "Me",
        "my",
        "没有",
        "fsfsf",
        "xxx",
        "no job",
        "Freelancer",
        "free",
        "test",
        "Unafflicated",
        "unaffilliated",
        "UNAFFILATED",
        "Unaffiliated.",
        "dummy",
        "asdf",
        "QWERTY",
        "xxxx",
        "AAAAA",
        "___",
        "???",
        "_",
        "12345",
        "Not Applicable",
        "unemployed",
        "private person",
        "sdsd",
    ],
)
def test_junk_answers_become_empty_with_a_note(answer: str) -> None:
    company = clean_company(f" {answer} ")
    assert (company.value, company.code) == ("", "junk_company")


@pytest.mark.parametrize(
    "name",
    [
        "Independent Bank",
        "Me Salon",
        "Free",
        "1Password",
        "X",
        "Home Depot",
        "HP",
        "42",
        "9",
        "AAA",
        "XXX",
        "Student Loan Hero",
        "Personal Capital",
        "Unified",
        "3M",
        "Unfiltered",
        "United",
        "Self Financial",
        "GasGas",
        "gasgas",
        "Lalala",
        "haha",
        "L.",
        "Test Prep Co",
        "&AI",
        "O'Brien",
        "Null Labs",
        "東京",
        "Ü",
        "🦄",
        "My Company Ltd",
        "Freenow",
        "Company of Heroes",
    ],
)
def test_real_names_stay_as_they_are(name: str) -> None:
    company = clean_company(name)
    assert (company.value, company.code) == (name, "")


def test_blanks_are_collapsed_and_lines_joined() -> None:
    assert clean_company("\u00a0Acme \t  Inc\n").value == "Acme Inc"


def test_an_overlong_name_is_refused() -> None:
    with pytest.raises(Unusable, match="300 characters"):
        clean_company("x" * 300)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Müller & Söhne GmbH", "muller and sohne"),
        ("MULLER AND SOHNE", "muller and sohne"),
        ("Acme GmbH & Co. KG", "acme"),
        ("Acme, Inc.", "acme"),
        ("ACME Pty. Ltd.", "acme"),
        ("Acme S.A.", "acme"),
        ("Acme S.A. de C.V.", "acme"),
        ("Acme B.V.", "acme"),
        ("Acme Oy", "acme"),
        ("Acme AG", "acme"),
        ("Acme A/S", "acme"),
        ("Acme S.à r.l.", "acme"),
        ("Smith & Co.", "smith"),
        ("株式会社トヨタ", "トヨタ"),
        ("トヨタ 株式会社", "トヨタ"),
        ("ＡＣＭＥ", "acme"),
        ("ООО Ромашка", "ромашка"),
        ("AT&T", "at and t"),
        ("Lowe's", "lowes"),
        ("U.S. Bank", "us bank"),
        ("Conveo.ai", "conveo ai"),
        ("Inc", "inc"),
        ("Limited Brands", "limited brands"),
        ("—", ""),
        ("", ""),
    ],
)
def test_normal_name(name: str, key: str) -> None:
    assert normal_name(name) == key


@settings(deadline=None)
@given(st.text())
def test_any_text_has_a_key_that_can_be_stored(text: str) -> None:
    assert len(normal_name(text)) <= 255
    assert is_junk(text) in (True, False)


@settings(deadline=None)
@given(st.text(max_size=40))
def test_a_key_is_its_own_key_in_any_case(text: str) -> None:
    assert normal_name(text.upper().lower()) == normal_name(text.upper().lower().casefold())
