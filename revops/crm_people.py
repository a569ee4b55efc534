"""Who is who: the CRM's leads and ours, its users and our reps."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from leads.actor import Actor
from leads.intake.emails import clean_email
from leads.intake.problems import Unusable
from leads.models import CrmRecord, CrmUser, Lead, Rep
from revops.crm_ids import external_id, read_external_id
from revops.integrations.crm.port import CrmLead

LONGEST_ROAD = 20  # of leads merged into others
WITH = ("owner__user", "merged_into__owner__user")


@dataclass
class Met:
    """A lead of the CRM's with what we know of it. `record` is None when it is seen for the first time."""

    item: CrmLead
    record: CrmRecord | None = None
    lead: Lead | None = None


def meet(items: Sequence[CrmLead]) -> list[Met]:
    """Which lead of ours each of these is: by our own id, by the link that we keep, else by the person's address; of a
    person's several lives the open one, else the latest."""
    if not items:
        return []
    records = CrmRecord.objects.filter(crm_id__in=[item.id for item in items]).select_related(
        *(f"lead__{name}" for name in WITH)
    )
    known = {record.crm_id: record for record in records}
    by_id = _by_external_id(items)
    met = [Met(item, known.get(item.id), by_id.get(item.external_id)) for item in items]
    for one in met:
        if one.lead is None and one.record is not None:
            one.lead = one.record.lead
    strangers = {one.item.id: key for one in met if one.lead is None and (key := _person_key(one.item.email))}
    by_person = _by_person(strangers.values())
    for one in met:
        found = one.lead or by_person.get(strangers.get(one.item.id, ""))
        one.lead = survivor(found) if found else None
    return met


def _by_external_id(items: Iterable[CrmLead]) -> dict[str, Lead]:
    numbers = {number for item in items if (number := read_external_id(item.external_id)) is not None}
    return {external_id(lead): lead for lead in Lead.objects.filter(pk__in=numbers).select_related(*WITH)}


def _by_person(keys: Iterable[str]) -> dict[str, Lead]:
    found: dict[str, Lead] = {}
    rows = Lead.objects.filter(person_key__in=set(keys)).select_related(*WITH)
    for lead in rows.order_by("captured_at", "pk"):
        if lead.person_key not in found or not found[lead.person_key].is_open:
            found[lead.person_key] = lead
    return found


def _person_key(email: str) -> str:
    try:
        return clean_email(email).person_key
    except Unusable:
        return ""


def survivor(lead: Lead) -> Lead:
    """The lead itself, or the one that it lives on in."""
    for _step in range(LONGEST_ROAD):
        if lead.merged_into is None:
            break
        lead = lead.merged_into
    return lead


class Staff:
    """The CRM's users, and who of them is a rep of ours, by e-mail."""

    def __init__(self) -> None:
        self.users = {user.crm_id: user for user in CrmUser.objects.all()}
        reps = Rep.objects.select_related("user").exclude(user__email="")
        self._reps = {rep.user.email.casefold(): rep for rep in reps}
        owners = CrmUser.objects.owners().order_by("-crm_id")
        self._by_email = {user.email.casefold(): user for user in owners}

    def person(self, crm_id: str) -> CrmUser | None:
        """The user with this id, if that is a human being."""
        user = self.users.get(crm_id)
        return user if user is not None and not user.queue else None

    def rep(self, crm_id: str) -> Rep | None:
        user = self.person(crm_id)
        return self._reps.get(user.email.casefold()) if user is not None and user.email else None

    def user_of(self, rep: Rep | None) -> CrmUser | None:
        return self._by_email.get(rep.user.email.casefold()) if rep is not None else None

    def actor(self, crm_id: str) -> Actor:
        """Whoever acted in the CRM, as events remember it."""
        rep = self.rep(crm_id)
        if rep is None:
            return Actor("client", "crm")
        return Actor("rep" if rep.takes_routing else "manager", "crm", user_id=rep.user_id, rep_id=rep.pk)

    def is_nobody(self, crm_id: str) -> bool:
        """Whether what has this owner waits for somebody: a queue's, or of who has left. An unknown id is not."""
        user = self.users.get(crm_id)
        return not crm_id or (user is not None and (user.queue or not user.active))

    def name(self, crm_id: str) -> str:
        user = self.users.get(crm_id)
        if user is None:
            return ""
        return f"{user} (queue)" if user.queue else str(user) if user.active else f"{user} (has left)"
