"""An advisory lock that another session holds."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def held_elsewhere(key: int) -> Iterator[None]:
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [key])
            yield
            cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
    finally:
        other.close()
