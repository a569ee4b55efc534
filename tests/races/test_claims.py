"""One lead in the Shark Tank, and everybody at once at every door. C1."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from knox.models import AuthToken
from rest_framework.test import APIClient

from leads.models import Assignment, Lead, LeadEvent, Rep
from routing.models import LoadCap
from tests.races.test_races import at_once
from tests.races.test_races import world as world
from tests.slack.conftest import SECRET, Workspace
from tests.world import HOUR, MINUTE, World, person

pytestmark = pytest.mark.django_db(transaction=True)
Try = Callable[[], str]


@pytest.fixture
def slack(world: World, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Workspace:
    """Each click is done in the thread that makes it, and what its clicker is told is kept by its lead and rep."""
    settings.SLACK_SIGNING_SECRET = SECRET
    workspace = Workspace(world)
    monkeypatch.setattr("revops.clock.now", lambda: world.now)
    monkeypatch.setattr("revops.slack.doing.start", lambda run: run())
    monkeypatch.setattr(
        "revops.integrations.slack.SlackConnection.respond",
        lambda _connection, url, *, text: workspace.told.append(f"{url} {text}"),
    )
    return workspace


def by_page(rep: Rep) -> Callable[[Lead], str]:
    client = Client()
    client.force_login(rep.user)

    def claim(lead: Lead) -> str:
        answer = client.post(f"/leads/{lead.pk}/claim/", follow=True)
        text = answer.content.decode()
        return "claimed" if "You claimed" in text else text

    return claim


def by_api(rep: Rep) -> Callable[[Lead], str]:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {AuthToken.objects.create(user=rep.user)[1]}")

    def claim(lead: Lead) -> str:
        answer = client.post(f"/api/v1/leads/{lead.pk}/claim/")
        assert answer.status_code in (200, 409), answer.content
        return "claimed" if answer.status_code == 200 else answer.json()["detail"]

    return claim


def by_slack(rep: Rep, slack: Workspace, seqs: dict[int, int]) -> Callable[[Lead], str]:
    def claim(lead: Lead) -> str:
        url = f"https://hooks.slack.com/{lead.pk}/{rep.pk}"
        answer = slack.press("lead_claim", lead, rep, seq=seqs[lead.pk], response_url=url)
        assert answer.status_code == 200
        return next((text.partition(" ")[2] for text in slack.told if text.startswith(f"{url} ")), "claimed")

    return claim


def race(world: World, slack: Workspace, *, rounds: int, each: int) -> None:
    """`each` reps at each of the three doors, `rounds` times; one has it, and everybody else reads who."""
    reps = [person(f"r{number}@airtight.test", world.team, slack_user_id=f"UR{number}") for number in range(3 * each)]
    Rep.objects.filter(pk__in=[rep.pk for rep in reps]).update(takes_routing=False)
    leads = [world.capture(f"p{number}@acme{number}.test") for number in range(rounds)]
    for step in (4 * MINUTE, 2 * HOUR + MINUTE, 2 * HOUR):
        world.pass_time(step)
    Rep.objects.filter(pk__in=[rep.pk for rep in reps]).update(takes_routing=True)
    seqs = dict(Lead.objects.values_list("pk", "seq"))
    doors = [by_page, by_api, partial(by_slack, slack=slack, seqs=seqs)]
    tries = [doors[number % 3](rep) for number, rep in enumerate(reps)]
    for lead in leads:
        said = at_once([partial(one, lead) for one in tries])
        winner = world.again(lead).owner
        assert winner is not None
        assert said.count("claimed") == 1, said
        assert said[[rep.pk for rep in reps].index(winner.pk)] == "claimed"
        losers = [text for text in said if text != "claimed"]
        assert all(f"Already taken by {winner.name}." in text for text in losers), losers
        assert LeadEvent.objects.filter(lead=lead, kind="claim").count() == 1
        assert Assignment.objects.filter(lead=lead, ended_at=None).count() == 1
    call_command("audit", verbosity=0)


def test_everybody_at_every_door(world: World, slack: Workspace) -> None:
    race(world, slack, rounds=3, each=4)


def test_two_doors_at_once_never_pass_a_claim_cap(world: World, slack: Workspace) -> None:
    """One rep, four leads, one claim a day."""
    leads = [world.capture(f"p{number}@acme{number}.test") for number in range(4)]
    for step in (4 * MINUTE, 2 * HOUR + MINUTE, 2 * HOUR):
        world.pass_time(step)
    rep = person("dora@airtight.test", world.team, slack_user_id="UDORA")
    LoadCap.objects.create(rep=rep, claims_per_day=1)
    seqs = dict(Lead.objects.values_list("pk", "seq"))
    doors = [by_page(rep), by_slack(rep, slack, seqs)] * 2
    said = at_once([partial(door, lead) for door, lead in zip(doors, leads, strict=True)])
    assert said.count("claimed") == 1, said
    assert Assignment.objects.filter(rep=rep, how="claim").count() == 1
