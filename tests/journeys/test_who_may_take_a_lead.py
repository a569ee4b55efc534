"""Hours of one's own, holidays and leave decide who may take a lead; deadlines run on the team's calendar."""

from collections import Counter
from datetime import date, datetime, time
from typing import Any

import pytest
from django.test import Client

from leads.models import Lead, LeadEvent, Rep, Team
from revops import lifecycle
from revops.roster_changes import begin_absences
from routing.models import Absence, LoadCap
from sla.models import Calendar, CalendarDay, RepCalendar, WeeklyHours
from tests.journeys.conftest import Story, came, steps
from tests.world import DAY, HOUR, MINUTE, person

UTC_MONDAY = "2026-11-02"


def calendar(name: str, opens: int, closes: int, *, zone: str = "UTC", days: range = range(5)) -> Calendar:
    made = Calendar.objects.create(name=name, timezone=zone)
    for day in days:
        WeeklyHours.objects.create(calendar=made, weekday=day, opens=time(opens), closes=time(closes))
    return made


def left_out(story: Story, lead: int) -> dict[int, dict[str, Any]]:
    return {row["rep"]: row for row in steps(story, lead)["left_out"]}


def browser(rep: Rep) -> Client:
    client = Client()
    client.force_login(rep.user)
    return client


def test_a_rep_is_left_out_outside_their_own_hours_and_until_when_is_kept(story: Story) -> None:
    """Ten in the morning in the team's UTC is two at night in Los Angeles, where nine is 17:00 UTC."""
    ada, ben, cleo = story.world.reps
    RepCalendar.objects.create(rep=ada, calendar=calendar("Pacific", 9, 17, zone="America/Los_Angeles"))
    for number in range(4):
        lead = came(story, f"p{number}@acme.test")
        assert story.holder(lead) in (ben, cleo)
        assert left_out(story, lead)[ada.pk] == {
            "rep": ada.pk,
            "why": "outside working hours",
            "until": f"{UTC_MONDAY}T17:00:00+00:00",
        }
    story.world.now = datetime.fromisoformat(f"{UTC_MONDAY}T17:05:00+00:00")
    given = Counter(story.holder(came(story, f"late{number}@acme.test")) for number in range(6))
    assert given[ada] == 2, "from the level that the others have reached, and no flood"


def test_the_rep_s_own_hours_may_be_open_while_the_team_s_are_closed(story: Story) -> None:
    """At seven in the evening only Ada works; her two hours to accept begin when the team opens."""
    ada = story.world.reps[0]
    RepCalendar.objects.create(rep=ada, calendar=calendar("Evenings", 18, 23))
    story.world.now = datetime.fromisoformat(f"{UTC_MONDAY}T19:00:00+00:00")
    lead = came(story)
    assert story.holder(lead) == ada
    assert story.lead(lead)["due_at"] == "2026-11-03T11:00:00Z"


def test_nobody_is_at_work_so_it_waits_for_the_first_who_is(story: Story) -> None:
    for rep in story.world.reps:
        RepCalendar.objects.create(rep=rep, calendar=calendar(f"From {13 + rep.pk % 3}", 13 + rep.pk % 3, 18))
    lead = came(story)
    assert (story.lead(lead)["state"], story.lead(lead)["due_at"]) == ("routing", f"{UTC_MONDAY}T13:00:00Z")
    assert "nobody there is at work now" in story.why(lead)[0]
    story.wait(3 * HOUR)
    assert story.lead(lead)["state"] == "assigned"


def test_a_holiday_keeps_leads_and_deadlines_waiting_and_moves_no_running_one(story: Story) -> None:
    """Tuesday becomes a holiday while a deadline runs: that one stands, the next passes over it."""
    story.world.now = datetime.fromisoformat(f"{UTC_MONDAY}T17:00:00+00:00")
    running = came(story)
    assert story.lead(running)["due_at"] == "2026-11-03T10:04:00Z"
    CalendarDay.objects.create(calendar=story.world.calendar, day=date(2026, 11, 3), name="Anniversary")
    later = came(story, "ann@acme.test")
    assert story.lead(later)["due_at"] == "2026-11-04T10:08:00Z"
    assert story.lead(running)["due_at"] == "2026-11-03T10:04:00Z"
    story.world.now = datetime.fromisoformat("2026-11-03T10:00:00+00:00")
    waits = came(story, "bo@acme.test")
    assert (story.lead(waits)["state"], story.lead(waits)["due_at"]) == ("routing", "2026-11-04T09:00:00Z")


def test_the_countrys_holidays_hold_too(story: Story) -> None:
    story.world.calendar.country = "DE"
    story.world.calendar.save()
    story.world.now = datetime.fromisoformat("2026-12-24T17:00:00+00:00")
    lead = came(story)
    assert story.lead(lead)["due_at"] == "2026-12-28T10:04:00Z"
    assert Lead.objects.get().terms["calendar"]["holidays"].startswith("holidays ")


