"""Business time: adding to and counting it, purely. All datetimes are aware; results are in UTC.

Working time is elapsed time, not wall-clock time: a span that a change of clocks falls into is an hour shorter or
longer. A local time that a change of clocks leaves out stands for the instant an equal time after the change; one
that comes twice is the first (PEP 495, fold 0).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from sla.public_holidays import OwnDay, Span, days_off

# A calendar that opens in no week at all would never end a search; a year without an opening is refused.
HORIZON_DAYS = 370


class NeverOpen(ValueError):
    """The calendar has no opening within a year."""


@dataclass(frozen=True)
class WorkingHours:
    """`spans[weekday]` are the `(opens, closes)` of that weekday in order; a close of 00:00 is the day's end.

    `spans` None stands for always open. On the public holidays of `country` and its `subdivision` it is closed;
    `own_days` have hours of their own, which go before both.
    """

    timezone: str
    spans: tuple[tuple[Span, ...], ...] | None = None
    country: str = ""
    subdivision: str = ""
    own_days: tuple[OwnDay, ...] = ()

    def openings(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Spans `(opens, closes)` that end after `start`, the first cut to begin at it. Raises NeverOpen."""
        day = start.astimezone(ZoneInfo(self.timezone)).date() - timedelta(days=1)
        last_seen = day
        while True:
            for opens, closes in self._on(day):
                if closes > start and closes > opens:
                    last_seen = day
                    yield max(opens, start), closes
            day += timedelta(days=1)
            if (day - last_seen).days > HORIZON_DAYS:
                raise NeverOpen("This calendar has no opening within a year.")

    def on(self, day: date) -> tuple[Span, ...]:
        """The spans of one day of the calendar."""
        if not (self.country or self.own_days):
            return (self.spans or ())[day.weekday()]
        if day.year not in self._years:
            self._years[day.year] = days_off(self.country, self.subdivision, self.own_days, day.year)
        other = self._years[day.year].get(day)
        return (self.spans or ())[day.weekday()] if other is None else other.spans

    @cached_property
    def _years(self) -> dict[int, dict[date, OwnDay]]:
        """The days that are not as their weekday, by year: worked out once, however many deadlines are asked."""
        return {}

    @cached_property
    def _instants(self) -> dict[date, tuple[tuple[datetime, datetime], ...]]:
        return {}

    def _on(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        known = self._instants.get(day)
        if known is None:
            known = self._instants[day] = tuple(self._span(day, *span) for span in self.on(day))
        return known

    def _span(self, day: date, opens: time, closes: time) -> tuple[datetime, datetime]:
        end = day + timedelta(days=1) if closes == time(0) else day
        return self._instant(day, opens), self._instant(end, closes)

    def _instant(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, ZoneInfo(self.timezone)).astimezone(UTC)


def add(hours: WorkingHours, start: datetime, amount: timedelta) -> datetime:
    """The instant at which `amount` of business time has passed since `start`. Raises NeverOpen."""
    start = start.astimezone(UTC)
    if hours.spans is None:
        return start + amount
    left = amount
    for opens, closes in hours.openings(start):
        if left <= closes - opens:
            return opens + left
        left -= closes - opens
    raise AssertionError("openings never ends without NeverOpen")


def between(hours: WorkingHours, start: datetime, end: datetime) -> timedelta:
    """Business time from `start` to `end`; zero when `end` is not after `start`. Raises NeverOpen."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if hours.spans is None or end <= start:
        return max(end - start, timedelta(0))
    total = timedelta(0)
    for opens, closes in hours.openings(start):
        if opens >= end:
            break
        total += min(closes, end) - opens
    return total


def next_opening(hours: WorkingHours, at: datetime) -> datetime:
    """`at` itself while open, else the instant of the next opening. Raises NeverOpen."""
    at = at.astimezone(UTC)
    if hours.spans is None:
        return at
    opens, _closes = next(hours.openings(at))
    return opens


def longest_day(hours: WorkingHours) -> timedelta:
    """The longest working day of the week; a whole day where it is always open."""
    if hours.spans is None:
        return timedelta(days=1)
    return max(sum((_length(*span) for span in day), timedelta(0)) for day in hours.spans)


def _length(opens: time, closes: time) -> timedelta:
    day = date(2000, 1, 3)
    end = day + timedelta(days=1) if closes == time(0) else day
    return datetime.combine(end, closes) - datetime.combine(day, opens)


def is_open(hours: WorkingHours, at: datetime) -> bool:
    return next_opening(hours, at) == at.astimezone(UTC)


def period(timezone: str, name: str, at: datetime) -> tuple[datetime, datetime]:
    """The hour, day or week from Monday ("per_hour", "per_day", "per_week") of the zone's clock that `at` is in: when
    it began, and when the next one does."""
    zone = ZoneInfo(timezone)
    if name == "per_hour":
        ahead = (at.astimezone(zone).utcoffset() or timedelta(0)) % timedelta(hours=1)
        began = (at.astimezone(UTC) + ahead).replace(minute=0, second=0, microsecond=0) - ahead
        return began, began + timedelta(hours=1)
    first = at.astimezone(zone).date()
    days = 1
    if name == "per_week":
        first, days = first - timedelta(days=first.weekday()), 7
    return (
        datetime.combine(first, time(0), zone).astimezone(UTC),
        datetime.combine(first + timedelta(days=days), time(0), zone).astimezone(UTC),
    )
