"""What a manager and a rep talk about: each deadline that the rep let pass, why, how late it was answered, and how
that went over the weeks. Counts come with what they are out of."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import TruncWeek

from leads import wording
from leads.discretion import Reader
from leads.models import Assignment, Rep
from routing import claiming
from sla import business_time
from sla.causes import BY_ALERT
from sla.models import Breach, Remark
from sla.terms import TeamHours

# Of fewer windows than this, a share says nothing.
FEW = 10
STEPS = {
    "accept": "Not answered in time",
    "release": "Lost unanswered",
    "touch": "Not touched in time",
    "untouched": "Lost untouched",
    "disposition": "Never decided",
}
CAUSES = {
    Breach.Cause.IGNORED: ("Let pass", "danger"),
    Breach.Cause.AFTER_HOURS: ("Outside their hours", "calm"),
    Breach.Cause.AT_CAP: ("Past their cap", "calm"),
    Breach.Cause.ABSENCE: ("Away", "calm"),
    Breach.Cause.MISROUTED: ("Misrouted", "calm"),
    Breach.Cause.NOT_TOLD: ("Alert not delivered", "warn"),
    Breach.Cause.SYSTEM_DELAY: ("Our own delay", "warn"),
}
# Turns that ended by what the rep did.
RECYCLED = "recycled"
GIVEN_BACK = (RECYCLED, "converted")
NOT_SENT = {"dead": "The alert failed for good.", "pending": "The alert was still waiting to be sent."}


@dataclass(frozen=True)
class Span:
    """The days that are looked at, in the team's zone."""

    since: datetime
    until: datetime
    zone: tzinfo


@dataclass(frozen=True)
class Words:
    """A remark: who said it and when."""

    kind: str
    by: str
    at: datetime
    text: str


@dataclass(frozen=True)
class One:
    """A breach. `lead_id` is 0 where the lead is not the reader's to open any more."""

    pk: int
    rep: Rep
    at: datetime
    noticed_at: datetime | None
    lead_id: int
    company: str
    step: str
    cause: str
    tone: str
    because: str
    late: str
    remarks: tuple[Words, ...]


@dataclass(frozen=True)
class Tally:
    """Windows to answer that ended and were the rep's, how many of them they let pass; everything let pass, of any
    step, and what else passed, by cause."""

    windows: int
    theirs: int
    breaches: int
    others: tuple[tuple[str, int], ...]

    @property
    def few(self) -> bool:
        return self.windows < FEW

    @property
    def share(self) -> str:
        return "" if self.few else f"{self.theirs / self.windows:.0%}"


NOTHING = Tally(0, 0, 0, ())


@dataclass(frozen=True)
class Week:
    """A week from its Monday, counted as a tally is."""

    begins: datetime
    windows: int
    theirs: int
    breaches: int
    others: int


def tallies(spans: Mapping[int, Span]) -> dict[int, Tally]:
    """Of each of these reps, over their own days."""
    windows = dict(_windows(spans).values_list("rep").annotate(n=Count("pk")))
    found: dict[int, Counter[tuple[str, str]]] = defaultdict(Counter)
    rows = _breaches(spans).values_list("rep", "step", "cause").annotate(n=Count("pk"))
    for rep_id, step, cause, count in rows:
        found[rep_id][step, cause] += count
    return {pk: _tally(windows.get(pk, 0), found[pk]) for pk in spans}


def _tally(windows: int, counted: Mapping[tuple[str, str], int]) -> Tally:
    by_cause: Counter[str] = Counter()
    for (_step, cause), count in counted.items():
        by_cause[cause] += count
    return Tally(
        windows=max(windows - _not_theirs(counted), 0),
        theirs=counted.get(("accept", Breach.Cause.IGNORED), 0),
        breaches=by_cause.pop(Breach.Cause.IGNORED, 0),
        others=tuple((CAUSES[Breach.Cause(cause)][0], count) for cause, count in sorted(by_cause.items())),
    )


def _not_theirs(counted: Mapping[tuple[str, str], int]) -> int:
    """The windows to answer that something else explains: they say nothing of the rep, for or against."""
    return sum(n for (step, cause), n in counted.items() if step == "accept" and cause != Breach.Cause.IGNORED)


def _windows(spans: Mapping[int, Span]) -> Any:
    """The windows to answer that ended in these days. A claim is an answer already; a lead that was taken away before
    that without a word of the rep's, and without a lapse, leaves nothing to judge."""
    rows = Assignment.objects.filter(_within("accept_by", spans))
    taken = Q(accepted_at__isnull=True, ended_at__lte=F("accept_by")) & ~Q(outcome=RECYCLED)
    lapsed = Exists(Breach.objects.filter(assignment=OuterRef("pk"), step="accept"))
    return rows.exclude(how=claiming.CLAIM).exclude(taken & ~lapsed).order_by()


def _breaches(spans: Mapping[int, Span]) -> QuerySet[Breach]:
    return Breach.objects.filter(_within("at", spans)).order_by()


def _within(field: str, spans: Mapping[int, Span]) -> Q:
    """Whose time lies in the days of its rep. Teams in one zone share their days, so that this grows by zones alone."""
    reps: dict[Span, list[int]] = defaultdict(list)
    for rep_id, span in spans.items():
        reps[span].append(rep_id)
    found = Q(pk__in=())
    for span, ids in reps.items():
        found |= Q(("rep__in", ids), (f"{field}__gte", span.since), (f"{field}__lt", span.until))
    return found


