"""Returns at a pace: whatever brings leads back, no day has more of them than the reps can take.

A day's worth is so many for each rep who takes leads, and days are UTC's. What has come back today uses it up, and so
does what is promised: a lead in nurture whose date lies ahead. Nothing else is kept, so that nothing can drift.
Whoever missed their day by an outage of ours had a place on it: a day's worth of them comes beside today's own.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from math import ceil

from django.conf import settings
from django.db import connection
from django.db.models import Count, Q
from django.db.models.functions import Coalesce, TruncDate

from leads import states
from leads.locks import Lock
from leads.models import Lead, LeadEvent, Rep

DAY = timedelta(days=1)
# What re-engaged a lead that the rules themselves had turned away: most of these never reach a rep.
REVIEW = "review"


class Pace:
    """The places of each day: `returned` of today's are used up, `promised` are those of the leads that wait.

    `late` have come back today who were due on a day before.
    """

    def __init__(self, *, a_day: int, returned: int, promised: Mapping[date, int], at: datetime, late: int = 0) -> None:
        self.at = at
        self._a_day = a_day
        self._returned = returned
        self._late = late
        self._promised = Counter(promised)

    @property
    def today(self) -> date:
        return self.at.astimezone(UTC).date()

    @property
    def midnight(self) -> datetime:
        """When today began."""
        return _midnight(self.today)

    def catch_up(self, wanted: int) -> int:
        """How many of so many who are due since a day before may come back now; they have then."""
        found = max(0, min(wanted, self._a_day - self._late))
        self._late += found
        return found

    def come(self, wanted: int) -> int:
        """How many of so many who are due today may come back now; they have then."""
        found = max(0, min(wanted, self._a_day - self._returned - self._promised[self.today]))
        self._returned += found
        return found

    def take(self, count: int) -> list[datetime]:
        """The next `count` free slots, a day's worth spread over the day; they are promised then."""
        slots: list[datetime] = []
        day = self.today
        while len(slots) < count:
            slots += self._of_day(day, count - len(slots))
            day += DAY
        return slots

    def _of_day(self, day: date, count: int) -> list[datetime]:
        begin, end = max(self.at, _midnight(day)), _midnight(day + DAY)
        left = self._a_day - (self._returned if day == self.today else 0)
        places = min(left, ceil(self._a_day * ((end - begin) / DAY)))
        first = self._promised[day]
        taken = range(first, max(first, min(places, first + count)))
        self._promised[day] += len(taken)
        return [begin + DAY * place / self._a_day for place in taken]


def hold_pace(*, at: datetime) -> Pace:
    """The pace as it stands, held until the commit: whoever gives out places waits for who did so before.

    Taken after the leads' locks and before the pools'; read in statements after the lock.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [Lock.PACE])
    reps = max(1, Rep.objects.taking_leads().count())
    a_day = reps * settings.AIRTIGHT_RETURNS_PER_REP_AND_DAY
    return Pace(a_day=a_day, promised=_promised(at), at=at, **_returned(at))


def _returned(at: datetime) -> dict[str, int]:
    """How many have come back today, by whatever brought them, and how many whose day it was not."""
    today = _midnight(at.astimezone(UTC).date())
    came = LeadEvent.objects.filter(kind="re_engage").annotate(seen=Coalesce("noticed_at", "at"))
    ours = came.filter(seen__gte=today).exclude(data__contains={"because": REVIEW})
    return ours.aggregate(returned=Count("pk", filter=Q(at__gte=today)), late=Count("pk", filter=Q(at__lt=today)))


def _promised(at: datetime) -> dict[date, int]:
    """By day, the leads in nurture that come back on a date ahead."""
    waiting = Lead.objects.filter(state=states.NURTURE, due_at__gte=at)
    returns = waiting.filter(Q(due_step="return") | Q(due_step="review", reason__for_people=True))
    days = returns.annotate(day=TruncDate("due_at", tzinfo=UTC)).values("day").annotate(leads=Count("pk"))
    return {row["day"]: row["leads"] for row in days.order_by()}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), UTC)
