"""That a rep let a lead lapse is read by that rep, whoever answers for them and RevOps; by nobody else, by any door."""

from typing import Any

import pytest
from django.test import Client

from leads.discretion import Reader, sentence
from leads.models import Lead, Rep, Team
from revops import lifecycle
from tests.api.conftest import Api, api
from tests.world import DAY, HOUR, MINUTE, person

__all__ = ["api"]

LAPSED = "adalina"


@pytest.fixture
def lapsed(api: Api) -> Rep:
    """Whoever lets it lapse, by a name that is nowhere else; a boss of another team reads along."""
    world = api.world
    holder = world.reps[0]
    holder.user.first_name = LAPSED.capitalize()
    holder.user.save()
    other = api.stranger.team
    other.manager = person("mick@airtight.test", other, takes=False)
    other.save()
    return holder


def lead_of(api: Api, lapsed: Rep, state: str) -> Lead:
    lead = api.world.to_state(state)
    assert lead.assignments.get().rep_id == lapsed.pk
    return lead


def mate_of(api: Api, lapsed: Rep) -> Rep:
    return next(rep for rep in api.world.reps if rep != lapsed)


def read(api: Api, lead: Lead, rep: Rep) -> str:
    """All that somebody can read of a lead, on its page and by the API."""
    client = Client()
    client.force_login(rep.user)
    page = client.get(f"/leads/{lead.pk}/")
    assert page.status_code == 200
    told = [page.content.decode()]
    for part in ("", "timeline/", "decision/"):
        answer = api.get(f"leads/{lead.pk}/{part}", rep.user)
        assert answer.status_code == 200
        told.append(answer.content.decode())
    return " ".join(told).casefold()


def ids_told(api: Api, lead: Lead, rep: Rep) -> list[Any]:
    """The reps' ids that the API tells of events and decisions."""
    events = api.get(f"leads/{lead.pk}/timeline/", rep.user).json()["results"]
    decisions = api.get(f"leads/{lead.pk}/decision/", rep.user).json()["results"]
    told = [event["data"].get("rep") for event in events]
    for row in decisions:
        told += [item["rep"] for name in ("left_out", "passed") for item in row["steps"].get(name, ())]
        told += [row["rep"]["id"] if row["rep"] else None, *row["steps"].get("loads", {})]
        told += [row["steps"].get(name) for name in ("case", "line", "owner")]
        told += [item["rep_id"] for item in row["steps"].get("turns", ()) if row["rep"] is None]
    return [one for one in told if one is not None]


def test_a_team_mate_reads_it_of_nobody_in_the_pool(api: Api, lapsed: Rep) -> None:
    lead = lead_of(api, lapsed, "shark_tank")
    mate = mate_of(api, lapsed)
    assert LAPSED not in read(api, lead, mate)
    assert ids_told(api, lead, mate) == []
    assert "a rep" in read(api, lead, mate)


def test_nor_does_whoever_gets_it_next(api: Api, lapsed: Rep) -> None:
    """Accepted by Ada, touched and never decided: routed again, which leaves her out, in cool-down after a lapse."""
    world = api.world
    lead = lead_of(api, lapsed, "accepted")
    lifecycle.touch(lead.pk, kind="call", at=world.now, by=world.actor(lapsed))
    world.pass_time(14 * DAY + MINUTE)
    lead = world.again(lead)
    assert lead.owner is not None
    assert lead.owner != lapsed
    told = read(api, lead, lead.owner)
    assert LAPSED not in told
    assert "cool-down" not in told
    assert "could not take it then" in told
    assert lapsed.pk not in ids_told(api, lead, lead.owner)
    for reader in (world.manager, world.deputy, world.revops):
        assert "cool-down" in read(api, lead, reader)
        assert lapsed.pk in ids_told(api, lead, reader)


@pytest.mark.parametrize("who", ["manager", "deputy", "revops"])
def test_who_answers_for_the_rep_reads_it(api: Api, lapsed: Rep, who: str) -> None:
    lead = lead_of(api, lapsed, "shark_tank")
    assert f"assigned to {LAPSED}" in read(api, lead, getattr(api.world, who))


def test_the_rep_reads_their_own(api: Api, lapsed: Rep) -> None:
    lead = lead_of(api, lapsed, "overdue")
    assert f"assigned to {LAPSED}" in read(api, lead, lapsed)
    assert lapsed.pk in ids_told(api, lead, lapsed)


def test_another_teams_manager_reads_it_of_nobody(api: Api, lapsed: Rep) -> None:
    """A deal opens at the account while it is overdue: it goes to the deal's owner, who is of another team."""
    world = api.world
    account = world.account()
    lead = lead_of(api, lapsed, "overdue")
    world.deal(account, api.stranger)
    world.pass_time(2 * HOUR)
    lead = world.again(lead)
    assert lead.owner == api.stranger
    boss = Team.objects.get(pk=api.stranger.team_id).manager
    assert boss is not None
    for reader in (api.stranger, boss):
        told = read(api, lead, reader)
        assert LAPSED not in told
        assert "whoever had it let it lapse" in told
        assert lapsed.pk not in ids_told(api, lead, reader)
    assert LAPSED in read(api, lead, world.revops)


def test_sentences_of_before_name_nobody_either() -> None:
    told = "Ada Lovelace let it lapse. You manage the team."
    assert (
        sentence(told, Reader(), rep="Mona", rep_id=4, own=True) == "Whoever had it let it lapse. You manage the team."
    )
