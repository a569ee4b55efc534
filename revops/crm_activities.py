"""What people did with leads in the CRM: a call, a mail or a meeting of theirs is a touch that a system saw."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

import structlog
from django.db.models import Q

from leads.models import CrmMeeting, CrmRecord, Lead
from revops import lifecycle
from revops.crm_people import Staff
from revops.integrations.crm.port import CrmActivity, Gone

# A to-do that was ticked off reached nobody.
KINDS = ("call", "mail", "meeting")
MOST_MEETINGS = 1_000
log = structlog.get_logger(__name__)


class ActivityPage:
    """`report` tells the lifecycle, each activity at most once; `keep` remembers meetings to come."""

    def __init__(self, items: Sequence[CrmActivity], gone: Sequence[Gone], *, at: datetime) -> None:
        self.items, self.gone, self.at = items, gone, at
        self.staff = Staff()
        self.left_out = 0

    def report(self) -> None:
        done = [item for item in self.items if self._is_touch(item) and item.at <= self.at]
        leads = _leads_of({person for item in done for person in item.people})
        for item in done:
            for lead in _each_once(item.people, leads):
                self.left_out += not report(item, lead, self.staff, at=self.at)

    def keep(self) -> int:
        """Returns how many could not be reported."""
        ahead = [item for item in self.items if self._is_touch(item) and item.at > self.at]
        known = set(_leads_of({person for item in ahead for person in item.people}))
        kept = [item for item in ahead if known.intersection(item.people)]
        over = {item.id for item in self.items} | {gone.id for gone in self.gone}
        CrmMeeting.objects.filter(crm_id__in=over).delete()
        CrmMeeting.objects.bulk_create(
            CrmMeeting(crm_id=item.id, at=item.at, owner_crm_id=item.owner_id, people=list(item.people))
            for item in {item.id: item for item in kept}.values()
        )
        return self.left_out

    def _is_touch(self, item: CrmActivity) -> bool:
        outward = item.done and not item.inbound and not item.automatic and item.kind in KINDS
        return outward and self.staff.person(item.owner_id) is not None


def meetings_held(*, at: datetime) -> None:
    """Meetings whose time has come since they were pulled."""
    held = list(CrmMeeting.objects.filter(at__lte=at).order_by("at")[:MOST_MEETINGS])
    if not held:
        return
    leads, staff = _leads_of({person for one in held for person in one.people}), Staff()
    for one in held:
        for lead in _each_once(one.people, leads):
            report(_as_activity(one), lead, staff, at=at)
        one.delete()


def _as_activity(meeting: CrmMeeting) -> CrmActivity:
    return CrmActivity(
        id=meeting.crm_id,
        kind="meeting",
        at=meeting.at,
        done=True,
        inbound=False,
        automatic=False,
        owner_id=meeting.owner_crm_id,
        people=tuple(meeting.people),
        about=(),
        changed_at=meeting.at,
    )


def _each_once(people: Iterable[str], leads: Mapping[str, Lead]) -> Iterable[Lead]:
    """Those of these people who are leads of ours; who is there as a lead and as a contact is one."""
    return {leads[person].pk: leads[person] for person in people if person in leads}.values()


def report(item: CrmActivity, lead: Lead, staff: Staff, *, at: datetime) -> bool:
    """False when it raised: one lead must not hold up all that come after it."""
    if item.at < lead.captured_at:
        return True
    rep = staff.rep(item.owner_id)
    try:
        lifecycle.touched_in_crm(
            lead.pk,
            activity=item.id,
            kind=item.kind,
            on=min(item.at, at),
            rep_id=rep.pk if rep else None,
            at=at,
            by=staff.actor(item.owner_id),
        )
    except Exception:
        log.exception("crm_activity_raised", lead=lead.pk, activity=item.id)
        return False
    return True


def _leads_of(people: Collection[str]) -> dict[str, Lead]:
    """Our leads by the CRM's ids of them: of the lead there, or of the contact it became."""
    rows: Iterable[CrmRecord] = CrmRecord.objects.filter(
        Q(crm_id__in=people) | Q(contact_id__in=people), lead__isnull=False
    ).select_related("lead")
    return {key: row.lead for row in rows for key in (row.contact_id, row.crm_id) if key and row.lead is not None}
