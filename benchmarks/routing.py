"""Leads that waited for the desks to open, routed by two processes in batches: a thousand, then as many as asked for.

The bars are 2,000 leads a second, and a cost per lead with 100,000 that is within a fifth of that with 1,000.
"""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from multiprocessing import get_context

from django.db import connection, connections

from benchmarks.figures import Figure, seconds
from benchmarks.leads import in_buffer
from leads.models import Lead
from revops.sweep import sweep
from sla.models import Calendar, TeamCalendar, WeeklyHours

DEFAULT = 10_000
FEW = 1_000
PROCESSES = 2
# A Sunday: every desk is closed until Monday at nine.
SUNDAY = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
MONDAY = datetime(2026, 11, 2, 9, 0, 1, tzinfo=UTC)


def measure(leads: int) -> list[Figure]:
    few, few_taken = _routed(FEW, name="p")
    many, many_taken = _routed(leads, name="q")
    each_few, each_many = few_taken / few, many_taken / many
    return [
        Figure(f"routed with the first {few:,} leads, each", each_few * 1e6, "µs"),
        Figure(f"routed with {many:,} leads, each", each_many * 1e6, "µs", each_many / each_few, f"with {few:,}"),
        Figure("routed a second", many / many_taken, "leads/s"),
        Figure("most off their share", _most_off(), "leads"),
    ]


def _routed(count: int, *, name: str) -> tuple[int, float]:
    """How many were routed when the desks opened, and in how many seconds."""
    before = Lead.objects.filter(state="assigned").count()
    in_buffer(count, at=SUNDAY, name=name)
    _closed_on_sundays()
    sweep(at=SUNDAY + timedelta(minutes=6))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    taken = seconds(_open_the_desks)
    return Lead.objects.filter(state="assigned").count() - before, taken


def _closed_on_sundays() -> None:
    calendar, new = Calendar.objects.get_or_create(name="Bench", defaults={"timezone": "UTC"})
    if new:
        WeeklyHours.objects.bulk_create(
            WeeklyHours(calendar=calendar, weekday=day, opens=time(9), closes=time(18)) for day in range(5)
        )
    TeamCalendar.objects.update(calendar=calendar)


def _open_the_desks() -> None:
    if PROCESSES == 1:
        _sweep()
        return
    connections.close_all()
    processes = [get_context("fork").Process(target=_sweep) for _process in range(PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    if any(process.exitcode for process in processes):
        raise SystemExit("A process that routes has failed; see above.")


def _sweep() -> None:
    sweep(at=MONDAY)


def _most_off() -> float:
    """Over the teams, which all share alike."""
    held: dict[int, Counter[int]] = {}
    for team, rep in Lead.objects.filter(state="assigned").values_list("owner__team_id", "owner_id"):
        held.setdefault(team, Counter())[rep] += 1
    return max((max(count.values()) - min(count.values()) for count in held.values()), default=0)
