"""Whether the law itself stands in this database: constraints, triggers and functions, as the code has them."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.db.models import CheckConstraint, Model, UniqueConstraint

from leads import law, states
from revops.audit.findings import Finding, finding
from routing import law as routing_law
from sla import law as sla_law

APPS = ("leads", "routing", "sla", "recycle", "revops")
WHEN = re.compile(r"\b(BEFORE|AFTER|INSERT|UPDATE|DELETE|TRUNCATE|ROW|STATEMENT)\b")
TRIGGER = re.compile(r"CREATE (?:CONSTRAINT )?TRIGGER (\w+) .*? ON (\w+)\b.*EXECUTE FUNCTION (\w+)", re.DOTALL)


def _rows(sql: str, params: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def constraints() -> Finding:
    """Each constraint of the models and the law is there, was checked against every row, and says what they say."""
    there = _standing(_oids(_tables()))
    off = []
    for (table, name), definition in expected_constraints().items():
        found = there.get((table, name))
        if found is None:
            off.append(f"{name} on {table}")
        elif found != definition:
            off.append(f"{name} on {table} says something else")
    return finding("law.constraints", "Every constraint is there and says what it should", "constraint", off)


def _tables() -> list[str]:
    return sorted(model._meta.db_table for model in _models())


def _models() -> list[type[Model]]:
    """Those with a table of their own."""
    models = [model for app in APPS for model in apps.get_app_config(app).get_models()]
    return [model for model in models if not model._meta.proxy]


def _oids(tables: Sequence[str]) -> dict[int, str]:
    return dict(_rows("SELECT t::regclass::oid, t FROM unnest(%s::text[]) t", [list(tables)]))


def _standing(tables: dict[int, str]) -> dict[tuple[str, str], str]:
    """(table, name) -> definition, of the valid constraints and unique indexes of these tables."""
    rows = _rows(
        "SELECT conrelid, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE convalidated AND conrelid = ANY(%s)"
        " UNION ALL SELECT indrelid, relname, pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class c ON c.oid ="
        " indexrelid WHERE indisunique AND indisvalid AND indrelid = ANY(%s)"
        " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))",
        [list(tables), list(tables)],
    )
    return {(tables[oid], name): _plain(definition) for oid, name, definition in rows}


def _plain(definition: str) -> str:
    """Its words alone: no place of the table, no casts, no brackets, which tell how it was read and not what it asks.

    A database restored from a dump tells the same CHECK with casts and brackets elsewhere: of each item of a list, not
    of all. What the brackets of the longest one group, `pairs` asks the CHECK itself.
    """
    text = re.sub(r"(pg_temp_?\w*|public)\.", "", definition)
    text = re.sub(r"::(character varying|text|bpchar)(\[\])?", "", text)
    return " ".join(re.sub(r"[][(),]", " ", text).split())


def expected_constraints() -> dict[tuple[str, str], str]:
    """(table, name) -> definition. What the models say is asked of PostgreSQL itself, on empty copies of the tables.

    Writes nothing that lasts, but needs the right to make temporary tables.
    """
    with transaction.atomic():
        expected = _standing(_copies()) | _written()
        transaction.set_rollback(True)
    return expected


def _copies() -> dict[int, str]:
    with connection.schema_editor(atomic=False) as editor:
        for model in _models():
            editor.execute(f'CREATE TEMPORARY TABLE "{model._meta.db_table}" (LIKE "{model._meta.db_table}")')
            for constraint in model._meta.constraints:
                if isinstance(constraint, CheckConstraint | UniqueConstraint):
                    editor.execute(constraint.create_sql(model, editor), params=None)
        for check in re.findall(r"ALTER TABLE \w+ ADD CONSTRAINT \w+\s+CHECK[^;]*;", law.CONSTRAINTS):
            editor.execute(check)
    return _oids(_tables())


def _written() -> dict[tuple[str, str], str]:
    """The constraints that only SQL can say, from the law's own text."""
    added = re.findall(r"ALTER TABLE (\w+) ADD CONSTRAINT (\w+)\s+((?:FOREIGN|UNIQUE)[^;]*);", law.CONSTRAINTS)
    return {(table, name): _plain(text) for table, name, text in added}


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
    for text in (law.TRIGGERS + routing_law.TRIGGERS + sla_law.TRIGGERS).strip().split(";"):
        named = TRIGGER.search(text)
        if named:
            yield named[1], named[2], named[3], frozenset(WHEN.findall(text))


def guards() -> Finding:
    """Foreign keys hold by triggers of PostgreSQL's own, which a superuser may switch off."""
    tables = _tables()
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
    written = law.FUNCTIONS + routing_law.FUNCTIONS + sla_law.FUNCTIONS
    wanted = dict(re.findall(r"FUNCTION (\w+)\(\).*?AS \$\$(.*?)\$\$", written, re.DOTALL))
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


CHECKS: tuple[Callable[[], Finding], ...] = (triggers, guards, functions, pairs)
