"""Criteria in words, as a table."""

from typing import Any

import pytest

from routing.criteria import FIELDS
from routing.criteria_checking import Malformed, check
from routing.criteria_field import GROUPED_FIELDS, menu, told
from routing.criteria_words import in_words, located

US = {"field": "country", "op": "in", "value": ["US", "CA"]}
BIG = {"field": "employee_count", "op": "at_least", "value": 5000, "unknown": "pass"}
OWN = {"field": "custom.tier_name", "op": "is", "value": "A", "unknown": "fail"}


@pytest.mark.parametrize(
    ("node", "words"),
    [
        ({}, "every lead"),
        (US, "country is one of US, CA"),
        ({"all": [US, BIG]}, "country is one of US, CA and employee count is at least 5,000 (or unknown)"),
        ({"any": [US, OWN]}, "country is one of US, CA or tier name is A (and known)"),
        ({"none": [US]}, "not (country is one of US, CA)"),
        ({"all": [OWN, {"any": [US, BIG]}]}, "tier name is A (and known) and (country is one of US, CA or "
         "employee count is at least 5,000 (or unknown))"),
        ({"all": [{"all": [US]}]}, "country is one of US, CA"),
    ],
)  # fmt: skip
def test_in_words(node: dict[str, Any], words: str) -> None:
    check(node)
    assert in_words(node) == words
    assert told(node) == (words, "", "")


@pytest.mark.parametrize(
    ("node", "text", "part"),
    [
        ({"all": [US, {"field": "nope"}]}, "Condition 2, field: 'nope' is not one of", "criteria.all[1].field"),
        ({"any": [{"all": [{**BIG, "value": None}]}]}, "Condition 1.1, value: “is at least” takes",
         "criteria.any[0].all[0].value"),
        ({**US, "unknown": "maybe"}, "if unknown: use pass", "criteria.unknown"),
        ({"all": []}, "Expected a list", "criteria.all"),
        ([], "Expected an object", "criteria"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_located(node: Any, text: str, part: str) -> None:
    with pytest.raises(Malformed) as raised:
        check(node)
    sentence, path = located(str(raised.value))
    assert sentence.startswith(text)
    assert path == part


def test_every_field_is_on_the_menu() -> None:
    assert sorted(name for names in GROUPED_FIELDS.values() for name in names) == sorted(FIELDS)
    for group in menu():
        for field in group["fields"]:
            assert field["ops"]
            assert field["kind"] in ("text", "number", "list", "boolean")
