"""Our id of a lead, as the CRM keeps it."""

import hashlib
from datetime import datetime

from leads.models import Lead


def external_id(lead: Lead) -> str:
    """Its tail tells it from the lead of that number in another database."""
    return f"{lead.pk}-{_tail(lead.pk, lead.captured_at)}"


def _tail(lead_id: int, captured_at: datetime) -> str:
    return hashlib.sha256(f"{lead_id}/{captured_at.timestamp():.6f}".encode()).hexdigest()[:12]


def read_external_id(text: str) -> int | None:
    """The number in an id of ours; whether it is of this database, only the lead itself can tell."""
    number, dash, _rest = text.partition("-")
    return int(number) if dash and number.isascii() and number.isdigit() and len(number) < 19 else None