def closed_for_years(made: Calendar) -> Calendar:
    for ahead in range(366):
        CalendarDay.objects.create(calendar=made, day=date(2024, 1, 1) + ahead * DAY, every_year=True)
    return made


def test_whose_calendar_never_opens_is_left_out(story: Story) -> None:
    ada, *others = story.world.reps
    RepCalendar.objects.create(rep=ada, calendar=closed_for_years(calendar("Never", 9, 17)))
    lead = came(story)
    assert story.holder(lead) in others
    assert left_out(story, lead)[ada.pk] == {"rep": ada.pk, "why": "never at work"}


def test_a_team_that_never_works_hands_its_leads_to_who_answers(story: Story) -> None:
    closed_for_years(story.world.calendar)
    Rep.objects.filter(pk=story.world.revops.pk).update(team=Team.objects.create(name="RevOps"))
    lead = came(story)
    assert story.holder(lead) == story.world.revops
    assert "Everywhere takes this lead, but its team is never at work." in story.why(lead)[0]
    assert browser(story.world.revops).get("/dashboard/fairness/").status_code == 200
    on_leave(story, story.world.reps[0], story.world.manager)
    assert Absence.objects.count() == 1


# Leave


def on_leave(story: Story, who: Rep, by: Rep, *, days: int = 5, cover: Rep | None = None) -> Any:
    """Declared on the page, as a browser sends it."""
    now = story.world.now
    form = {
        "starts_at": f"{now:%Y-%m-%dT%H:%M}",
        "ends_at": f"{now + days * DAY:%Y-%m-%dT%H:%M}",
        "cover": cover.pk if cover else "",
    }
    url = "/absences/" if who == by else f"/absences/?rep={who.pk}"
    return browser(by).post(url, form, follow=True)


def told(page: Any) -> str:
    return " ".join(str(message) for message in page.context["messages"])


@pytest.mark.parametrize("declared_by", ["manager", "self"])
def test_leave_hands_on_at_once_accepted_to_the_cover_the_rest_to_routing(story: Story, declared_by: str) -> None:
    leads = [came(story, f"p{number}@acme.test") for number in range(6)]
    ada, ben, cleo = story.world.reps
    mine = [lead for lead in leads if story.holder(lead) == ada]
    story.do(mine[0], "accept")
    page = on_leave(story, ada, story.world.manager if declared_by == "manager" else ada, cover=cleo)
    who = "Ada's" if declared_by == "manager" else "Your"
    assert f"{who} absence is noted, and 2 leads went on to colleagues." in told(page)
    assert story.holder(mine[0]) == cleo
    assert Lead.objects.get(pk=mine[0]).assignments.get(rep=cleo).how == "cover"
    assert story.holder(mine[1]) in (ben, cleo)
    assert story.kinds(mine[1])[-2:] == ["reroute", "assign"]
    assert not Lead.objects.filter(owner=ada).exists()
    absence = Absence.objects.get()
    assert (absence.rep, absence.cover, absence.applied_at) == (ada, cleo, story.world.now)


def test_an_absence_of_a_day_keeps_what_one_holds_and_brings_nothing_new(story: Story) -> None:
    lead = came(story)
    ada = story.holder(lead)
    on_leave(story, ada, ada, days=1)
    assert story.holder(lead) == ada, "no longer than a working day"
    assert all(story.holder(came(story, f"n{number}@acme.test")) != ada for number in range(4))


def test_leave_ahead_begins_by_itself_and_the_returner_gets_no_flood(story: Story) -> None:
    lead = came(story)
    ada = story.holder(lead)
    story.do(lead, "accept")
    story.do(lead, "touch", kind="call")
    now = story.world.now
    begins = Absence(rep=ada, starts_at=now + DAY, ends_at=now + 4 * DAY)
    lifecycle.declare_absence(begins, at=now, by=story.world.actor(ada))
    assert story.holder(lead) == ada
    story.world.now += DAY + MINUTE
    assert begin_absences(at=story.world.now, by=story.world.actor(ada)) == 1
    assert story.holder(lead) != ada
    while_away = [came(story, f"w{number}@acme.test") for number in range(10)]
    assert all(story.holder(each) != ada for each in while_away)
    story.world.now = datetime.fromisoformat("2026-11-09T10:00:00+00:00")
    back = Counter(story.holder(came(story, f"b{number}@acme.test")) for number in range(9))
    assert back[ada] in (2, 3, 4), "a share of what comes now, nothing of what came meanwhile"


