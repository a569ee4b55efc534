"""Points in time, in ISO 8601 with dashes and colons only: other ways of writing a date mean other days elsewhere."""

import re
from datetime import UTC, datetime, timedelta

from leads.intake.problems import Unusable, shown
from leads.intake.text import clean_text, is_no_answer

LONGEST = 60
FIRST_YEAR, LAST_YEAR = 1970, 2100
TOLERANCE = timedelta(minutes=5)

_ISO = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[Tt ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?)\s?([Zz]|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)


def clean_time(raw: object, *, received_at: datetime) -> datetime | None:
    """A moment in UTC from ISO 8601 text; without a zone it is taken as UTC, a date alone as its midnight.

    `received_at` must have a zone. Raises Unusable: `not_iso` for any other way of writing, `no_such_time` for
    2026-02-30, `out_of_range` for years outside 1970 to 2100, `in_future` for more than 5 minutes after `received_at`.
    """
    if not isinstance(raw, str):
        raise Unusable("not_iso", "It must be text. Write it as 2026-11-26T10:00:00Z.")
    text = clean_text(raw, limit=LONGEST)
    if is_no_answer(text):
        return None
    at = _moment(text)
    if at > received_at + TOLERANCE:
        raise Unusable("in_future", f"'{shown(text)}' is in the future.")
    return at


def _moment(text: str) -> datetime:
    found = _ISO.fullmatch(text)
    if found is None:
        raise Unusable("not_iso", f"'{shown(text)}' cannot be read as a time. Write it as 2026-11-26T10:00:00Z.")
    day, clock, zone = found.groups()
    if not FIRST_YEAR <= int(day[:4]) <= LAST_YEAR:
        raise Unusable("out_of_range", f"The year must lie between {FIRST_YEAR} and {LAST_YEAR}.")
    zone = "+00:00" if zone in (None, "Z", "z", "UTC", "GMT") else zone
    try:
        return datetime.fromisoformat(f"{day}T{clock or '00:00'}{zone}").astimezone(UTC)
    except ValueError:
        raise Unusable("no_such_time", f"There is no '{shown(text)}' in the calendar or on the clock.") from None
