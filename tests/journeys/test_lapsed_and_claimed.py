"""Nobody answers: overdue at two hours, the Shark Tank at four, first to claim, and never the rep who let it lapse."""

import pytest

from leads.models import Delivery
from routing.models import LoadCap
from sla.models import Breach
from tests.journeys.conftest import Story
from tests.world import DAY, HOUR, MINUTE


@pytest.fixture
def lapsed(story: Story) -> int:
    """A lead that was assigned at 10:04 and that nobody has looked at for two hours."""
    lead: int = story.form()["id"]
    story.wait(4 * MINUTE)
    story.wait(2 * HOUR + MINUTE)
    return lead


def test_overdue_tells_the_manager_and_is_kept(story: Story, lapsed: int) -> None:
    assert story.lead(lapsed)["state"] == "overdue"
    holder = story.holder(lapsed)
    [breach] = Breach.objects.all()
    assert (breach.rep_id, breach.step, breach.cause) == (holder.pk, "accept", "ignored")
    assert breach.at == story.world.now - MINUTE
    alert = Delivery.objects.get(kind="slack.overdue")
    assert (alert.team, alert.rep) == (story.world.team, holder)


def test_late_is_still_possible(story: Story, lapsed: int) -> None:
    assert story.do(lapsed, "accept")["state"] == "accepted"
    assert Breach.objects.count() == 1


def test_four_hours_and_it_is_in_the_pool(story: Story, lapsed: int) -> None:
    lazy = story.holder(lapsed)
    story.wait(2 * HOUR)
    pooled = story.lead(lapsed)
    assert (pooled["state"], pooled["owner"]) == ("shark_tank", None)
    assert Breach.objects.filter(rep=lazy).count() == 2
    story.do(lapsed, "claim", by=lazy, expect=403)
    quick, slow = (rep for rep in story.world.reps if rep.pk != lazy.pk)
    assert story.do(lapsed, "claim", by=quick)["state"] == "accepted"
    refused = story.do(lapsed, "claim", by=slow, expect=409)
    assert (refused["state"], refused["winner"]) == ("accepted", quick.name)
    assert story.do(lapsed, "claim", by=quick)["owner"]["id"] == quick.pk
    assert story.kinds(lapsed).count("claim") == 1


def test_another_teams_pool_is_not_there(story: Story, lapsed: int) -> None:
    story.wait(2 * HOUR)
    story.do(lapsed, "claim", by=story.api.stranger, expect=404)


def test_the_pool_is_no_second_void(story: Story, lapsed: int) -> None:
    """An hour unclaimed: the manager is told. Four: the least loaded who may take it gets it."""
    lazy = story.holder(lapsed)
    story.wait(2 * HOUR)
    story.wait(HOUR + MINUTE)
    assert story.kinds(lapsed)[-1] == "pool_unclaimed"
    assert Delivery.objects.filter(kind="slack.pool_unclaimed", team=story.world.team).exists()
    story.wait(18 * HOUR)  # three business hours later it is ten past nine the next day
    assert story.lead(lapsed)["state"] == "assigned"
    assert story.holder(lapsed).pk != lazy.pk


@pytest.mark.parametrize("cap", [{"per_hour": 0}, {"per_day": 0}, {"per_week": 0}, {"open_leads": 0}])
def test_what_nobody_claimed_heeds_the_caps(story: Story, lapsed: int, cap: dict[str, int]) -> None:
    """With one rep left below their cap it is theirs; with nobody, the manager's."""
    lazy = story.holder(lapsed)
    free, full = (rep for rep in story.world.reps if rep != lazy)
    LoadCap.objects.create(rep=full, **cap)
    story.wait(2 * HOUR)
    story.wait(HOUR + MINUTE)
    story.wait(18 * HOUR)
    assert story.holder(lapsed) == free


def test_with_everybody_at_their_cap_it_is_the_managers(story: Story, lapsed: int) -> None:
    LoadCap.objects.create(team=story.world.team, per_day=0)
    story.wait(2 * HOUR)
    story.wait(HOUR + MINUTE)
    story.wait(18 * HOUR)
    assert story.holder(lapsed) == story.world.manager


def test_the_ladder_ends_at_a_person_who_answers(story: Story, lapsed: int) -> None:
    """Three slips in one life: the manager, then the deputy, then RevOps, who is told daily until it is decided."""
    world, holders = story.world, []
    for _day in range(24):
        story.wait(12 * HOUR)
        lead = story.lead(lapsed)
        if lead["owner"] and lead["owner"]["name"] not in holders[-1:]:
            holders.append(lead["owner"]["name"])
    assert holders[-3:] == [world.manager.name, world.deputy.name, world.revops.name]
    assert story.kinds(lapsed).count("tell_revops") >= 2
    assert story.lead(lapsed)["state"] == "overdue"
    story.do(lapsed, "accept", by=world.revops)


def test_accepted_is_not_touched(story: Story) -> None:
    """An hour after acceptance without a call the manager is told; at four the lead goes to somebody who calls."""
    lead = story.form()["id"]
    story.wait(4 * MINUTE)
    lazy = story.holder(lead)
    story.do(lead, "accept")
    story.wait(HOUR + MINUTE)
    assert story.lead(lead)["due_step"] == "untouched"
    assert Delivery.objects.filter(kind="slack.untouched").count() == 1
    story.wait(3 * HOUR)
    assert story.lead(lead)["state"] == "shark_tank"
    assert set(Breach.objects.filter(rep=lazy).values_list("step", flat=True)) == {"touch", "untouched"}
    story.do(lead, "claim", by=lazy, expect=403)


def test_never_decided_is_routed_again_without_this_rep(story: Story) -> None:
    lead = story.form()["id"]
    story.wait(4 * MINUTE)
    first = story.holder(lead)
    story.do(lead, "accept")
    story.do(lead, "touch", kind="mail")
    story.wait(14 * DAY + MINUTE)
    assert story.lead(lead)["state"] == "assigned"
    assert story.holder(lead).pk != first.pk
    assert Breach.objects.get(rep=first).step == "disposition"


def test_a_second_late_first_touch_is_a_second_breach(story: Story) -> None:
    """Accepted, late, a hand-raise starts the clock anew, late again."""
    lead = story.form()["id"]
    story.wait(4 * MINUTE)
    story.do(lead, "accept")
    story.wait(HOUR + MINUTE)
    story.form(hand_raise=True)
    story.wait(HOUR + MINUTE)
    assert Breach.objects.filter(lead=lead, step="touch").count() == 2
    assert story.lead(lead)["due_step"] == "untouched"
