import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leads.intake.phones import clean_phone
from leads.intake.problems import Unusable


@pytest.mark.parametrize(
    ("typed", "country", "number"),
    [
        ("+49 (0) 171 1234567", "", "+491711234567"),
        ("030 901820", "DE", "+4930901820"),
        ("0049 30 901820", "US", "+4930901820"),
        ("(415) 555-2671", "US", "+14155552671"),
        ("+14155552671", "DE", "+14155552671"),
        ("'+4930901820", "", "+4930901820"),
        ('="+4930901820"', "", "+4930901820"),
        ("=+4930901820", "", "+4930901820"),
        ("Tel: +49 30 901820", "", "+4930901820"),
        ("+٤٩٣٠٩٠١٨٢٠", "", "+4930901820"),
        (4930901820, "DE", None),
        ("n/a", "", ""),
        ("-", "", ""),
    ],
)
def test_numbers(typed: object, country: str, number: str | None) -> None:
    if number is not None:
        assert clean_phone(typed, country).value == number


def test_an_extension_is_left_off_and_noted() -> None:
    phone = clean_phone("+44 20 7946 0958 ext. 12")
    assert (phone.value, phone.code) == ("+442079460958", "extension_dropped")


@pytest.mark.parametrize(
    ("typed", "country", "code"),
    [
        ("030 901820", "", "no_country_code"),
        ("call me", "US", "bad_phone"),
        ("12345", "US", "bad_phone"),
        ("+999 123", "", "bad_phone"),
        ("4.93091E+11", "", "rounded"),
        ("9" * 100, "", "too_long"),
        (True, "", "not_text"),
        ({}, "", "not_text"),
    ],
)
def test_unusable_numbers(typed: object, country: str, code: str) -> None:
    with pytest.raises(Unusable) as error:
        clean_phone(typed, country)
    assert error.value.code == code


@settings(deadline=None)
@given(st.text(), st.sampled_from(["", "US", "DE", "XK", "AQ"]))
def test_anything_is_e164_or_unusable(typed: str, country: str) -> None:
    try:
        number = clean_phone(typed, country).value
    except Unusable:
        return
    assert number == "" or (number.startswith("+") and number[1:].isdigit() and len(number) <= 16)
