"""Calendars and policies that do not fit each other, for the admin's first page."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from sla import fitting
from sla.models import Policy
from sla.terms import TeamHours

MOST = 5
NEVER_OPENS = (
    "{team}'s calendar never opens within a year: its reps are given no leads by turn, and its deadlines run by the "
    "clock on the wall."
)


def told(*, at: datetime) -> Iterator[tuple[str, str]]:
    """A sentence, and the model on whose pages it is mended."""
    hours = TeamHours.load()
    for team in fitting.never_open(hours, at=at)[:MOST]:
        yield NEVER_OPENS.format(team=team), "sla.calendar"
    policies = Policy.objects.select_related("territory").order_by("name")
    for text in islice(fitting.too_long(policies, hours), MOST):
        yield text, "sla.policy"
