"""Holidays, days of its own and a rep's own hours: set in the admin, refused with what to do, counted as versions."""

import html
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.test import Client
from django.urls import reverse

from sla.admin.calendars import NEVER_OPEN
from sla.models import Calendar, CalendarDay, RepCalendar
from tests.admin.conftest import typed
from tests.admin.test_people import change, save
from tests.world import DAY, HOUR, MINUTE, World, check_law


def test_a_calendar_takes_holidays_and_days_of_its_own(ours: World, rita: Client, at: Any) -> None:
    url = change(ours.calendar)
    assert "None in the coming year" in rita.get(url).content.decode()
    eve = {
        "days-TOTAL_FORMS": 1, "days-0-day": "2026-12-24", "days-0-every_year": "on", "days-0-opens": "09:00",
        "days-0-closes": "12:00", "days-0-name": "Christmas <Eve>",
    }  # fmt: skip
    save(rita, url, country="DE", subdivision="BY", **eve)
    ours.calendar.refresh_from_db()
    assert (ours.calendar.country, ours.calendar.subdivision, ours.calendar.version) == ("DE", "BY", 2)
    page = rita.get(url).content.decode()
    assert "Thu 24 December 2026: Christmas &lt;Eve&gt;, 09:00–12:00" in page
    assert "Fri 25 December 2026: Christmas Day, closed" in page
    assert "Wed 6 January 2027: Epiphany, closed" in page
    save(rita, url, **{"days-0-closes": "13:00"})
    ours.calendar.refresh_from_db()
    assert ours.calendar.version == 3, "a day of its own counts too"
    assert "DE-BY" in rita.get(reverse("admin:sla_calendar_changelist")).content.decode()


def test_a_holiday_that_comes_into_a_running_window_is_kept_and_moves_nothing(
    ours: World, rita: Client, at: Any
) -> None:
    """T6: who added which day, and when, is on record; what runs keeps its deadline and lapses at it; what begins then
    has the new day."""
    lead = ours.to_state("assigned")
    due, terms = lead.due_at, lead.terms
    today = {"days-TOTAL_FORMS": 1, "days-0-day": "2026-11-02", "days-0-name": "Founders’ day"}
    save(rita, change(ours.calendar), **today)
    written = LogEntry.objects.get(content_type__model="calendar", object_id=str(ours.calendar.pk))
    assert written.user == ours.revops.user
    assert written.action_flag == CHANGE
    assert "day of its own 2 November 2026: closed (Day: nothing → 2026-11-02" in written.get_change_message()
    assert (ours.again(lead).due_at, ours.again(lead).terms) == (due, terms)
    assert terms["calendar"] == {"id": ours.calendar.pk, "version": 1}
    ours.pass_time(2 * HOUR + MINUTE)
    [lapse] = lead.events.filter(kind="expire")
    assert (lapse.at, lapse.noticed_at) == (due, ours.now)
    later = ours.again(lead)
    assert later.terms["calendar"]["version"] == 1, "the assignment's, to its end"
    fresh = ours.capture("new@new.test")
    ours.pass_time(4 * MINUTE)
    assert ours.again(fresh).state == "routing", "nobody works on a holiday"
    ours.pass_time(DAY - 2 * HOUR)
    fresh = ours.again(fresh)
    assert (fresh.state, fresh.terms["calendar"]["version"]) == ("assigned", 2)
    check_law()


def test_a_calendar_says_what_it_makes_of_two_hours(ours: World, rita: Client, at: Any) -> None:
    """Now, and a minute before it closes today and the day after; and when the clocks of its zone change."""
    url = change(ours.calendar)
    save(rita, url, timezone="Europe/Amsterdam")
    page = html.unescape(rita.get(url).content.decode())
    assert "Given Mon 2 November, 11:00: due Mon 2 November, 13:00." in page
    assert "Given Mon 2 November, 17:59: due Tue 3 November, 10:59, 17 h by the clock." in page
    assert "Given Tue 3 November, 17:59: due Wed 4 November, 10:59, 17 h by the clock." in page
    assert "The clocks go on by 1 h Sun 28 March, 03:00: two hours stay two hours." in page
    for day in range(7):
        CalendarDay.objects.bulk_create(
            CalendarDay(calendar=ours.calendar, day=date(2026, 11, 2) + timedelta(days=7 * week + day))
            for week in range(60)
        )
    assert NEVER_OPEN in rita.get(url).content.decode()


def test_a_calendar_that_its_own_days_close_for_a_year_is_warned_of(ours: World, rita: Client, at: Any) -> None:
    mondays = Calendar.objects.create(name="Mondays", timezone="UTC")
    mondays.hours.create(weekday=0, opens=time(9), closes=time(17))
    CalendarDay.objects.bulk_create(
        CalendarDay(calendar=mondays, day=date(2026, 10, 26) + week * 7 * DAY) for week in range(60)
    )
    assert NEVER_OPEN in rita.get(change(mondays)).content.decode()
    assert NEVER_OPEN in save(rita, change(mondays), name="Never").content.decode()
    assert NEVER_OPEN not in rita.get(change(ours.calendar)).content.decode()


@pytest.mark.parametrize(
    ("typed_in", "words"),
    [
        ({"country": "DE", "subdivision": "Bavaria"}, "BY (Bayern)"),
        ({"country": "XX"}, "No holidays are known for"),
        ({"subdivision": "BY"}, "Pick the country first"),
        ({"country": "DE", "always_open": "on"}, "What is always open has no holidays"),
        ({"days-TOTAL_FORMS": 1, "days-0-day": "2026-12-24", "days-0-opens": "09:00"}, "or neither for closed"),
        (
            {"days-TOTAL_FORMS": 1, "days-0-day": "2026-12-24", "days-0-opens": "12:00", "days-0-closes": "09:00"},
            "or neither for closed",
        ),
        (
            {
                "days-TOTAL_FORMS": 2, "days-0-day": "2026-12-24", "days-0-every_year": "on",
                "days-1-day": "2027-12-24", "days-1-every_year": "on",
            },
            "24 December of every year is here twice",
        ),
    ],
)  # fmt: skip
def test_what_is_no_holiday_is_refused_with_what_to_do(
    ours: World, rita: Client, typed_in: dict[str, Any], words: str
) -> None:
    url = change(ours.calendar)
    assert words in html.unescape(rita.post(url, typed(rita, url, **typed_in)).content.decode())
    ours.calendar.refresh_from_db()
    assert (ours.calendar.version, ours.calendar.country, ours.calendar.days.count()) == (1, "", 0)


def test_a_rep_s_own_hours_are_set_on_their_page(ours: World, rita: Client) -> None:
    ada = ours.reps[0]
    url = reverse("admin:leads_rep_change", args=[ada.pk])
    assert "Deadlines run on the team's calendar all the same." in html.unescape(rita.get(url).content.decode())
    always = Calendar.objects.get(name="Always open")
    save(rita, url, **{"rep_calendar-TOTAL_FORMS": 1, "rep_calendar-0-calendar": always.pk})
    assert RepCalendar.objects.get().rep == ada
    assert "1 rep" in rita.get(reverse("admin:sla_calendar_changelist")).content.decode()
    save(rita, url, **{"rep_calendar-0-DELETE": "on"})
    assert not RepCalendar.objects.exists()
