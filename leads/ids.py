"""Ids for new rows that others point at, before they are written. All others are named by their table."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from django.db import connection, models


@cache
def is_pointed_at(model: type[models.Model]) -> bool:
    """Whether rows of other tables may point at its rows, by a relation that has a name there or by a hidden one."""
    relations = model._meta.get_fields(include_hidden=True)
    return any(field.auto_created and not field.concrete and field.related_model is not model for field in relations)


def give_ids(rows: Mapping[type[models.Model], Sequence[Any]]) -> None:
    """Those of these rows that others may point at and that have no id yet get one, all of them by one query."""
    named = {model: of_model for model, of_model in rows.items() if is_pointed_at(model)}
    missing = {model: [row for row in of_model if row.id is None] for model, of_model in named.items()}
    asked = [(model, len(of_model)) for model, of_model in missing.items() if of_model]
    for (model, _count), ids in zip(asked, _next_ids(asked), strict=True):
        for row, pk in zip(missing[model], ids, strict=True):
            row.id = pk


def new_ids(model: type[models.Model], count: int) -> list[int]:
    return _next_ids([(model, count)])[0]


def _next_ids(asked: Sequence[tuple[type[models.Model], int]]) -> list[list[int]]:
    """So many of each model's sequence."""
    found: list[list[int]] = [[] for _one in asked]
    if not any(count for _model, count in asked):
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.place, nextval(t.name) FROM (SELECT place, pg_get_serial_sequence(name, 'id')::regclass AS name,"
            " count FROM unnest(%s::text[], %s::int[]) WITH ORDINALITY AS u(name, count, place) OFFSET 0) t,"
            " generate_series(1, t.count)",
            [[model._meta.db_table for model, _count in asked], [count for _model, count in asked]],
        )
        for place, pk in cursor.fetchall():
            found[place - 1].append(pk)
    return found
