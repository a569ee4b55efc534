"""Whose an account is, as a directory tells it: by the owner's address, rep or no rep."""

from collections.abc import Callable
from typing import Any

import pytest

from leads.intake.account_form import clean_account
from leads.intake.directory import save_accounts
from leads.models import Account, DomainClaim
from tests.world import HOUR, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(world: World) -> Callable[..., Account]:
    def tell(**row: Any) -> Account:
        save_accounts([clean_account({"name": "Acme", "website": "acme.test", **row})], at=world.now)
        return Account.objects.get()

    return tell


def test_an_owner_who_is_no_rep_here_takes_the_place_of_one_who_is(told: Callable[..., Account], world: World) -> None:
    assert told(owner_email="ada@airtight.test").owner == world.reps[0]
    moved = told(owner_email="nina@elsewhere.test")
    assert (moved.owner, moved.owner_email) == (None, "nina@elsewhere.test")


def test_a_directory_that_does_not_tell_the_owner_leaves_them(told: Callable[..., Account], world: World) -> None:
    told(owner_email="ada@airtight.test")
    kept = told(industry="Mining")
    assert (kept.owner, kept.owner_email, kept.industry) == (world.reps[0], "ada@airtight.test", "Mining")


def test_an_owner_is_a_rep_whatever_the_case_of_the_address(told: Callable[..., Account], world: World) -> None:
    world.reps[0].user.email = "Ada@Airtight.test"
    world.reps[0].user.save()
    assert told(owner_email="aDA@airtight.TEST").owner == world.reps[0]


def imported(world: World, *rows: dict[str, Any]) -> list[Account]:
    """One import of these rows, some time after the last."""
    world.now += HOUR
    save_accounts([clean_account(row) for row in rows], at=world.now)
    return list(Account.objects.order_by("name"))


def test_a_name_that_is_not_told_is_left(told: Callable[..., Account], world: World) -> None:
    told(employee_count=55)
    [kept] = imported(world, {"website": "acme.test", "country": "DE"})
    assert (kept.name, kept.normal_name, kept.employee_count, kept.country) == ("Acme", "acme", 55, "DE")


def test_a_domain_stands_in_for_a_name_until_there_is_one(world: World) -> None:
    [nameless] = imported(world, {"website": "acme.test"})
    assert nameless.name == "acme.test"
    [named] = imported(world, {"name": "Acme GmbH", "website": "acme.test"})
    assert (named.name, named.aliases) == ("Acme GmbH", [])


def test_who_has_another_name_now_is_also_called_as_before(world: World) -> None:
    imported(world, {"name": "Facebook", "website": "acme.test"})
    [renamed] = imported(world, {"name": "Meta", "website": "acme.test"})
    assert (renamed.name, renamed.aliases) == ("Meta", ["Facebook"])
    [renamed] = imported(world, {"name": "Facebook, Inc.", "website": "acme.test", "aliases": "Meta"})
    assert renamed.aliases == ["Facebook", "Meta"]


@pytest.mark.parametrize("again", [1, -1])
def test_two_names_at_one_domain_in_one_import_are_two_companies(world: World, again: int) -> None:
    """Whatever the order of the rows when they come again."""
    rows = [{"name": "Northwind Ltd", "website": "shared.test"}, {"name": "Southgate", "website": "shared.test"}]
    imported(world, *rows)
    north, south = imported(world, *rows[::again])
    assert (north.name, south.name) == ("Northwind Ltd", "Southgate")
    assert list(north.domains.values_list("domain", flat=True)) == ["shared.test"]
    assert list(DomainClaim.objects.values_list("account", "domain")) == [(south.pk, "shared.test")]
    assert north.aliases == south.aliases == []


def test_the_second_of_them_is_reported(world: World) -> None:
    rows = [{"name": name, "website": "shared.test"} for name in ("Northwind Ltd", "Southgate")]
    assert {
        place: told.code
        for place, told in save_accounts([clean_account(row) for row in rows], at=world.now).problems.items()
    } == {1: "domain_taken"}
