"""An absence ends early, is taken back or is changed: no lead is handed on twice or forgotten, and no flood follows."""

from collections import Counter

import pytest
from django.test import Client

from leads.models import Lead, LeadEvent, Rep, Team
from revops import lifecycle
from revops.roster_changes import AbsenceOver, begin_absences
from routing.models import Absence
from tests.world import DAY, HOUR, MINUTE, World, check_law, person


@pytest.fixture(autouse=True)
def _time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("revops.clock.now", lambda: world.now)


def away(world: World, rep: Rep, *, since: int = 0, days: int = 5) -> Absence:
    absence = Absence(rep=rep, starts_at=world.now + since * DAY, ends_at=world.now + (since + days) * DAY)
    lifecycle.declare_absence(absence, at=world.now, by=world.actor(rep))
    return absence


def changed(world: World, absence: Absence, **fields: object) -> int:
    for name, value in fields.items():
        setattr(absence, name, value)
    return lifecycle.declare_absence(absence, at=world.now, by=world.actor(world.revops))


def take_in(world: World, count: int, name: str) -> Counter[int]:
    """How many of so many new leads each rep is given."""
    answers = world.capture_all([{"email": f"{name}{number}@acme.test"} for number in range(count)])
    world.pass_time(4 * MINUTE)
    return Counter(Lead.objects.filter(pk__in=[answer.lead_id for answer in answers]).values_list("owner", flat=True))


def test_whoever_comes_back_early_gets_their_share_and_no_flood(world: World) -> None:
    ada = world.reps[0]
    absence = away(world, ada)
    assert take_in(world, 20, "while")[ada.pk] == 0
    assert lifecycle.end_absence(absence.pk, at=world.now, by=world.actor(ada))
    assert not lifecycle.end_absence(absence.pk, at=world.now, by=world.actor(ada))
    absence.refresh_from_db()
    assert absence.ends_at == world.now
    shares = take_in(world, 30, "after")
    assert set(shares.values()) == {10}


def test_what_was_handed_on_stays_where_it_is(world: World) -> None:
    lead = world.to_state("assigned")
    ada = lead.owner
    absence = away(world, ada)
    moved = world.again(lead).owner
    lifecycle.end_absence(absence.pk, at=world.now + HOUR, by=world.actor(ada))
    assert world.again(lead).owner == moved != ada
    check_law()


def test_an_absence_ahead_is_taken_back(world: World) -> None:
    lead = world.to_state("assigned")
    absence = away(world, lead.owner, since=1)
    lifecycle.end_absence(absence.pk, at=world.now, by=world.actor(lead.owner))
    assert not Absence.objects.exists()
    with pytest.raises(Absence.DoesNotExist):
        lifecycle.end_absence(absence.pk, at=world.now, by=world.actor(lead.owner))


def test_a_form_opened_before_the_leave_was_acted_on_does_not_act_again(world: World) -> None:
    lead = world.to_state("assigned")
    ada = lead.owner
    absence = Absence.objects.create(rep=ada, starts_at=world.now, ends_at=world.now + 5 * DAY)
    opened = Absence.objects.get(pk=absence.pk)
    begin_absences(at=world.now, by=world.actor(ada))
    applied = Absence.objects.get().applied_at
    assert applied == world.now
    world.now += HOUR
    assert changed(world, opened, ends_at=world.now + 7 * DAY) == 0
    assert Absence.objects.get().applied_at == applied
    assert LeadEvent.objects.filter(kind="reroute").count() == 1


def test_a_leave_that_is_put_off_hands_on_when_it_begins(world: World) -> None:
    ada = world.reps[0]
    absence = away(world, ada)
    changed(world, absence, starts_at=world.now + DAY)
    lead = next(
        lead
        for lead in (world.to_state("assigned", f"p{number}@acme.test") for number in range(3))
        if lead.owner == ada
    )
    assert world.again(lead).owner == ada
    world.now = absence.starts_at + MINUTE
    assert begin_absences(at=world.now, by=world.actor(ada)) == 1
    assert world.again(lead).owner != ada


def test_what_is_over_is_not_stretched(world: World) -> None:
    """Or the leads that its rep was given since they came back would stay with somebody who is away."""
    absence = away(world, world.reps[0], days=2)
    world.now += 3 * DAY
    with pytest.raises(AbsenceOver):
        changed(world, absence, ends_at=world.now + DAY)
    assert Absence.objects.get().ends_at < world.now


def test_one_ends_ones_own_and_a_manager_their_teams(world: World) -> None:
    ada, ben = world.reps[:2]
    other = Team.objects.create(name="Enterprise")
    sam = person("sam@airtight.test", other)
    boss = person("ines@airtight.test", other, takes=False)
    Team.objects.filter(pk=other.pk).update(manager=boss)
    for whose, by, status in (
        (ada, ada, 302), (ada, world.manager, 302), (ada, world.revops, 302), (ada, ben, 404), (ada, sam, 404),
        (ada, boss, 404),
    ):  # fmt: skip
        absence = away(world, whose)
        world.now += HOUR
        client = Client()
        client.force_login(by.user)
        assert client.post(f"/absences/{absence.pk}/end/").status_code == status
        assert Absence.objects.filter(pk=absence.pk, ends_at=world.now).exists() == (status == 302), by
        Absence.objects.all().delete()


def test_the_pages_offer_it(world: World) -> None:
    ada = world.reps[0]
    running = away(world, ada)
    world.now += HOUR
    ahead = away(world, ada, since=9)
    own, boss = Client(), Client()
    own.force_login(ada.user)
    boss.force_login(world.manager.user)
    page = own.get("/absences/").content.decode()
    assert f"/absences/{running.pk}/end/" in page
    assert "I am back" in page
    assert f"/absences/{ahead.pk}/end/" in page
    assert "Take it back" in page
    dashboard = boss.get("/dashboard/").content.decode()
    assert f"/absences/{running.pk}/end/" in dashboard
    answer = boss.post(f"/absences/{running.pk}/end/", {"next": "/dashboard/"}, follow=True)
    assert "Ada is back and gets new leads again." in answer.content.decode()
    assert own.post(f"/absences/{ahead.pk}/end/", follow=True).status_code == 200
    assert not Absence.objects.filter(pk=ahead.pk).exists()
    assert own.get(f"/absences/{running.pk}/end/").status_code == 405
