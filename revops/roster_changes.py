"""People come and go. Whoever goes leaves no lead behind, in the same transaction."""

from datetime import datetime
from functools import partial

import structlog
from django.db import OperationalError

from leads import states
from leads.actor import Actor
from leads.locks import timed_out
from leads.models import Lead, Rep
from revops import holding
from revops.deadlines import settle
from revops.handoff import entered, give, next_person, opened, route
from revops.moment import Moment
from revops.refusals import Refused
from revops.timers import declared_late
from routing.models import Absence
from sla import business_time
from sla.business_time import WorkingHours
from sla.terms import TeamHours

# Everybody waits while a leave does: after so many that had to, the rest is left to the next look.
MOST_WAITS = 3
log = structlog.get_logger(__name__)


def switch_off(rep_id: int, *, at: datetime, by: Actor) -> int:
    """Switch a rep off and hand on all they hold. Returns how many leads went on."""

    def act(m: Moment) -> int:
        Rep.objects.filter(pk=rep_id).update(active=False)
        return _hand_on(rep_id, m, states.OWNED, cover=None, why="rep_off")

    return holding.alone(at=at, by=by, act=act)


def switch_on(rep_id: int, *, at: datetime, by: Actor) -> None:
    """Let a rep take leads again, from the level the others have reached."""
    holding.alone(at=at, by=by, act=lambda m: Rep.objects.filter(pk=rep_id).update(active=True))


def change_team(rep_id: int, team_id: int, *, at: datetime, by: Actor) -> int:
    """Move a rep to another team; what they hold stays with the old one. Returns how many leads went on."""

    def act(m: Moment) -> int:
        was_on = Rep.objects.values_list("active", flat=True).get(pk=rep_id)
        Rep.objects.filter(pk=rep_id).update(active=False)  # or the lead could come back to them
        count = _hand_on(rep_id, m, states.OWNED, cover=None, why="rep_off")
        Rep.objects.filter(pk=rep_id).update(team=team_id, active=was_on)
        return count

    return holding.alone(at=at, by=by, act=act)


def hand_on(rep_id: int, *, at: datetime, by: Actor) -> int:
    """Hand on all that a rep holds who was switched off by another way."""
    act = lambda m: _hand_on(rep_id, m, states.OWNED, cover=None, why="rep_off")  # noqa: E731
    return holding.alone(at=at, by=by, act=act)


class AbsenceOver(Refused):
    """An absence that has ended is history."""

    def __init__(self) -> None:
        super().__init__("This absence is over. Declare a new one instead.")


def declare_absence(absence: Absence, *, at: datetime, by: Actor) -> int:
    """Save an absence, new or changed; one that has begun and is longer than a working day hands on what the rep holds.

    Unaccepted leads are routed again, accepted ones go to the cover, else to routing; once for an absence, however
    often it is changed. Who declares it, and when, is kept. Returns how many went on. Raises AbsenceOver.
    """

    def act(m: Moment) -> int:
        before = Absence.objects.select_for_update().filter(pk=absence.pk).first() if absence.pk else None
        if before is not None and before.ends_at <= m.at:
            raise AbsenceOver
        # Whoever opened the form may have done so before the leave was acted on.
        absence.applied_at = before.applied_at if before is not None and absence.starts_at <= m.at else None
        if before is None or absence.goes_beyond(before):
            absence.declared_at, absence.declared_by_id = m.at, m.by.user_id
        else:
            absence.declared_at, absence.declared_by_id = before.declared_at, before.declared_by_id
        absence.save()
        return begin_absence(absence, m)

    return holding.alone(at=at, by=by, act=act)


def end_absence(absence_id: int, *, at: datetime, by: Actor) -> bool:
    """The rep is back now, or does not go: what is left of the absence is taken away. False when none of it was.

    Whatever was handed on stays where it is, and new leads come from the level that the others have reached.
    Raises Absence.DoesNotExist.
    """

    def act(m: Moment) -> bool:
        absence = Absence.objects.select_for_update().get(pk=absence_id)
        if absence.ends_at <= m.at:
            return False
        if absence.starts_at >= m.at:
            absence.delete()
            return True
        absence.ends_at = m.at
        absence.save(update_fields=["ends_at"])
        return True

    return holding.alone(at=at, by=by, act=act)


