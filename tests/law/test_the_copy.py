"""The migration's literal copy of the law is the law that the table of states gives today."""

from importlib import import_module

from leads import law


def test_the_migration_carries_the_law_as_it_is_made() -> None:
    copy = import_module("leads.migrations.0002_law")
    for name in ("CONSTRAINTS", "FUNCTIONS", "TRIGGERS"):
        assert getattr(copy, name).strip() == getattr(law, name).strip(), name
