"""What needs somebody now: the first in line, who is away, and what came in since the last look."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, Count, Q, QuerySet, When, Window

from leads import states
from leads.models import Lead
from leads.presenting import LATE_STEPS
from revops.dashboard.counting import Split, count
from revops.dashboard.scope import Scope
from revops.dashboard.subjects import FAILED, HELD
from revops.models import LastLook
from revops.roles import Anybody
from routing.models import Absence

# A page that is reloaded within this time is still the same look.
SAME_LOOK = timedelta(minutes=30)
FIRST_IN_LINE = 6
WHOLE_LINE = 500


@dataclass(frozen=True)
class Now:
    """Counts by figure key, the leads to act on first and how many come after them, the absences of the moment."""

    counts: dict[str, int]
    first: Sequence[Lead]
    further: int
    away: Sequence[Absence]


def look_now(scope: Scope, *, failures: bool, whole_line: bool = False) -> Now:
    """How things stand; `failures` counts what only RevOps can mend, too. The line is cut short unless it is asked
    for as a whole."""
    counts = count(HELD, [Split("all")], scope)["all"][0]
    if failures:
        counts |= count(FAILED, [Split("all")], scope)["all"][0]
    most = WHOLE_LINE if whole_line else FIRST_IN_LINE
    first = list(line(scope).annotate(in_line=Window(Count("pk")))[:most])
    further = first[0].in_line - len(first) if first else 0
    return Now(counts, first, further, away(scope))


def line(scope: Scope) -> QuerySet[Lead]:
    """The leads that have lapsed, then those that lapse next; the earliest deadline first."""
    late = Q(state=states.OVERDUE) | Q(state=states.ACCEPTED, due_step__in=("touch", "untouched"))
    soon = Q(state=states.ASSIGNED, due_at__lte=scope.at + timedelta(hours=2))
    leads = Lead.objects.filter(late | soon).select_related("owner__user", "owner__team", "territory")
    if scope.teams is not None:
        leads = leads.filter(owner__team__in=scope.teams)
    return leads.order_by(Case(When(due_step__in=LATE_STEPS, then=0), default=1), "due_at", "pk")


def away(scope: Scope) -> list[Absence]:
    """Who is away at this moment, the longest last."""
    rows = Absence.objects.filter(starts_at__lte=scope.at, ends_at__gt=scope.at, rep__active=True)
    if scope.teams is not None:
        rows = rows.filter(rep__team__in=scope.teams)
    return list(rows.select_related("rep__user", "cover__user").order_by("ends_at", "pk"))


def has_looked_before(user: Anybody) -> bool:
    return LastLook.objects.filter(user_id=int(user.pk or 0), before__isnull=False).exists()


def look(user: Anybody, *, at: datetime) -> datetime | None:
    """Note that somebody looks, and give the time of their look before this one, None where this is their first."""
    row, new = LastLook.objects.get_or_create(user_id=int(user.pk or 0), defaults={"at": at})
    if not new and at > row.at:
        if at - row.at >= SAME_LOOK:
            row.before = row.at
        row.at = at
        row.save(update_fields=["at", "before"])
    return row.before