def weeks(rep: Rep, span: Span) -> list[Week]:
    """Every week of the span, the latest first, those without anything too."""
    windows = dict(
        _windows({rep.pk: span})
        .annotate(w=TruncWeek("accept_by", tzinfo=span.zone))
        .values_list("w")
        .annotate(Count("pk"))
    )
    found: dict[datetime, Counter[str]] = defaultdict(Counter)
    rows = _breaches({rep.pk: span}).annotate(w=TruncWeek("at", tzinfo=span.zone)).values_list("w", "step", "cause")
    for begins, step, cause, count in rows.annotate(Count("pk")):
        theirs = cause == Breach.Cause.IGNORED
        found[begins]["breaches" if theirs else "others"] += count
        if step == "accept":
            found[begins]["theirs" if theirs else "not_theirs"] += count
    return [_week(begins, windows.get(begins, 0), found[begins]) for begins in _mondays(span)]


def _week(begins: datetime, windows: int, counted: Mapping[str, int]) -> Week:
    own = max(windows - counted["not_theirs"], 0)
    return Week(begins, own, counted["theirs"], counted["breaches"], counted["others"])


def _mondays(span: Span) -> list[datetime]:
    first, last = (time.astimezone(span.zone) for time in (span.since, span.until - timedelta(microseconds=1)))
    day, found = last.date() - timedelta(days=last.weekday()), []
    while day > first.date() - timedelta(days=7):
        found.append(datetime(day.year, day.month, day.day, tzinfo=span.zone))
        day -= timedelta(days=7)
    return found


def latest_first(reps: Iterable[Rep], span: Span) -> QuerySet[Breach]:
    """The breaches of these reps, as they are told one by one."""
    found = _breaches({rep.pk: span for rep in reps})
    return found.select_related("lead__territory__team", "assignment").defer("assignment__terms").order_by("-at", "-pk")


def one_by_one(
    rows: Sequence[Breach], reps: Iterable[Rep], *, seen: Any, reader: Reader, hours: TeamHours
) -> tuple[One, ...]:
    """These breaches of these reps, each with what was said of it; `seen` are the leads that the reader may open."""
    by_pk = {rep.pk: rep for rep in reps}
    open_to = set(seen.filter(pk__in={row.lead_id for row in rows}).values_list("pk", flat=True))
    said = _remarks(rows)
    return tuple(
        _one(row, by_pk[row.rep_id], reader, hours, said[row.pk], opens=row.lead_id in open_to) for row in rows
    )


def _one(row: Breach, rep: Rep, reader: Reader, hours: TeamHours, said: Sequence[Words], *, opens: bool) -> One:
    label, tone = CAUSES[Breach.Cause(row.cause)]
    return One(
        pk=row.pk,
        rep=rep,
        at=row.at,
        noticed_at=row.noticed_at if row.cause == Breach.Cause.SYSTEM_DELAY else None,
        lead_id=row.lead_id if opens else 0,
        company=reader.company_of(row.lead) or "No company named",
        step=STEPS.get(row.step, row.step),
        cause=label,
        tone=tone,
        because=because(row),
        late=_late(row, rep, hours),
        remarks=tuple(said),
    )


def _remarks(rows: Iterable[Breach]) -> Mapping[int, list[Words]]:
    found: dict[int, list[Words]] = defaultdict(list)
    remarks = Remark.objects.filter(breach__in=[row.pk for row in rows]).select_related("by").order_by("at", "pk")
    for one in remarks:
        found[one.breach_id].append(Words(one.kind, one.by.get_full_name() or one.by.get_username(), one.at, one.text))
    return found


def _late(row: Breach, rep: Rep, hours: TeamHours) -> str:
    """How long after its deadline it was answered or touched, in working and in wall time."""
    turn = row.assignment
    if row.step in ("release", "untouched", "disposition"):
        return "It went on to somebody else."
    done, at = ("Answered", turn.accepted_at) if row.step in BY_ALERT else ("Touched", turn.first_touch_at)
    at = at or (turn.ended_at if turn.outcome in GIVEN_BACK else None)
    if at is None:
        return f"Never {done.lower()}." if turn.ended_at else f"Not {done.lower()} yet."
    if at <= row.at:
        return f"{done} in time; heard of late."
    worked = business_time.between(hours.hours(rep.team_id), row.at, at)
    return f"{done} {wording.hours(worked)} of working time late ({wording.span(at - row.at)} by the clock)."


def because(row: Breach) -> str:
    """What the cause rests on, in a sentence; '' where there is nothing to add."""
    told = row.because
    if row.cause == Breach.Cause.NOT_TOLD:
        return (
            "It reached them too late to answer." if told.get("told_at") else NOT_SENT.get(told.get("status", ""), "")
        )
    if row.cause == Breach.Cause.ABSENCE:
        return f"Away for {_hours(told['away_s'])} of {_hours(told['window_s'])}."
    if row.cause == Breach.Cause.AFTER_HOURS:
        return f"They work {_hours(told['worked_s'])} of its {_hours(told['window_s'])}."
    if row.cause == Breach.Cause.AT_CAP:
        return f"It came on top of {wording.count(told['held'], 'open lead')}, with a cap of {told['cap']}."
    if row.cause == Breach.Cause.MISROUTED:
        who = "themselves" if told["by"] == row.rep_id else "a colleague"
        return f"Given back by {who}: {told['reason'].replace('_', ' ')}."
    if row.cause == Breach.Cause.SYSTEM_DELAY:
        return "What they did in time was heard of late." if told.get("heard_late") else "It was noticed late."
    return ""


def _hours(seconds: float) -> str:
    return wording.hours(timedelta(seconds=seconds))
