"""Values of a vendor's answer, taken when they are what they should be and left out when they are not. None raises."""

import json
import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

LONGEST_TEXT = 255
LONGEST_RAW_TEXT = 500
LONGEST_URL = 2_000
MOST_ITEMS = 200
MOST_RAW_DEPTH = 5
LARGEST_RAW = 16_384  # characters of JSON in one field
MOST_EMPLOYEES = 10_000_000
MOST_REVENUE = 10_000_000_000_000
FIRST_YEAR = 500
LAST_YEAR = 2100

_NOT_STORABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,6})?")
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+")
_HOST = re.compile(r"(?=.{4,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9-]{1,63})+")
_NO_ANSWER = frozenset(("", "-", "n/a", "none", "null", "unknown", "not available", "undefined"))


def at(record: object, *path: str) -> Any:
    """What lies at this path of objects; None where the path ends early."""
    for key in path:
        record = record.get(key) if isinstance(record, Mapping) else None
    return record


def items(value: object) -> list[Any]:
    return value[:MOST_ITEMS] if isinstance(value, list) else []


def first(value: object) -> Any:
    """The first of a list; a value that is none stands for itself."""
    return next(iter(items(value)), None) if isinstance(value, list) else value


def text(value: object, *, limit: int = LONGEST_TEXT) -> str | None:
    """A line of text; None for anything else, for a word that says there is no answer, and for what is too long."""
    if not isinstance(value, str) or len(value) > 4 * limit:
        return None
    line = " ".join(_NOT_STORABLE.sub("", value).split())
    return None if line.casefold() in _NO_ANSWER or len(line) > limit else line


def identity(value: object) -> str | None:
    """A record's id, which some vendors give as a number; None for 0 and '0', by which they mean none."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**18:
        return str(value)
    found = text(value)
    return None if found == "0" else found


def number(value: object) -> float | None:
    """A finite number, be it written as text ('250', '1,200', '5.0')."""
    if isinstance(value, str):
        digits = value.strip()
        digits = digits.replace(",", "") if _GROUPED.fullmatch(digits) else digits
        return float(digits) if digits.isascii() and _NUMBER.fullmatch(digits) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if _is_sane(value) else None


def count(value: object, *, least: int = 1, most: int = MOST_EMPLOYEES) -> int | None:
    """A whole number within bounds. A company of no employees is one whose size the vendor does not know."""
    found = number(value)
    return int(found) if found is not None and found == int(found) and least <= found <= most else None


def dollars(value: object, *, unit: int = 1) -> int | None:
    """Whole US dollars of a number in `unit` dollars. None for 0 too, by which vendors mean that they do not know."""
    found = number(value)
    return round(found * unit) if found is not None and 1 <= found * unit <= MOST_REVENUE else None


def year(value: object) -> int | None:
    return count(value, least=FIRST_YEAR, most=LAST_YEAR)


def host(value: object) -> str | None:
    """'acme.com' of 'https://www.Acme.com/about'."""
    address = text(value, limit=LONGEST_URL)
    if address is None:
        return None
    try:
        found = urlsplit(address if "://" in address else f"//{address}").hostname or ""
    except ValueError:
        return None
    found = found.removesuffix(".").removeprefix("www.")
    return found if _HOST.fullmatch(found) else None


def web_address(value: object) -> str | None:
    """An http or https address, fit to be a link; one without a scheme gets https."""
    address = text(value, limit=LONGEST_URL)
    if address is None or re.search(r"[\s\\<>\"]", address):
        return None
    address = address if "://" in address else f"https://{address}"
    return address if address.startswith(("http://", "https://")) and host(address) else None


def moment(value: object) -> datetime | None:
    """A time with its zone, from ISO 8601 or milliseconds since 1970."""
    milliseconds = number(value)
    try:
        if milliseconds is not None:
            return datetime.fromtimestamp(milliseconds / 1000, UTC)
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        return None
    return found if found is not None and found.tzinfo and 1970 < found.year < 9999 else None


def codes(values: Iterable[object]) -> tuple[str, ...]:
    """Industry codes: digits, as text or as a number."""
    found = (str(value).strip() for value in values if isinstance(value, (str, int)) and not isinstance(value, bool))
    return tuple(dict.fromkeys(code for code in found if re.fullmatch(r"[0-9]{2,8}", code)))


def kept(record: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """These fields of a record as they came, without what a database of JSON does not take and what is very large."""
    found = {name: _storable(record[name], MOST_RAW_DEPTH) for name in names if name in record}
    return {name: value for name, value in found.items() if len(json.dumps(value)) <= LARGEST_RAW}


def _is_sane(value: int | float) -> bool:
    return abs(value) < 10**18 if isinstance(value, int) else math.isfinite(value)


def _storable(value: object, depth: int) -> Any:
    if isinstance(value, str):
        return _NOT_STORABLE.sub("", value[:LONGEST_RAW_TEXT])
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        return value if _is_sane(value) else None
    if depth and isinstance(value, list):
        return [_storable(item, depth - 1) for item in value[:MOST_ITEMS]]
    if depth and isinstance(value, Mapping):
        pairs = list(value.items())[:MOST_ITEMS]
        return {_storable(str(name), 0): _storable(item, depth - 1) for name, item in pairs}
    return None
