"""The hours that a new team works until it picks others: Monday to Friday, nine to six, on its own clock."""

from collections import Counter
from datetime import time

from sla.models import Calendar, TeamCalendar, WeeklyHours
from sla.seeds import OFFICE_HOURS

HOURS = [(day, time(9), time(18)) for day in range(5)]


def usual_zone() -> str:
    """The zone that most teams work in; UTC while there is none."""
    zones = Counter(TeamCalendar.objects.values_list("calendar__timezone", flat=True))
    return max(sorted(zones), key=zones.__getitem__, default="UTC")


def in_zone(zone: str) -> Calendar:
    """The calendar of office hours in this zone: one there is, else a new one."""
    there = Calendar.objects.filter(timezone=zone, always_open=False, country="", days=None).prefetch_related("hours")
    for calendar in there.order_by("pk"):
        if sorted((span.weekday, span.opens, span.closes) for span in calendar.hours.all()) == HOURS:
            return calendar
    made = Calendar.objects.create(name=_free_name(f"{OFFICE_HOURS}, {zone}"), timezone=zone)
    WeeklyHours.objects.bulk_create(
        WeeklyHours(calendar=made, weekday=day, opens=opens, closes=closes) for day, opens, closes in HOURS
    )
    return made


def _free_name(name: str) -> str:
    """The name, or the next with a number where somebody has made other hours of that one."""
    taken = set(Calendar.objects.filter(name__startswith=name).values_list("name", flat=True))
    numbered = (f"{name} ({number})" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(one for one in numbered if one not in taken)
