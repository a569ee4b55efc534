"""What a person does in the CRM itself: give a record away, convert a lead, log an activity, delete, merge."""

from collections.abc import Callable, Mapping
from typing import Any

from revops.standins.crm.records import KINDS, Book, NoSuchRecord, Record

ACTIVITIES = ("call", "mail", "meeting", "task")
OWNED = ("account", "opportunity", "lead")


class NotPossible(Exception):
    """Asked by hand for something the CRM does not do."""


def act(book: Book, asked: Mapping[str, Any]) -> Record:
    """Do what was `asked`, such as {"do": "own", "kind": "lead", "id": 7, "owner": 2, "by": 3}. Gives its record."""
    verb = VERBS.get(str(asked.get("do")))
    if verb is None:
        raise NotPossible(f"do is one of {', '.join(VERBS)}")
    try:
        return verb(book, asked)
    except NoSuchRecord as missing:
        raise NotPossible(str(missing)) from None


def _own(book: Book, asked: Mapping[str, Any]) -> Record:
    record = _record(book, asked, OWNED)
    by = book.find("user", asked.get("by"))
    owner = book.get("user", asked.get("owner")).number
    return book.change(record, owner=owner, changed_by=by.number if by else None)


def _edit(book: Book, asked: Mapping[str, Any]) -> Record:
    return book.change(_record(book, asked, KINDS), **_values(asked))


def _add(book: Book, asked: Mapping[str, Any]) -> Record:
    if asked.get("kind") not in KINDS:
        raise NotPossible(f"kind is one of {', '.join(KINDS)}")
    return book.add(str(asked["kind"]), **_values(asked))


def _convert(book: Book, asked: Mapping[str, Any]) -> Record:
    lead = book.get("lead", asked.get("id"))
    if lead["converted"]:
        raise NotPossible("this lead is converted already")
    return book.convert(lead)


def _log(book: Book, asked: Mapping[str, Any]) -> Record:
    if asked.get("what") not in ACTIVITIES:
        raise NotPossible(f"what is one of {', '.join(ACTIVITIES)}")
    return book.log(book.get("lead", asked.get("id")), str(asked["what"]), **_values(asked))


def _delete(book: Book, asked: Mapping[str, Any]) -> Record:
    record = _record(book, asked, KINDS)
    book.delete(record)
    return record


def _merge(book: Book, asked: Mapping[str, Any]) -> Record:
    winner = _record(book, asked, ("account", "lead"))
    loser = book.get(winner.kind, asked.get("other"))
    if loser is winner:
        raise NotPossible("a record does not merge with itself")
    book.merge(winner, loser)
    return winner


def _record(book: Book, asked: Mapping[str, Any], kinds: tuple[str, ...]) -> Record:
    if asked.get("kind") not in kinds:
        raise NotPossible(f"kind is one of {', '.join(kinds)}")
    return book.get(str(asked["kind"]), asked.get("id"))


def _values(asked: Mapping[str, Any]) -> dict[str, Any]:
    values = asked.get("values", {})
    if not isinstance(values, dict):
        raise NotPossible("values is an object")
    return {str(name): value for name, value in values.items()}


VERBS: dict[str, Callable[[Book, Mapping[str, Any]], Record]] = {
    "own": _own,
    "edit": _edit,
    "add": _add,
    "convert": _convert,
    "log": _log,
    "delete": _delete,
    "merge": _merge,
}
