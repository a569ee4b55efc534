"""T4, T5: the engine says of any hours what counting minute by minute says, over both changes of clocks.

10,000 cases: `./run test tests/sla/test_any_hours.py -m long`; other ones with `--hypothesis-seed=1` or another number.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from sla.business_time import NeverOpen, add, between, is_open, next_opening
from tests.sla.minute_by_minute import Week, count

# Each zone with days on which its clocks change, and the country whose holidays it has.
ZONES = {
    "America/New_York": ("US", [date(2011, 3, 13), date(2026, 3, 8), date(2026, 11, 1)]),
    "Europe/London": ("GB", [date(2011, 3, 27), date(2026, 3, 29), date(2026, 10, 25)]),
    "Europe/Amsterdam": ("NL", [date(2011, 10, 30), date(2026, 3, 29), date(2026, 10, 25)]),
    "Asia/Kolkata": ("IN", [date(2026, 1, 26)]),
    "Asia/Kathmandu": ("", [date(2026, 1, 1)]),
    "Australia/Lord_Howe": ("AU", [date(2026, 4, 5), date(2026, 10, 4)]),
}
CASES = 10_000
SOME_DAYS = timedelta(days=2)

# Edges crowd the hours in which clocks change.
edges = some.one_of(
    some.builds(time, some.integers(0, 4), some.sampled_from([0, 1, 15, 29, 30, 31, 45, 59])),
    some.builds(time, some.integers(0, 23), some.integers(0, 59)),
)


def _in_order(span: tuple[time, time]) -> bool:
    opens, closes = span
    return closes > opens or closes == time(0)


spans = some.one_of(some.tuples(edges, edges), some.tuples(edges, some.just(time(0)))).filter(_in_order)
days = some.lists(spans, max_size=3).map(lambda day: tuple(sorted(day)))
# Three kinds of day in turn: what a day follows is what matters.
weeks = some.tuples(days, days, days).map(lambda three: (*three, *three, three[0]))


@some.composite
def cases(draw: some.DrawFn) -> tuple[Week, datetime, datetime]:
    """A calendar, and a start and an end at most some days apart, mostly near a change of clocks."""
    zone = draw(some.sampled_from(sorted(ZONES)))
    country, changes = ZONES[zone]
    near = some.sampled_from(changes)
    day = draw(some.one_of(near, near, some.dates(date(2011, 1, 1), date(2033, 12, 31))))
    own = draw(some.lists(some.tuples(some.integers(-1, 2), days), max_size=2, unique_by=lambda pair: pair[0]))
    week = Week(
        zone,
        draw(some.one_of(weeks, weeks, weeks, weeks, some.none())),
        draw(some.sampled_from([country, ""])),
        tuple((day + timedelta(days=ahead), hours) for ahead, hours in own),
    )
    midnight = datetime.combine(day, time(0), ZoneInfo(zone)).astimezone(UTC)
    start = midnight + draw(some.timedeltas(timedelta(days=-1), timedelta(days=1)))
    return week, start, start + draw(some.timedeltas(timedelta(0), SOME_DAYS))


def agrees(case: tuple[Week, datetime, datetime], share: float) -> None:
    week, start, end = case
    counted, hours = count(week, start, end), week.engine()
    if not counted.open:
        with_none(week, start, end)
        return
    assert is_open(hours, start) == week.is_open(start)
    assert next_opening(hours, start) == counted.open[0][0]
    assert between(hours, start, end) == counted.worked
    assert add(hours, start, counted.worked) == counted.after(counted.worked)
    part = counted.worked * share
    assert add(hours, start, part) == counted.after(part)


def with_none(week: Week, start: datetime, end: datetime) -> None:
    """Nothing was open: then nothing was worked, and the next opening, if there is one, is no earlier than the end."""
    try:
        assert between(week.engine(), start, end) == timedelta(0)
        assert next_opening(week.engine(), start) >= end
    except NeverOpen:
        assert week.spans is not None


shares = some.floats(0, 1)
any_case = settings(deadline=None, suppress_health_check=list(HealthCheck))


@settings(any_case, max_examples=300)
@given(cases(), shares)
def test_the_engine_counts_as_one_does_minute_by_minute(case: tuple[Week, datetime, datetime], share: float) -> None:
    agrees(case, share)


@pytest.mark.long
@settings(any_case, max_examples=CASES)
@given(cases(), shares)
def test_in_ten_thousand_cases_too(case: tuple[Week, datetime, datetime], share: float) -> None:
    agrees(case, share)
