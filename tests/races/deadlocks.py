"""Deadlocks as the database counts them: `retrying` hides one from whoever asked, but not from here."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


def counted() -> int:
    """Of this database so far, as far as its sessions have told. In each that may have met one call `tell` before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        [found] = cursor.fetchone()
    return int(found)


def tell() -> None:
    """This thread's session tells now what it would tell within a second, or when it ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")


@contextmanager
def none_met() -> Iterator[None]:
    before = counted()
    yield
    assert counted() - before == 0, "deadlocks, which were tried again"
