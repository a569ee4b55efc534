from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leads.intake.numbers import Size, clean_revenue, clean_score, clean_size, clean_size_range
from leads.intake.problems import Unusable
from leads.intake.text import clean_text
from leads.intake.times import clean_time
from leads.intake.values import clean_custom, clean_flag, clean_list, clean_website
from leads.sizes import bounds

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def code_of(clean: object, *args: object, **kwargs: object) -> str:
    assert callable(clean)
    with pytest.raises(Unusable) as error:
        clean(*args, **kwargs)
    return error.value.code


@pytest.mark.parametrize(
    ("typed", "count", "note"),
    [
        (250, 250, ""),
        (250.0, 250, ""),
        ("250", 250, ""),
        ("1,200", 1200, ""),
        ("1.200", 1200, ""),
        ("1 200", 1200, ""),
        ("1’200", 1200, ""),
        ("1,234,567", 1234567, ""),
        ("12.0", 12, ""),
        ("10k", 10000, ""),
        ("250 employees", 250, ""),
        ("0", 0, ""),
        ("N/A", None, ""),
    ],
)
def test_counts(typed: object, count: int | None, note: str) -> None:
    assert (clean_size(typed).value, clean_size(typed).code) == (Size(count), note)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("51-200", "51-200"),
        ("51 – 200 employees", "51-200"),
        ("1-10 employees", "1-10"),
        ("500 - 1.000", "500-1000"),
        ("501 to 1,000", "501-1000"),
        ("10,001+", "10001+"),
        ("10001+ Mitarbeiter", "10001+"),
        ("5K-10K", "5000-10000"),
        ("0-1", "0-1"),
        ("more than 500", "501+"),
        (">500", "501+"),
        (">= 500", "500+"),
        ("500 or more", "500+"),
        ("at least 2k people", "2000+"),
        ("<10", "0-9"),
        ("<= 10", "0-10"),
        ("fewer than 10", "0-9"),
        ("up to 50", "0-50"),
        ("bis zu 50", "0-50"),
    ],
)
def test_a_size_that_is_told_as_a_range_is_one(typed: str, kept: str) -> None:
    noted = clean_size(typed)
    assert (noted.value, noted.code) == (Size(None, kept), "as_range")
    assert clean_size_range(kept) == Size(None, kept)
    assert bounds(kept) is not None


def test_a_range_of_one_number_is_a_count() -> None:
    assert clean_size("50-50").value == clean_size_range("50") == Size(50)


@pytest.mark.parametrize("typed", ["200-51", "1-10k", "51-", "<0", "1-99999999", "more than many", "1.5-2"])
def test_what_is_no_range_is_refused(typed: str) -> None:
    assert code_of(clean_size, typed) in ("not_a_number", "out_of_range", "not_whole")


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("1.234,5", "not_a_number"),
        ("NaN", "not_a_number"),
        ("inf", "not_a_number"),
        ("many", "not_a_number"),
        ("200-51", "not_a_number"),
        ("1-10m", "not_a_number"),
        ("12.5", "not_whole"),
        (12.5, "not_whole"),
        (float("nan"), "not_a_number"),
        (float("inf"), "not_a_number"),
        (1e309, "not_a_number"),
        (True, "not_a_number"),
        ([], "not_a_number"),
        ({}, "not_a_number"),
        (-1, "out_of_range"),
        ("-1", "out_of_range"),
        (2**63, "out_of_range"),
        ("9" * 50, "out_of_range"),
        ("9" * 5000, "too_long"),
        ("٣", "not_a_number"),
    ],
)
def test_unusable_counts(typed: object, code: str) -> None:
    assert code_of(clean_size, typed) == code


def test_numbers_too_long_to_print_are_no_crash() -> None:
    for clean in (clean_size, clean_score, clean_revenue):
        assert code_of(clean, 10**5000) == "out_of_range"
    assert code_of(clean_time, 10**5000, received_at=NOW) == "not_iso"


@pytest.mark.parametrize(("typed", "score"), [(0, 0), (100, 100), ("72", 72), ("72.0", 72), (72.0, 72), ("-", None)])
def test_scores(typed: object, score: int | None) -> None:
    assert clean_score(typed) == score


