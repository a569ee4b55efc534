"""Owners that people changed in the CRM, past the rules: which lead, when, from whom, to whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from leads.models import OwnerOverride
from revops.dashboard.scope import Scope
from revops.roles import Anybody, visible_leads

PAGE = 50


@dataclass(frozen=True)
class Override:
    """`lead_id` is 0 where the lead is no longer the reader's to see."""

    at: datetime
    lead_id: int
    company: str
    holder: str
    given_to: str
    by: str
    written_back: bool


def within(scope: Scope) -> QuerySet[OwnerOverride]:
    rows = OwnerOverride.objects.filter(noticed_at__gte=scope.period.since, noticed_at__lt=scope.period.until)
    return rows if scope.teams is None else rows.filter(team__in=scope.teams)


def listed(rows: QuerySet[OwnerOverride], user: Anybody, *, page: int) -> Sequence[Override]:
    """A page of them, the latest first."""
    found = list(
        rows.select_related("lead", "holder__user").order_by("-noticed_at", "-pk")[(page - 1) * PAGE : page * PAGE]
    )
    seen = set(visible_leads(user).filter(pk__in=[row.lead_id for row in found]).values_list("pk", flat=True))
    return [
        Override(
            at=row.noticed_at,
            lead_id=row.lead_id if row.lead_id in seen else 0,
            company=str(row.lead) if row.lead_id in seen else "",
            holder=row.holder.name if row.holder else "",
            given_to=row.owner_name,
            by=row.by_name,
            written_back=row.written_back,
        )
        for row in found
    ]
