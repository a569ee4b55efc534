"""The fixtures every test may use: the law that survives a flush, a company to hand leads to, and no network."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from leads.models import Reason, Track
from recycle.seeds import plant
from tests.world import World

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop in the test's thread

EVENT_GUARDS = {
    "leads_leadevent": "event_no_truncate",
    "leads_delivery": "delivery_no_truncate",
    "routing_icpprofileversion": "version_no_truncate",
    "leads_ruleset": "rule_set_no_truncate",
    "routing_namedlist": "named_list_no_truncate",
}


@pytest.fixture(autouse=True, scope="session")
def _flush_knows_the_law() -> Iterator[None]:
    """A test's flush truncates what may never be truncated: it lifts the guards around itself, nobody else can."""
    # On the class: under a browser's event loop Django hands the same thread another connection.
    operations = type(connection.ops)
    original = operations.sql_flush

    def sql_flush(self: Any, style: Any, tables: Any, **kwargs: Any) -> list[str]:
        statements = original(self, style, tables, **kwargs)
        if not statements:
            return statements
        off = [f"ALTER TABLE {table} DISABLE TRIGGER {name}" for table, name in EVENT_GUARDS.items()]
        on = [f"ALTER TABLE {table} ENABLE TRIGGER {name}" for table, name in EVENT_GUARDS.items()]
        return [*off, *statements, *on]

    operations.sql_flush = sql_flush
    yield
    operations.sql_flush = original


@pytest.fixture
def planted() -> None:
    """What migrations seed, again: a flush takes it away. Ask for a database before it."""
    plant(Track, Reason)


@pytest.fixture
def world(db: None, planted: None) -> World:
    """One team of three reps with a manager and a deputy, one territory, a fallback, hours Monday to Friday 9 to 18."""
    return World.make()