@pytest.mark.parametrize("typed", ["high", 150, 101, "9000", -1, "-1", "72.5", "50-60", True, None, [], float("nan")])
def test_unusable_scores(typed: object) -> None:
    assert code_of(clean_score, typed) in ("not_a_number", "out_of_range", "not_whole")


@pytest.mark.parametrize(
    ("typed", "dollars"),
    [
        (50_000_000, 50_000_000),
        (1.6, 2),
        ("50000000", 50_000_000),
        ("$1.2M", 1_200_000),
        ("$1,200,000", 1_200_000),
        ("1.200.000", 1_200_000),
        ("$1,234.56", 1_235),
        ("US$ 3 million", 3_000_000),
        ("USD 3m", 3_000_000),
        ("3m usd", 3_000_000),
        ("1.5 bn", 1_500_000_000),
        ("1.234M", 1_234_000),
        ("1,5 Mio", 1_500_000),
        ("$1M - $10M", 1_000_000),
        ("$1B+", 1_000_000_000),
        ("unknown", None),
    ],
)
def test_revenues(typed: object, dollars: int | None) -> None:
    assert clean_revenue(typed).value == dollars


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("EUR 3m", "other_currency"),
        ("€3m", "other_currency"),
        ("£1,000", "other_currency"),
        ("R$ 5m", "other_currency"),
        ("lots", "not_a_number"),
        ("1.234,5", "not_a_number"),
        ("$1-10M", "not_a_number"),
        ("-5", "out_of_range"),
        ("1e309", "not_a_number"),
        (10**20, "out_of_range"),
        (True, "not_a_number"),
    ],
)
def test_unusable_revenues(typed: object, code: str) -> None:
    assert code_of(clean_revenue, typed) == code


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ("2026-08-03T01:44:07Z", datetime(2026, 8, 3, 1, 44, 7, tzinfo=UTC)),
        ("2026-08-03 01:44:07", datetime(2026, 8, 3, 1, 44, 7, tzinfo=UTC)),
        ("2026-08-03T01:44:07.123456+02:00", datetime(2026, 8, 2, 23, 44, 7, 123456, tzinfo=UTC)),
        ("2026-08-03 01:44 UTC", datetime(2026, 8, 3, 1, 44, tzinfo=UTC)),
        ("2026-08-03T01:44-0530", datetime(2026, 8, 3, 7, 14, tzinfo=UTC)),
        ("2026-08-03", datetime(2026, 8, 3, tzinfo=UTC)),
        ("2024-02-29", datetime(2024, 2, 29, tzinfo=UTC)),
        ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
        ("n/a", None),
    ],
)
def test_times(typed: str, at: datetime | None) -> None:
    assert clean_time(typed, received_at=NOW) == at


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("31/02/2026", "not_iso"),
        ("02/03/2026", "not_iso"),
        ("3. August 2026", "not_iso"),
        ("1764590000", "not_iso"),
        (1764590000, "not_iso"),
        (True, "not_iso"),
        ("2026-02-30", "no_such_time"),
        ("2026-02-28T23:59:60Z", "no_such_time"),
        ("2026-02-28T25:00Z", "no_such_time"),
        ("9999-12-31T23:59:59-12:00", "out_of_range"),
        ("1969-12-31", "out_of_range"),
        ("0001-01-01T00:00+14:00", "out_of_range"),
        ("10000-01-01", "not_iso"),
        ("2027-01-01", "in_future"),
        ("٢٠٢٦-٠٨-٠٣", "not_iso"),
    ],
)
def test_unusable_times(typed: object, code: str) -> None:
    assert code_of(clean_time, typed, received_at=NOW) == code


def test_a_time_in_another_form_is_told_the_one_that_is_taken() -> None:
    """Its basic form is ISO 8601 too."""
    with pytest.raises(Unusable) as raised:
        clean_time("20261126", received_at=NOW)
    assert raised.value.sentence == "'20261126' cannot be read as a time. Write it as 2026-11-26T10:00:00Z."


def test_five_minutes_of_the_future_are_a_clock_that_is_off() -> None:
    at = NOW + timedelta(minutes=5)
    assert clean_time(at.isoformat(), received_at=NOW) == at
    assert code_of(clean_time, (at + timedelta(seconds=1)).isoformat(), received_at=NOW) == "in_future"


