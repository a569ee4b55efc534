"""What a person is offered for a name that no rule could place."""

import pytest

from routing.matching.suggesting import MOST, suggest
from tests.matching.test_linking import account

pytestmark = pytest.mark.django_db


def offered(typed: str, **more: object) -> list[str]:
    [found] = suggest([typed], **more)
    return [one.account.name for one in found]


def test_at_most_three_the_likest_first_with_their_scores() -> None:
    for name in ("Acme Rockets", "Acme Rocket Fuel", "Acme", "Acme Racquets", "Globex"):
        account(name)
    [found] = suggest(["Acme Rocket"])
    assert len(found) == MOST
    assert found[0].account.name in ("Acme Rockets", "Acme Rocket Fuel")
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert all(0 < one.score < 100 for one in found)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Acme Rokets", "Acme Rockets"),
        ("ACMEROCKETS", "Acme Rockets"),
        ("Acme Rockets Deutschland", "Acme Rockets"),
        ("HUST", "Huazhong University of Science and Technology"),
        ("Roadrunner", "Coyote Traps"),
        ("Umbrella Group", "Weyland"),
        ("Acme", "Acme Rockets"),
    ],
)
def test_by_a_misspelling_a_part_the_initials_an_alias_or_a_domain(typed: str, meant: str) -> None:
    account("Acme Rockets")
    account("Huazhong University of Science and Technology")
    account("Coyote Traps", aliases=("Roadrunner Ltd",))
    account("Weyland", "umbrella-group.test")
    assert offered(typed)[0] == meant


def test_an_account_is_offered_once_by_its_likest_name_and_with_what_tells_it_apart() -> None:
    row = account("Acme Rockets", "acme.test", aliases=("Acme Rocketry",))
    row.country, row.employee_count, row.industry = "DE", 1200, "Aerospace"
    row.save()
    [[one]] = suggest(["Acme Rocketry GmbH"])
    assert (one.score, one.alias) == (100, "Acme Rocketry")
    assert one.facts == ["acme.test", "Aerospace", "1,200 people", "Germany"]


def test_what_was_refused_is_not_offered_again() -> None:
    acme, other = account("Acme Rockets"), account("Acme Rocket Fuel")
    assert offered("Acme Rocket", without={"Acme Rocket": [acme.pk]}) == [other.name]


def test_names_alike_to_nothing_and_no_names_are_offered_nothing() -> None:
    account("Acme Rockets")
    assert suggest(["Zygote", "", "..."]) == [[], [], []]
    assert suggest([]) == []


def test_each_of_many_names_has_its_own() -> None:
    account("Acme Rockets")
    account("Globex Machines")
    assert [found[0].account.name for found in suggest(["Globex", "Acme"])] == ["Globex Machines", "Acme Rockets"]
