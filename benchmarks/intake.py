"""Capture in batches of 500, beside a plain COPY of the same leads and events under the same law."""

from datetime import UTC, datetime
from statistics import median

from django.db import connection, models, transaction

from benchmarks.figures import Figure, seconds
from benchmarks.leads import API, columns, form
from benchmarks.replaying import AWAY
from leads.models import Lead, LeadEvent
from revops import lifecycle
from revops.demo import company

DEFAULT = 5_000
BATCH = 500


def measure(leads: int) -> list[Figure]:
    at = datetime.now(UTC)
    company.load(at=at)
    cleaning, captured, copied = [], [], []
    for start in range(0, leads, BATCH):
        numbers = range(start, min(start + BATCH, leads))
        knocks: list[lifecycle.Knock] = []
        clean = seconds(lambda: knocks.extend(lifecycle.Knock(form(number, at=at)) for number in numbers))  # noqa: B023
        answers: list[lifecycle.Captured] = []
        capture = seconds(lambda: answers.extend(lifecycle.capture(knocks, at=at, by=API)))  # noqa: B023
        ids = [answer.lead_id for answer in answers]
        rows = [(model, _rows(model, key, ids)) for model, key in ((Lead, "id"), (LeadEvent, "lead_id"))]
        copy = seconds(lambda: _copy(rows))  # noqa: B023
        for times, taken in ((cleaning, clean), (captured, capture), (copied, copy)):
            times.append(taken / len(numbers))
    base = median(copied)
    return [
        Figure("rows cleaned", 1 / median(cleaning), "rows/s", median(cleaning) / base, "COPY of leads and events"),
        Figure("rows captured", 1 / median(captured), "rows/s", median(captured) / base, "COPY of leads and events"),
        Figure("COPY of leads and events", 1 / base, "rows/s"),
    ]


def _rows(model: type[models.Model], key: str, ids: list[int | None]) -> bytes:
    """The rows as COPY takes them, of other ids and other persons."""
    moved = {"id": f"id + {AWAY}", "lead_id": f"lead_id + {AWAY}", "person_key": "'copy-' || person_key"}
    values = ", ".join(moved.get(name, name) for name in columns(model))
    query = f"COPY (SELECT {values} FROM {model._meta.db_table} WHERE {key} = ANY(ARRAY{ids}::bigint[])) TO STDOUT"
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        return b"".join(copy)


def _copy(rows: list[tuple[type[models.Model], bytes]]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for model, lines in rows:
            statement = f"COPY {model._meta.db_table} ({', '.join(columns(model))}) FROM STDIN"
            with cursor.copy(statement) as copy:
                copy.write(lines)
