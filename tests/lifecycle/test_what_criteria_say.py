"""A value that is not known is recorded as unknown; a territory without criteria takes nothing."""

from typing import Any

import pytest
from django.test import Client

from leads.explaining import explain
from leads.models import LeadEvent, Territory
from recycle.models import Dispute
from routing import judging
from routing.criteria import MET, NOT_MET, UNKNOWN
from routing.models import Decision, Pool
from routing.qualification import Intent, Qualification
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


def test_a_dispute_is_over_what_was_met(world: World) -> None:
    lead = world.to_state("assigned", employee_count=50)
    world.recycle(lead, "not_icp")
    assert Dispute.objects.get().criteria_met == ["employee count is at least 10"]
    assert "icp_unknown" not in LeadEvent.objects.get(lead=lead, kind="suppress").data


def test_of_a_lead_that_nothing_was_known_of_there_is_no_dispute_but_revops_sees_what_was_not(
    world: World, client: Client
) -> None:
    """The criteria never called it ICP: they let it pass."""
    lead = world.to_state("assigned")
    world.recycle(lead, "not_icp")
    assert not Dispute.objects.exists()
    assert LeadEvent.objects.get(lead=lead, kind="suppress").data["icp_unknown"] == ["employee count is at least 10"]
    client.force_login(world.revops.user)
    page = " ".join(client.get(f"/leads/{lead.pk}/").content.decode().split())
    assert "The criteria could not tell: not known whether employee count is at least 10" in page


def test_a_decision_of_before_still_renders_and_disputes_nothing_unknown(world: World, client: Client) -> None:
    """Decisions used to store what an unknown counted as, and to say fit of a lead that nothing was known of."""
    old = decision(world)
    old.steps |= {"criteria": [{"text": "employee count is at least 10", "found": None, "verdict": "met"}]}
    old.steps["fit"] = "fit"
    old.save()
    [told] = explain(old, reps={}, deals={}).criteria
    assert (told.label, told.found) == ("unknown, which passes here", "not known")
    client.force_login(world.manager.user)
    assert "unknown, which passes here" in client.get(f"/leads/{old.lead_id}/").content.decode()
    world.recycle(old.lead, "not_icp")
    assert not Dispute.objects.exists()
    [event] = LeadEvent.objects.filter(lead=old.lead, kind="suppress")
    assert event.data["icp_unknown"] == ["employee count is at least 10"]


PASSES = {**SIZE, "unknown": "pass"}
FREE = {"field": "is_free_mail", "op": "is", "value": True}
HELPS, HINDERS = {"weight": 3, **PASSES}, {"weight": -2, **FREE}
ICP, UNTOLD, AGAINST = "fit", "unknown", "not fit"


@pytest.mark.parametrize(
    ("criteria", "known", "fit"),
    [
        ({}, {}, ICP),
        ({"all": [PASSES]}, {}, UNTOLD),
        ({"all": [PASSES]}, {"employee_count": 50}, ICP),
        ({"all": [PASSES]}, {"employee_count": 5}, AGAINST),
        ({"all": [PASSES, DE]}, {"country": "DE"}, ICP),
        ({"all": [SIZE]}, {}, UNTOLD),
        ({"any": [PASSES, DE]}, {"country": "FR"}, UNTOLD),
        ({"any": [PASSES, DE]}, {"country": "DE"}, ICP),
        ({"any": [{"all": [DE, SIZE]}, {**DE, "field": "region", "unknown": "pass"}]},
         {"country": "DE", "employee_count": 5}, UNTOLD),
        ({"all": [PASSES, {"none": [FREE]}]}, {"is_free_mail": False}, UNTOLD),
        ({"all": [PASSES, {"none": [FREE]}]}, {"is_free_mail": True}, AGAINST),
        ({"none": [FREE]}, {"is_free_mail": False}, ICP),
        ({"none": [{**FREE, "unknown": "fail"}]}, {}, UNTOLD),
        ({"score": [HELPS, HINDERS], "at_least": 1}, {"is_free_mail": False}, UNTOLD),
        ({"score": [HELPS, HINDERS], "at_least": 1}, {"is_free_mail": True, "employee_count": 50}, ICP),
        ({"score": [HELPS, {"weight": 1, **DE}], "at_least": 3}, {"country": "DE"}, ICP),
        ({"score": [HELPS, {"weight": 1, **DE}], "at_least": 3}, {"country": "FR"}, UNTOLD),
    ],
)  # fmt: skip
def test_fit_is_said_of_what_is_known_alone(criteria: Any, known: dict[str, Any], fit: str) -> None:
    verdict = Qualification(judging.judge(criteria, known), Intent(None, 40, False), {})
    assert verdict.fit == fit
    way_on = verdict.way_on(suppressed=False, deal=False)
    assert way_on == ("not_icp" if fit == AGAINST else "aql")
    assert ("ICP as far as known" in verdict.sentence()) == (fit == UNTOLD)


def test_a_lead_that_nothing_is_known_of_goes_on_and_is_not_called_a_fit(world: World, client: Client) -> None:
    lead = world.to_state("assigned")
    told = Decision.objects.get(lead=lead, kind="qualification")
    assert (told.steps["fit"], told.outcome) == ("unknown", "aql")
    assert told.sentence == "Qualified: ICP as far as known, intent unknown."
    client.force_login(world.manager.user)
    assert '<span class="badge calm">unknown</span>' in client.get(f"/leads/{lead.pk}/").content.decode()


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
