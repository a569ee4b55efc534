"""What the page of a CRM's stand-in shows."""

from collections.abc import Callable, Iterable
from heapq import nlargest
from typing import Any

from revops.standins.crm.records import Book, Record

MOST_ROWS = 200


def state(book: Book, title: str) -> dict[str, Any]:
    """The records changed last, of each kind; `counts` tells how many there are."""
    return {
        "title": title,
        "revision": book.revision,
        "counts": {kind: sum(1 for _ in book.living(kind)) for kind in SHOWN},
        "users": [{"id": user.number, "name": user["name"], "active": _active(user)} for user in book.living("user")],
        **{kind: [show(book, record) for record in _latest(book.living(kind))] for kind, show in SHOWN.items()},
    }


def _latest(records: Iterable[Record]) -> list[Record]:
    return nlargest(MOST_ROWS, records, key=lambda record: (record.changed, record.number))


def _account(book: Book, record: Record) -> dict[str, Any]:
    return _row(record, "name", "domain", "industry", "employees") | {"owner": record["owner"]}


def _opportunity(book: Book, record: Record) -> dict[str, Any]:
    account = book.find("account", record["account"])
    named = {"account": account["name"] if account else "", "owner": record["owner"]}
    return _row(record, "name", "stage", "amount", "close_date") | named


def _lead(book: Book, record: Record) -> dict[str, Any]:
    shown = _row(record, "email", "company", "status", "state", "reason", "external_id")
    name = f"{record['first_name'] or ''} {record['last_name'] or ''}".strip()
    return shown | {"name": name, "owner": record["owner"], "converted": bool(record["converted"])}


def _activity(book: Book, record: Record) -> dict[str, Any]:
    lead = book.find("lead", record["person"])
    who = {"person": lead["email"] if lead else "", "owner": record["owner"]}
    return _row(record, "what", "when", "done", "inbound") | who


def _active(user: Record) -> bool:
    return bool(user["active"]) and not user["queue"]


def _row(record: Record, *names: str) -> dict[str, Any]:
    return {
        "id": record.number,
        "changed": record.changed.isoformat(),
        **{name: _plain(record[name]) for name in names},
    }


def _plain(value: Any) -> Any:
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


SHOWN: dict[str, Callable[[Book, Record], dict[str, Any]]] = {
    "lead": _lead,
    "opportunity": _opportunity,
    "account": _account,
    "activity": _activity,
}
