"""What each change owes the world outside, written with the change and sent later."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypedDict, Unpack
from uuid import uuid4

from django.conf import settings

from leads.deadline import REMINDER, TOUCH_REMINDER
from leads.models import Delivery, Lead, LeadEvent
from leads.models.rows import new_row

# A change of this kind owes these deliveries; where nothing is connected they are written as skipped, so that `audit`
# can tell a delivery that was not owed from one that is missing.
OWED = {
    "assign": ("slack.assigned", "crm.owner"),
    "expire": ("slack.overdue", "crm.state"),
    "release": ("slack.pool", "crm.owner"),
    "accept": ("crm.state",),
    "claim": ("crm.state",),
    "nurture": ("map.enrol", "crm.state"),
    "reroute": ("crm.state",),
    "rebuffer": ("crm.state",),
    "convert": ("crm.state",),
    "suppress": ("map.suppress", "crm.state"),
    "merge": ("crm.state",),
    "flag_untouched": ("slack.untouched",),
    "pool_unclaimed": ("slack.pool_unclaimed",),
    "tell_revops": ("slack.revops",),
    "pricing_visit": ("slack.pricing_visit", "slack.pricing_visit_owner"),
    "joined": ("slack.joined",),
    "sent_back": ("slack.sent_back",),
    "touch": ("crm.state",),
    "crm_override": ("crm.owner",),
}
# A change of this kind opens a window: the kind of its reminders, and what its steps begin with.
OPENS_A_WINDOW = {
    "assign": ("slack.reminder", REMINDER),
    "accept": ("slack.touch_reminder", TOUCH_REMINDER),
    "claim": ("slack.touch_reminder", TOUCH_REMINDER),
    "joined": ("slack.touch_reminder", TOUCH_REMINDER),
}
# Of use only before the deadline that they remind of.
REMINDERS = frozenset(kind for kind, _steps in OPENS_A_WINDOW.values())
# Told to whoever holds the lead; nobody does, nobody is told.
NEEDS_A_REP = ("slack.joined", "slack.pricing_visit_owner")


# What is for one person alone, which no webhook's channel is.
TO_THE_REP = (
    "slack.assigned",
    "slack.reminder",
    "slack.touch_reminder",
    "slack.joined",
    "slack.pricing_visit_owner",
    "slack.sent_back",
    "slack.passed_on",
)


class Whose(TypedDict):
    """Whom a delivery is for."""

    team_id: int | None
    rep_id: int | None


def connected(kind: str) -> bool:
    """Whether anything listens to deliveries of this kind. What goes to Slack goes by mail where there is no Slack."""
    if kind.startswith("crm."):
        return bool(settings.SALESFORCE_BASE_URL or settings.HUBSPOT_ACCESS_TOKEN)
    if kind.startswith("slack."):
        webhook = settings.SLACK_WEBHOOK_URL if kind not in TO_THE_REP else ""
        return bool(settings.SLACK_BOT_TOKEN or settings.EMAIL_HOST or webhook)
    return False


def owed(
    lead: Lead,
    event: LeadEvent,
    *,
    at: datetime,
    team_id: int | None = None,
    rep_id: int | None = None,
    listens: Callable[[str], bool] = connected,
) -> list[Delivery]:
    """The unsaved deliveries an event owes; with them the reminders, where anything listens."""
    kinds = [kind for kind in OWED.get(event.kind, ()) if rep_id is not None or kind not in NEEDS_A_REP]
    whose: Whose = {"team_id": team_id, "rep_id": rep_id}
    rows = [_delivery(lead, event, kind, at=at, send_at=at, waiting=listens(kind), **whose) for kind in kinds]
    if event.kind in OPENS_A_WINDOW and listens("slack.reminder"):
        rows += _reminders(lead, event, at=at, **whose)
    return rows


def _reminders(lead: Lead, event: LeadEvent, *, at: datetime, **whose: Unpack[Whose]) -> Iterable[Delivery]:
    kind, prefix = OPENS_A_WINDOW[event.kind]
    if lead.terms.get("opened_at") != at.isoformat():  # the window is of before this event
        return
    times = (time for time in reminded_at(lead, prefix) if time > at)
    for position, time in enumerate(times):
        yield _delivery(lead, event, kind, at=at, send_at=time, waiting=True, part=f"/{position}", **whose)


def reminded_at(lead: Lead, prefix: str) -> list[datetime]:
    """When the window that runs has its reminders."""
    steps = lead.terms.get("steps", {}).items()
    return sorted({datetime.fromisoformat(step["at"]) for name, step in steps if name.startswith(prefix)})


def _delivery(
    lead: Lead,
    event: LeadEvent,
    kind: str,
    *,
    at: datetime,
    send_at: datetime,
    waiting: bool,
    part: str = "",
    **whose: Unpack[Whose],
) -> Delivery:
    tail = event.seq if event.seq is not None else uuid4().hex
    return new_row(
        Delivery,
        event=event,
        lead_id=lead.id,
        kind=kind,
        dedupe_key=f"{lead.id}/{tail}/{kind}{part}",
        status=Delivery.Status.PENDING if waiting else Delivery.Status.SKIPPED,
        send_at=send_at,
        next_try_at=send_at,
        done_at=None if waiting else at,
        created_at=at,
        **whose,
    )
