"""Whether the database has the tables that this code expects, and giving it them."""

from django.core.management import call_command
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

# SQLSTATEs of a table and of a column that is not there.
MISSING = ("42P01", "42703")


def unapplied() -> int:
    """How many migrations are not applied."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def apply_all() -> None:
    call_command("migrate", interactive=False, verbosity=0)


def lacks_something(error: BaseException | None) -> bool:
    """Whether the database has refused for want of a table or a column."""
    return isinstance(error, Error) and getattr(error.__cause__, "sqlstate", None) in MISSING
