"""As much SOQL as Airtight speaks: SELECT … FROM … WHERE … ORDER BY … LIMIT, with AND, OR, brackets and IN."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Row = Mapping[str, Any]
Test = Callable[[Row], bool]

TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)|(?P<number>\d+)"
    r"|(?P<word>[A-Za-z_][\w.]*)|(?P<sign>>=|<=|!=|[=<>(),]))"
)


class Malformed(Exception):
    """MALFORMED_QUERY, with what stood where something else belongs."""


@dataclass(frozen=True)
class Query:
    fields: tuple[str, ...]
    table: str
    named: frozenset[str]  # every field it mentions
    test: Test
    order: str
    limit: int | None


def parse(text: str) -> Query:
    return _Parser(text).query()


def value_at(row: Row, name: str) -> Any:
    """Follows a relationship, such as Contact.Email."""
    value: Any = row
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0
        self._named: set[str] = set()

    def query(self) -> Query:
        self._expect("SELECT")
        fields = [self._name()]
        while self._accept(","):
            fields.append(self._name())
        self._expect("FROM")
        table = self._name()
        test = self._either() if self._accept("WHERE") else _always
        order, limit = "", None
        if self._accept("ORDER"):
            self._expect("BY")
            order = self._name()
        if self._accept("LIMIT"):
            limit = int(self._next("number"))
        if self._at < len(self._tokens):
            raise Malformed(f"unexpected token: {self._tokens[self._at][1]}")
        return Query(tuple(fields), table, frozenset({*self._named, *fields} - {""}), test, order, limit)

    def _either(self) -> Test:
        tests = [self._all()]
        while self._accept("OR"):
            tests.append(self._all())
        return lambda row: any(test(row) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._accept("AND"):
            tests.append(self._one())
        return lambda row: all(test(row) for test in tests)

    def _one(self) -> Test:
        if self._accept("("):
            test = self._either()
            self._expect(")")
            return test
        name = self._name()
        self._named.add(name)
        if self._accept("IN"):
            return self._in(name)
        compare = OPERATORS.get(self._next("sign"))
        if compare is None:
            raise Malformed("unexpected operator")
        wanted = self._value()
        return lambda row: compare(_folded(value_at(row, name)), wanted)

    def _in(self, name: str) -> Test:
        self._expect("(")
        wanted = {self._value()}
        while self._accept(","):
            wanted.add(self._value())
        self._expect(")")
        return lambda row: _folded(value_at(row, name)) in wanted

    def _value(self) -> Any:
        kind, text = self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")
        self._at += 1
        if kind == "text":
            return _folded(re.sub(r"\\(.)", r"\1", text[1:-1]))
        if kind == "time":
            return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        if kind == "number":
            return int(text)
        words = {"TRUE": True, "FALSE": False, "NULL": None}
        if text.upper() not in words:
            raise Malformed(f"unexpected token: {text or 'end of query'}")
        return words[text.upper()]

    def _name(self) -> str:
        return self._next("word")

    def _next(self, kind: str) -> str:
        found, text = self._tokens[self._at] if self._at < len(self._tokens) else ("end", "end of query")
        if found != kind:
            raise Malformed(f"unexpected token: {text}")
        self._at += 1
        return text

    def _accept(self, wanted: str) -> bool:
        kind, text = self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")
        found = kind not in {"text", "end"} and text.upper() == wanted
        self._at += found
        return found

    def _expect(self, wanted: str) -> None:
        if not self._accept(wanted):
            raise Malformed(f"expecting {wanted}")


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at, text = [], 0, text.rstrip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise Malformed(f"unexpected token: {text[at : at + 20]}")
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


def _always(row: Row) -> bool:
    return True


def _folded(value: Any) -> Any:
    """Ids tell case apart; texts do not. No two ids of ours differ in case alone."""
    return value.casefold() if isinstance(value, str) else value


def _ordered(holds: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda value, wanted: value is not None and wanted is not None and holds(value, wanted)


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda value, wanted: value == wanted,
    "!=": lambda value, wanted: value != wanted,
    ">": _ordered(lambda value, wanted: value > wanted),
    ">=": _ordered(lambda value, wanted: value >= wanted),
    "<": _ordered(lambda value, wanted: value < wanted),
    "<=": _ordered(lambda value, wanted: value <= wanted),
}
