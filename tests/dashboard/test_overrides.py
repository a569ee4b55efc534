"""Owners changed in the CRM: RevOps and managers read of them, each of their own teams."""

from collections.abc import Callable

import pytest
from django.test import Client

from leads.models import OwnerOverride, Rep
from tests.world import DAY, World

PAGE = "/dashboard/overrides/"
Visit = Callable[[Rep], Client]


@pytest.fixture
def given_away(story: World) -> OwnerOverride:
    lead = story.to_state("assigned")
    return OwnerOverride.objects.create(
        lead=lead,
        holder=lead.owner,
        team=story.team,
        owner_crm_id="005",
        owner_name="Nina Elsewhere",
        by_name="Otto Admin",
        changed_at=story.now,
        noticed_at=story.now,
        written_back=True,
    )


def test_who_gave_which_lead_to_whom(given_away: OwnerOverride, story: World, visit: Visit) -> None:
    for reader in (story.manager, story.revops):
        page = visit(reader).get(PAGE).content.decode()
        for words in ("Acme", given_away.holder.name, "Nina Elsewhere", "Otto Admin", "written back"):
            assert words in page
        assert f"/leads/{given_away.lead_id}/" in page
        assert "1 owner changed by hand in the CRM" in visit(reader).get("/dashboard/").content.decode()


def test_another_team_reads_nothing_of_it(given_away: OwnerOverride, visit: Visit, stranger: Rep) -> None:
    page = visit(stranger).get(PAGE)
    assert page.status_code == 200
    assert b"Nina" not in page.content
    assert b"Acme" not in page.content
    assert b"changed by hand" not in visit(stranger).get("/dashboard/").content


def test_reps_and_strangers_are_turned_away(given_away: OwnerOverride, story: World, visit: Visit) -> None:
    assert visit(story.reps[0]).get(PAGE)["Location"] == "/"
    assert Client().get(PAGE)["Location"].startswith("/sign-in/")


def test_a_lead_that_is_another_teams_by_now_is_not_named(
    given_away: OwnerOverride, story: World, visit: Visit, stranger: Rep
) -> None:
    OwnerOverride.objects.update(team=stranger.team)
    page = visit(stranger).get(PAGE).content.decode()
    assert "no longer your team" in page
    assert "Acme" not in page


def test_only_those_of_the_days_asked_for(given_away: OwnerOverride, story: World, visit: Visit) -> None:
    story.now += 8 * DAY
    assert "Nina" not in visit(story.manager).get(f"{PAGE}?days=7").content.decode()
    assert "Nina" in visit(story.manager).get(f"{PAGE}?days=30").content.decode()


def test_a_page_beyond_the_last_is_the_last(given_away: OwnerOverride, story: World, visit: Visit) -> None:
    assert "Nina" in visit(story.revops).get(f"{PAGE}?page=900").content.decode()
