"""What people did with leads in the CRM: a call, a mail or a meeting of theirs is a touch that a system saw."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property

import structlog
from django.db import OperationalError
from django.db.models import F, Q

from leads.models import CrmMeeting, CrmRecord, Lead
from revops import lifecycle
from revops.crm_people import Staff, survivor
from revops.integrations.crm.port import CrmActivity, Gone

# A to-do that was ticked off reached nobody.
KINDS = ("call", "mail", "meeting")
MOST_MEETINGS = 1_000
log = structlog.get_logger(__name__)


class ActivityPage:
    """`report` tells the lifecycle, each activity at most once; `keep` remembers meetings to come, and what raised."""

    def __init__(self, items: Sequence[CrmActivity], gone: Sequence[Gone], *, at: datetime) -> None:
        self.items, self.gone, self.at = items, gone, at
        self._raised: dict[str, CrmActivity] = {}

    @cached_property
    def staff(self) -> Staff:
        return Staff()

    def report(self) -> None:
        done = [item for item in self.items if self._is_touch(item) and item.at <= self.at]
        leads = _leads_of({person for item in done for person in item.people})
        self._raised = {item.id: item for item in done if not report(item, leads, self.staff, at=self.at)}

    def keep(self) -> int:
        """Returns how many could not be reported yet."""
        ahead = [item for item in self.items if self._is_touch(item) and item.at > self.at]
        known = set(_leads_of({person for item in ahead for person in item.people}))
        kept = [item for item in ahead if known.intersection(item.people)]
        over = {item.id for item in self.items} | {gone.id for gone in self.gone}
        CrmMeeting.objects.filter(crm_id__in=over).delete()
        CrmMeeting.objects.bulk_create(
            self._held(item) for item in ({item.id: item for item in kept} | self._raised).values()
        )
        return len(self._raised)

    def _held(self, item: CrmActivity) -> CrmMeeting:
        return CrmMeeting(
            crm_id=item.id,
            at=item.at,
            owner_crm_id=item.owner_id,
            people=list(item.people),
            kind=item.kind,
            tried_at=self.at if item.id in self._raised else None,
        )

    def _is_touch(self, item: CrmActivity) -> bool:
        outward = item.done and not item.inbound and not item.automatic and item.kind in KINDS
        return outward and self.staff.person(item.owner_id) is not None


def meetings_held(*, at: datetime) -> None:
    """Meetings whose time has come since they were pulled, then what raised, that of the longest ago first."""
    due = CrmMeeting.objects.filter(Q(tried_at__isnull=True) | Q(tried_at__lt=at), at__lte=at)
    held = list(due.order_by(F("tried_at").asc(nulls_first=True), "at")[:MOST_MEETINGS])
    if not held:
        return
    leads, staff = _leads_of({person for one in held for person in one.people}), Staff()
    for one in held:
        if report(_as_activity(one), leads, staff, at=at):
            one.delete()
        else:
            CrmMeeting.objects.filter(pk=one.pk).update(tried_at=at)


def _as_activity(meeting: CrmMeeting) -> CrmActivity:
    return CrmActivity(
        id=meeting.crm_id,
        kind=meeting.kind,
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


def report(item: CrmActivity, leads: Mapping[str, Lead], staff: Staff, *, at: datetime) -> bool:
    """Tell each of these leads that it is about. False when one raised: it is to be reported again, which those that
    know it already do not mind."""
    raised = [lead for lead in _each_once(item.people, leads) if not _told(item, lead, staff, at=at)]
    return not raised


def _told(item: CrmActivity, lead: Lead, staff: Staff, *, at: datetime) -> bool:
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
    except OperationalError:  # no fault of the lead's: the page comes again
        raise
    except Exception:
        log.exception("crm_activity_raised", lead=lead.pk, activity=item.id)
        return False
    return True


def _leads_of(people: Collection[str]) -> dict[str, Lead]:
    """Our leads by the CRM's ids of them: of the lead there, or of the contact it became. One that was merged lives on
    in another."""
    if not people:
        return {}
    rows: Iterable[CrmRecord] = CrmRecord.objects.filter(
        Q(crm_id__in=people) | Q(contact_id__in=people), lead__isnull=False
    ).select_related("lead__merged_into")
    found = [(row, survivor(row.lead)) for row in rows if row.lead is not None]
    return {key: lead for row, lead in found for key in (row.contact_id, row.crm_id) if key}
