"""Putting somebody on the suppression list: from that moment nobody holds a lead of theirs."""

from datetime import datetime

from django.db.models import Q

from leads.actor import Actor
from leads.models import Lead, Suppression
from leads.models.lead import LeadQuerySet
from revops import holding
from revops.deadlines import settle
from revops.handoff import entered
from revops.moment import Moment


def suppress(row: Suppression, *, at: datetime, by: Actor) -> int:
    """Save the suppression and end every open lead it covers. Returns how many; marketing's own list ends none."""

    def act(m: Moment) -> int:
        row.since = at
        row.by_id = by.user_id
        row.save()
        if row.scope == Suppression.Scope.MARKETING:
            return 0
        leads = holding.locked(list(_covered(row).values_list("pk", flat=True)))
        settle(leads, m)
        covered = [lead for lead in leads if lead.is_open]
        for lead in covered:
            m.end_turn(lead, outcome="suppressed")
            lead.suppress(reason=row.reason or m.reasons["suppression_list"], **m.now())
            entered(lead, m)
        return len(covered)

    return holding.within(at=at, by=by, act=act)


def _covered(row: Suppression) -> LeadQuerySet:
    if row.person_key:
        return Lead.objects.open().filter(person_key=row.person_key)
    at_domain = Q(person_key__endswith=f"@{row.domain}") | Q(person_key__endswith=f".{row.domain}")
    return Lead.objects.open().filter(Q(domain=row.domain) | at_domain)
