"""A value that is not known is recorded as unknown; a territory without criteria takes nothing."""

from typing import Any

import pytest
from django.test import Client

from leads.explaining import explain
from leads.models import Territory
from recycle.models import Dispute
from routing import judging
from routing.criteria import MET, NOT_MET, UNKNOWN
from routing.models import Decision, Pool
from tests.api.conftest import Api
from tests.world import MINUTE, World, person

SIZE = {"field": "employee_count", "op": "at_least", "value": 10}
DE = {"field": "country", "op": "is", "value": "DE"}


@pytest.mark.parametrize(
    ("unknown", "passes", "together"), [("pass", True, MET), ("fail", False, NOT_MET), ("unknown", None, UNKNOWN)]
)
def test_the_record_says_unknown_and_what_it_does_here(unknown: str, passes: bool | None, together: str) -> None:
    judged = judging.judge({"all": [{**SIZE, "unknown": unknown}, DE]}, {"country": "DE"})
    assert [(said.verdict, said.passes) for said in judged.criteria] == [(UNKNOWN, passes), (MET, None)]
    assert judged.verdict == together


@pytest.mark.parametrize(("found", "verdict"), [(12, MET), (3, NOT_MET)])
def test_a_known_value_is_met_or_not(found: int, verdict: str) -> None:
    [said] = judging.judge({**SIZE, "unknown": "pass"}, {"employee_count": found}).criteria
    assert (said.verdict, said.passes) == (verdict, None)


def test_unknown_that_passes_counts_against_a_group_of_none() -> None:
    node = {"none": [{**SIZE, "unknown": "pass"}]}
    assert judging.judge(node, {}).verdict == NOT_MET


def decision(world: World, **fields: Any) -> Decision:
    lead = world.to_state("assigned", **fields)
    return Decision.objects.get(lead=lead, kind="qualification")


def test_the_lead_page_says_unknown_which_passes(world: World, client: Client) -> None:
    lead = decision(world).lead
    client.force_login(world.manager.user)
    page = " ".join(client.get(f"/leads/{lead.pk}/").content.decode().split())
    assert "unknown, which passes here" in page
    assert ">met</span>" not in page


def test_the_api_says_it_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("revops.clock.now", lambda: world.now)
    told = decision(world)
    stranger = person("sam@airtight.test", world.team)
    system = world.revops.user
    rows = Api(world, stranger, system).get(f"leads/{told.lead_id}/decision/", system).json()["results"]
    [criterion] = rows[-1]["steps"]["criteria"]
    assert (criterion["verdict"], criterion["passes"], criterion["found"]) == ("unknown", True, None)


def test_not_icp_because_nothing_is_known_says_so(world: World) -> None:
    world.profile.criteria = {"all": [{**SIZE, "unknown": "fail"}]}
    world.profile.save()
    world.capture()
    world.pass_time(6 * MINUTE)
    assert Decision.objects.get().sentence == "Not ICP: employee count is at least 10 (not known)."


@pytest.mark.parametrize(("fields", "met"), [({}, []), ({"employee_count": 50}, ["employee count is at least 10"])])
def test_a_dispute_is_over_what_was_met_and_no_unknown_is(world: World, fields: dict[str, Any], met: list[str]) -> None:
    world.recycle(world.to_state("assigned", **fields), "not_icp")
    assert Dispute.objects.get().criteria_met == met


def test_a_decision_of_before_still_renders_and_disputes_nothing_unknown(world: World, client: Client) -> None:
    """Decisions used to store what an unknown counted as."""
    old = decision(world)
    old.steps["criteria"] = [{"text": "employee count is at least 10", "found": None, "verdict": "met"}]
    old.save()
    [told] = explain(old, reps={}, deals={}).criteria
    assert (told.label, told.found) == ("unknown, which passes here", "not known")
    client.force_login(world.manager.user)
    assert "unknown, which passes here" in client.get(f"/leads/{old.lead_id}/").content.decode()
    world.recycle(old.lead, "not_icp")
    assert Dispute.objects.get().criteria_met == []


