"""What a delivery to the CRM says: the whole truth about its lead, as it is at the moment of sending.

A repetition changes nothing, a later delivery makes an earlier one moot, and one lead is written by one worker at a
time, so that what was true before never lands on what is true now.
"""

from datetime import datetime
from functools import lru_cache
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from leads import crm_mirror, states
from leads.locks import WRITING
from leads.models import Assignment, CrmRecord, CrmUser, Delivery, Lead
from revops import crm_health
from revops.alone import alone
from revops.crm import configured
from revops.crm_ids import external_id
from revops.crm_overrides import TRIED, Override, look
from revops.integrations.crm.port import OWNER_FIELDS, READ_ONLY, Crm, LeadDates, LeadRef, NewLead
from revops.integrations.errors import NotFound, Refused, VendorError

SOON, LATER = 5.0, 900.0  # seconds
# One call: a delivery takes two, at the worst six.
CALL_SECONDS = 6.0
WITH = ("owner__user", "reason")
LEFT = "converted there"


def send(delivery: Delivery, at: datetime) -> dict[str, Any] | None:
    """Write the delivery's lead; what was written, or None when a later delivery says it all. Raises VendorError."""
    with alone((WRITING << 32) + delivery.lead_id) as held:
        if not held:
            raise VendorError("This lead is being written by another worker.", permanent=False, retry_after=SOON)
        if _is_moot(delivery):
            return None
        lead = Lead.objects.select_related(*WITH).get(pk=delivery.lead_id)
        record = CrmRecord.of(lead)
        if record is not None and record.wrote_at is not None and record.read_only:
            return {"record": record.crm_id, "left": LEFT}
        if until := crm_health.closed_until(at=at):  # since this delivery was claimed, with others
            wait = (until - at).total_seconds()
            raise VendorError("The CRM is left alone for a while.", permanent=False, retry_after=wait)
        try:
            crm = _connected()
            if crm is None:
                return None
            answer = _write(crm, lead, record, delivery, at=at)
        except VendorError as error:
            crm_health.failed(error, at=at)
            if crm_health.is_shut(error):
                raise VendorError(str(error), permanent=False, retry_after=LATER) from error
            raise
    crm_health.answered(at=at)
    return answer


def _is_moot(delivery: Delivery) -> bool:
    """A later one carries, or has carried, the whole truth; or the lead was never with a person, and a CRM is no place
    for what the rules turned away."""
    later = Delivery.objects.filter(lead=delivery.lead_id, kind__startswith="crm.", pk__gt=delivery.pk)
    if later.filter(status__in=(Delivery.Status.PENDING, Delivery.Status.SENT)).exists():
        return True
    return not Assignment.objects.filter(lead=delivery.lead_id).exists()


def _connected() -> Crm | None:
    try:
        return _kept(crm_health.fingerprint())
    except ImproperlyConfigured as wrong:
        raise VendorError(str(wrong), permanent=True, configuration=True) from None


@lru_cache(maxsize=4)
def _kept(_fingerprint: str) -> Crm | None:
    """Kept for as long as its settings stay, and with it its access token."""
    return configured(within=CALL_SECONDS, share=1.0)


def _write(
    crm: Crm, lead: Lead, record: CrmRecord | None, delivery: Delivery, *, at: datetime
) -> dict[str, Any] | None:
    if not CrmUser.objects.exists():
        crm_mirror.take_users(crm.users())
    if record is None or record.wrote_at is None:
        record = _linked(crm, lead)
        if record.read_only:
            return {"record": record.crm_id, "left": LEFT}
    try:
        override = look(crm, lead, record, at=at)
        if override is not None and _is_moot(delivery):
            return None  # the CRM is told by a delivery of its own
        return _say(crm, lead, record, delivery, override)
    except NotFound:
        _forget(record)  # deleted there, or merged: made or found anew
        record = _linked(crm, lead)
        left = {"record": record.crm_id, "left": LEFT}
        return left if record.read_only else _say(crm, lead, record, delivery, None)


