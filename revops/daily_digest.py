"""The day's digest: to each team as it opens, how its leads stand and what was done; to RevOps what is not in order."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Q
from django.urls import reverse

from leads import states, wording
from leads.models import Assignment, Conversation, Delivery, Lead, Team, VendorHealth
from revops.integrations.slack_blocks import Message, notice_card
from revops.ladder import Ladder, NoLastResort
from revops.models import Notice
from sla import business_time, fitting
from sla.models import Breach
from sla.terms import TeamHours

# A digest that is later than this is none: the day is under way.
WITHIN = timedelta(hours=4)
DAY = timedelta(days=1)
REVOPS = "revops"
LONGEST_BREAK = timedelta(days=14)
Owed = tuple[str, str, datetime, datetime, int]


def owed(*, at: datetime) -> Iterator[Owed]:
    """One for each team that has opened today: kind, subject, since the one before, until its opening, how many."""
    if not settings.AIRTIGHT_DAILY_DIGEST:
        return
    hours = TeamHours.load()
    for team in Team.objects.filter(active=True).order_by("pk"):
        subject = f"team {team.pk}"
        if (span := _span(subject, _opened(hours.hours(team.pk), at=at))) is not None:
            yield Notice.Kind.DIGEST, subject, *span, len(_of_team(team, *span))
    try:
        of_revops = Ladder().last_resort().team_id
    except NoLastResort:
        return
    if (span := _span(REVOPS, _opened(hours.hours(of_revops), at=at))) is not None:
        yield Notice.Kind.DIGEST, REVOPS, *span, len(_trouble(at=at))


def _span(subject: str, opened: datetime | None) -> tuple[datetime, datetime] | None:
    """From the digest before to this opening; None when it was told already."""
    rows = Notice.objects.filter(kind=Notice.Kind.DIGEST, subject=subject)
    if opened is None or rows.filter(until__gte=opened).exists():
        return None
    before = rows.order_by("-until").first()
    return max(before.until if before else opened - DAY, opened - LONGEST_BREAK), opened


def team_of(notice: Notice) -> Team | None:
    """Whose digest it is; None for that of RevOps. Raises Team.DoesNotExist."""
    if notice.subject == REVOPS:
        return None
    return Team.objects.select_related("manager__user").get(pk=int(notice.subject.partition(" ")[2]))


def _opened(hours: business_time.WorkingHours, *, at: datetime) -> datetime | None:
    """When the team opened today, if it did within the last hours; nine by its clock where it never closes."""
    midnight, _next = business_time.period(hours.timezone, "per_day", at)
    nine = midnight + timedelta(hours=9)
    opening = nine if hours.spans is None else business_time.opening_within_a_year(hours, midnight)
    return opening if opening is not None and opening <= at < opening + WITHIN else None


def message(notice: Notice) -> Message:
    team = team_of(notice)
    if team is None:
        told = _trouble(at=notice.until)
        return notice_card("What is not in order today", told, url=address(notice), link="Open the admin")
    told = _of_team(team, notice.since, notice.until)
    return notice_card(f"{team}: your leads today", told, url=address(notice), link="Open the dashboard")


def address(notice: Notice) -> str:
    return f"{settings.AIRTIGHT_URL}{reverse('admin:index' if notice.subject == REVOPS else 'dashboard')}"


def _of_team(team: Team, since: datetime, until: datetime) -> list[str]:
    """What stands now, the most pressing first, and what was done since; nothing for a team that had none."""
    return [*_standing(team), *_done(team, since, until)]


def _standing(team: Team) -> list[str]:
    held = Lead.objects.filter(owner__team=team)
    counted = held.aggregate(
        overdue=Count("pk", filter=Q(state=states.OVERDUE)),
        untouched=Count("pk", filter=Q(state=states.ACCEPTED, due_step="untouched")),
        waiting=Count("pk", filter=Q(state=states.ASSIGNED)),
        accepted=Count("pk", filter=Q(state=states.ACCEPTED)),
    )
    pooled = Lead.objects.filter(state=states.SHARK_TANK, territory__team=team)
    lines = {
        "overdue: neither accepted nor recycled in time": counted["overdue"],
        "accepted and not touched in time": counted["untouched"],
        "in the Shark Tank, for anybody to claim": pooled.count(),
        "waiting to be accepted": counted["waiting"],
        "accepted and being worked on": counted["accepted"],
    }
    return [f"{wording.count(number, 'lead')} {what}" for what, number in lines.items() if number]


def _done(team: Team, since: datetime, until: datetime) -> list[str]:
    def between(field: str) -> Q:
        return Q(**{f"{field}__gte": since, f"{field}__lt": until})

    turns = Assignment.objects.filter(rep__team=team)
    done = {
        "given": turns.filter(between("started_at")).count(),
        "accepted": turns.filter(between("accepted_at")).count(),
        "recycled": turns.filter(between("ended_at"), outcome="recycled").count(),
        "converted": turns.filter(between("ended_at"), outcome="converted").count(),
    }
    missed = Breach.objects.filter(between("at"), rep__team=team).exclude(cause=Breach.Cause.SYSTEM_DELAY).count()
    told = [f"{number} {what}" for what, number in done.items() if number]
    if missed:
        told.append(wording.count(missed, "deadline") + " missed")
    return [f"Since the last digest: {wording.listed(told)}"] if told else []


def _trouble(*, at: datetime) -> list[str]:
    """For RevOps: what is stuck, and why alerts may have come late or by another way."""
    lines = [
        *(f"{wording.vendor(row.vendor)} refuses its key" for row in VendorHealth.objects.exclude(refused="")),
        *(f"Slack cannot reach {row.key}" for row in Conversation.objects.filter(blocked_since__isnull=False)[:3]),
    ]
    never = fitting.never_open(TeamHours.load(), at=at)
    lines += [f"{team}'s calendar never opens: its deadlines run by the clock on the wall" for team in never[:3]]
    if number := Lead.objects.put_aside().count():
        lines.append(f"{wording.count(number, 'lead')} put aside because of an error")
    if number := Delivery.objects.filter(status=Delivery.Status.DEAD).count():
        lines.append(f"{wording.count(number, 'delivery', 'deliveries')} failed for good")
    return lines
