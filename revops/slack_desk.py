"""What RevOps sees of the connection to Slack, and does about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django_q.tasks import async_task

from leads import wording
from leads.models import Conversation, Delivery, VendorHealth
from revops import deliver
from revops.slack import audience, conversations, health, trial

MOST_BLOCKED = 10
SHARED_BY_ALL = (
    "All teams' alerts go to the one channel of the webhook, where they name no rep. With the app (SLACK_BOT_TOKEN) "
    "each team has channels of its own."
)
NOT_CONNECTED = "Not connected. Set SLACK_BOT_TOKEN, or SLACK_WEBHOOK_URL for plain text: docs/slack.md."


@dataclass(frozen=True)
class Standing:
    """`way` is how Slack is reached, '' for not at all; `tone` is ok, bad or warn."""

    way: str
    tone: str
    told: str
    error: str
    waiting: int
    mail: str
    blocked: Sequence[Conversation]
    shared: Sequence[str] = ()


def standing(*, at: datetime) -> Standing:
    way = "App" if settings.SLACK_BOT_TOKEN else "Incoming webhook" if settings.SLACK_WEBHOOK_URL else ""
    mail = "Mail stands in." if settings.EMAIL_HOST else "No mail server (EMAIL_HOST) could stand in."
    waiting = Delivery.objects.filter(status=Delivery.Status.PENDING, kind__startswith="slack.", send_at__lte=at)
    blocked = list(Conversation.objects.filter(blocked_since__isnull=False).order_by("blocked_since")[:MOST_BLOCKED])
    if not way:
        return Standing("", "warn", NOT_CONNECTED, "", waiting.count(), mail, ())
    tone, told, error = _fares(health.standing(), at=at)
    tone = "warn" if blocked and tone == "ok" else tone
    return Standing(way, tone, told, error, waiting.count(), mail, blocked, _shared())


def _shared() -> list[str]:
    """Where alerts are read by reps too, and what to set so that they need not be discreet."""
    if not settings.SLACK_BOT_TOKEN:
        return [SHARED_BY_ALL]
    shared = [audience.told_of(team) for team in audience.alerted_before_reps()[:MOST_BLOCKED]]
    revops = audience.revops_told_before_reps()
    return [*shared, *([audience.WHAT_TO_SET] if shared else []), *([revops] if revops else [])]


def is_connected() -> bool:
    return bool(settings.SLACK_BOT_TOKEN or settings.SLACK_WEBHOOK_URL)


def ask_again(*, at: datetime) -> str:
    """A person says that it is mended: everything that waits is tried now, or once Slack lets us. Which, in words."""
    with transaction.atomic():
        health.try_again(at=at)
        deliver.hurry("slack", at=at)
    if told := trial.told_to_wait(at=at):
        return f"{told} What waits is sent then."
    return "Slack is asked again, and what waits for it is sent."


def send_now(delivery_id: int, *, at: datetime) -> bool:
    """Try this one now, whether it waits or has failed for good. False for what is done."""
    if deliver.retry(delivery_id, at=at):
        return True
    waiting = Delivery.objects.filter(pk=delivery_id, status=Delivery.Status.PENDING)
    with transaction.atomic():
        found = waiting.update(next_try_at=at, told_with=None)
        if found and (key := conversations.key(waiting.select_related("rep__user", "team").get())):
            Conversation.objects.filter(key=key, blocked_until__gt=at).update(blocked_until=F("blocked_since"))
        if found:
            async_task("revops.jobs.deliver")
    return bool(found)


def _fares(fares: VendorHealth | None, *, at: datetime) -> tuple[str, str, str]:
    if fares is None:
        return "warn", "Not asked yet.", ""
    if fares.refused:
        return (
            "bad",
            "It does not let us in. It is asked again every five minutes, and what is owed is kept.",
            fares.error,
        )
    if fares.is_open(at=at) and fares.open_until:
        until = wording.moment(fares.open_until, UTC, at=at)
        return "bad", f"Left alone until {until} UTC; what is owed is kept.", fares.error
    if fares.failures:
        return "warn", f"{wording.count(fares.failures, 'failure')} in a row.", fares.error
    return "ok", f"Answered last at {wording.moment(fares.ok_at, UTC, at=at)} UTC." if fares.ok_at else "", ""