def _say(crm: Crm, lead: Lead, record: CrmRecord, delivery: Delivery, override: Override | None) -> dict[str, Any]:
    owner = owner_of(lead) if override is None else None
    try:
        wrote_at = _say_to(crm, lead, record, owner, delivery)
    except Refused as refusal:
        if owner is None or not OWNER_FIELDS.intersection(refusal.fields):
            raise
        CrmUser.objects.filter(pk=owner.pk).update(active=False)  # left since the users were pulled
        owner, wrote_at = None, _say_to(crm, lead, record, None, delivery)
    except VendorError as error:
        if error.code != READ_ONLY:
            raise
        CrmRecord.objects.filter(pk=record.pk).update(read_only=True)
        return {"record": record.crm_id, "left": LEFT}
    _keep(record, lead, owner, wrote_at)
    told: dict[str, Any] = {"record": record.crm_id}
    if owner is not None:
        return told | {"owner": owner.crm_id}
    if override is not None:
        return told | {"owner_left": f"given to {override.name} there by hand"}
    return told | ({"owner_left": f"rep {lead.owner_id} is no active user of the CRM"} if lead.owner_id else {})


def _keep(record: CrmRecord, lead: Lead, owner: CrmUser | None, wrote_at: datetime) -> None:
    """What was written, if the record is this lead's still: a pull may have given it to the one it lives on in."""
    with transaction.atomic():
        held = CrmRecord.objects.select_for_update().filter(pk=record.pk, lead=lead).first()
        if held is not None:
            held.written(owner_id=owner.crm_id if owner else "", owner_name=str(owner or ""), at=wrote_at)
            held.save(update_fields=["wrote_at", "wrote_owner", "owner_crm_id", "owner_name"])


def _say_to(crm: Crm, lead: Lead, record: CrmRecord, owner: CrmUser | None, delivery: Delivery) -> datetime:
    if owner is not None:  # before it is, since the answer may be lost
        Delivery.objects.filter(pk=delivery.pk).update(answer={TRIED: owner.crm_id})
    return crm.write_lead(
        record.crm_id,
        owner_id=owner.crm_id if owner else None,
        state=states.LABELS[lead.state],
        reason=_reason(lead),
        dates=dates(lead),
    )


def _linked(crm: Crm, lead: Lead) -> CrmRecord:
    """The lead's record, made there if there is none, and kept here with the lead."""
    ref = crm.upsert_lead(new_lead(lead))
    with transaction.atomic():  # a pull may be keeping it
        record, _new = CrmRecord.objects.select_for_update().get_or_create(crm_id=ref.id)
        return _belongs_to(lead, record, ref)


def _belongs_to(lead: Lead, record: CrmRecord, ref: LeadRef) -> CrmRecord:
    if record.lead_id != lead.pk:
        # What was there of an earlier lead of this person is none of this one's.
        record.lead, record.wrote_owner, record.wrote_at = lead, "", None
        if record.conversion:
            record.conversion = CrmRecord.Conversion.BEFORE
    record.email = record.email or lead.email
    record.read_only = ref.converted
    record.save(update_fields=["lead", "wrote_owner", "wrote_at", "conversion", "email", "read_only"])
    return record


def _forget(record: CrmRecord) -> None:
    CrmRecord.objects.filter(pk=record.pk).update(lead=None, wrote_at=None, wrote_owner="")


def new_lead(lead: Lead) -> NewLead:
    return NewLead(
        external_id=external_id(lead),
        email=lead.email,
        first_name=lead.first_name,
        last_name=lead.last_name,
        company=lead.company,
        job_title=lead.job_title,
        phone=lead.phone,
        website=lead.website,
        source=lead.source,
    )


def owner_of(lead: Lead) -> CrmUser | None:
    """The active user of the CRM who has the holder's e-mail."""
    return CrmUser.objects.owner_with(lead.owner.user.email) if lead.owner else None


def dates(lead: Lead) -> LeadDates:
    turn = _last_turn(lead)
    return LeadDates(
        assigned_at=turn.started_at if turn else None,
        accepted_at=turn.accepted_at if turn else None,
        first_touch_at=lead.first_touch_at,
        due_at=lead.due_at,
        ended_at=lead.entered_at if lead.state in states.ENDED else None,
    )


def _reason(lead: Lead) -> str:
    """Why it is not with a rep: the reason it rests for, else the one it was given back with."""
    if lead.owner_id is not None:
        return ""
    if lead.state in states.REASONED:
        return str(lead.reason or "")
    turn = _last_turn(lead)
    return str(turn.reason or "") if turn else ""


def _last_turn(lead: Lead) -> Assignment | None:
    return lead.assignments.select_related("reason").order_by("-started_at", "-pk").first()
