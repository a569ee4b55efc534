"""An advisory lock that another session holds."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def held_elsewhere(key: int, *, of: str | None = None, shared: bool = False) -> Iterator[None]:
    """With `of` the key has a second half.

    Given back by a statement: a closed connection's lock is free only when its server has noticed.
    """
    kind = "_shared" if shared else ""
    which, values = ("(%s)", [key]) if of is None else ("(%s, hashtext(%s))", [key, of])
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_lock{kind}{which}", values)
            try:
                yield
            finally:
                cursor.execute(f"SELECT pg_advisory_unlock{kind}{which}", values)
    finally:
        other.close()
