"""A search over HubSpot's objects, with the limits that real ones have."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from revops.standins.crm.records import Book, Record
from revops.standins.hubspot.objects import Objects, row, stamped

MOST_FOUND = 10_000


class BadSearch(Exception):
    """What HubSpot says of a search it does not take."""


def search(objects: Objects, book: Book, asked: Mapping[str, Any], *, lag: timedelta) -> dict[str, Any]:
    """The index is `lag` behind: what changed since is not in it yet."""
    start, limit = int(asked["after"] or 0), asked["limit"]
    if start + limit > MOST_FOUND:
        raise BadSearch(f"a search ends at {MOST_FOUND} rows")
    indexed = book.clock.now() - lag
    known = [record for record in objects.rows(book) if not lag or record.changed <= indexed]
    found = [record for record in known if _matches(objects, book, record, asked["filterGroups"])]
    _sort(objects, book, found, asked["sorts"])
    page = found[start : start + limit]
    said: dict[str, Any] = {
        "total": len(found),
        "results": [row(objects, book, record, asked["properties"]) for record in page],
    }
    if start + limit < len(found):
        said["paging"] = {"next": {"after": str(start + limit)}}
    return said


def _matches(objects: Objects, book: Book, record: Record, groups: list[Mapping[str, Any]]) -> bool:
    values = stamped(objects, book, record)
    return not groups or any(all(_holds(values, one) for one in group["filters"]) for group in groups)


def _holds(values: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    name, operator = asked["propertyName"], asked["operator"]
    if name not in values:
        raise BadSearch(f"there is no property {name}")
    value = _comparable(values[name])
    if operator == "HAS_PROPERTY":
        return value is not None
    wanted: Any = asked.get("value", "")
    if isinstance(value, int):
        wanted = int(wanted)
    compare = {"EQ": "__eq__", "GT": "__gt__", "GTE": "__ge__", "LT": "__lt__", "LTE": "__le__"}.get(operator)
    if compare is None:
        raise BadSearch(f"the stand-in knows no {operator}")
    return value is not None and getattr(value, compare)(wanted) is True


def _comparable(value: Any) -> Any:
    if isinstance(value, datetime):
        return int(value.timestamp() * 1000)
    return value if isinstance(value, (int, type(None))) else str(value)


def _sort(objects: Objects, book: Book, found: list[Record], sorts: list[str]) -> None:
    for sort in reversed(sorts):
        name = sort.removeprefix("-")
        found.sort(key=lambda record: _comparable(stamped(objects, book, record)[name]), reverse=sort.startswith("-"))
