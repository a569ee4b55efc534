"""Who may claim, and why not: the same sentence on the page, over the API and in Slack."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from knox.models import AuthToken
from rest_framework.test import APIClient

from leads.models import Assignment, CrmRecord, Delivery, DomainClaim, Lead, Rep, Team
from revops import lifecycle
from revops.slack.messages import card_of, message
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


EMAIL, NAME, PHONE, PROFILE, SITE = "jo@acme.test", "Zelda", "+31205550100", "in/zelda-f", "acme.test/zelda"
DOMAIN = "acme.test"


@pytest.fixture(params=["linkedin", "region"])
def contactable(slack: Workspace, request: pytest.FixtureRequest) -> Lead:
    """In the pool, with all by which its person could be found, and criteria that ask for one of these: by a field of
    one's own, whatever it is called."""
    asked = {"field": f"custom.{request.param}", "op": "contains", "value": "in/", "unknown": "pass"}
    slack.world.profile.criteria = {"all": [asked, {"field": "domain", "op": "starts_with", "value": "acme"}]}
    slack.world.profile.save()
    own = {request.param: f"linkedin.com/{PROFILE}"}
    site = f"https://{SITE}"
    return slack.world.to_state("shark_tank", EMAIL, first_name=NAME, phone=PHONE, website=site, custom=own)


def told_of(lead: Lead, reader: Rep, world: World) -> dict[str, str]:
    """All that this reader is told of the lead, by where."""
    page, api = Client(), api_of(reader)
    page.force_login(reader.user)
    asked = {f"api {name}": f"/api/v1/leads/{lead.pk}/{name}" for name in ("", "timeline/", "decision/")}
    asked |= {f"found by {word}": f"/api/v1/leads/?q={word}" for word in ("zelda", "jo%40acme", "acme.test")}
    posted = Delivery.objects.select_related("lead__territory__team").get(lead=lead, kind="slack.pool")
    return {
        "list": page.get("/shark-tank/").content.decode(),
        "page": page.get(f"/leads/{lead.pk}/").content.decode(),
        "names": page.get("/names/").content.decode(),
        "api list": api.get("/api/v1/shark-tank/").content.decode(),
        **{where: api.get(url).content.decode() for where, url in asked.items()},
        "refused": api.post(f"/api/v1/leads/{lead.pk}/accept/").content.decode(),
        "Slack": str(message(posted, at=world.now)),
    }


def given_away(told: dict[str, str]) -> dict[str, set[str]]:
    """By where, what is told there by which the person could be found."""
    secrets = (EMAIL, NAME, PHONE, PROFILE, SITE, DOMAIN)
    found = {where: {secret for secret in secrets if secret in text} for where, text in told.items()}
    return {where: secrets for where, secrets in found.items() if secrets}


def test_whom_to_contact_is_hidden_where_the_team_says_so(slack: Workspace, contactable: Lead) -> None:
    reader = mates(slack.world, contactable)[0]
    told = told_of(contactable, reader, slack.world)
    assert given_away(told) == {}
    assert "Name, e-mail and phone are shown to who claims it." in told["list"]
    [own] = contactable.custom
    assert f"{own.capitalize()} contains in/" in told["page"], "what was asked is no secret"
    slack.press("lead_claim", contactable, reader)
    claimed = told_of(contactable, reader, slack.world)
    assert given_away(claimed)["page"] == {EMAIL, NAME, PHONE, PROFILE, SITE, DOMAIN}
    assert given_away(claimed)["api decision/"] == {PROFILE, DOMAIN}


@pytest.mark.parametrize(("company", "shown"), [("Acme", "Acme"), ("", "No company named")])
def test_a_company_is_told_by_its_name_and_not_by_its_domain(
    slack: Workspace, contactable: Lead, company: str, shown: str
) -> None:
    Lead.objects.filter(pk=contactable.pk).update(company=company)
    mate = mates(slack.world, contactable)[0]
    told = told_of(contactable, mate, slack.world)
    assert given_away(told) == {}
    assert shown in told["list"]
    assert shown in told["page"]
    assert told["Slack"].count(f"Shark Tank: {company or 'Company unknown'}") == 2
    posted = Delivery.objects.get(lead=contactable, kind="slack.pool")
    slack.press("lead_claim", contactable, mate)
    assert (card_of(posted, discreet=False).company, DOMAIN in str(posted.answer)) == (
        company or "Company unknown",
        False,
    )


def test_a_reps_own_record_tells_no_domain_either(slack: Workspace, contactable: Lead) -> None:
    """On the record it is there again for who answers for the team."""
    Lead.objects.filter(pk=contactable.pk).update(company="")
    lapsed, page = Rep.objects.get(pk=Assignment.objects.get(lead=contactable).rep_id), Client()
    told = {}
    for rep in (lapsed, slack.world.manager):
        page.force_login(rep.user)
        told[rep] = "".join(page.get(f"/coaching/{lapsed.pk}/{name}").content.decode() for name in ("", "breaches.csv"))
    assert [text.count(DOMAIN) > 0 for text in told.values()] == [False, True]
    assert "No company named" in told[lapsed]


