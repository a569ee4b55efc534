"""The one way leads are written: what a transaction changed, in sets, the lead first and then its events.

One UPDATE from arrays and COPY for what is added, so that a batch of 500 costs what the law costs and not 500 round
trips. A single lead is a batch of one.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import compress
from operator import attrgetter, itemgetter, ne
from typing import Any

import orjson
from django.db import connection, models
from psycopg import Cursor

from leads.ids import give_ids, is_pointed_at
from leads.models import Assignment, Lead, LeadEvent
from leads.reading import complete_rows

# Every column that a verb, a join or an enrichment may change.
COLUMNS = {
    "state": "text",
    "seq": "integer",
    "entered_at": "timestamptz",
    "due_at": "timestamptz",
    "due_step": "text",
    "terms": "jsonb",
    "owner_id": "bigint",
    "ladder": "text",
    "rung": "integer",
    "reason_id": "bigint",
    "territory_id": "bigint",
    "account_id": "bigint",
    "opportunity_id": "bigint",
    "merged_into_id": "bigint",
    "life": "integer",
    "life_began_at": "timestamptz",
    "slips": "integer",
    "reviews": "integer",
    "excluded_reps": "jsonb",
    "excluded_territories": "jsonb",
    "aql_at": "timestamptz",
    "first_assigned_at": "timestamptz",
    "first_touch_at": "timestamptz",
    "converted_opportunity": "text",
    "hand_raise": "boolean",
    "intent_score": "integer",
    "opt_out": "boolean",
    "first_name": "text",
    "last_name": "text",
    "job_title": "text",
    "phone": "text",
    "company": "text",
    "website": "text",
    "domain": "text",
    "country": "text",
    "region": "text",
    "city": "text",
    "employee_count": "bigint",
    "employee_range": "text",
    "industry": "text",
    "annual_revenue": "bigint",
    "tech_stack": "jsonb",
    "custom": "jsonb",
    "retry_at": "timestamptz",
    "error": "text",
    "error_count": "integer",
}
TURN_COLUMNS = {
    "accepted_at": "timestamptz",
    "first_touch_at": "timestamptz",
    "first_touch_by_hand": "boolean",
    "ended_at": "timestamptz",
    "outcome": "text",
    "reason_id": "bigint",
    "terms": "jsonb",
}
# What the binary form of a jsonb begins with: its version, which is 1.
JSONB_1 = b"\x01"


class StaleWrite(RuntimeError):
    """Fewer rows were written than were held; nothing of the transaction may stand."""


class WriteSet:
    """What one transaction changes. Add to it, then `flush()` once, inside the transaction that holds the locks."""

    def __init__(self) -> None:
        self.leads: dict[int, Lead] = {}
        self.rows: dict[type[models.Model], list[Any]] = defaultdict(list)
        self.turns: dict[int, Assignment] = {}
        self.load: Counter[int] = Counter()

    def touch(self, *leads: Lead) -> None:
        """These leads have changed."""
        for lead in leads:
            self.leads[lead.id] = lead

    def add(self, row: models.Model) -> None:
        """A new row of any table; a foreign key to another new row is filled in when that one has its id."""
        self.rows[type(row)].append(row)

    def open_turn(self, turn: Assignment) -> None:
        self.add(turn)
        self.load[turn.rep_id] += 1

    def change_turn(self, turn: Assignment) -> None:
        if turn.id is not None:
            self.turns[turn.id] = turn

    def end_turn(self, turn: Assignment) -> None:
        self.change_turn(turn)
        self.load[turn.rep_id] -= 1

    def flush(self) -> None:
        """Write everything. Raises StaleWrite, or IntegrityError where the law refuses."""
        events = [event for lead in self.leads.values() for event in lead.new_events]
        give_ids({LeadEvent: events, **self.rows})
        _update(Lead, COLUMNS, list(self.leads.values()))
        _update(Assignment, TURN_COLUMNS, list(self.turns.values()))
        insert(LeadEvent, events)
        for lead in self.leads.values():
            lead.new_events, lead.as_read = [], {}
        for turn in self.turns.values():
            turn.as_read = {}
        insert(Assignment, self.rows.pop(Assignment, []))
        for model, rows in list(self.rows.items()):
            insert(model, rows)
        self._count_load()
        self.rows.clear()
        self.turns.clear()
        self.leads.clear()

    def _count_load(self) -> None:
        changed = sorted((rep, by) for rep, by in self.load.items() if by)
        if changed:
            with connection.cursor() as cursor:
                reps = [rep for rep, _by in changed]
                cursor.execute("SELECT id FROM leads_rep WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [reps])
                cursor.execute(
                    "UPDATE leads_rep r SET open_leads = r.open_leads + d.by"
                    " FROM unnest(%s::bigint[], %s::int[]) AS d(id, by) WHERE r.id = d.id",
                    [reps, [by for _rep, by in changed]],
                )
        self.load.clear()


def _update(model: type[models.Model], columns: dict[str, str], rows: Sequence[Any]) -> None:
    if not rows:
        return
    rows = sorted(rows, key=attrgetter("id"))
    columns = _changed(columns, rows)
    if not columns:
        return
    # Of those that were read in part, what others of the batch have changed.
    complete_rows(model, [row for row in rows if not columns.keys() <= row.__dict__.keys()])
    # JSON goes as text and is cast on the way in: an array of jsonb has no array of dicts to come from.
    arrays = ", ".join(f"%b::{'text' if kind == 'jsonb' else kind}[]" for kind in ("bigint", *columns.values()))
    setters = ", ".join(f"{name} = u.{name}" + ("::jsonb" if kind == "jsonb" else "") for name, kind in columns.items())
    values: list[list[Any]] = [[row.id for row in rows]]
    for name, kind in columns.items():
        column = [row.__dict__[name] for row in rows]
        values.append(_as_json(column, bytes.decode) if kind == "jsonb" else column)
    connection.ensure_connection()
    # Past Django's cursor, which writes arrays into the statement and quotes every text in them.
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        cursor.execute(
            f"UPDATE {model._meta.db_table} t SET {setters}"  # noqa: S608
            f" FROM unnest({arrays}) AS u(id, {', '.join(columns)}) WHERE t.id = u.id",
            values,
        )
        if cursor.rowcount != len(rows):
            raise StaleWrite(f"{cursor.rowcount} of {len(rows)} {model._meta.verbose_name} rows were written.")


def _changed(columns: dict[str, str], rows: Sequence[Any]) -> dict[str, str]:
    """The columns of which any row has another value than was read of it, or one where none was read.

    Lists and dicts of a row are replaced and never changed in their place, which nobody would see here.
    """
    changed: set[str] = set()
    # By what was read of a row, the columns that are still to be compared, and those that were not read.
    shapes: dict[tuple[str, ...], tuple[list[str], Any, list[str]]] = {}
    for row in rows:
        as_read, own = getattr(row, "as_read", None), row.__dict__
        if not as_read:
            return columns
        if (shape := tuple(as_read)) not in shapes:
            same = [name for name in columns if name in as_read and name not in changed]
            # Of one name alone `itemgetter` gives no tuple, and of none it takes.
            values = itemgetter(*same, *same[:1]) if same else tuple
            shapes[shape] = same, values, [name for name in columns if name not in as_read and name not in changed]
        same, values, unread = shapes[shape]
        found = {*compress(same, map(ne, values(as_read), values(own))), *filter(own.__contains__, unread)}
        if found:
            changed |= found
            shapes.clear()
    return {name: kind for name, kind in columns.items() if name in changed}


def insert(model: type[models.Model], rows: Sequence[Any]) -> None:
    """COPY new rows in. Where others may point at them each gets its id first; elsewhere the table gives it."""
    if not rows:
        return
    give_ids({model: rows})
    fields = [field for field in model._meta.concrete_fields if not getattr(field, "generated", False)]
    if not is_pointed_at(model) and not any(row.id for row in rows):
        fields = [field for field in fields if not field.primary_key]
    _fill_foreign_keys(model, rows)
    documents = [field for field in fields if isinstance(field, models.JSONField)]
    plain = [field for field in fields if field not in documents]
    names = ", ".join(f'"{field.column}"' for field in (*plain, *documents))
    # In binary it costs the driver a third of what it does as text.
    statement = f"COPY {model._meta.db_table} ({names}) FROM STDIN (FORMAT binary)"
    # COPY goes to the driver past Django's cursor, so its errors are made Django's here.
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        # A jsonb in its binary form is bytes to the driver, which passes them on as they are.
        copy.set_types([*map(_type, plain), *("bytea" for _field in documents)])
        # Values as they are: Django's own way, one by one, costs as much as the law does.
        values = map(itemgetter(*(field.attname for field in plain)), map(vars, rows))
        binary = (_as_json((row.__dict__[field.attname] for row in rows), JSONB_1.__add__) for field in documents)
        for row, *more in zip(values, *binary, strict=True):
            copy.write_row((*row, *more))


def _type(field: Any) -> str:
    """The column's type without its length."""
    return str(field.db_type(connection)).partition("(")[0]


def _as_json(values: Iterable[Any], form: Callable[[bytes], Any]) -> list[Any]:
    """Each value as JSON in that form; leads of one batch share what is the same for all of them, and it is written
    once."""
    held = list(values)
    written = {id(value): form(_json(value)) for value in {id(value): value for value in held}.values()}
    return [None if value is None else written[id(value)] for value in held]


def _json(value: Any) -> bytes:
    """Python's own writer takes what the fast one refuses: numbers beyond 64 bits, halves of characters."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value).encode()


def _fill_foreign_keys(model: type[models.Model], rows: Sequence[Any]) -> None:
    """Where the row that is pointed at had no id yet when this one was made."""
    columns = _foreign_keys(model)
    for row in rows:
        own = row.__dict__
        for name, related in row._state.fields_cache.items():
            column = columns.get(name)
            if related is not None and column is not None and own[column] is None:
                own[column] = related.id


@cache
def _foreign_keys(model: type[models.Model]) -> dict[str, str]:
    """Each relation's column."""
    return {field.name: field.attname for field in model._meta.concrete_fields if field.is_relation}
