"""T5: working time over the two days a year on which the clocks change; elapsed time is what counts."""

from datetime import datetime, time, timedelta

import pytest

from sla.business_time import WorkingHours, add, between, is_open, next_change, next_opening

ALL_DAY = ((time(0), time(0)),)
SPRING, AUTUMN = "2026-03-29", "2026-10-25"
# On both days: a span that ends within the hour that is left out or comes twice, and one that begins after it.
NIGHTS = ((time(1), time(2, 30)), (time(3), time(5)))


def amsterdam(*spans: tuple[time, time]) -> WorkingHours:
    return WorkingHours("Europe/Amsterdam", (spans,) * 7)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "due"),
    [
        (f"{SPRING}T01:30+01:00", f"{SPRING}T04:30+02:00"),
        (f"{AUTUMN}T01:30+02:00", f"{AUTUMN}T02:30+01:00"),
        (f"{AUTUMN}T02:30+02:00", f"{AUTUMN}T03:30+01:00"),
        (f"{AUTUMN}T02:30+01:00", f"{AUTUMN}T04:30+01:00"),
        ("2011-10-30T02:45:45+01:00", "2011-10-30T04:45:45+01:00"),
        ("2011-10-30T02:45:45+02:00", "2011-10-30T03:45:45+01:00"),
    ],
)
@pytest.mark.parametrize("hours", [WorkingHours("Europe/Amsterdam"), amsterdam(*ALL_DAY)], ids=["always", "all day"])
def test_two_hours_are_two_hours(hours: WorkingHours, start: str, due: str) -> None:
    assert add(hours, at(start), timedelta(hours=2)) == at(due)
    assert between(hours, at(start), at(due)) == timedelta(hours=2)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Amsterdam", SPRING, 23),
        ("Europe/Amsterdam", AUTUMN, 25),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("Asia/Kathmandu", SPRING, 24),
    ],
)
def test_a_whole_day_is_as_long_as_it_is(zone: str, day: str, hours: float) -> None:
    open_that_day = WorkingHours(zone, ((), (), (), (), (), (), ALL_DAY))
    middle = at(f"{day}T12:00+00:00")
    assert between(open_that_day, middle - timedelta(days=3), middle + timedelta(days=3)) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("day", "worked"),
    [("2026-03-28", timedelta(hours=3.5)), (SPRING, timedelta(hours=3)), (AUTUMN, timedelta(hours=4))],
)
def test_no_minute_is_worked_twice_or_lost(day: str, worked: timedelta) -> None:
    """What the clock leaves out is not worked, and what it shows twice is: 02:00 to 02:30 in autumn."""
    start = at(f"{day}T00:00+00:00")
    assert between(amsterdam(*NIGHTS), start - timedelta(hours=1), start + timedelta(hours=20)) == worked


def test_within_the_hour_that_comes_twice_it_closes_and_opens_again() -> None:
    first, second = at(f"{AUTUMN}T02:30+02:00"), at(f"{AUTUMN}T02:00+01:00")
    hours = amsterdam(*NIGHTS)
    assert not is_open(hours, first)
    assert next_opening(hours, first) == second
    assert add(hours, at(f"{AUTUMN}T02:15+02:00"), timedelta(minutes=30)) == at(f"{AUTUMN}T02:15+01:00")


def test_a_span_in_the_hour_that_is_left_out_is_no_opening_that_day() -> None:
    hours = amsterdam((time(2, 15), time(2, 45)))
    assert next_opening(hours, at(f"{SPRING}T01:00+01:00")) == at("2026-03-30T02:15+02:00")


def test_spans_that_touch_or_overlap_are_one() -> None:
    hours = amsterdam((time(9), time(12)), (time(11), time(14)), (time(14), time(15)))
    opens, closes = next(hours.openings(at("2026-11-02T08:00+01:00")))
    assert (opens, closes) == (at("2026-11-02T09:00+01:00"), at("2026-11-02T15:00+01:00"))


@pytest.mark.parametrize(
    ("zone", "before", "opens"),
    [
        # Samoa had no 30 December 2011; in Newfoundland 00:01 was once followed by 23:01 of the day before.
        ("Pacific/Apia", "2011-12-29T20:00-10:00", "2011-12-31T09:00+14:00"),
        ("America/St_Johns", "2010-11-06T20:00-02:30", "2010-11-07T09:00-03:30"),
    ],
)
def test_days_that_are_left_out_or_come_back(zone: str, before: str, opens: str) -> None:
    assert next_opening(WorkingHours(zone, (((time(9), time(18)),),) * 7), at(before)) == at(opens)


@pytest.mark.parametrize(
    ("zone", "now", "when", "minutes"),
    [
        ("Europe/Amsterdam", "2026-03-01T10:00+01:00", "2026-03-29T01:00+00:00", 60),
        ("Europe/Amsterdam", "2026-03-29T01:59+01:00", "2026-03-29T01:00+00:00", 60),
        ("Europe/Amsterdam", "2026-03-29T03:00+02:00", "2026-10-25T01:00+00:00", -60),
        ("Australia/Lord_Howe", "2026-01-01T10:00+11:00", "2026-04-04T15:00+00:00", -30),
        ("Asia/Kathmandu", "2026-01-01T10:00+05:45", None, 0),
    ],
)
def test_the_next_change_of_clocks(zone: str, now: str, when: str | None, minutes: int) -> None:
    wanted = (at(when), timedelta(minutes=minutes)) if when else None
    assert next_change(zone, at(now)) == wanted
