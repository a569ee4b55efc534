"""The migration's literal copy of the law is the law that the table of states gives today."""

from importlib import import_module

from leads import law
from routing import law as routing_law


def test_the_migration_carries_the_law_as_it_is_made() -> None:
    copies = {"FUNCTIONS": "0011_reasons_by_events", "TRIGGERS": "0002_law"}
    for name, migration in copies.items():
        copy = import_module(f"leads.migrations.{migration}")
        assert getattr(copy, name).strip() == getattr(law, name).strip(), name
    first, added = (import_module(f"leads.migrations.{name}") for name in ("0002_law", "0021_fewer_indexes_and_keys"))
    assert f"{first.CONSTRAINTS.strip()}\n{added.CONSTRAINTS.strip()}" == law.CONSTRAINTS.strip()


def test_the_rules_law_is_copied_too() -> None:
    copy = import_module("routing.migrations.0008_law_of_versions")
    fewer = import_module("routing.migrations.0023_fewer_indexes_and_keys")
    assert fewer.CONSTRAINTS.strip() == routing_law.CONSTRAINTS.strip()
    assert copy.FUNCTIONS.strip() == routing_law.FUNCTIONS.strip()
    added = import_module("routing.migrations.0018_law_of_rule_sets")
    assert (copy.TRIGGERS + added.TRIGGERS).strip() == routing_law.TRIGGERS.strip()
