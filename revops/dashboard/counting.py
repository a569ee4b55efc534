"""Counts every figure of a subject in one query over its rows, in all and split by day, rep or reason."""

# Every text that makes a query is of this package; every value is a parameter.
# ruff: noqa: S608

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from revops.dashboard.figures import FIGURES
from revops.dashboard.scope import Scope
from revops.dashboard.sql import Figure, Subject, preamble

QUANTILES = (0.5, 0.9, 0.95)
Row = dict[str, Any]


@dataclass(frozen=True)
class Split:
    """Count again for each value of `by`; `sample` adds quantiles of these columns over the rows `of` holds for."""

    name: str
    by: str = ""
    figures: tuple[str, ...] = ()
    sample: tuple[str, ...] = ()
    of: str = "true"
    rows: str = "s"

    @property
    def columns(self) -> list[str]:
        return [column.strip() for column in self.by.split(",") if column]


@contextmanager
def one_look() -> Iterator[None]:
    """Everything counted inside is of one moment. Sorts stay in memory; compiling costs more than it saves here."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT set_config('jit', 'off', true), set_config('work_mem', '32MB', true)")
        yield


def count(subject: Subject, splits: Sequence[Split], scope: Scope) -> dict[str, list[Row]]:
    """By the name of each split its rows: the values of `by`, a count for each figure, quantiles for each sample."""
    cube = _cube(subject, [split for split in splits if split.rows == "s"])
    parts = [part for split in splits for part in _parts(split, _figures_of(subject, split))]
    # Which rows, which conditions: texts of this package alone; every value is a parameter. Rows that only the cube
    # reads are never put together: the planner leaves out what nothing asks for.
    text = f"WITH {preamble(scope)}, s AS ({rows_of(subject)}), {cube} {' UNION ALL '.join(parts)}"
    found: dict[str, dict[tuple[Any, ...], Row]] = {split.name: {} for split in splits}
    keys = {split.name: split.columns for split in splits}
    with connection.cursor() as cursor:
        cursor.execute(text, scope.params())
        for name, text_or_row in cursor.fetchall():
            row = json.loads(text_or_row) if isinstance(text_or_row, str) else text_or_row
            found[name].setdefault(tuple(row[key] for key in keys[name]), {}).update(row)
    return {name: list(rows.values()) for name, rows in found.items()}


def rows_of(subject: Subject) -> str:
    """The subject's rows that the scope's teams answer for."""
    return f"SELECT * FROM ({subject.sql}) rows WHERE %(teams)s::bigint[] IS NULL OR team_id = ANY(%(teams)s::bigint[])"


def counted(figure: Figure, narrowed_by: Iterable[str], scope: Scope) -> str:
    """The beginning of a query: a table `counted` of a figure's rows, narrowed by conditions of its subject."""
    conditions = " AND ".join([f"({figure.where})", *(figure.subject.by[name] for name in narrowed_by)])
    return f"""
        WITH {preamble(scope)}, counted AS MATERIALIZED (
            SELECT s.lead_id FROM ({rows_of(figure.subject)}) s WHERE {conditions}
        )"""


def ids(figure: Figure, scope: Scope) -> list[int]:
    """The ids of the leads that a figure counts, in order."""
    with connection.cursor() as cursor:
        text = f"{counted(figure, (), scope)} SELECT DISTINCT lead_id FROM counted WHERE lead_id IS NOT NULL ORDER BY 1"
        cursor.execute(text, scope.params())
        return [pk for (pk,) in cursor.fetchall()]


def _figures_of(subject: Subject, split: Split) -> list[Figure]:
    mine = [figure for figure in FIGURES.values() if figure.subject is subject]
    return [figure for figure in mine if not split.figures or figure.key in split.figures]


def _cube(subject: Subject, splits: Sequence[Split]) -> str:
    """Every figure counted once for each combination of what the splits are by: they add these up."""
    columns = list(dict.fromkeys(column for split in splits for column in split.columns))
    counts = [_count(figure) for figure in _figures_of(subject, Split("cube"))]
    grouped = f" GROUP BY {', '.join(columns)}" if columns else ""
    return f"cube AS MATERIALIZED (SELECT {', '.join([*columns, *counts])} FROM s{grouped})"


def _parts(split: Split, figures: Sequence[Figure]) -> list[str]:
    """The split's counts out of the cube, and its quantiles out of the rows."""
    if split.rows != "s":
        return [_part(split, [_count(figure) for figure in figures], split.rows)]
    sums = [f"coalesce(sum({figure.key}), 0)::bigint AS {figure.key}" for figure in figures]
    samples = [_quantiles(column, split.of) for column in split.sample]
    return [_part(split, sums, "cube"), *([_part(split, samples, "s")] if samples else [])]


def _part(split: Split, columns: Sequence[str], rows: str) -> str:
    grouped = f" GROUP BY {split.by}" if split.by else ""
    wanted = ", ".join([*split.columns, *columns])
    return f"SELECT '{split.name}', to_jsonb(t) FROM (SELECT {wanted} FROM {rows}{grouped}) t"


def _count(figure: Figure) -> str:
    return f"count(*) FILTER (WHERE {figure.where}) AS {figure.key}"


def _quantiles(column: str, of: str) -> str:
    """What has not happened yet stays in the sample and takes for ever."""
    wanted = ", ".join(map(str, QUANTILES))
    return (
        f"percentile_disc(ARRAY[{wanted}]) WITHIN GROUP (ORDER BY coalesce({column}, 'Infinity'::float8))"
        f" FILTER (WHERE {of}) AS {column}"
    )


def quantiles(row: Mapping[str, Any], column: str) -> list[float | None]:
    """Median, p90 and p95 in seconds; infinity for what has not happened yet, None without a sample."""
    return [None if value is None else float(value) for value in row.get(column) or [None] * len(QUANTILES)]
