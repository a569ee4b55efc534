"""The fixtures every test may use: the law that survives a flush, a company to hand leads to, and no network."""

import gc
import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from hypothesis import settings

from leads.models import Reason, Track
from recycle.seeds import plant
from tests.world import World

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop in the test's thread


def pytest_configure(config: pytest.Config) -> None:
    """Every run draws the same cases, unless `--hypothesis-seed` asks for others."""
    settings.register_profile("the same each time", derandomize=True, database=None)
    settings.register_profile("by the seed", database=None)
    settings.load_profile("by the seed" if config.getoption("hypothesis_seed") is not None else "the same each time")


def pytest_collection_finish() -> None:
    """All that was imported stays to the end, so that no collection need look through it again; and what a test throws
    away is collected by the hundred thousand, not by the seven hundred."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 10, 10)


@pytest.fixture(autouse=True, scope="session")
def _flush_knows_the_law() -> Iterator[None]:
    """A test's flush deletes what may never be deleted, with the law at rest for its transaction: nobody else can.

    It empties the tables that hold anything, which a truncation of all of them takes many times as long for.
    """
    # On the class: under a browser's event loop Django hands the same thread another connection.
    operations = type(connection.ops)
    original = operations.sql_flush

    def sql_flush(self: Any, style: Any, tables: Any, **kwargs: Any) -> list[str]:
        names = sorted(map(self.quote_name, tables))
        if not names:
            return []
        asked = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in names)
        with self.connection.cursor() as cursor:
            cursor.execute(asked)
            filled = [name for (name,) in cursor.fetchall()]
        return ["SET LOCAL session_replication_role = replica", *(f"DELETE FROM {name}" for name in filled)]

    operations.sql_flush = sql_flush
    yield
    operations.sql_flush = original


@pytest.fixture
def planted() -> None:
    """What migrations seed, again where a flush took it away. Ask for a database before it."""
    if not Reason.objects.exists():
        plant(Track, Reason)


@pytest.fixture
def world(db: None, planted: None) -> World:
    """One team of three reps with a manager and a deputy, one territory, a fallback, hours Monday to Friday 9 to 18."""
    return World.make()
