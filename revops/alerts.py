"""What a manager is to see of a lead, and who is asked next when nobody has: the deputy, then RevOps, each once.

An alert is done with once somebody who answers for the team has seen it, or the lead itself has gone on.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import cache

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django_q.tasks import async_task

from leads.deliveries import connected
from leads.models import Alert, Delivery, Lead, LeadEvent, Rep, Team
from leads.models.rows import new_row
from leads.reading import attach
from leads.writing import insert
from revops.ladder import Ladder, NoLastResort, answers
from revops.moment import Moment
from routing.roster import away_at
from sla import business_time
from sla.terms import TeamHours

PASSED_ON = "slack.passed_on"
UNTOUCHED = "flag_untouched"
# What each is about, by the event that raised it.
WHAT = {"expire": "Overdue", UNTOUCHED: "Not touched in time", "pool_unclaimed": "Unclaimed in the Shark Tank"}
# Of an alert and its lead, what is read to pass it on.
ASKED = ("event_id", "lead_id", "team_id", "within", "deputy_at", "revops_at", "lead__owner_id")
log = structlog.get_logger(__name__)


def raised(lead: Lead, event: LeadEvent, m: Moment, *, team_id: int | None) -> None:
    """Their manager is to see this. One who is switched off or away, or holds the lead
    themselves, is not waited for."""
    if team_id is None:
        return
    policy = m.terms.policy(lead.territory_id, lead.source)
    team = m.teams[team_id]
    there = _there(team.manager, lead, away=m.away)
    due_at = m.terms.seen_by(team_id=team_id, policy=policy, at=m.at) if there else m.at
    m.writes.add(
        new_row(
            Alert,
            lead=lead,
            event=event,
            team_id=team_id,
            kind=event.kind,
            seq=lead.seq,
            raised_at=m.at,
            within=policy.acknowledge_within,
            due_at=due_at,
        )
    )


def _there(rep: Rep | None, lead: Lead, *, away: set[int]) -> bool:
    return rep is not None and answers(rep) and rep.id not in away and rep.id != lead.owner_id


def still_so() -> Q:
    """Alerts whose lead still is as they say."""
    as_told = Q(lead__seq=F("seq")) & ~Q(kind=UNTOUCHED)
    return as_told | Q(kind=UNTOUCHED, lead__seq=F("seq"), lead__due_step="untouched")


def open_for(teams: Collection[Team]) -> QuerySet[Alert]:
    """What those who answer for these teams are to see: the longest unseen first."""
    rows = Alert.objects.filter(still_so(), done_at__isnull=True, team__in=teams)
    return rows.order_by("raised_at", "pk")


def see(alerts: QuerySet[Alert], *, by_id: int, how: str, at: datetime) -> int:
    """Somebody has seen these. Seen twice is seen once: returns how many were not before."""
    # Of two at once the later waits for the row, and asks only the row itself again: not what is read beside it.
    unseen = Alert.objects.filter(pk__in=alerts.values("pk"), done_at__isnull=True)
    seen = unseen.update(done_at=at, due_at=None, how=how, seen_by=by_id)
    if seen and settings.SLACK_BOT_TOKEN:  # the card in the manager's channel is to say so
        async_task("revops.jobs.deliver")
    return seen


def pass_on(*, at: datetime, limit: int) -> int:
    """Ask the next for up to `limit` of what nobody has seen in time; what has gone on meanwhile is done. Returns how
    many were looked at."""
    with transaction.atomic():
        due = Alert.objects.filter(due_at__lt=at).order_by("due_at", "pk").select_for_update(skip_locked=True)
        ids = list(due.values_list("pk", flat=True)[:limit])
        if not ids:
            return 0
        going = Alert.objects.filter(still_so(), pk__any_of=ids).select_related("lead").only(*ASKED)
        alerts = {alert.pk: alert for alert in going}
        gone = [pk for pk in ids if pk not in alerts]
        Alert.objects.filter(pk__any_of=gone).update(done_at=at, due_at=None, how=Alert.How.MOVED_ON)
        owed = _ask_next(list(alerts.values()), at=at)
        insert(Delivery, owed)
        if any(row.status == Delivery.Status.PENDING for row in owed):
            async_task("revops.jobs.deliver")
    return len(ids)


def _ask_next(alerts: Sequence[Alert], *, at: datetime) -> list[Delivery]:
    attach(alerts, "team__deputy__user")
    away, hours, ladder = away_at(at), TeamHours.load(), Ladder()

    @cache
    def due(team_id: int, within: int) -> datetime:
        return business_time.add_or_wall(hours.hours(team_id), at, timedelta(minutes=within))

    owed, unasked = [], []
    asked: dict[tuple[datetime | None, ...], list[int]] = defaultdict(list)
    for alert in alerts:
        rep = _next(alert, ladder, away, at=at)
        alert.due_at = due(alert.team_id, alert.within) if alert.revops_at is None else None
        asked[alert.due_at, alert.deputy_at, alert.revops_at].append(alert.pk)
        if rep is not None:
            owed.append(_delivery(alert, rep, at=at))
        else:
            unasked.append(alert)
    _say_of(unasked, ladder)
    for (due_at, deputy_at, revops_at), ids in asked.items():
        Alert.objects.filter(pk__any_of=ids).update(due_at=due_at, deputy_at=deputy_at, revops_at=revops_at)
    return owed


def _next(alert: Alert, ladder: Ladder, away: set[int], *, at: datetime) -> Rep | None:
    """The deputy, where they are there and were not asked; else one of RevOps who does not hold it, if there is."""
    deputy = alert.team.deputy
    if alert.deputy_at is None:
        alert.deputy_at = at
        if _there(deputy, alert.lead, away=away):
            return deputy
    alert.revops_at = at
    try:
        return ladder.overseer(other_than=alert.lead.owner_id)
    except NoLastResort:
        return None


def _say_of(unasked: Sequence[Alert], ladder: Ladder) -> None:
    """Of all that nobody is left to ask about one line: an install without a last resort is at fault; where its only
    person holds the leads, they know."""
    if not unasked:
        return
    try:
        only = ladder.last_resort()
    except NoLastResort as error:
        log.error("alerts_to_nobody", alerts=len(unasked), first=unasked[0].pk, error=str(error))
        return
    told = f"{only.name} holds these leads and is the only one who answers for RevOps: nobody is left to ask."
    log.warning("alerts_to_their_holder", alerts=len(unasked), first=unasked[0].pk, told=told)


def _delivery(alert: Alert, rep: Rep, *, at: datetime) -> Delivery:
    waiting, to = connected(PASSED_ON), "revops" if alert.revops_at else "deputy"
    return new_row(
        Delivery,
        event_id=alert.event_id,
        lead_id=alert.lead_id,
        kind=PASSED_ON,
        rep_id=rep.pk,
        team_id=alert.team_id,
        dedupe_key=f"{alert.lead_id}/{alert.pk}/{PASSED_ON}/{to}",
        status=Delivery.Status.PENDING if waiting else Delivery.Status.SKIPPED,
        send_at=at,
        next_try_at=at,
        done_at=None if waiting else at,
        created_at=at,
    )


def asked(alert: Alert) -> str:
    """Who is asked now."""
    return "RevOps" if alert.revops_at else "the deputy" if alert.deputy_at else "the manager"
