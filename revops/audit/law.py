"""Whether the law itself stands in this database: constraints, triggers and functions, as the code has them."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import CheckConstraint, UniqueConstraint

from leads import law, states
from revops.audit.findings import Finding, finding

APPS = ("leads", "routing", "sla", "recycle", "revops")
WHEN = re.compile(r"\b(BEFORE|AFTER|INSERT|UPDATE|DELETE|TRUNCATE|ROW|STATEMENT)\b")


def _rows(sql: str, params: Sequence[str | list[str]] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def expected_constraints() -> set[tuple[str, str]]:
    """(table, constraint) for each one that the models or the law name."""
    named = set(re.findall(r"ALTER TABLE (\w+) ADD CONSTRAINT (\w+)", law.CONSTRAINTS))
    for app in APPS:
        for model in apps.get_app_config(app).get_models():
            for constraint in model._meta.constraints:
                if isinstance(constraint, CheckConstraint | UniqueConstraint):
                    named.add((model._meta.db_table, constraint.name))
    return named


def constraints() -> Finding:
    there = _rows(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE convalidated AND conrelid <> 0"
        " UNION SELECT indrelid::regclass::text, indexrelid::regclass::text FROM pg_index"
        " WHERE indisunique AND indisvalid"
    )
    off = [f"{name} on {table}" for table, name in expected_constraints() - {(row[0], row[1]) for row in there}]
    return finding("law.constraints", "Every constraint is there and was checked against every row", "constraint", off)


def triggers() -> Finding:
    there = {
        (name, table, function): (enabled, frozenset(WHEN.findall(definition)))
        for name, table, function, enabled, definition in _rows(
            "SELECT t.tgname, t.tgrelid::regclass::text, p.proname, t.tgenabled::text, pg_get_triggerdef(t.oid)"
            " FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal"
        )
    }
    off = []
    for name, table, function, when in expected_triggers():
        enabled, does = there.get((name, table, function), ("missing", frozenset()))
        if enabled != "O":
            off.append(f"{name} on {table} is {'missing' if enabled == 'missing' else 'switched off'}")
        elif does != when:
            off.append(f"{name} on {table} fires at other times")
    return finding("law.triggers", "Every trigger of the law is there and switched on", "trigger", off)


def expected_triggers() -> Iterator[tuple[str, str, str, frozenset[str]]]:
    """(trigger, table, function, when) for each one of the law."""
    for text in law.TRIGGERS.strip().split(";"):
        named = re.search(r"CREATE TRIGGER (\w+) .*? ON (\w+)\b.*EXECUTE FUNCTION (\w+)", text, re.DOTALL)
        if named:
            yield named[1], named[2], named[3], frozenset(WHEN.findall(text))


def guards() -> Finding:
    """Foreign keys hold by triggers of PostgreSQL's own, which a superuser may switch off."""
    tables = sorted({table for table, _name in expected_constraints()})
    rows = _rows(
        "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgenabled <> 'O' AND tgisinternal"
        " AND tgrelid::regclass::text = ANY(%s)",
        [tables],
    )
    off = [f"foreign keys of {table} are switched off" for (table,) in rows]
    if _rows("SELECT current_setting('session_replication_role')") != [("origin",)]:
        off.append("session_replication_role is not origin: no trigger fires")
    return finding("law.guards", "Nothing switches the foreign keys and triggers off", "guard", off)


def functions() -> Finding:
    there = dict(_rows("SELECT proname, prosrc FROM pg_proc WHERE proname LIKE 'airtight%%'", []))
    wanted = dict(re.findall(r"FUNCTION (\w+)\(\).*?AS \$\$(.*?)\$\$", law.FUNCTIONS, re.DOTALL))
    off = [f"{name}()" for name, body in wanted.items() if there.get(name, "").strip() != body.strip()]
    return finding("law.functions", "Every function of the law reads as it was written", "function", off)


def pairs() -> Finding:
    """Ask the constraint itself, as the database has it, about every pair of states there could be."""
    rows = _rows("SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conname = 'event_legal'")
    if not rows:
        return finding("law.pairs", TITLE_OF_PAIRS, "pair", ["event_legal is missing"])
    moves = _rows(
        "SELECT from_state, to_state FROM (SELECT 2 AS seq, 1 AS prev_seq, f AS from_state, t AS to_state"  # noqa: S608
        f" FROM unnest(%s::text[]) f, unnest(%s::text[]) t) e WHERE {_escaped(rows[0][0])}",
        [_words(), _words()],
    )
    births = _rows(
        "SELECT to_state FROM (SELECT 1 AS seq, NULL::int AS prev_seq, NULL::text AS from_state, t AS to_state"  # noqa: S608
        f" FROM unnest(%s::text[]) t) e WHERE {_escaped(rows[0][0])}",
        [_words()],
    )
    off = [f"{source} → {target}" for source, target in set(moves) ^ set(states.PAIRS)]
    off += [f"birth in {state}" for state in {row[0] for row in births} ^ set(states.BIRTHS)]
    return finding("law.pairs", TITLE_OF_PAIRS, "pair", off)


TITLE_OF_PAIRS = "The database allows exactly the transitions of the table"


def _words() -> list[str]:
    return [*states.STATES, "nowhere"]


def _escaped(expression: str) -> str:
    return expression.replace("%", "%%")


CHECKS: tuple[Callable[[], Finding], ...] = (constraints, triggers, guards, functions, pairs)
