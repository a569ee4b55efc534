"""HubSpot's objects: which properties are asked for, and what a row says in the port's words.

A property's value is always a string. `lastmodifieddate` is the contacts' name for what all others call
`hs_lastmodifieddate`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from revops.integrations.crm.port import (
    CrmAccount,
    CrmActivity,
    CrmLead,
    CrmOpportunity,
    CrmUser,
    LeadDates,
    LeadOwner,
    NewLead,
)
from revops.integrations.crm.rows import Row, amount, count, day, flag, moment, parts, text
from revops.integrations.errors import VendorError

EXTERNAL_ID = "airtight_id"
DATES = {
    "assigned_at": "airtight_assigned_at",
    "accepted_at": "airtight_accepted_at",
    "first_touch_at": "airtight_first_touch_at",
    "due_at": "airtight_due_at",
    "ended_at": "airtight_ended_at",
}
OURS = (EXTERNAL_ID, "airtight_state", "airtight_reason", "airtight_source", *DATES.values())
PERSON = {
    "email": "email",
    "firstname": "first_name",
    "lastname": "last_name",
    "company": "company",
    "jobtitle": "job_title",
    "phone": "phone",
    "website": "website",
    "airtight_source": "source",
}
CONVERTED = frozenset({"opportunity", "customer", "evangelist"})
MERGED = "hs_merged_object_ids"


@dataclass(frozen=True)
class Kind:
    """`about` are the objects whose associations a row needs."""

    object: str
    properties: tuple[str, ...]
    about: tuple[str, ...] = ()
    changed: str = "hs_lastmodifieddate"

    @property
    def asked(self) -> tuple[str, ...]:
        return (*self.properties, self.changed)


COMPANY = Kind(
    "companies",
    (
        *("name", "domain", "hs_additional_domains", "website", "country", "state", "city", "numberofemployees"),
        *("industry", "annualrevenue", "hs_currency_code", "hubspot_owner_id", MERGED),
    ),
)
DEAL = Kind(
    "deals",
    (
        *("dealname", "dealtype", "dealstage", "pipeline", "hs_is_closed", "hs_is_closed_won", "amount", "closedate"),
        *("deal_currency_code", "closed_lost_reason", "hubspot_owner_id", "notes_last_contacted", MERGED),
    ),
    about=("companies", "contacts"),
)
CONTACT = Kind(
    "contacts",
    (
        *("email", "company", "hs_lead_status", "lifecyclestage", "hubspot_owner_id", "associatedcompanyid"),
        *("num_associated_deals", "hs_lifecyclestage_opportunity_date", "hs_updated_by_user_id", EXTERNAL_ID, MERGED),
    ),
    changed="lastmodifieddate",
)
OWNED = ("hubspot_owner_id", "hs_updated_by_user_id", CONTACT.changed)
_ACTIVITY = ("hs_timestamp", "hubspot_owner_id")
_ABOUT = ("contacts", "companies", "deals")
CALL = Kind("calls", (*_ACTIVITY, "hs_call_direction", "hs_call_status"), about=_ABOUT)
MAIL = Kind("emails", (*_ACTIVITY, "hs_email_direction", "hs_email_status", "hs_sequence_id"), about=_ABOUT)
MEETING = Kind("meetings", (*_ACTIVITY, "hs_meeting_outcome", "hs_meeting_end_time"), about=_ABOUT)
TASK = Kind("tasks", (*_ACTIVITY, "hs_task_status"), about=_ABOUT)
KINDS = {"calls": "call", "emails": "mail", "meetings": "meeting", "tasks": "task"}
CALLED_OFF = frozenset({"CANCELED", "NO_SHOW", "RESCHEDULED"})
NOT_SENT = frozenset({"BOUNCED", "FAILED", "SCHEDULED", "SENDING"})
NOT_MADE = frozenset({"BUSY", "CANCELED", "CONNECTING", "FAILED", "QUEUED", "RINGING"})


def user(row: Row, *, archived: bool) -> CrmUser:
    """An owner's id is what records carry; the user's own id is another number."""
    name = f"{text(row, 'firstName')} {text(row, 'lastName')}".strip()
    queue = text(row, "type") == "QUEUE"
    return CrmUser(
        id=identity(row), name=name, email="" if queue else text(row, "email"), active=not archived, queue=queue
    )


def account(row: Row) -> CrmAccount:
    said = properties(row)
    first = text(said, "domain")
    return CrmAccount(
        id=identity(row),
        name=text(said, "name"),
        website=text(said, "website"),
        domains=(*((first,) if first else ()), *parts(said, "hs_additional_domains")),
        country=text(said, "country"),
        region=text(said, "state"),
        city=text(said, "city"),
        employee_count=count(said, "numberofemployees"),
        industry=text(said, "industry"),
        annual_revenue=amount(said, "annualrevenue"),
        currency=text(said, "hs_currency_code"),
        owner_id=text(said, "hubspot_owner_id"),
        person=False,
        changed_at=_changed(row, COMPANY),
    )


@dataclass(frozen=True)
class Stage:
    label: str
    closed: bool
    won: bool


def stages(pipeline: Row) -> dict[str, Stage]:
    """`isClosed` is a string, and what is closed with probability 1.0 is won."""
    listed = pipeline.get("stages")
    found = {}
    for stage in listed if isinstance(listed, list) else []:
        about = stage.get("metadata") if isinstance(stage, dict) else None
        about = about if isinstance(about, dict) else {}
        closed = flag(about, "isClosed")
        found[identity(stage)] = Stage(text(stage, "label"), closed, closed and amount(about, "probability") == 1)
    return found


def opportunity(row: Row, *, stages: Mapping[str, Stage], company: str, emails: Sequence[str]) -> CrmOpportunity:
    said = properties(row)
    name = text(said, "dealstage")
    stage = stages.get(name, Stage(name, closed=False, won=False))
    return CrmOpportunity(
        id=identity(row),
        account_id=company,
        name=text(said, "dealname"),
        kind=text(said, "dealtype"),
        stage=stage.label,
        is_closed=flag(said, "hs_is_closed") or stage.closed,
        is_won=flag(said, "hs_is_closed_won") or stage.won,
        amount=amount(said, "amount"),
        currency=text(said, "deal_currency_code"),
        close_date=day(said, "closedate"),
        loss_reason=text(said, "closed_lost_reason"),
        owner_id=text(said, "hubspot_owner_id"),
        contacts=tuple(emails),
        last_activity_on=day(said, "notes_last_contacted"),
        changed_at=_changed(row, DEAL),
    )


def has_deals(row: Row) -> bool:
    return bool(count(properties(row), "num_associated_deals"))


def sign_in(row: Row) -> str:
    """An owner's number as a user, which is what changes are signed with."""
    return identity({"id": row.get("userId")})


