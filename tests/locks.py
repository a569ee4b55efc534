"""An advisory lock that another session holds."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def held_elsewhere(key: int, *, shared: bool = False) -> Iterator[None]:
    """Given back by a statement: a closed connection's lock is free only when its server has noticed."""
    kind = "_shared" if shared else ""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_lock{kind}(%s)", [key])
            try:
                yield
            finally:
                cursor.execute(f"SELECT pg_advisory_unlock{kind}(%s)", [key])
    finally:
        other.close()
