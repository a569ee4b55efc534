"""The migrations' literal copies of the law are the law that the table of states gives today."""

import re
from importlib import import_module

from leads import law
from routing import law as routing_law
from sla import law as sla_law


def statements(app: str, name: str, *migrations: str) -> set[str]:
    """Those of that name in these migrations."""
    copies = [getattr(import_module(f"{app}.migrations.{migration}"), name) for migration in migrations]
    return split("".join(copies))


def functions(app: str, migration: str) -> dict[str, str]:
    return functions_of(import_module(f"{app}.migrations.{migration}").FUNCTIONS)


def functions_of(text: str) -> dict[str, str]:
    """Each one's statement by its name."""
    return dict(re.findall(r"(?s)(CREATE OR REPLACE FUNCTION \w+\(\))(.*?\$\$.*?\$\$;)", text))


def split(text: str) -> set[str]:
    return {" ".join(statement.split()) for statement in text.split(";") if statement.strip()}


def test_the_leads_law() -> None:
    before, then, now = "0002_law", "0027_asked_once_a_statement", "0030_agrees_by_its_number"
    assert functions("leads", then) | functions("leads", now) == functions_of(law.FUNCTIONS)
    assert split(law.TRIGGERS) <= statements("leads", "TRIGGERS", before, then)
    assert split(law.CONSTRAINTS) <= statements("leads", "CONSTRAINTS", before, then, now)
    latest = statements("leads", "TRIGGERS", then) | statements("leads", "CONSTRAINTS", then, now)
    assert latest <= split(law.TRIGGERS + law.CONSTRAINTS)


def test_the_law_of_rules() -> None:
    copies = ("0008_law_of_versions", "0018_law_of_rule_sets", "0026_asked_once_a_statement")
    assert statements("routing", "TRIGGERS", *copies) == split(routing_law.TRIGGERS)
    assert statements("routing", "FUNCTIONS", copies[0]) == split(routing_law.FUNCTIONS)


def test_the_law_of_breaches() -> None:
    copy = import_module("sla.migrations.0015_breaches_of_a_turn")
    assert (copy.FUNCTIONS + copy.TRIGGERS).split() == (sla_law.FUNCTIONS + sla_law.TRIGGERS).split()