def test_that_an_account_shares_the_domain_does_not_tell_it(slack: Workspace, contactable: Lead) -> None:
    world = slack.world
    account = world.account("Acme Europe", DOMAIN)
    other = world.account("Acme Asia", "asia.test")
    DomainClaim.objects.create(account=other, domain=DOMAIN)
    said = f"{account.name}, one of those that give {DOMAIN} as theirs, has an open deal, Big."
    Decision.objects.filter(lead=contactable, kind="routing").update(sentence=said)
    told = told_of(contactable, mates(world, contactable)[0], world)
    assert given_away(told) == {}
    for where in ("page", "api decision/"):
        assert "one of those that give its domain as theirs, has an open deal, Big." in told[where]
    assert "each gives the same domain" in told["page"]


def test_whom_to_contact_is_shown_where_the_team_says_so(slack: Workspace, contactable: Lead) -> None:
    Team.objects.update(hides_contact=False)
    told = given_away(told_of(contactable, mates(slack.world, contactable)[0], slack.world))
    everything = {EMAIL, NAME, PHONE, PROFILE, SITE, DOMAIN}
    assert told["list"] == told["Slack"] == {EMAIL, NAME, PHONE, DOMAIN}
    assert told["page"] == told["api "] == told["api list"] == everything
    assert told["found by zelda"] == told["found by jo%40acme"] == told["found by acme.test"] == everything


def test_who_answers_for_the_team_knows_whom_to_contact_and_of_no_other_team(
    slack: Workspace, contactable: Lead
) -> None:
    """A rep of this team who is another's deputy is a rep here."""
    world = slack.world
    Lead.objects.filter(pk=contactable.pk).update(company="Acme Rockets")
    world.account("Acme Rockets Europe", "rockets.test")
    here = told_of(contactable, world.manager, world)
    assert given_away(here)["page"] == {EMAIL, NAME, PHONE, PROFILE, SITE, DOMAIN}
    assert given_away(here)["names"] == {EMAIL, DOMAIN}
    mate = mates(world, contactable)[0]
    Team.objects.create(name="Other", deputy=mate, manager=world.manager)
    there = told_of(contactable, mate, world)
    assert given_away(there) == {}
    assert f"Lead {contactable.pk}, in the Shark Tank" in there["names"]


def test_a_repeated_lead_in_the_pool_is_told_by_its_company_alone(slack: Workspace, contactable: Lead) -> None:
    """To who recycles another lead of that company as a duplicate, on the page and in Slack."""
    world = slack.world
    held = world.to_state("assigned", "kim@acme.test")
    Lead.objects.filter(pk=contactable.pk).update(company="")
    holder = Rep.objects.get(pk=held.owner_id)
    page = Client()
    page.force_login(holder.user)
    dialog = page.get(f"/leads/{held.pk}/recycle/").content.decode()
    slack.press("lead_recycle", held, holder)
    told = {"page": dialog, "Slack": str(slack.opened)}
    assert all("Shark Tank" in text for text in told.values())
    assert given_away(told) == {"page": {DOMAIN}, "Slack": {DOMAIN}}, "which the two have in common"


def test_a_repeated_lead_of_another_domain_is_told_without_it(slack: Workspace, contactable: Lead) -> None:
    held = slack.world.to_state("assigned", "kim@acme-other.test", phone=PHONE)
    Lead.objects.filter(pk=contactable.pk).update(company="")
    page = Client()
    page.force_login(Rep.objects.get(pk=held.owner_id).user)
    dialog = page.get(f"/leads/{held.pk}/recycle/").content.decode()
    assert "A lead: Shark Tank" in dialog
    assert DOMAIN not in dialog


def test_whose_it_is_in_the_crm_is_no_business_of_who_may_claim_it(slack: Workspace, pooled: Lead) -> None:
    """Until the CRM has taken that nobody holds it, that is who let it lapse."""
    CrmRecord.objects.create(lead=pooled, crm_id="00Q1", status="Contacted", owner_name="Otto Berg")
    mate, manager = mates(slack.world, pooled)[0], slack.world.manager
    pages = {rep: told_of(pooled, rep, slack.world)["page"] for rep in (mate, manager)}
    assert all("Contacted" in page for page in pages.values())
    assert [rep for rep, page in pages.items() if "Otto Berg" in page] == [manager]
    slack.press("lead_claim", pooled, mate)
    assert "Otto Berg" in told_of(pooled, mate, slack.world)["page"]
