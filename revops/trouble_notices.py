"""The alarms of what goes out: Slack is out of reach, a conversation is, or deliveries have failed for good."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max, QuerySet
from django.urls import reverse

from leads import wording
from leads.models import Conversation, Delivery
from revops.integrations.slack_blocks import Message, notice_card
from revops.models import Notice
from revops.slack import health

# A hiccup is no alarm.
AFTER = timedelta(minutes=10)
MOST_TOLD = 10
Owed = tuple[str, str, datetime, datetime, int]


def owed(*, at: datetime) -> Iterator[Owed]:
    """Kind, subject, since, until, how many; each once, until there is more to tell."""
    yield from _out_of_reach(at=at)
    yield from _unreachable()
    yield from _dead()


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


def _dead() -> Iterator[Owed]:
    """Those since the last alarm."""
    told = Notice.objects.filter(kind=Notice.Kind.DEAD).order_by("-until").first()
    rows = Delivery.objects.filter(status=Delivery.Status.DEAD)
    if told is not None:
        rows = rows.filter(done_at__gt=told.until)
    if (latest := rows.aggregate(latest=Max("done_at"))["latest"]) is not None:
        yield Notice.Kind.DEAD, "", told.until if told else latest, latest, rows.count()


def _blocked() -> QuerySet[Conversation]:
    return Conversation.objects.filter(blocked_since__isnull=False)


def slack_message(notice: Notice) -> Message:
    fares = health.standing()
    text = "Slack does not answer. What it should have said is mailed, and comes in Slack once it is back."
    return notice_card(text, [fares.error] if fares and fares.error else [], url=address(notice), link="See what waits")


def conversations_message(notice: Notice) -> Message:
    rows = _blocked().order_by("-blocked_since")[:MOST_TOLD]
    text = f"{wording.count(notice.count, 'conversation')} in Slack cannot be reached: mend it, or what is said there."
    return notice_card(text, [f"{row.key}: {row.error}" for row in rows], url=address(notice), link="See what waits")


def dead_message(notice: Notice) -> Message:
    rows = Delivery.objects.filter(status=Delivery.Status.DEAD, done_at__lte=notice.until).order_by("-done_at", "-pk")
    were = "delivery has" if notice.count == 1 else "deliveries have"
    text = f"{notice.count} {were} failed for good."
    told = [f"Lead {row.lead_id}, {row.kind}: {row.error}" for row in rows[: min(notice.count, MOST_TOLD)]]
    return notice_card(text, told, url=f"{address(notice)}?status__exact=dead", link="See them, and send them again")


def address(_notice: Notice) -> str:
    return f"{settings.AIRTIGHT_URL}{reverse('admin:leads_delivery_changelist')}"