def lead(row: Row, *, deal: str, owners: Mapping[str, str]) -> CrmLead:
    """HubSpot converts nobody: a contact with a deal, or at a stage that comes with one, is what others call so.

    `owners` are the owners' ids by their numbers as users.
    """
    said = properties(row)
    return CrmLead(
        id=identity(row),
        email=text(said, "email"),
        external_id=text(said, EXTERNAL_ID),
        company=text(said, "company"),
        status=text(said, "hs_lead_status"),
        owner_id=text(said, "hubspot_owner_id"),
        converted=bool(deal) or text(said, "lifecyclestage") in CONVERTED,
        converted_on=day(said, "hs_lifecyclestage_opportunity_date"),
        converted_at=moment(said, "hs_lifecyclestage_opportunity_date"),
        account_id=text(said, "associatedcompanyid"),
        contact_id=identity(row),
        opportunity_id=deal,
        changed_at=_changed(row, CONTACT),
        changed_by=owners.get(text(said, "hs_updated_by_user_id"), ""),
    )


def lead_owner(row: Row, *, owners: Mapping[str, str]) -> LeadOwner:
    said = properties(row)
    return LeadOwner(
        text(said, "hubspot_owner_id"),
        changed_at=_changed(row, CONTACT),
        changed_by=owners.get(text(said, "hs_updated_by_user_id"), ""),
    )


def activity(row: Row, kind: Kind, *, people: Sequence[str], about: Sequence[str]) -> CrmActivity:
    said = properties(row)
    ends = moment(said, "hs_meeting_end_time") if kind is MEETING else None
    return CrmActivity(
        id=f"{kind.object}/{identity(row)}",
        kind=KINDS[kind.object],
        at=ends or moment(said, "hs_timestamp") or _changed(row, kind),
        done=_done(said, kind),
        inbound=text(said, "hs_email_direction") == "INCOMING_EMAIL" or text(said, "hs_call_direction") == "INBOUND",
        automatic=bool(text(said, "hs_sequence_id")),
        owner_id=text(said, "hubspot_owner_id"),
        people=tuple(people),
        about=tuple(about),
        changed_at=_changed(row, kind),
    )


def written(*, owner_id: str | None, state: str, reason: str, dates: LeadDates) -> dict[str, str]:
    """An empty string clears a property."""
    said = {"airtight_state": state, "airtight_reason": reason}
    said |= {name: _iso(getattr(dates, at)) for at, name in DATES.items()}
    return said | ({"hubspot_owner_id": owner_id} if owner_id else {})


def known(new: NewLead) -> dict[str, str]:
    """What we know of a person, under HubSpot's names."""
    return {name: value for name, ours in PERSON.items() if (value := getattr(new, ours))}


def properties(row: Row) -> Row:
    said = row.get("properties")
    return said if isinstance(said, dict) else {}


def identity(row: Row) -> str:
    """The id, which is a string everywhere but in associations."""
    value = row.get("id")
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def _done(said: Row, kind: Kind) -> bool:
    if kind is TASK:
        return text(said, "hs_task_status") == "COMPLETED"
    if kind is MEETING:
        return text(said, "hs_meeting_outcome") not in CALLED_OFF
    if kind is MAIL:
        return text(said, "hs_email_status") not in NOT_SENT
    return text(said, "hs_call_status") not in NOT_MADE


def _iso(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else ""


def _changed(row: Row, kind: Kind) -> datetime:
    at = moment(properties(row), kind.changed) or moment(row, "updatedAt")
    if at is None or not identity(row):
        raise VendorError(f"HubSpot: a row of {kind.object} without id or {kind.changed}", permanent=False)
    return at


def merged(row: Row) -> tuple[str, ...]:
    return parts(properties(row), MERGED)


def search(kind: Kind, *, since_ms: int, after_id: str, limit: int) -> dict[str, Any]:
    """Rows changed since, in the order of their ids: a window of its own for each page, since a search ends at 10,000
    rows. All five members are required."""
    filters = [{"propertyName": kind.changed, "operator": "GTE", "value": str(since_ms)}]
    if after_id:
        filters.append({"propertyName": "hs_object_id", "operator": "GT", "value": after_id})
    return {
        "filterGroups": [{"filters": filters}],
        "properties": list(kind.asked),
        "limit": limit,
        "after": "0",
        "sorts": ["hs_object_id"],
    }
