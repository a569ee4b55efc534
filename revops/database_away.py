"""Telling a database that is away from one that has refused what it was asked."""

from django.db import InterfaceError, OperationalError

# SQLSTATE classes of a database that is away or overloaded: connection, resources, operator intervention, system; and
# of a lock that somebody else would not let go of.
AWAY_CLASSES = ("08", "53", "57", "58", "55P03")


def is_away(error: BaseException | None) -> bool:
    """Whether the database is away, as against having refused what it was asked."""
    if isinstance(error, InterfaceError):
        return True
    state = getattr(error.__cause__, "sqlstate", None) if isinstance(error, OperationalError) else ""
    return isinstance(error, OperationalError) and (state is None or state.startswith(AWAY_CLASSES))
