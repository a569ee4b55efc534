"""How much of a window passed, and which outages of ours took so much of it that nobody else is to answer for it."""

from datetime import UTC, datetime, time, timedelta

import pytest

from sla.business_time import WorkingHours
from sla.models import Outage
from sla.outages import Outages
from sla.windows import Window

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
NINE_TO_SIX = WorkingHours("UTC", (((time(9), time(18)),),) * 5 + ((), ()))
ALWAYS, NEVER = WorkingHours("UTC"), WorkingHours("UTC", ((),) * 7)
MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
FRIDAY = datetime(2026, 10, 30, tzinfo=UTC)
TEAM = 7
# From a minute before a day's end to the next morning, two hours of work.
OVERNIGHT = MONDAY + timedelta(hours=17, minutes=59), MONDAY + DAY + timedelta(hours=10, minutes=59)


@pytest.mark.parametrize(
    ("hours", "opened_at", "at", "asked", "expected"),
    [
        (NINE_TO_SIX, MONDAY + 9 * HOUR, MONDAY + 11 * HOUR, MONDAY + 8 * HOUR, True),
        (NINE_TO_SIX, MONDAY + 9 * HOUR, MONDAY + 11 * HOUR, MONDAY + 10 * HOUR, True),
        (NINE_TO_SIX, MONDAY + 9 * HOUR, MONDAY + 11 * HOUR, MONDAY + 10 * HOUR + MINUTE, False),
        (NINE_TO_SIX, MONDAY + 9 * HOUR, MONDAY + 11 * HOUR, MONDAY + 12 * HOUR, False),
        # An hour of work is left all weekend long.
        (NINE_TO_SIX, FRIDAY + 17 * HOUR, MONDAY + 10 * HOUR, FRIDAY + 20 * HOUR, True),
        (NINE_TO_SIX, FRIDAY + 17 * HOUR, MONDAY + 10 * HOUR, MONDAY + 9 * HOUR, True),
        (NINE_TO_SIX, FRIDAY + 17 * HOUR, MONDAY + 10 * HOUR, MONDAY + 9 * HOUR + MINUTE, False),
        (ALWAYS, FRIDAY + 17 * HOUR, FRIDAY + 19 * HOUR, FRIDAY + 18 * HOUR + MINUTE, False),
        # A calendar without an opening: the deadline ran by the clock on the wall.
        (NEVER, FRIDAY + 17 * HOUR, FRIDAY + 19 * HOUR, FRIDAY + 18 * HOUR, True),
        (NEVER, FRIDAY + 17 * HOUR, FRIDAY + 19 * HOUR, FRIDAY + 18 * HOUR + MINUTE, False),
    ],
)
def test_half_of_a_window(
    hours: WorkingHours, opened_at: datetime, at: datetime, asked: datetime, expected: bool
) -> None:
    assert Window(hours, opened_at, at).is_half_ahead(asked) is expected


def outages(*spans: tuple[datetime, timedelta], hours: WorkingHours = NINE_TO_SIX) -> Outages:
    rows = [Outage(started_at=since, ended_at=since + length) for since, length in spans]
    return Outages(rows, hours=lambda team_id: ALWAYS if team_id is None else hours)


@pytest.mark.parametrize(
    ("since", "length", "expected"),
    [
        (MONDAY + DAY + 3 * HOUR, 15 * MINUTE, False),
        (MONDAY + 18 * HOUR, 15 * HOUR, False),
        (MONDAY + DAY + 8 * HOUR, HOUR + timedelta(seconds=71), False),
        (MONDAY + DAY + 8 * HOUR, HOUR + timedelta(seconds=72), True),
        (MONDAY + DAY + 9 * HOUR, 15 * MINUTE, True),
        (MONDAY + 10 * HOUR, HOUR, False),
        (MONDAY + DAY + 11 * HOUR, HOUR, False),
    ],
)
def test_an_outage_counts_by_the_working_time_that_it_took(since: datetime, length: timedelta, expected: bool) -> None:
    """A hundredth of two hours is 72 seconds."""
    assert outages((since, length)).explain(*OVERNIGHT, team_id=TEAM) is expected


def test_an_outage_of_the_night_counts_where_the_night_does() -> None:
    night = MONDAY + DAY + 3 * HOUR, 15 * MINUTE
    assert outages(night).explain(*OVERNIGHT, team_id=None)
    assert outages(night, hours=ALWAYS).explain(*OVERNIGHT, team_id=TEAM)
    assert outages(night, hours=NEVER).explain(*OVERNIGHT, team_id=TEAM)
    assert not outages((night[0], 10 * MINUTE)).explain(*OVERNIGHT, team_id=None)


def test_a_window_is_measured_once_and_only_where_an_outage_met_it() -> None:
    asked: list[int | None] = []

    def hours(team_id: int | None) -> WorkingHours:
        asked.append(team_id)
        return NINE_TO_SIX

    long_ago = Outages([Outage(started_at=MONDAY - 9 * DAY, ended_at=MONDAY - 8 * DAY)], hours=hours)
    assert not long_ago.explain(*OVERNIGHT, team_id=TEAM)
    assert asked == []
    met = Outages([Outage(started_at=OVERNIGHT[0], ended_at=OVERNIGHT[1])], hours=hours)
    assert all(met.explain(*OVERNIGHT, team_id=TEAM) for _lead in range(3))
    assert asked == [TEAM]