def test_a_territory_without_criteria_takes_nothing(world: World, client: Client) -> None:
    west = Territory.objects.create(name="West", team=world.team)
    Pool.objects.create(territory=west, position=1)
    lead = world.to_state("assigned")
    assert lead.territory == world.territory
    routed = Decision.objects.get(lead=lead, kind="routing")
    assert [(row["name"], row["verdict"]) for row in routed.steps["territories"]] == [
        ("West", "has no criteria"),
        ("Everywhere", "fallback"),
    ]
    client.force_login(world.manager.user)
    page = client.get(f"/leads/{lead.pk}/").content.decode()
    assert "has no criteria and is not the fallback" in page


def test_a_profile_without_criteria_still_fits_everybody(world: World) -> None:
    world.profile.criteria = {}
    world.profile.save()
    assert world.to_state("assigned").aql_at is not None


FREE = {"field": "is_free_mail", "op": "is", "value": True}


def test_what_is_met_inside_none_speaks_against_the_lead(world: World, client: Client) -> None:
    world.profile.criteria = {"all": [{**SIZE, "unknown": "pass"}, {"none": [FREE, DE]}]}
    world.profile.save()
    lead = world.capture("jo@gmail.com", employee_count=50, country="FR")
    world.pass_time(6 * MINUTE)
    told = Decision.objects.get(lead=lead)
    assert told.sentence == "Not ICP: is free mail is not true (not met)."
    assert [(row["text"], row["verdict"]) for row in told.steps["criteria"]] == [
        ("employee count is at least 10", "met"),
        ("is free mail is not true", "not met"),
        ("country is not DE", "met"),
    ]
    client.force_login(world.revops.user)
    page = " ".join(client.get(f"/leads/{lead.pk}/").content.decode().split())
    assert '<span class="badge danger">not met</span> <span>Is free mail is not true' in page


def test_a_dispute_is_over_what_spoke_for_the_lead(world: World) -> None:
    world.profile.criteria = {"all": [SIZE, {"none": [FREE, DE]}]}
    world.profile.save()
    world.recycle(world.to_state("assigned", employee_count=50, country="FR"), "not_icp")
    assert Dispute.objects.get().criteria_met == [
        "employee count is at least 10",
        "is free mail is not true",
        "country is not DE",
    ]


def test_a_score_is_kept_with_the_decision_and_told_on_the_page(world: World, client: Client) -> None:
    weighed = [{"weight": 3, **SIZE}, {"weight": 2, **DE}]
    world.profile.criteria = {"all": [{"score": weighed, "at_least": 4}]}
    world.profile.save()
    lead = world.capture(employee_count=50, country="FR")
    world.pass_time(6 * MINUTE)
    told = Decision.objects.get(lead=lead)
    assert told.sentence == "Not ICP: the score is 3, and 4 are needed."
    [score] = told.steps["scores"]
    assert (score["least"], score["at_least"], score["verdict"]) == (3, 4, "not met")
    client.force_login(world.revops.user)
    page = client.get(f"/leads/{lead.pk}/").content.decode()
    assert "Not reached: 3 points, 4 needed. Counted: 3 for employee count is at least 10." in page
    assert "Not counted: 2 for country is DE." in page
    assert '<span class="badge danger">not fit</span>' in page


def test_a_territory_may_ask_for_points_too(world: World, client: Client) -> None:
    west = Territory.objects.create(name="West", team=world.team)
    Pool.objects.create(territory=west, position=1, criteria={"score": [{"weight": 2, **DE}], "at_least": 2})
    lead = world.to_state("assigned", country="DE")
    assert lead.territory == west
    client.force_login(world.manager.user)
    assert "Reached: 2 points, 2 needed." in client.get(f"/leads/{lead.pk}/").content.decode()
