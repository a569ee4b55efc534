"""Business time counted minute by minute, to hold the engine against. It shares no code with it: every UTC minute asks
the wall clock of the zone, and that asks the week, the holidays and the calendar's own days.

Edges of spans and changes of clocks fall on whole minutes, so that a minute is open or closed as a whole.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

import holidays

from sla.business_time import WorkingHours
from sla.public_holidays import OwnDay

Open = Callable[[datetime], bool]
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Week:
    """A calendar as whoever writes it would: `(opens, closes)` by weekday, a close of 00:00 the day's end; the holidays
    of a country; days of that date alone that have other hours, or none."""

    zone: str
    spans: tuple[tuple[tuple[time, time], ...], ...] | None
    country: str = ""
    own: tuple[tuple[date, tuple[tuple[time, time], ...]], ...] = ()

    def engine(self) -> WorkingHours:
        return WorkingHours(self.zone, self.spans, self.country, own_days=tuple(OwnDay(*day) for day in self.own))

    def is_open(self, at: datetime) -> bool:
        """Whether the wall clock of the zone says so at this instant."""
        if self.spans is None:
            return True
        wall = at.astimezone(self._zone)
        day = wall.date()
        if day not in self._minutes:
            self._minutes[day] = {minute for span in self._of(day) for minute in _minutes_of(*span)}
        return wall.hour * 60 + wall.minute in self._minutes[day]

    def _of(self, day: date) -> tuple[tuple[time, time], ...]:
        own = dict(self.own)
        if day in own:
            return own[day]
        if self.country and day in _holidays(self.country):
            return ()
        return (self.spans or ())[day.weekday()]

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @cached_property
    def _minutes(self) -> dict[date, set[int]]:
        """The open minutes of each day that was asked for, counted from midnight."""
        return {}


@lru_cache
def _holidays(country: str) -> holidays.HolidayBase:
    return holidays.country_holidays(country)


def _minutes_of(opens: time, closes: time) -> range:
    return range(opens.hour * 60 + opens.minute, closes.hour * 60 + closes.minute or 24 * 60)


@dataclass(frozen=True)
class Count:
    """What was open from `start` on, a stretch `(from, until)` for each open minute or part of one."""

    start: datetime
    end: datetime
    open: tuple[tuple[datetime, datetime], ...]

    @property
    def worked(self) -> timedelta:
        return sum((until - since for since, until in self.open), timedelta(0))

    def after(self, amount: timedelta) -> datetime:
        """The first instant at which `amount` has been worked. Raises ValueError where that is past the end."""
        for since, until in self.open:
            if amount <= until - since:
                return since + amount
            amount -= until - since
        raise ValueError("more than was counted")


def count(week: Week, start: datetime, end: datetime) -> Count:
    return Count(start, end, tuple(piece for piece in _minutes(start, end) if week.is_open(piece[0])))


def _minutes(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    at = start.astimezone(UTC)
    while at < end:
        until = min(at.replace(second=0, microsecond=0) + MINUTE, end)
        yield at, until
        at = until
