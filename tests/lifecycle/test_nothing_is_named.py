"""Nobody is told by an error what they may not see: owner, team mate and another team's rep at every verb."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from leads.models import Lead, Rep, Team, Territory
from revops import lifecycle
from routing.models import Pool
from sla.models import TeamCalendar
from tests.api.conftest import Api
from tests.world import World, person

SECRETS = ("zelda", "quist", "+4930901820")
BAD: dict[str, dict[str, Any]] = {
    "accept": {},
    "claim": {},
    "touch": {"kind": "nonsense"},
    "convert": {"opportunity": "x" * 101},
    "recycle": {"reason": "nonsense"},
}
GOOD: dict[str, dict[str, Any]] = {
    "accept": {},
    "claim": {},
    "touch": {"kind": "call"},
    "convert": {"opportunity": ""},
    "recycle": {"reason": "timing"},
}


@pytest.fixture
def api(world: World, monkeypatch: pytest.MonkeyPatch) -> Api:
    monkeypatch.setattr("revops.clock.now", lambda: world.now)
    stranger = person("sam@airtight.test", Team.objects.create(name="Enterprise"))
    return Api(world, stranger, world.revops.user)


@pytest.fixture
def lapsed(api: Api) -> Lead:
    """Ada let it lapse, a team mate has claimed it from the pool."""
    world = api.world
    lead = world.to_state("shark_tank", "zelda@secretive.test", **who())
    mate = next(rep for rep in world.reps if rep.pk != lead.assignments.get().rep_id)
    lifecycle.claim(lead.pk, at=world.now, by=world.actor(mate))
    return world.again(lead)


def who() -> dict[str, str]:
    return {"first_name": "Zelda", "last_name": "Quist", "company": "Secretive Ltd", "phone": "+4930901820"}


def before(lead: Lead) -> Rep:
    """Who held it first."""
    return Rep.objects.get(assignments__lead=lead, assignments__how="round_robin")


def third(lead: Lead) -> Rep:
    """A team mate who saw it in the pool and never held it."""
    mates = Rep.objects.filter(takes_routing=True, team__name="Mid-market")
    return mates.exclude(pk__in=lead.assignments.values("rep")).get()


def answers(api: Api, lead: Lead, rep: Rep) -> Iterator[tuple[str, Any]]:
    """What each verb says, well and badly asked, through the API and the pages, with htmx and without."""
    browser = Client()
    browser.force_login(rep.user)
    for bodies in (BAD, GOOD):
        for verb, body in bodies.items():
            yield f"api {verb}", api.verb(lead, verb, rep.user, **body)
            for headers in ({}, {"HX-Request": "true"}):
                yield f"page {verb}", browser.post(f"/leads/{lead.pk}/{verb}/", body, headers=headers)
    for verb in ("touch", "convert", "recycle"):
        yield f"asking {verb}", browser.get(f"/leads/{lead.pk}/{verb}/")


def names_nothing(said: Iterator[tuple[str, Any]]) -> set[int]:
    """None of the secrets is in any answer; the statuses there were."""
    statuses = set()
    for what, answer in said:
        text = answer.content.decode().casefold()
        named = [secret for secret in SECRETS if secret in text]
        assert not named, (what, answer.status_code, named)
        statuses.add(answer.status_code)
    return statuses


def test_another_teams_rep_finds_nothing(api: Api, lapsed: Lead) -> None:
    said = list(answers(api, lapsed, api.stranger))
    # A body that cannot be read is refused before any lead is looked for.
    unread = {"api touch", "api convert"}
    assert {answer.status_code for what, answer in said if what not in unread} == {404}
    assert names_nothing(iter(said)) == {400, 404}


@pytest.mark.parametrize("whose", [before, third])
def test_whoever_is_not_the_holder_is_told_of_nobody(api: Api, lapsed: Lead, whose: Any) -> None:
    rep = whose(lapsed)
    statuses = names_nothing(answers(api, lapsed, rep))
    assert 422 not in statuses
    assert api.world.again(lapsed).owner == lapsed.owner


@pytest.mark.parametrize("whose", [before, third])
def test_a_conversion_is_not_read_by_repeating_it(api: Api, lapsed: Lead, whose: Any) -> None:
    assert lapsed.owner is not None
    assert api.verb(lapsed, "convert", lapsed.owner.user).status_code == 200
    assert api.verb(lapsed, "convert", lapsed.owner.user).status_code == 200
    refused = api.verb(lapsed, "convert", whose(lapsed).user)
    assert refused.status_code == 409
    names_nothing(iter([("convert", refused)]))


def test_the_holder_still_gets_the_form_with_what_was_wrong(api: Api, lapsed: Lead) -> None:
    assert lapsed.owner is not None
    browser = Client()
    browser.force_login(lapsed.owner.user)
    for verb in ("touch", "convert", "recycle"):
        answer = browser.post(f"/leads/{lapsed.pk}/{verb}/", BAD[verb])
        assert answer.status_code == 422
        assert "Zelda" in answer.content.decode()


def test_where_a_lead_went_is_not_told_to_who_gave_it_back(api: Api) -> None:
    world = api.world
    team = api.stranger.team
    Team.objects.filter(pk=team.pk).update(
        manager=api.stranger, deputy=world.deputy, slack_channel="C-ENT", active=True
    )
    TeamCalendar.objects.create(team=team, calendar=world.calendar)
    ours = {"field": "employee_count", "op": "at_least", "value": 1}
    Pool.objects.update(is_fallback=False, criteria=ours)
    Pool.objects.create(territory=Territory.objects.create(name="Elsewhere", team=team), is_fallback=True)
    lead = world.to_state("accepted", employee_count=50)
    answer = api.verb(lead, "recycle", lead.owner.user, reason="wrong_territory", field="country")
    told = answer.json()
    assert (answer.status_code, told["state"], told["owner"], told["territory"]) == (200, "assigned", None, None)
    assert world.again(lead).owner == api.stranger


def test_the_leads_it_may_repeat_are_not_named_to_who_may_not_see_them(api: Api) -> None:
    """The same phone, another company, another team's."""
    world = api.world
    theirs = world.to_state("assigned", "zelda@secretive.test", **who())
    mine = world.to_state("assigned", "max@plain.test", company="Plain", phone="+4930901820")
    assert mine.owner is not None
    assert mine.owner != theirs.owner
    browser = Client()
    browser.force_login(mine.owner.user)
    for answer in (
        browser.get(f"/leads/{mine.pk}/recycle/"),
        browser.post(f"/leads/{mine.pk}/recycle/", {"reason": "duplicate", "lead-duplicate": "0"}),
    ):
        text = answer.content.decode()
        assert "A colleague&#x27;s lead, the same phone number, came in 2 Nov 2026" in text
        assert not [secret for secret in ("zelda", "quist", "secretive") if secret in text.casefold()]
    third = world.to_state("assigned", "ann@another.test", company="Another", phone="+4930555")
    assert api.verb(mine, "recycle", mine.owner.user, reason="duplicate", lead=third.pk).json()["errors"] == {
        "lead": ["Pick the lead it repeats from those the system offers."]
    }


def test_the_page_of_a_lead_that_is_gone_tells_where_and_never_who(api: Api) -> None:
    world = api.world
    lead = world.to_state("shark_tank", "zelda@secretive.test", first_name="Zelda", company="", last_name="Quist")
    first = lead.assignments.get().rep
    mate = next(rep for rep in world.reps if rep.pk != first.pk)
    lifecycle.claim(lead.pk, at=world.now, by=world.actor(mate))
    browser = Client()
    browser.force_login(first.user)
    text = browser.get(f"/leads/{lead.pk}/").content.decode().casefold()
    assert "no longer with you" in text
    assert "zelda" not in text
