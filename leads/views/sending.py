"""What a lead owes to the world outside, for those who manage it."""

from dataclasses import dataclass
from datetime import datetime

from leads.models import Delivery, Lead

VENDORS = {"slack": "Slack", "crm": "CRM", "map": "MAP"}
TONES = {"sent": "ok", "pending": "info", "dead": "danger"}


@dataclass(frozen=True)
class Sent:
    """A delivery: to whom, what it says, how it stands and since when."""

    to: str
    what: str
    status: str
    tone: str
    at: datetime
    error: str


def sent_for(lead: Lead) -> tuple[Sent, ...]:
    """The deliveries of a lead, the latest first; those that nothing listens to are left out."""
    rows = lead.deliveries.exclude(status=Delivery.Status.SKIPPED).order_by("-created_at", "-pk")[:50]
    return tuple(_sent(row) for row in rows)


def _sent(row: Delivery) -> Sent:
    vendor, _, what = row.kind.partition(".")
    return Sent(
        to=VENDORS.get(vendor, vendor),
        what=what.replace("_", " "),
        status=Delivery.Status(row.status).label,
        tone=TONES.get(row.status, "calm"),
        at=row.done_at or row.send_at,
        error=row.error
        or ("The owner there stays: the rep has no user in the CRM." if "owner_left" in row.answer else ""),
    )
