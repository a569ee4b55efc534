"""What a delivery is, to whom it goes and what came of it, in words."""

from datetime import datetime

from leads import wording
from leads.deliveries import TO_THE_REP
from leads.models import Delivery

KINDS = {
    "slack.assigned": "New lead",
    "slack.reminder": "Reminder",
    "slack.touch_reminder": "Reminder to call",
    "slack.overdue": "Overdue",
    "slack.pool": "Shark Tank",
    "slack.untouched": "Not touched",
    "slack.pool_unclaimed": "Unclaimed",
    "slack.passed_on": "Alert passed on",
    "slack.joined": "Came back",
    "slack.sent_back": "Sent back",
    "slack.pricing_visit": "Pricing page",
    "slack.pricing_visit_owner": "Pricing page",
    "slack.revops": "Nobody answers",
    "slack.decided": "Cards",
    "crm.owner": "Owner",
    "crm.state": "State",
    "map.enrol": "Nurture track",
    "map.suppress": "Suppression",
}


def what(delivery: Delivery) -> str:
    return KINDS.get(delivery.kind, delivery.kind)


def to_whom(delivery: Delivery) -> str:
    """The person, the team or RevOps; the CRM and the MAP by their name."""
    if delivery.kind.startswith("crm."):
        return "The CRM"
    if delivery.kind.startswith("map."):
        return "The MAP"
    if delivery.kind in TO_THE_REP:
        return delivery.rep.name if delivery.rep else ""
    if delivery.kind == "slack.revops":
        return "RevOps"
    return str(delivery.team) if delivery.team else ""


def answer(delivery: Delivery, *, at: datetime) -> str:
    """What the other side said, or why it waits."""
    if delivery.status == Delivery.Status.SKIPPED:
        return "Nothing was connected that could take it."
    if delivery.status == Delivery.Status.DROPPED:
        return "It did not hold any more when its turn came."
    if delivery.status == Delivery.Status.SENT:
        return _sent(delivery)
    return delivery.error or (_waits(delivery, at=at) if delivery.status == Delivery.Status.PENDING else "")


def _waits(delivery: Delivery, *, at: datetime) -> str:
    ahead = delivery.next_try_at > at
    return "Waits for its time." if ahead else "Waits for its turn: others go before it."


def _sent(delivery: Delivery) -> str:
    said = delivery.answer
    if said.get("mailed_to"):
        because = f" instead: {said['because']}" if said.get("because") else "."
        return f"Mailed to the {said['mailed_to']}{because}"
    if said.get("posted_by"):
        return "Posted by the webhook."
    if said.get("ts"):
        others = delivery.told_with_id is not None
        return f"Posted in {said['channel']}{', with others that waited' if others else ''}."
    return "Written to the CRM." if delivery.kind.startswith("crm.") else "Done."


def tries(delivery: Delivery) -> str:
    mailed = ", mailed meanwhile" if delivery.mailed_at else ""
    return f"{wording.plain(delivery.attempts)}{mailed}"
