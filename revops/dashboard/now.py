"""What needs somebody now: the first in line, who is away, and what came in since the last look."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from leads import states
from leads.models import Lead
from revops.dashboard.counting import Split, count
from revops.dashboard.scope import Scope
from revops.dashboard.subjects import FAILED, HELD
from revops.models import LastLook
from revops.roles import Anybody
from routing.models import Absence

# A page that is reloaded within this time is still the same look.
SAME_LOOK = timedelta(minutes=30)
FIRST_IN_LINE = 6


@dataclass(frozen=True)
class Now:
    """Counts by figure key, the leads to act on first, and the absences of the moment."""

    counts: dict[str, int]
    first: Sequence[Lead]
    away: Sequence[Absence]


def look_now(scope: Scope, *, failures: bool) -> Now:
    """How things stand; `failures` counts what only RevOps can mend, too."""
    counts = count(HELD, [Split("all")], scope)["all"][0]
    if failures:
        counts |= count(FAILED, [Split("all")], scope)["all"][0]
    return Now(counts, first_in_line(scope), away(scope))


def first_in_line(scope: Scope) -> list[Lead]:
    """The leads that lapse next or have lapsed, the earliest deadline first."""
    late = Q(state=states.OVERDUE) | Q(state=states.ACCEPTED, due_step__in=("touch", "untouched"))
    soon = Q(state=states.ASSIGNED, due_at__lte=scope.at + timedelta(hours=2))
    leads = Lead.objects.filter(late | soon).select_related("owner__user", "owner__team", "territory")
    if scope.teams is not None:
        leads = leads.filter(owner__team__in=scope.teams)
    return list(leads.order_by("due_at", "pk")[:FIRST_IN_LINE])


def away(scope: Scope) -> list[Absence]:
    """Who is away at this moment, the longest last."""
    rows = Absence.objects.filter(starts_at__lte=scope.at, ends_at__gt=scope.at, rep__active=True)
    if scope.teams is not None:
        rows = rows.filter(rep__team__in=scope.teams)
    return list(rows.select_related("rep__user", "cover__user").order_by("ends_at", "pk"))


def look(user: Anybody, *, at: datetime) -> datetime:
    """Note that somebody looks, and give the time of their look before this one (a first look: a day ago)."""
    row, new = LastLook.objects.get_or_create(user_id=int(user.pk or 0), defaults={"at": at})
    if not new and at > row.at:
        if at - row.at >= SAME_LOOK:
            row.before = row.at
        row.at = at
        row.save(update_fields=["at", "before"])
    return row.before or at - timedelta(days=1)
