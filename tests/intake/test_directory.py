"""Whose an account is, as a directory tells it: by the owner's address, rep or no rep."""

from collections.abc import Callable
from typing import Any

import pytest

from leads.intake.account_form import clean_account
from leads.intake.directory import save_accounts
from leads.models import Account
from tests.world import World

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
