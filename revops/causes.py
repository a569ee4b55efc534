"""Why each new breach came about, from what is known of its rep: their alert, absences, own hours and load."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import cast

from django.db.models import Q

from leads.models import Assignment, Delivery
from routing.models import Absence
from routing.rules import RoutingRules
from sla.breaches import opening
from sla.business_time import WorkingHours
from sla.causes import BY_ALERT, Alert, Evidence, cause
from sla.models import Breach
from sla.terms import TeamHours
from sla.windows import Window

# The alerts that tell a rep of a lead they are to answer.
TO_ANSWER = ("slack.assigned", "slack.reminder")
Turn = tuple[int, int, datetime]
Spans = Mapping[int, list[tuple[datetime, datetime]]]


def find(breaches: Sequence[Breach], *, rules: RoutingRules, hours: TeamHours) -> None:
    """Set the cause of those that nothing has explained yet, before they are saved; of whom nothing is known, they stay
    ignored."""
    asked = [one for one in breaches if one.cause == Breach.Cause.IGNORED]
    if not asked:
        return
    alerts, away, caps = _alerts(asked), _absences(asked), _caps(asked, rules)
    held = _held([one for one in asked if one.rep_id in caps])
    for one in asked:
        turn = one.assignment
        alert, own, cap = alerts.get(_key(turn)), hours.own_hours(turn.rep_id), caps.get(turn.rep_id)
        if not (alert or own or turn.rep_id in away or cap is not None):
            continue
        of_team, opened_at = hours.hours(turn.rep.team_id), opening(turn, one.step)
        known = Evidence(
            hours=of_team,
            own=own,
            away=_counted(away.get(turn.rep_id, ()), of_team, opened_at, one.at),
            alert=alert,
            held=sum(since < turn.started_at <= until for since, until in held[turn.rep_id]),
            cap=cap,
        )
        one.cause, one.because = cause(one.step, opened_at, one.at, known)


def _key(turn: Assignment) -> Turn:
    return turn.lead_id, turn.rep_id, turn.started_at


def _alerts(breaches: Iterable[Breach]) -> dict[Turn, Alert]:
    """By turn, when its rep was first told. Where nothing is connected, or the alert no longer held, there is none."""
    turns = {_key(one.assignment) for one in breaches if one.step in BY_ALERT}
    rows = Delivery.objects.filter(lead__any_of=[lead for lead, _rep, _since in turns], kind__in=TO_ANSWER)
    rows = rows.exclude(status=Delivery.Status.SKIPPED)  # of nearly all leads, where nothing is connected
    told: dict[Turn, list[datetime]] = defaultdict(list)
    first: dict[Turn, tuple[int, str]] = {}
    whose = ("lead_id", "rep_id", "created_at")
    for *turn, pk, kind, status, done_at, mailed_at in rows.values_list(
        *whose, "pk", "kind", "status", "done_at", "mailed_at"
    ):
        key = cast(Turn, tuple(turn))
        if kind == "slack.assigned":
            first[key] = pk, status
        sent = done_at if status == Delivery.Status.SENT else None
        told[key] += [time for time in (sent, mailed_at) if time is not None]
    return {
        key: Alert(pk, status, min(told[key], default=None))
        for key, (pk, status) in first.items()
        if key in turns and status != Delivery.Status.DROPPED
    }


def _absences(breaches: Sequence[Breach]) -> Mapping[int, list[Absence]]:
    found: dict[int, list[Absence]] = defaultdict(list)
    since = min(one.assignment.started_at for one in breaches)
    rows = Absence.objects.filter(rep__in={one.rep_id for one in breaches}, ends_at__gt=since)
    for row in rows.select_related("rep"):
        found[row.rep_id].append(row)
    return found


def _counted(
    absences: Iterable[Absence], hours: WorkingHours, opened_at: datetime, at: datetime
) -> list[tuple[datetime, datetime]]:
    """Without those that the rep declared once half of the window was gone: the lapse was coming by then."""
    return [
        (row.starts_at, row.ends_at)
        for row in absences
        if (said_at := row.said_at) is None or Window(hours, opened_at, at).is_half_ahead(said_at)
    ]


def _caps(breaches: Iterable[Breach], rules: RoutingRules) -> dict[int, int]:
    """The most open leads of those reps who have a cap on them."""
    if not rules.has_caps:
        return {}
    teams = {one.rep_id: one.assignment.rep.team_id for one in breaches}
    caps = {rep_id: rules.caps(rep_id, team_id).open_leads for rep_id, team_id in teams.items()}
    return {rep_id: most for rep_id, most in caps.items() if most is not None}


def _held(breaches: Sequence[Breach]) -> Spans:
    """The turns that these reps had already when theirs began: since and until when."""
    found: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    if not breaches:
        return found
    starts = [one.assignment.started_at for one in breaches]
    rows = Assignment.objects.filter(rep__in={one.rep_id for one in breaches}, started_at__lt=max(starts))
    rows = rows.filter(Q(ended_at__isnull=True) | Q(ended_at__gte=min(starts)))
    for rep_id, since, until in rows.values_list("rep_id", "started_at", "ended_at"):
        found[rep_id].append((since, until or max(starts)))
    return found
