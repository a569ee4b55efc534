"""The alarms of what goes out: Slack is out of reach, a conversation is, or deliveries have failed for good."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max, Q, QuerySet
from django.urls import reverse

from leads import wording
from leads.models import Conversation, Delivery
from revops.integrations.slack_blocks import Message, notice_card
from revops.models import Notice
from revops.slack import health

# A hiccup is no alarm.
AFTER = timedelta(minutes=10)
MOST_TOLD = 10
# In the answer of a delivery that failed for good: which alarm has told of it.
TOLD = "told_of"
Owed = tuple[str, str, datetime, datetime, int]


def owed(*, at: datetime) -> Iterator[Owed]:
    """Kind, subject, since, until, how many; each once, until there is more to tell. In the transaction that notes
    them: what failed for good is marked as told of."""
    yield from _out_of_reach(at=at)
    yield from _unreachable()
    yield from _dead(at=at)


def _out_of_reach(*, at: datetime) -> Iterator[Owed]:
    """One from Slack's last answer to the next. A token that is refused has an alarm of its own."""
    fares = health.standing()
    if fares is None or not fares.on_trial or fares.refused or fares.error_at is None:
        return
    since = fares.ok_at or fares.error_at
    told = Notice.objects.filter(kind=Notice.Kind.SLACK).order_by("-until").first()
    if at - since >= AFTER and (told is None or (fares.ok_at is not None and told.until < fares.ok_at)):
        yield Notice.Kind.SLACK, "", since, at, 1


def _unreachable() -> Iterator[Owed]:
    """All of them together, whenever there is one more."""
    found = _blocked().aggregate(latest=Max("blocked_since"))["latest"]
    if found is not None:
        yield Notice.Kind.CONVERSATION, "", found, found, _blocked().count()


def _dead(*, at: datetime) -> Iterator[Owed]:
    """Those that no alarm has told of yet. Each is marked with the one that does: by their times one would be missed
    that was written late, or at the same instant."""
    rows = Delivery.objects.filter(status=Delivery.Status.DEAD).exclude(answer__has_key=TOLD)
    new = list(rows.select_for_update(no_key=True).order_by("pk").only("answer"))
    if not new:
        return
    last = Notice.objects.filter(kind=Notice.Kind.DEAD).aggregate(latest=Max("until"))["latest"]
    until = max(at, last + datetime.resolution) if last else at
    for row in new:
        row.answer[TOLD] = until.isoformat()
    Delivery.objects.bulk_update(new, ["answer"])
    yield Notice.Kind.DEAD, "", last or until, until, len(new)


def _blocked() -> QuerySet[Conversation]:
    return Conversation.objects.filter(blocked_since__isnull=False)


def slack_still(_notice: Notice) -> bool:
    fares = health.standing()
    return fares is not None and fares.on_trial and not fares.refused


def conversations_still(_notice: Notice) -> bool:
    return _blocked().exists()


def slack_message(notice: Notice) -> Message:
    fares = health.standing()
    text = "Slack does not answer. What it should have said is mailed, and comes in Slack once it is back."
    return notice_card(text, [fares.error] if fares and fares.error else [], url=address(notice), link="See what waits")


def conversations_message(notice: Notice) -> Message:
    rows = _blocked().order_by("-blocked_since")[:MOST_TOLD]
    text = f"{wording.count(notice.count, 'conversation')} in Slack cannot be reached: mend it, or what is said there."
    return notice_card(text, [f"{row.key}: {row.error}" for row in rows], url=address(notice), link="See what waits")


def dead_message(notice: Notice) -> Message:
    told_of = Q(status=Delivery.Status.DEAD, **{f"answer__{TOLD}": notice.until.isoformat()})
    rows = Delivery.objects.filter(told_of).order_by("-done_at", "-pk")
    were = "delivery has" if notice.count == 1 else "deliveries have"
    text = f"{notice.count} {were} failed for good."
    told = [f"Lead {row.lead_id}, {row.kind}: {row.error}" for row in rows[:MOST_TOLD]]
    return notice_card(text, told, url=f"{address(notice)}?status__exact=dead", link="See them, and send them again")


def address(_notice: Notice) -> str:
    return f"{settings.AIRTIGHT_URL}{reverse('admin:leads_delivery_changelist')}"
