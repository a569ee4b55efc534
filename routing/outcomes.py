"""What became of the leads that reps were given in turn: touched in time and converted, as far as a system saw it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.db.models import Q

from leads.models import Assignment, Reason
from routing.performance import RIPE_DAYS, WINDOW_DAYS
from routing.strategies import NAMES

# Whoever claims a lead, owns its account or is owed its deal picked it or had it picked for them: only turns compare.
IN_TURN = tuple(NAMES)
# Ended by what the rep did or let pass: a turn that was taken from them, as by leave, says nothing of them. Nor does a
# lead that should never have been theirs.
THEIRS = ("", "converted", "recycled", "lapsed", "untouched", "undecided")
NOT_FOR_THEM = (Reason.Outcome.REROUTE, Reason.Outcome.MERGE, Reason.Outcome.ACCOUNT_OWNER)


class TouchTime(Protocol):
    """The policies' time, in working hours; the lifecycle gives it, for policies are not routing's."""

    def touch_due(self, *, team_id: int, territory_id: int | None, source: str, at: datetime) -> datetime | None:
        """Until when a lead that was given `at` is to be touched: the time to accept and the time to touch together.
        None where the team never works."""


@dataclass(frozen=True)
class Outcome:
    """A lead's turn with a rep; None is not known yet."""

    lead_id: int
    rep_id: int
    touched: bool | None
    converted: bool | None


def outcomes(time: TouchTime, *, at: datetime) -> Iterator[Outcome]:
    """The turns of the window. Whether the rep accepted is not read: neither count goes by it."""
    rows = Assignment.objects.filter(
        started_at__gte=at - timedelta(days=WINDOW_DAYS), started_at__lte=at, how__in=IN_TURN, outcome__in=THEIRS
    ).exclude(Q(outcome="recycled", reason__outcome__in=NOT_FOR_THEM))
    ripe = at - timedelta(days=RIPE_DAYS)
    for lead_id, rep_id, team_id, territory_id, source, start, touch, by_hand, outcome, opportunity in rows.values_list(
        "lead_id",
        "rep_id",
        "rep__team_id",
        "territory_id",
        "lead__source",
        "started_at",
        "first_touch_at",
        "first_touch_by_hand",
        "outcome",
        "lead__converted_opportunity",
    ).iterator():
        until = time.touch_due(team_id=team_id, territory_id=territory_id, source=source, at=start)
        known = until is not None and until < at
        touched = until is not None and touch is not None and not by_hand and touch <= until
        converted = outcome == "converted" and bool(opportunity)
        yield Outcome(lead_id, rep_id, touched if known else None, converted if start <= ripe else None)
