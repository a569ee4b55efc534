"""Who may claim, and why not: the same sentence on the page, over the API and in Slack."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from knox.models import AuthToken
from rest_framework.test import APIClient

from leads.models import Assignment, Lead, Rep, Team
from revops import lifecycle
from revops.integrations.slack_blocks import pool_card
from revops.slack.sending import lead_card
from routing.models import Absence, Decision, LoadCap, Pool
from sla.models import Breach, Policy
from tests.slack.conftest import Workspace
from tests.world import HOUR, MINUTE, World, check_law, person


@pytest.fixture
def pooled(slack: Workspace) -> Lead:
    return slack.world.to_state("shark_tank", first_name="Zelda", phone="+31205550100")


def mates(world: World, lead: Lead) -> list[Rep]:
    """Whoever did not let it lapse."""
    lapsed = Assignment.objects.get(lead=lead).rep_id
    return list(Rep.objects.filter(pk__in=[rep.pk for rep in world.reps]).exclude(pk=lapsed).order_by("pk"))


def api_of(rep: Rep) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {AuthToken.objects.create(user=rep.user)[1]}")
    return client


def refusals(slack: Workspace, lead: Lead, rep: Rep) -> set[str]:
    """What each door says to a rep who looks, and to one who tries all the same."""
    page, api = Client(), api_of(rep)
    page.force_login(rep.user)
    [shown] = api.get("/api/v1/shark-tank/").json()["results"]
    refused = api.post(f"/api/v1/leads/{lead.pk}/claim/")
    assert (shown["may_claim"], refused.status_code) == (False, 403)
    slack.press("lead_claim", lead, rep)
    told = {shown["why_not"], refused.json()["detail"], *slack.told}
    for looked in (page.get("/shark-tank/"), page.post(f"/leads/{lead.pk}/claim/", follow=True)):
        text = looked.content.decode().replace("&#x27;", "'")
        assert all(sentence in text for sentence in told), told
    slack.told.clear()
    assert slack.world.again(lead).state == "shark_tank"
    return told


def away(world: World, rep: Rep, lead: Lead) -> None:
    Absence.objects.create(rep=rep, starts_at=world.now - HOUR, ends_at=world.now + HOUR, applied_at=world.now)


def without_the_skill(world: World, rep: Rep, lead: Lead) -> None:
    Pool.objects.update(skills=["german"])


def without_the_leads_own_skill(world: World, rep: Rep, lead: Lead) -> None:
    Pool.objects.update(skill_field="custom.language")
    Lead.objects.filter(pk=lead.pk).update(custom={"language": "Dutch"})


def full(world: World, rep: Rep, lead: Lead) -> None:
    LoadCap.objects.create(rep=rep, open_leads=0)


def claimed_enough(world: World, rep: Rep, lead: Lead) -> None:
    LoadCap.objects.create(team=rep.team, claims_per_day=0)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (away, "You are away. You can claim again when you are back."),
        (without_the_skill, "It asks for a rep with the skill german."),
        (without_the_leads_own_skill, "It asks for a rep with the skill dutch."),
        (full, "You are at the cap of 0 open leads: recycle or convert one first."),
        (claimed_enough, "You have claimed 0 today, as many as you may. You can claim again tomorrow."),
    ],
)
def test_every_door_says_the_same(
    slack: Workspace, pooled: Lead, given: Callable[[World, Rep, Lead], None], sentence: str
) -> None:
    rep = mates(slack.world, pooled)[0]
    given(slack.world, rep, pooled)
    assert refusals(slack, pooled, rep) == {sentence}


def test_who_let_it_lapse_waits_for_the_end_of_the_cool_down(slack: Workspace) -> None:
    world = slack.world
    Policy.objects.update(cool_down=30)
    pooled = world.to_state("shark_tank")
    lapsed = Rep.objects.get(pk=Assignment.objects.get(lead=pooled).rep_id)
    assert refusals(slack, pooled, lapsed) == {"You had it and it lapsed, so it goes to somebody else for now."}
    world.pass_time(31 * MINUTE)
    lifecycle.claim(pooled.pk, at=world.now, by=world.actor(lapsed))
    assert world.again(pooled).owner_id == lapsed.pk


def test_a_claim_cap_counts_the_teams_day(slack: Workspace) -> None:
    world = slack.world
    leads = [world.capture(f"p{number}@acme{number}.test") for number in range(4)]
    for step in (4 * MINUTE, 2 * HOUR + MINUTE, 2 * HOUR):
        world.pass_time(step)
    claimer = person("dora@airtight.test", world.team, slack_user_id="UDORA")
    LoadCap.objects.create(team=world.team, claims_per_day=9)
    LoadCap.objects.create(rep=claimer, claims_per_day=2)
    for lead in leads[:2]:
        slack.press("lead_claim", lead, claimer)
        assert world.again(lead).owner_id == claimer.pk
    slack.press("lead_claim", leads[2], claimer)
    assert slack.told == ["You have claimed 2 today, as many as you may. You can claim again tomorrow."]
    page = Client()
    page.force_login(claimer.user)
    assert "no more claims today" in page.get("/shark-tank/").content.decode()
    world.now += timedelta(days=1)
    assert "2 more claims today" in page.get("/shark-tank/").content.decode()
    lifecycle.claim(leads[2].pk, at=world.now - timedelta(hours=14), by=world.actor(claimer))
    check_law()


def test_a_first_touch_is_due_at_once_after_a_claim(slack: Workspace, pooled: Lead) -> None:
    world = slack.world
    claimer = mates(world, pooled)[0]
    slack.press("lead_claim", pooled, claimer)
    lead = world.again(pooled)
    assert (lead.due_step, lead.due_at) == ("touch", world.now + 5 * MINUTE)
    world.pass_time(5 * MINUTE + timedelta(seconds=1))
    assert Breach.objects.get(rep=claimer).step == "touch"


def test_it_is_never_longer_than_after_an_acceptance(slack: Workspace, pooled: Lead) -> None:
    Policy.objects.update(touch_within=2, claim_touch_within=30)
    slack.press("lead_claim", pooled, mates(slack.world, pooled)[0])
    assert slack.world.again(pooled).due_at == slack.world.now + 2 * MINUTE


def test_what_nobody_claimed_goes_to_who_has_the_skill(slack: Workspace, pooled: Lead) -> None:
    """And to the ladder, where nobody has it; the decision keeps what was asked, and replays."""
    world = slack.world
    _busy, skilled = mates(world, pooled)
    Rep.objects.filter(pk=skilled.pk).update(skills=["German"], open_leads=0)
    world.to_state("assigned", "kim@other.test")
    Pool.objects.update(skills=["german"])
    world.pass_time(20 * HOUR)
    assert world.again(pooled).owner_id == skilled.pk
    assert Decision.objects.get(lead=pooled, outcome="pool").steps["skills"] == ["german"]
    call_command("audit", verbosity=0)


def test_where_nobody_has_the_skill_it_is_the_managers(slack: Workspace, pooled: Lead) -> None:
    Pool.objects.update(skills=["klingon"])
    slack.world.pass_time(20 * HOUR)
    assert slack.world.again(pooled).owner_id == slack.world.manager.pk


@pytest.mark.parametrize("hidden", [True, False])
def test_whom_to_contact_is_hidden_as_the_team_says(slack: Workspace, pooled: Lead, hidden: bool) -> None:
    Team.objects.update(hides_contact=hidden)
    rep = mates(slack.world, pooled)[0]
    page, api = Client(), api_of(rep)
    page.force_login(rep.user)
    told: dict[str, Any] = {
        "list": page.get("/shark-tank/").content.decode(),
        "page": page.get(f"/leads/{pooled.pk}/").content.decode(),
        "api": api.get("/api/v1/shark-tank/").content.decode(),
        "one": api.get(f"/api/v1/leads/{pooled.pk}/").content.decode(),
        "found": api.get("/api/v1/leads/?q=jo%40acme").content.decode(),
        "card": str(
            pool_card(lead_card(slack.world.again(pooled)), contact=not slack.world.again(pooled).contact_is_hidden)
        ),
    }
    said = {where: "jo@acme.test" in text for where, text in told.items()}
    assert said == dict.fromkeys(told, not hidden)
