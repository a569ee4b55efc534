"""A window as its deadline ran: how much of it passed, in the time that it counts. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from sla import business_time
from sla.business_time import WorkingHours

ALWAYS_OPEN = WorkingHours("UTC")


@dataclass(frozen=True)
class Window:
    """From `opened_at` to `at`, in the working time of `hours`; by the clock on the wall where none of that lies in it,
    for then the calendar had no opening and the deadline did not wait for one."""

    hours: WorkingHours
    opened_at: datetime
    at: datetime

    @cached_property
    def _worked(self) -> timedelta:
        return business_time.between(self.hours, self.opened_at, self.at)

    @property
    def length(self) -> timedelta:
        return self._worked or self.at - self.opened_at

    def taken(self, since: datetime, until: datetime) -> timedelta:
        """How much of the window lies between the two."""
        hours = self.hours if self._worked else ALWAYS_OPEN
        return business_time.between(hours, max(since, self.opened_at), min(until, self.at))

    def is_half_ahead(self, at: datetime) -> bool:
        """Whether half of the window, or more, was still to come."""
        return self.taken(at, self.at) * 2 >= self.length
