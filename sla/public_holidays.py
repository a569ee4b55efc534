"""The days that are not as their weekday: a country's public holidays, and a calendar's own days. Pure and offline.

Holidays come from the `holidays` library, by its pinned version: the same version says the same of every year.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cache, lru_cache

import holidays
import pycountry
from holidays.version import __version__ as VERSION

Span = tuple[time, time]
LIBRARY = f"holidays {VERSION}"
# Names are told in English where the library has them.
LANGUAGE = "en_US"
NO_HOLIDAYS = "No holidays are known for “{}”. Use a country's two letters, such as DE, or none."


@dataclass(frozen=True)
class OwnDay:
    """A day with hours of its own, none when it is closed; `every_year` stands for that date of each year."""

    day: date
    spans: tuple[Span, ...] = ()
    name: str = ""
    every_year: bool = False

    def in_year(self, year: int) -> date | None:
        """The day in a year; None where it is another year's, or 29 February of a year without one."""
        if not self.every_year:
            return self.day if self.day.year == year else None
        try:
            return self.day.replace(year=year)
        except ValueError:
            return None


def days_off(country: str, subdivision: str, own_days: Iterable[OwnDay], year: int) -> dict[date, OwnDay]:
    """The days of a year that are not as their weekday. Of two for one day the more particular holds: a day of the
    calendar's own before a holiday, and one of that year before one of every year."""
    found = {day: OwnDay(day, name=name) for day, name in public(country, subdivision, year)} if country else {}
    for own in sorted(own_days, key=lambda own: not own.every_year):
        if (day := own.in_year(year)) is not None:
            found[day] = OwnDay(day, own.spans, own.name or _name(found.get(day)), own.every_year)
    return found


def _name(holiday: OwnDay | None) -> str:
    return holiday.name if holiday else ""


def coming(country: str, subdivision: str, own_days: Iterable[OwnDay], *, since: date, days: int) -> Iterator[OwnDay]:
    """Those of `days` days from `since` on, in order."""
    until, own_days = since + timedelta(days=days), tuple(own_days)
    for year in range(since.year, until.year + 1):
        found = days_off(country, subdivision, own_days, year)
        yield from (found[day] for day in sorted(found) if since <= day < until)


@lru_cache(maxsize=512)
def public(country: str, subdivision: str, year: int) -> tuple[tuple[date, str], ...]:
    """The public holidays of a year with their names, in order."""
    found = holidays.country_holidays(country, subdiv=subdivision or None, years=year, language=LANGUAGE)
    return tuple(sorted(found.items()))


@cache
def subdivisions(country: str) -> tuple[str, ...]:
    """The codes of a country's parts that have holidays of their own. Raises KeyError for a country not known."""
    return tuple(holidays.list_supported_countries(include_aliases=False)[country])


@cache
def countries() -> tuple[tuple[str, str], ...]:
    """Every country whose holidays are known: its code and name, by name."""
    codes = holidays.list_supported_countries(include_aliases=False)
    found = ((code, pycountry.countries.get(alpha_2=code)) for code in codes)
    named = [(code, getattr(row, "common_name", row.name)) for code, row in found if row is not None]
    return tuple(sorted(named, key=lambda pair: pair[1]))


def subdivision_name(country: str, code: str) -> str:
    """A part's name, or its code where there is no other."""
    row = pycountry.subdivisions.get(code=f"{country}-{code}")
    return row.name if row is not None else code


def problem_with(country: str, subdivision: str) -> tuple[str, str] | None:
    """What is wrong with a country and its part: the field, and a sentence that says what to do."""
    known = {code for code, _name in countries()}
    if country and country not in known:
        return "country", NO_HOLIDAYS.format(country)
    if not subdivision:
        return None
    if not country:
        return "subdivision", "Pick the country first, or leave this empty."
    parts = subdivisions(country)
    if subdivision in parts:
        return None
    if not parts:
        return "subdivision", "This country has the same holidays everywhere: leave this empty."
    known_parts = ", ".join(f"{code} ({subdivision_name(country, code)})" for code in parts)
    return "subdivision", f"{subdivision!r} is no part of it. Use one of these codes, or none: {known_parts}."
