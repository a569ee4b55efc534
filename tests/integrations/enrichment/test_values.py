"""Values as vendors write them, and as nobody should."""

from datetime import UTC, datetime
from typing import Any

import pytest

from revops.integrations.enrichment import values
from revops.integrations.enrichment.ranges import BANDS, band_of, bounds, size_range

NO_NUMBERS = [None, True, False, "", "many", "NaN", "1e309", float("nan"), float("inf"), 10**400, [], {}, "٣", "1,2,3"]


@pytest.mark.parametrize("value", [*NO_NUMBERS, 0, -5, "-5", 2.5, 10_000_001, "0"])
def test_no_count_of_people(value: object) -> None:
    assert values.count(value) is None


@pytest.mark.parametrize(
    ("value", "count"),
    [(250, 250), ("250", 250), (" 250 ", 250), ("1,200", 1200), (250.0, 250), ("250.0", 250), (1, 1)],
)
def test_a_count_of_people(value: object, count: int) -> None:
    assert values.count(value) == count


@pytest.mark.parametrize("value", [*NO_NUMBERS, 0, -1, 1e15])
def test_no_revenue(value: object) -> None:
    assert values.dollars(value) is None


@pytest.mark.parametrize(
    ("value", "unit", "dollars"),
    [(50_000_000, 1, 50_000_000), ("50000000", 1, 50_000_000), (50_000, 1000, 50_000_000), (12.345, 1000, 12_345)],
)
def test_revenue(value: object, unit: int, dollars: int) -> None:
    assert values.dollars(value, unit=unit) == dollars


@pytest.mark.parametrize(("value", "year"), [("2012", 2012), (2012, 2012), (12, None), ("soon", None), (99999, None)])
def test_year(value: object, year: int | None) -> None:
    assert values.year(value) == year


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (" Acme\n Inc ", "Acme Inc"),
        ("Zoë & Söhne", "Zoë & Söhne"),
        ("a\x00b", "ab"),
        ("a\ud800b", "ab"),
        ("", None),
        ("N/A", None),
        ("-", None),
        ("x" * 256, None),
        (5, None),
        (None, None),
        (["Acme"], None),
    ],
)
def test_text(value: object, text: str | None) -> None:
    assert values.text(value) == text


@pytest.mark.parametrize(
    ("value", "host"),
    [
        ("acme.com", "acme.com"),
        ("https://www.Acme.com/about?x#y", "acme.com"),
        ("www.acme.co.uk/", "acme.co.uk"),
        ("acme.com.", "acme.com"),
        ("acme", None),
        ("https://[::1", None),
        ("not a host", None),
        ("", None),
        (7, None),
    ],
)
def test_host(value: object, host: str | None) -> None:
    assert values.host(value) == host


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("http://www.linkedin.com/company/acme", "http://www.linkedin.com/company/acme"),
        ("linkedin.com/company/acme", "https://linkedin.com/company/acme"),
        ("javascript:alert(1)", None),
        ("javascript://x.com/%0aalert(1)", None),
        ('https://x.com/"onmouseover=', None),
        ("https://x.com/ a", None),
        (None, None),
    ],
)
def test_web_address(value: object, address: str | None) -> None:
    assert values.web_address(value) == address


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-11-01T00:00:00.000Z", datetime(2026, 11, 1, tzinfo=UTC)),
        ("1793491200000", datetime(2026, 11, 1, tzinfo=UTC)),
        (1793491200000, datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01", None),
        ("9" * 15, None),
        (1e300, None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_moment(value: object, moment: datetime | None) -> None:
    assert values.moment(value) == moment


@pytest.mark.parametrize(
    ("value", "identity"),
    [("5e66", "5e66"), (51, "51"), (0, None), ("0", None), (True, None), ("", None), (None, None)],
)
def test_identity(value: object, identity: str | None) -> None:
    assert values.identity(value) == identity


def test_codes_are_digits_each_once() -> None:
    assert values.codes(["51", 51, "511210", "x", None, True, "5"]) == ("51", "511210")


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("a\x00\ud800b", "ab"),
        ("x" * 501, "x" * 500),
        (float("nan"), None),
        (10**30, None),
        ([1, float("inf")], [1, None]),
        ({"a": {"b": "c\x00"}}, {"a": {"b": "c"}}),
        ([[[[[["deep"]]]]]], [[[[[None]]]]]),
    ],
)
def test_what_is_kept_raw_can_be_stored(value: Any, kept: Any) -> None:
    assert values.kept({"x": value, "secret": "y"}, ["x", "absent"]) == {"x": kept}


def test_a_field_too_large_to_keep_is_not_kept() -> None:
    assert values.kept({"x": ["y" * 400] * 200, "z": 1}, ["x", "z"]) == {"z": 1}


@pytest.mark.parametrize(
    ("count", "band"),
    [
        (1, "1-10"),
        (10, "1-10"),
        (11, "11-50"),
        (50, "11-50"),
        (51, "51-200"),
        (201, "201-500"),
        (1000, "501-1000"),
        (1001, "1001-5000"),
        (10_000, "5001-10000"),
        (10_001, "10001+"),
        (2_000_000, "10001+"),
    ],
)
def test_the_band_of_a_count(count: int, band: str) -> None:
    assert band_of(count) == band


@pytest.mark.parametrize(
    ("value", "words"),
    [
        *((band, band) for band in BANDS),
        ("1,000 - 5,000", "1001-5000"),
        ("1,001 – 5,000", "1001-5000"),
        ("1K-5K", "1001-5000"),
        ("5K-10K", "5001-10000"),
        ("10K-50K", "10001+"),
        ("100K+", "10001+"),
        ("10,001+", "10001+"),
        ("Over 10,000", "10001+"),
        ("20 to 49", "11-50"),
        ("0-10", "1-10"),
        ("11-50 employees", "11-50"),
        ("51-250", "51-250"),
        ("251-1K", "251-1000"),
        ("500+", "500+"),
        ("200", None),
        ("5000-1000", None),
        ("0-0", None),
        ("1-99999999", None),
        ("big", None),
        ("", None),
        (None, None),
        (250, None),
        (["1-10"], None),
    ],
)
def test_a_range_in_our_words(value: object, words: str | None) -> None:
    assert size_range(value) == words


def test_bounds_of_an_open_range() -> None:
    assert bounds("500+") == (500, None)
