"""People come and go. Whoever goes leaves no lead behind, in the same transaction."""

from datetime import datetime, timedelta

from leads import states
from leads.actor import Actor
from leads.models import Lead, Rep
from revops import holding
from revops.deadlines import settle
from revops.handoff import climb, entered, give, route
from revops.moment import Moment
from routing.models import Absence

# Leave longer than this hands leads on; a shorter absence leaves them where they are.
A_WORKING_DAY = timedelta(days=1)


def switch_off(rep_id: int, *, at: datetime, by: Actor) -> int:
    """Switch a rep off and hand on all they hold. Returns how many leads went on."""

    def act(m: Moment) -> int:
        Rep.objects.filter(pk=rep_id).update(active=False)
        return _hand_on(rep_id, m, states.OWNED, cover=None, why="rep_off")

    return holding.within(at=at, by=by, act=act, exclusive=True)


def switch_on(rep_id: int, *, at: datetime, by: Actor) -> None:
    """Let a rep take leads again, from the level the others have reached."""
    holding.within(at=at, by=by, act=lambda m: Rep.objects.filter(pk=rep_id).update(active=True), exclusive=True)


def change_team(rep_id: int, team_id: int, *, at: datetime, by: Actor) -> int:
    """Move a rep to another team; what they hold stays with the old one. Returns how many leads went on."""

    def act(m: Moment) -> int:
        was_on = Rep.objects.values_list("active", flat=True).get(pk=rep_id)
        Rep.objects.filter(pk=rep_id).update(active=False)  # or the lead could come back to them
        count = _hand_on(rep_id, m, states.OWNED, cover=None, why="rep_off")
        Rep.objects.filter(pk=rep_id).update(team=team_id, active=was_on)
        return count

    return holding.within(at=at, by=by, act=act, exclusive=True)


def hand_on(rep_id: int, *, at: datetime, by: Actor) -> int:
    """Hand on all that a rep holds who was switched off by another way."""
    act = lambda m: _hand_on(rep_id, m, states.OWNED, cover=None, why="rep_off")  # noqa: E731
    return holding.within(at=at, by=by, act=act, exclusive=True)


def declare_absence(absence: Absence, *, at: datetime, by: Actor) -> int:
    """Save an absence; one that has begun and is longer than a working day hands on the rep's leads.

    Unaccepted leads are routed again, accepted ones go to the cover, else to routing. Returns how many went on.
    """

    def act(m: Moment) -> int:
        absence.save()
        return begin_absence(absence, m)

    return holding.within(at=at, by=by, act=act, exclusive=True)


def begin_absences(*, at: datetime, by: Actor) -> int:
    """Hand on the leads of those whose leave has begun since the last look. Returns how many absences began."""
    rows = Absence.objects.filter(starts_at__lte=at, ends_at__gt=at, applied_at__isnull=True)
    if not rows.exists():
        return 0

    def act(m: Moment) -> int:
        begun = list(rows.select_for_update().order_by("pk"))
        for absence in begun:
            begin_absence(absence, m)
        return len(begun)

    return holding.within(at=at, by=by, act=act, exclusive=True)


def begin_absence(absence: Absence, m: Moment) -> int:
    if absence.applied_at or not absence.starts_at <= m.at < absence.ends_at:
        return 0
    absence.applied_at = m.at
    absence.save(update_fields=["applied_at"])
    if absence.ends_at - absence.starts_at <= A_WORKING_DAY:
        return 0
    return _hand_on(absence.rep_id, m, states.OWNED, cover=absence.cover, why="absence")


def _hand_on(rep_id: int, m: Moment, held: tuple[str, ...], *, cover: Rep | None, why: str) -> int:
    ids = Lead.objects.filter(owner=rep_id, state__in=held).values_list("pk", flat=True)
    leads = holding.locked(list(ids))
    settle(leads, m)
    mine = [lead for lead in leads if lead.owner_id == rep_id]
    again = []
    for lead in mine:
        if lead.is_deal or lead.rung:
            climb(lead, m, sentence="Whoever held it is not there.", ended=why)
        elif lead.state == states.ACCEPTED and cover is not None and cover.active and cover.pk != rep_id:
            give(lead, cover, m, how="cover", sentence="You stand in for a colleague who is away.", ended=why)
        else:
            m.end_turn(lead, outcome=why)
            lead.reroute(deadline=m.terms.at_once("try", at=m.at), why=why, **m.now())
            entered(lead, m)
            again.append(lead)
    route(again, m)
    return len(mine)