@pytest.mark.parametrize(
    ("typed", "flag"),
    [
        (True, True),
        (False, False),
        (1, True),
        (0, False),
        ("Yes", True),
        ("ja", True),
        ("Sí", True),
        ("x", True),
        ("FALSE", False),
        ("nein", False),
        ("Opted out", False),
        ("n/a", None),
        ("", None),
    ],
)
def test_flags(typed: object, flag: bool | None) -> None:
    assert clean_flag(typed) is flag


@pytest.mark.parametrize("typed", ["maybe", 2, -1, 1.5, [], {}])
def test_unusable_flags(typed: object) -> None:
    assert code_of(clean_flag, typed) == "not_a_flag"


def test_lists() -> None:
    assert clean_list("Python; Django, python | HTMX") == ("Python", "Django", "HTMX")
    assert clean_list(["C++", " c++", "", "Go"]) == ("C++", "Go")
    assert clean_list("n/a") == ()
    assert code_of(clean_list, {"a": 1}) == "not_a_list"
    assert code_of(clean_list, [{}]) == "not_text"
    assert code_of(clean_list, ["a"] * 101) == "too_many"
    assert code_of(clean_list, "a;" * 200) == "too_many"


@pytest.mark.parametrize(
    ("typed", "website"),
    [
        (" https://acme.com/x ", "https://acme.com/x"),
        ("acme.com", "acme.com"),
        ("http://", ""),
        ("https://", ""),
        ("none", ""),
        ("https://angel.co/acme", "https://angel.co/acme"),
    ],
)
def test_websites(typed: str, website: str) -> None:
    assert clean_website(typed) == website


@pytest.mark.parametrize(
    "typed", ["javascript:alert(1)", "data:text/html,x", "http://127.0.0.1", "htp://acme.com", "acme"]
)
def test_unusable_websites(typed: str) -> None:
    assert code_of(clean_website, typed) == "not_a_website"


def test_custom_fields_are_kept_whole_or_left_out() -> None:
    assert clean_custom({"plan": "pro", "seats": [1, 2]}) == {"plan": "pro", "seats": [1, 2]}
    deep: object = 1
    for _ in range(5_000):
        deep = [deep]
    for bad in ({"a": "\0"}, {"a": "\ud800"}, {"a": float("nan")}, {"a": 10**400}, {"a": deep}, {"a": "x" * 3_000}):
        assert code_of(clean_custom, bad) == "not_storable"
    assert code_of(clean_custom, {str(key): "x" * 1_000 for key in range(100)}) == "too_large"
    assert code_of(clean_custom, []) == "not_an_object"


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("O'Brien", "O'Brien"),
        ("Null", "Null"),
        ("None", "None"),
        ("  Zoë\u00a0", "Zoë"),
        ("Zoe\u0308", "Zoë"),
        ("مريم", "مريم"),
        ("👩‍👩‍👧", "👩‍👩‍👧"),
        ("a\x00b\x07c\x9b", "abc"),
        ("Acme \u202elive!\u202c \u2066Co\u2069", "Acme live! Co"),
        ("two\r\nlines\tand", "two lines and"),
        ("<script>{{7*7}}</script>", "<script>{{7*7}}</script>"),
        (12, "12"),
        ("\u200b\ufeff", ""),
    ],
)
def test_text_is_kept_as_typed(typed: object, text: str) -> None:
    assert clean_text(typed, limit=50) == text


def test_unusable_text() -> None:
    assert code_of(clean_text, "x" * 51, limit=50) == "too_long"
    assert code_of(clean_text, "\ud800", limit=50) == "not_text"
    for typed in (True, [], {}, object()):
        assert code_of(clean_text, typed, limit=50) == "not_text"


@settings(deadline=None)
@given(JSON)
def test_every_cleaner_answers_or_says_why_not(raw: object) -> None:
    for clean in (clean_size, clean_score, clean_revenue, clean_flag, clean_list, clean_website, clean_custom):
        with suppress(Unusable):
            clean(raw)
    with suppress(Unusable):
        clean_time(raw, received_at=NOW)
