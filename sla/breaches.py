"""The coaching record: who let which deadline pass, and whether it was theirs to answer for."""

from datetime import datetime, timedelta

from leads.models import Assignment, Lead, LeadEvent
from sla.models import Breach

# Noticed later than this after its deadline, a lapse overlapped an outage of our own.
TOLERANCE = timedelta(minutes=2)


def breach(lead: Lead, turn: Assignment, event: LeadEvent, *, step: str, at: datetime, noticed_at: datetime) -> Breach:
    """The unsaved breach of `step`, whose deadline was `at`."""
    late = noticed_at - at > TOLERANCE
    return Breach(
        lead=lead,
        assignment=turn,
        event=event,
        rep_id=turn.rep_id,
        step=step,
        at=at,
        noticed_at=noticed_at,
        cause=Breach.Cause.SYSTEM_DELAY if late else Breach.Cause.IGNORED,
    )