def test_who_is_switched_off_loses_all_in_the_same_transaction(story: Story) -> None:
    leads = [came(story, f"p{number}@acme.test") for number in range(6)]
    ada = story.world.reps[0]
    mine = [lead for lead in leads if story.holder(lead) == ada]
    story.do(mine[0], "accept")
    lifecycle.switch_off(ada.pk, at=story.world.now, by=story.world.actor(story.world.revops))
    assert not Lead.objects.filter(owner=ada).exists()
    went = LeadEvent.objects.filter(lead__in=mine, kind="reroute")
    assert {event.data["why"] for event in went} == {"rep_off"}
    assert {event.at for event in went} == {story.world.now}
    assert all(row["why"] == "off" for row in (left_out(story, lead)[ada.pk] for lead in mine))


def test_a_manager_sees_and_ends_the_absences_of_their_team(story: Story) -> None:
    ada, _ben, cleo = story.world.reps
    mona = browser(story.world.manager)
    on_leave(story, ada, story.world.manager, cover=cleo)
    story.world.now += MINUTE
    page = mona.get("/absences/").content.decode()
    assert "Whom you answer for" in page
    assert "away now" in page
    assert "Cleo</bdi> covers" in page
    assert "is away then already" in on_leave(story, ada, story.world.manager).content.decode()
    done = mona.post(f"/absences/{Absence.objects.get().pk}/end/", {"next": f"/absences/?rep={ada.pk}"}, follow=True)
    assert "Ada is back and gets new leads again." in told(done)
    assert not Absence.objects.filter(ends_at__gt=story.world.now).exists()


def test_nobody_declares_an_absence_for_whom_they_do_not_answer(story: Story) -> None:
    ada, ben, _cleo = story.world.reps
    sam = story.api.stranger
    sam.team.manager = sam
    sam.team.save()
    for by in (ben, sam):
        assert on_leave(story, ada, by).status_code == 404
        assert browser(by).get(f"/absences/?rep={ada.pk}").status_code == 404
    eve = person("eve@airtight.test", sam.team)
    assert "Eve" in browser(sam).get("/absences/").content.decode()
    assert on_leave(story, eve, sam).status_code == 200
    refused = on_leave(story, eve, sam, cover=ada)
    assert "Pick a colleague of your team." in refused.content.decode()
    for text in ("x", "9" * 30, "-1", "0"):
        assert browser(sam).get(f"/absences/?rep={text}").status_code == 404
    assert set(Absence.objects.values_list("rep", flat=True)) == {eve.pk}
    assert "Whom you answer for" not in browser(ada).get("/absences/").content.decode()


# Caps


def test_a_cap_by_the_hour_holds_for_all_that_one_transaction_gives(story: Story) -> None:
    """One waited for the next hour and one left the buffer meanwhile: the sweep finds both due, and gives one."""
    ada, ben, cleo = story.world.reps
    Rep.objects.filter(pk__in=[ben.pk, cleo.pk]).update(takes_routing=False)
    LoadCap.objects.create(rep=ada, per_hour=1)
    came(story, "first@acme.test")
    waited = came(story, "second@acme.test")
    assert story.lead(waited)["due_at"] == f"{UTC_MONDAY}T11:00:00Z"
    story.world.now = datetime.fromisoformat(f"{UTC_MONDAY}T10:58:00+00:00")
    fresh = story.world.capture("third@acme.test").pk
    story.wait(10 * MINUTE)
    assert sorted(story.lead(lead)["state"] for lead in (waited, fresh)) == ["assigned", "routing"]
    [told] = [row for lead in (waited, fresh) for row in steps(story, lead)["left_out"] if row.get("cap")]
    assert (told["why"], told["n"]) == ("at the cap of 1 an hour", 1)


@pytest.mark.parametrize("cap", ["per_hour", "per_day", "per_week", "open_leads"])
def test_a_cap_of_0_has_no_end_to_wait_for(story: Story, cap: str) -> None:
    """The next hour lets them take none either, so the lead goes on when the time for routing is over."""
    LoadCap.objects.create(team=story.world.team, **{cap: 0})
    lead = came(story)
    assert story.lead(lead)["state"] == "routing"
    assert {row["why"].startswith("at the cap of 0 ") for row in steps(story, lead)["left_out"] if "cap" in row} == {
        True
    }
    story.wait(16 * MINUTE)
    assert story.lead(lead)["state"] == "shark_tank", "this is the fallback, so the pool is all that is left"
    assert story.kinds(lead).count("waits") == 1


def test_a_lead_of_their_own_account_counts_against_the_cap_at_once(story: Story) -> None:
    ada, ben, cleo = story.world.reps
    Rep.objects.filter(pk__in=[ben.pk, cleo.pk]).update(takes_routing=False)
    LoadCap.objects.create(rep=ada, per_hour=1)
    story.world.account(owner=ada)
    theirs, anybodys = (story.world.capture(email).pk for email in ("a@acme.test", "b@other.test"))
    story.wait(4 * MINUTE)
    assert story.holder(theirs) == ada
    assert story.lead(anybodys)["state"] == "routing"
