"""A size that is told only as a range: what criteria make of it, and that a count goes before it."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection

from leads import sizes
from leads.models import Account, Lead
from routing import judging, ranges
from routing.criteria import MET, NOT_MET, UNKNOWN
from routing.enquiries import Asked
from routing.models import Decision
from tests.world import World

OVER_100 = {"field": "employee_count", "op": "at_least", "value": 100}


@pytest.mark.parametrize(
    ("op", "value", "verdicts"),
    [
        #                              0-9      51-200   200-500  501-1000  10001+
        ("at_least", 51, (NOT_MET, MET, MET, MET, MET)),
        ("at_least", 52, (NOT_MET, UNKNOWN, MET, MET, MET)),
        ("at_least", 200, (NOT_MET, UNKNOWN, MET, MET, MET)),
        ("at_least", 201, (NOT_MET, NOT_MET, UNKNOWN, MET, MET)),
        ("at_least", 10_001, (NOT_MET, NOT_MET, NOT_MET, NOT_MET, MET)),
        ("at_least", 20_000, (NOT_MET, NOT_MET, NOT_MET, NOT_MET, UNKNOWN)),
        ("at_most", 9, (MET, NOT_MET, NOT_MET, NOT_MET, NOT_MET)),
        ("at_most", 199, (MET, UNKNOWN, NOT_MET, NOT_MET, NOT_MET)),
        ("at_most", 200, (MET, MET, UNKNOWN, NOT_MET, NOT_MET)),
        ("at_most", 20_000, (MET, MET, MET, MET, UNKNOWN)),
        ("between", [51, 200], (NOT_MET, MET, UNKNOWN, NOT_MET, NOT_MET)),
        ("between", [100, 300], (NOT_MET, UNKNOWN, UNKNOWN, NOT_MET, NOT_MET)),
        ("between", [1, 1000], (UNKNOWN, MET, MET, MET, NOT_MET)),
        ("between", [500, 20_000], (NOT_MET, NOT_MET, UNKNOWN, MET, UNKNOWN)),
    ],
)
def test_all_of_it_none_of_it_or_unknown(op: str, value: Any, verdicts: tuple[str, ...]) -> None:
    told = ("0-9", "51-200", "200-500", "501-1000", "10001+")
    asked = {"field": "employee_count", "op": op, "value": value}
    assert tuple(ranges.reads(asked, one) for one in told) == verdicts
    for one in told:
        assert judging.judge(asked, {"employee_range": one}).verdict == ranges.reads(asked, one)


@pytest.mark.parametrize(
    ("facts", "verdict", "found"),
    [
        ({"employee_count": 50, "employee_range": "101-200"}, NOT_MET, 50),
        ({"employee_count": None, "employee_range": "101-200"}, MET, "101-200"),
        ({"employee_range": "51-200"}, UNKNOWN, "51-200"),
        ({"employee_range": ""}, UNKNOWN, None),
        ({"employee_range": "about 50"}, UNKNOWN, "about 50"),
    ],
)
def test_the_count_goes_before_the_range(facts: dict[str, Any], verdict: str, found: Any) -> None:
    [said] = judging.judge(OVER_100, facts).criteria
    assert (said.verdict, said.found) == (verdict, found)


def test_a_range_that_does_not_tell_is_unknown_and_does_what_unknown_does() -> None:
    facts = {"employee_range": "51-200"}
    assert judging.judge({**OVER_100, "unknown": "pass"}, facts).verdict == MET
    failed = judging.judge({**OVER_100, "unknown": "fail"}, facts)
    assert (failed.verdict, failed.because) == (NOT_MET, ("employee count is at least 100 (known only as 51-200)",))
    assert judging.judge({"none": [OVER_100]}, {"employee_range": "1-10"}).verdict == MET


@pytest.mark.parametrize(
    ("values", "missing", "told"),
    [
        ({"employee_count": 60}, {"employee_count", "employee_range"}, {"employee_count", "employee_range"}),
        ({"employee_range": "201-500"}, {"employee_count", "employee_range"}, {"employee_count", "employee_range"}),
        ({"employee_range": "51-200"}, {"employee_count", "employee_range"}, {"employee_range"}),
        ({"employee_range": "201-500"}, {"employee_count"}, {"employee_range"}),
    ],
)
def test_a_range_is_enough_where_every_criterion_reads_it_in_one_way(
    values: dict[str, Any], missing: set[str], told: set[str]
) -> None:
    """A lead that has a range already takes no second one, so that only a count helps it."""
    asked = Asked(frozenset({"employee_count"}), (OVER_100, {**OVER_100, "value": 10}))
    assert asked.told_by(values, ["employee_count"], missing) == told
    assert asked.told_by(values, ["country"], missing) == set()


@pytest.mark.parametrize(
    ("count", "told", "words"),
    [
        (1, "", "1 person"),
        (None, "51-200", "51 to 200 people"),
        (None, "10001+", "10,001 people or more"),
        (None, "", ""),
    ],
)
def test_a_size_in_words(count: int | None, told: str, words: str) -> None:
    assert sizes.people(Lead(employee_count=count, employee_range=told)) == words


def test_an_undecided_range_is_told_with_the_verdict(world: World) -> None:
    world.profile.criteria = {"all": [{**OVER_100, "unknown": "pass"}]}
    world.profile.save()
    lead = world.to_state("assigned", employee_range="51-200")
    steps = Decision.objects.get(lead=lead, kind="qualification").steps
    assert (steps["fit"], steps["criteria"][0]["found"]) == ("unknown", "51-200")


@pytest.mark.parametrize("told", ["51", "51-", "-200", "51 - 200", "51-200 people", "+"])
def test_the_database_keeps_nothing_else(world: World, told: str) -> None:
    lead = world.to_state("assigned")
    with pytest.raises(IntegrityError, match="lead_range_of_sizes"), connection.cursor() as cursor:
        cursor.execute("UPDATE leads_lead SET employee_range = %s WHERE id = %s", [told, lead.pk])


def test_an_account_s_range_is_refused_with_how_to_write_one(db: None) -> None:
    with pytest.raises(ValidationError, match="Write a range as 51-200"):
        Account(name="Acme", employee_range="50 or so").validate_constraints()
