"""The stand-in's SOQL: as strict as Airtight needs it to be."""

from typing import Any

import pytest

from revops.standins.salesforce.soql import Malformed, parse

ROW: dict[str, Any] = {"Name": "O'Brien", "Count": 7, "Open": True, "Gone": None, "Contact": {"Email": "Jim@acme.test"}}


@pytest.mark.parametrize(
    ("where", "holds"),
    [
        ("Name = 'o\\'brien'", True),
        ("Name = 'O'", False),
        ("Count >= 7 AND Count < 8", True),
        ("Count > 7 OR Open = TRUE", True),
        ("Open = FALSE AND Open = TRUE OR Count = 7", True),
        ("Open = FALSE AND (Open = TRUE OR Count = 7)", False),
        ("Gone = NULL", True),
        ("Gone != NULL", False),
        ("Gone > 3", False),
        ("Contact.Email = 'jim@acme.test'", True),
        ("Name IN ('a', 'O\\'Brien')", True),
        ("Name = 'AND'", False),
    ],
)
def test_where(where: str, holds: bool) -> None:
    assert parse(f"SELECT Id FROM Lead WHERE {where}").test(ROW) is holds


@pytest.mark.parametrize(
    "text",
    [
        "SELECT FROM Lead",
        "SELECT Id FROM Lead WHERE",
        "SELECT Id FROM Lead WHERE Name = 'O'Brien'",
        "SELECT Id FROM Lead WHERE Name LIKE 'x'",
        "SELECT Id FROM Lead WHERE Name = 'x' LIMIT x",
        "SELECT Id FROM Lead WHERE (Name = 'x'",
        "SELECT Id FROM Lead; DROP",
        "DELETE FROM Lead",
        "",
    ],
)
def test_what_is_no_query_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse(text)


def test_the_rest_of_a_query() -> None:
    query = parse("SELECT Id,Contact.Email FROM Lead WHERE Name = 'x' ORDER BY Count LIMIT 5")
    assert (query.fields, query.table, query.order, query.limit) == (("Id", "Contact.Email"), "Lead", "Count", 5)
    assert query.named == {"Id", "Contact.Email", "Name"}