class InTheWay(Exception):
    """Somebody has held the roster or a lead for so long that a leave could not begin yet."""


def leaves_to_begin(*, at: datetime) -> list[int]:
    """The absences whose leads are to be handed on by now, as far as can be told without holding anything."""
    rows = Absence.objects.filter(starts_at__lte=at, ends_at__gt=at, applied_at__isnull=True)
    found = list(rows.select_related("rep").order_by("pk"))
    teams = TeamHours.load() if found else None
    return [row.pk for row in found if teams and _is_leave(row, teams.hours(row.rep.team_id))]


def begin_absences(*, at: datetime, by: Actor) -> int:
    """Hand on the leads of those whose leave has begun since the last look. Returns how many absences began.

    Each in a transaction of its own: one that raises is logged, tried again at the next look, and stops nobody else.
    Raises InTheWay when some wait for who holds what they need; the others have begun.
    """
    begun, waiting = 0, 0
    for pk in leaves_to_begin(at=at):
        try:
            begun += holding.alone(at=at, by=by, act=partial(_begin, pk), tries=1)
        except OperationalError as error:
            if not timed_out(error):
                raise
            log.warning("absence_waits", absence=pk)
            waiting += 1
            if waiting == MOST_WAITS:
                break
        except Exception:
            log.exception("absence_not_begun", absence=pk)
    if waiting:
        raise InTheWay
    return begun


def _begin(absence_id: int, m: Moment) -> int:
    absence = (
        Absence.objects.select_for_update(of=("self",)).select_related("rep__team", "cover__user").get(pk=absence_id)
    )
    begin_absence(absence, m)
    return int(absence.applied_at is not None)


def begin_absence(absence: Absence, m: Moment) -> int:
    """Hand on what an absent rep holds, once the leave has begun, if it is longer than a working day."""
    if (
        absence.applied_at
        or not absence.starts_at <= m.at < absence.ends_at
        or not _is_leave(absence, m.terms.hours(absence.rep.team_id))
    ):
        return 0
    absence.applied_at = m.at
    absence.save(update_fields=["applied_at"])
    return _hand_on(absence.rep_id, m, states.OWNED, cover=absence.cover, why="absence", said_at=absence.said_at)


def _is_leave(absence: Absence, hours: WorkingHours) -> bool:
    """Longer than the longest working day of the rep's team, counted in its working hours."""
    return business_time.between(hours, absence.starts_at, absence.ends_at) > business_time.longest_day(hours)


def _hand_on(
    rep_id: int, m: Moment, held: tuple[str, ...], *, cover: Rep | None, why: str, said_at: datetime | None = None
) -> int:
    """`said_at` is when the rep themselves declared the absence that this is for."""
    ids = Lead.objects.filter(owner=rep_id, state__in=held).values_list("pk", flat=True)
    leads = holding.locked(list(ids))
    settle(leads, m)
    mine = [lead for lead in leads if lead.owner_id == rep_id]
    if said_at is not None:
        declared_late(mine, m, said_at=said_at)
    again = []
    by_now = opened(mine, m)
    for lead in mine:
        if lead.pk in by_now or lead.is_deal or lead.rung:
            sentence = "Whoever held it is not there."
            next_person(lead, by_now.get(lead.pk), m, sentence=sentence, ended=why, must_go=True)
        elif lead.state == states.ACCEPTED and cover is not None and _is_here(cover, rep_id, m):
            give(lead, cover, m, how="cover", sentence="You stand in for a colleague who is away.", ended=why)
        else:
            m.end_turn(lead, outcome=why)
            lead.reroute(deadline=m.terms.at_once("try", at=m.at), why=why, **m.now())
            entered(lead, m)
            again.append(lead)
    route(again, m)
    return len(mine)


def _is_here(cover: Rep, rep_id: int, m: Moment) -> bool:
    return cover.pk != rep_id and cover.active and cover.user.is_active and cover.pk not in m.away
