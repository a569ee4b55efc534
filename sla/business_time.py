"""Business time: adding to and counting it, purely. All datetimes are aware; results are in UTC.

The rule: an instant is open when the wall clock of the zone, at that instant, stands within a span of its day (at its
opening or after, before its closing). Working time is the time that passes in such instants, so a span that a change of
clocks falls into is shorter or longer by it: what the clock leaves out is not worked, what comes twice is worked twice.
Where a span ends within an hour that comes twice, it is open, closed, and open again until the clock shows its end for
the second time. Spans that overlap or touch are one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from sla.public_holidays import OwnDay, Span, days_off

# A calendar that opens in no week at all would never end a search; a year without an opening is refused.
HORIZON_DAYS = 370
DAY = timedelta(days=1)
RESOLUTION = datetime.resolution


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
        """Spans `(opens, closes)` that end after `start`, in order and apart, the first cut to begin at it. Raises
        NeverOpen."""
        day = last_seen = start.astimezone(ZoneInfo(self.timezone)).date() - timedelta(days=1)
        while (day - last_seen).days <= HORIZON_DAYS:
            for opens, closes in self._on(day):
                if closes > start:
                    last_seen = day
                    yield max(opens, start), closes
            day += timedelta(days=1)
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
        """What is open from the midnight that begins `day` to the next, in UTC."""
        known = self._instants.get(day)
        if known is None:
            pieces = (piece for stretch in self._stretches(day) for piece in self._within(*stretch))
            known = self._instants[day] = tuple(_merged(sorted(pieces)))
        return known

    def _stretches(self, day: date) -> Iterator[tuple[datetime, datetime, timedelta]]:
        """The day in UTC, cut where the clocks change, each part with how far the clock is ahead of UTC in it."""
        begin, end = self.midnight(day), self.midnight(day + timedelta(days=1))
        while begin < end:
            ahead = self.ahead(begin)
            until = end if self.ahead(end - RESOLUTION) == ahead else self.change(begin, end)
            yield begin, until, ahead
            begin = until

    def _within(self, begin: datetime, end: datetime, ahead: timedelta) -> Iterator[tuple[datetime, datetime]]:
        """The spans of the days that the wall clock shows in a part of a day."""
        shown, last = (begin + ahead).date(), (end - RESOLUTION + ahead).date()
        while shown <= last:
            midnight = datetime.combine(shown, time(0), UTC) - ahead
            for opens, closes in self.on(shown):
                since, until = midnight + _since_midnight(opens), midnight + (_since_midnight(closes) or DAY)
                if max(since, begin) < min(until, end):
                    yield max(since, begin), min(until, end)
            shown += DAY

    def change(self, begin: datetime, end: datetime) -> datetime:
        """The first whole second at which the clock is not as far ahead as at `begin`."""
        ahead, least, most = self.ahead(begin), 0, int((end - begin).total_seconds())
        while most - least > 1:
            middle = (least + most) // 2
            least, most = (middle, most) if self.ahead(begin + timedelta(seconds=middle)) == ahead else (least, middle)
        return begin + timedelta(seconds=most)

    def ahead(self, at: datetime) -> timedelta:
        """How far the zone's clock is ahead of UTC."""
        return at.astimezone(ZoneInfo(self.timezone)).utcoffset() or timedelta(0)

    def midnight(self, day: date) -> datetime:
        """The first instant of a day of the zone, in UTC."""
        return datetime.combine(day, time(0), ZoneInfo(self.timezone)).astimezone(UTC)


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond)


def _merged(pieces: Iterable[tuple[datetime, datetime]]) -> Iterator[tuple[datetime, datetime]]:
    """Stretches in order, those that overlap or touch made one."""
    held: tuple[datetime, datetime] | None = None
    for opens, closes in pieces:
        if held is not None and opens <= held[1]:
            held = held[0], max(held[1], closes)
            continue
        if held is not None:
            yield held
        held = opens, closes
    if held is not None:
        yield held


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
    """Business time from `start` to `end`; zero when `end` is not after `start`, or it is never open."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if hours.spans is None or end <= start:
        return max(end - start, timedelta(0))
    total = timedelta(0)
    try:
        for opens, closes in hours.openings(start):
            if opens >= end:
                break
            total += min(closes, end) - opens
    except NeverOpen:
        return total
    return total


def next_opening(hours: WorkingHours, at: datetime) -> datetime:
    """`at` itself while open, else the instant of the next opening. Raises NeverOpen."""
    at = at.astimezone(UTC)
    if hours.spans is None:
        return at
    opens, _closes = next(hours.openings(at))
    return opens


def opening_within_a_year(hours: WorkingHours, at: datetime) -> datetime | None:
    """`next_opening`, None where there is none."""
    try:
        return next_opening(hours, at)
    except NeverOpen:
        return None


def next_change(timezone: str, at: datetime) -> tuple[datetime, timedelta] | None:
    """When the zone's clocks change next within a year, and by how much; None where they do not."""
    zone = WorkingHours(timezone)
    day, ahead = at.astimezone(ZoneInfo(timezone)).date(), zone.ahead(at)
    for count in range(HORIZON_DAYS):
        begin, end = zone.midnight(day + count * DAY), zone.midnight(day + (count + 1) * DAY)
        if begin < end and (by := zone.ahead(end) - ahead):
            return zone.change(max(begin, at.astimezone(UTC).replace(microsecond=0)), end), by
    return None


def add_or_wall(hours: WorkingHours, start: datetime, amount: timedelta) -> datetime:
    """`add`, or by the clock on the wall where the calendar has no opening to wait for."""
    try:
        return add(hours, start, amount)
    except NeverOpen:
        return start.astimezone(UTC) + amount


def week(hours: WorkingHours) -> timedelta:
    """The working time of a week without holidays."""
    if hours.spans is None:
        return timedelta(days=7)
    return sum((_length(*span) for day in hours.spans for span in day), timedelta(0))


def longest_day(hours: WorkingHours) -> timedelta:
    """The longest working day of the week; a whole day where it is always open."""
    if hours.spans is None:
        return timedelta(days=1)
    return max(sum((_length(*span) for span in day), timedelta(0)) for day in hours.spans)


def _length(opens: time, closes: time) -> timedelta:
    return (_since_midnight(closes) or DAY) - _since_midnight(opens)


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
