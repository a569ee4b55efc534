"""Business time knows holidays and a calendar's own days: add, between, the next opening, and a year of openings."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from sla.business_time import NeverOpen, WorkingHours, add, between, is_open, next_opening
from sla.public_holidays import OwnDay, coming, days_off, problem_with, public

NINE_TO_SIX = ((time(9), time(18)),)
WEEK = (NINE_TO_SIX,) * 5 + ((), ())
MORNING = ((time(9), time(12)),)
EVE = OwnDay(date(2025, 12, 24), MORNING, "Christmas Eve", every_year=True)
BAVARIA = WorkingHours("Europe/Berlin", WEEK, "DE", "BY", (EVE,))
PRUSSIA = WorkingHours("Europe/Berlin", WEEK, "DE", "BE")


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+01:00")


# Christmas of 2026: Thursday the 24th until noon, Friday the 25th and Saturday the 26th are holidays.
@pytest.mark.parametrize(
    ("start", "amount", "end"),
    [
        ("2026-12-23T17:00", timedelta(hours=2), "2026-12-24T10:00"),
        ("2026-12-24T11:00", timedelta(hours=2), "2026-12-28T10:00"),
        ("2026-12-24T11:00", timedelta(hours=1), "2026-12-24T12:00"),
        ("2026-12-25T10:00", timedelta(minutes=1), "2026-12-28T09:01"),
        ("2026-12-31T17:00", timedelta(hours=2), "2027-01-04T10:00"),
        ("2027-01-05T17:00", timedelta(hours=2), "2027-01-07T10:00"),
    ],
)
def test_time_added_passes_over_holidays(start: str, amount: timedelta, end: str) -> None:
    assert add(BAVARIA, berlin(start), amount) == berlin(end)
    assert between(BAVARIA, berlin(start), berlin(end)) == amount


def test_a_part_of_a_country_has_holidays_of_its_own() -> None:
    epiphany = berlin("2027-01-06T10:00")
    assert next_opening(BAVARIA, epiphany) == berlin("2027-01-07T09:00")
    assert is_open(PRUSSIA, epiphany)


def test_a_day_is_the_calendars_own_day_not_utcs() -> None:
    """New Year in Tokyo is over when it is still New Year in UTC."""
    tokyo = WorkingHours("Asia/Tokyo", (((time(0), time(0)),),) * 7, "JP")
    assert not is_open(tokyo, datetime(2026, 12, 31, 15, 0, tzinfo=UTC))
    assert is_open(tokyo, datetime(2027, 1, 1, 15, 0, tzinfo=UTC))


def test_its_own_days_go_before_holidays_and_a_years_own_before_every_years() -> None:
    open_on_the_25th = OwnDay(date(2026, 12, 25), MORNING, "Stocktaking")
    closed_on_the_24th = OwnDay(date(2027, 12, 24))
    found = days_off("DE", "BY", [closed_on_the_24th, open_on_the_25th, EVE], 2026)
    assert found[date(2026, 12, 25)].spans == MORNING
    assert found[date(2026, 12, 24)].name == "Christmas Eve"
    assert days_off("DE", "BY", [closed_on_the_24th, EVE], 2027)[date(2027, 12, 24)].spans == ()
    named = days_off("DE", "", [OwnDay(date(2026, 12, 25), MORNING)], 2026)
    assert named[date(2026, 12, 25)].name == "Christmas Day", "the holiday's name, where its own has none"


def test_the_29th_of_february_comes_in_leap_years() -> None:
    leap = OwnDay(date(2024, 2, 29), every_year=True)
    assert (leap.in_year(2028), leap.in_year(2027)) == (date(2028, 2, 29), None)


def test_what_is_ahead_is_in_order_and_ends_in_time() -> None:
    ahead = list(coming("DE", "BY", [EVE], since=date(2026, 12, 24), days=14))
    days = ["2026-12-24", "2026-12-25", "2026-12-26", "2027-01-01", "2027-01-06"]
    assert [row.day.isoformat() for row in ahead] == days
    assert [row.name for row in ahead][-1] == "Epiphany"
    assert list(coming("", "", [], since=date(2026, 1, 1), days=366)) == []


def test_a_calendar_that_its_own_days_close_is_never_open() -> None:
    year = [date(2026, 1, 1) + timedelta(days=day) for day in range(366 * 3)]
    shut = WorkingHours("UTC", WEEK, own_days=tuple(OwnDay(day) for day in year))
    with pytest.raises(NeverOpen):
        next_opening(shut, datetime(2026, 6, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("country", "part", "field", "words"),
    [
        ("", "", "", ""),
        ("DE", "", "", ""),
        ("DE", "BY", "", ""),
        ("XX", "", "country", "two letters"),
        ("Germany", "", "country", "two letters"),
        ("DE", "Bavaria", "subdivision", "BY (Bayern)"),
        ("SE", "AB", "subdivision", "leave this empty"),
        ("", "BY", "subdivision", "Pick the country first"),
    ],
)
def test_what_is_wrong_with_a_country_says_what_to_do(country: str, part: str, field: str, words: str) -> None:
    found = problem_with(country, part)
    assert (found[0] if found else "") == field
    assert words in (found[1] if found else "")


def test_holidays_are_read_once_a_year_and_not_for_every_deadline() -> None:
    public.cache_clear()
    hours = replace(BAVARIA)
    for minute in range(2000):
        add(hours, berlin("2026-12-20T10:00") + timedelta(minutes=10 * minute), timedelta(hours=2))
    told = public.cache_info()
    assert (told.misses, told.hits) == (2, 0), "two years, each once"
