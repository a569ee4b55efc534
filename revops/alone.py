"""Work that one process, or a few, do at a time, whoever else would."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from django.db import connection


@contextmanager
def alone(*key: int) -> Iterator[bool]:
    """True for who has the lock `key` of this database, one number or two, False at once for anybody else. It ends with
    the session."""
    numbers = ", ".join("%s" for _number in key)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_lock({numbers})", key)
        held: bool = cursor.fetchone()[0]
    try:
        yield held
    finally:
        if held:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT pg_advisory_unlock({numbers})", key)


@contextmanager
def one_of(places: int, key: int) -> Iterator[bool]:
    """`alone`, for as many at once as there are places."""
    with ExitStack() as stack:
        yield any(stack.enter_context(alone(key, place)) for place in range(places))
