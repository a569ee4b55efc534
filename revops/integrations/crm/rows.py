"""Values out of a CRM's rows. What has not the form it should have is unknown, so that one odd field stops no page."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

Row = Mapping[str, Any]


def text(row: Row, name: str) -> str:
    """Without the one character that no database takes in a text."""
    value = row.get(name)
    return value.replace("\x00", "").strip() if isinstance(value, str) else ""


def flag(row: Row, name: str) -> bool:
    """HubSpot's booleans are strings."""
    return row.get(name) in (True, "true", "True")


def amount(row: Row, name: str) -> Decimal | None:
    value = row.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def count(row: Row, name: str) -> int | None:
    number = amount(row, name)
    return int(number) if number is not None and 0 <= number < 10**15 else None


def moment(row: Row, name: str) -> datetime | None:
    """From ISO 8601 (Salesforce writes +0000) or, as HubSpot may, epoch milliseconds."""
    value = text(row, name)
    try:
        if value.isdecimal():
            return datetime.fromtimestamp(int(value) / 1000, UTC)
        read = datetime.fromisoformat(value)
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def day(row: Row, name: str) -> date | None:
    at = moment(row, name)
    return at.date() if at else None


def parts(row: Row, name: str) -> tuple[str, ...]:
    """HubSpot joins several values with semicolons."""
    return tuple(part.strip() for part in text(row, name).split(";") if part.strip())
